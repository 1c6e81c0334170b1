// The Endpoints object a Service should have. Pure. Source: kubernetes pkg/controller/endpoint/endpoints_controller.go.

import type { Draft } from '@podwire/engine'
import type {
  EndpointAddress,
  EndpointPort,
  Endpoints,
  EndpointSubset,
  NewObject,
  Pod,
  Service,
} from '@podwire/apiserver'
import { HEADLESS, isHeadless } from '../endpointslice/metadata.ts'
import { addressTypesOf } from '../endpointslice/wanted-endpoints.ts'
import { isPodDeleting, isPodReady, isPodTerminal, podAddresses } from '../objects/pod-state.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { targetPortOf } from '../services/target-port.ts'
import { TRIGGER_TIME } from '../services/trigger-time.ts'
import { OVER_CAPACITY, truncateSubsets } from './capacity.ts'
import { repackSubsets } from './subsets.ts'

export const ENDPOINTS_MANAGED_BY = 'endpoints.kubernetes.io/managed-by'
export const ENDPOINT_CONTROLLER = 'endpoint-controller'

interface Group {
  readonly ports: readonly EndpointPort[]
  readonly addresses: EndpointAddress[]
  readonly notReadyAddresses: EndpointAddress[]
}

function subsetsOf(service: Service, pods: ReadonlyMap<string, Pod>): readonly EndpointSubset[] {
  const publishNotReady = service.spec.publishNotReadyAddresses === true
  const wantsV6 = addressTypesOf(service)[0] === 'IPv6'
  const groups = new Map<string, Group>()
  for (const pod of pods.values()) {
    if (isPodTerminal(pod) || (isPodDeleting(pod) && !publishNotReady)) continue
    const ip = podAddresses(pod).find((address) => address.includes(':') === wantsV6)
    if (ip === undefined) continue
    const ports = portsOf(service, pod)
    // Nothing of this pod can be reached: it is not listed (a headless Service without ports lists every pod).
    if (ports.length === 0 && (service.spec.ports ?? []).length > 0) continue
    const key = ports.map((port) => `${port.name ?? ''}:${port.port}`).join()
    const group = groups.get(key) ?? { ports, addresses: [], notReadyAddresses: [] }
    groups.set(key, group)
    const list = publishNotReady || isPodReady(pod) ? group.addresses : group.notReadyAddresses
    list.push(addressOf(service, pod, ip))
  }
  return repackSubsets([...groups.values()])
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  const ports: EndpointPort[] = []
  for (const servicePort of service.spec.ports ?? []) {
    const port = targetPortOf(pod, servicePort)
    if (port === undefined) continue
    const { name, protocol = 'TCP', appProtocol } = servicePort
    const offered: Draft<EndpointPort> =
      name === undefined || name === '' ? { port, protocol } : { name, port, protocol }
    if (appProtocol !== undefined) offered.appProtocol = appProtocol
    ports.push(offered)
  }
  return ports
}

/** Addresses of pods that have not changed since they were made for this Service. */
const madeAddresses = new WeakMap<Pod, Map<string, EndpointAddress>>()

function addressOf(service: Service, pod: Pod, ip: string): EndpointAddress {
  const key = `${service.metadata.name}|${ip}`
  const made = madeAddresses.get(pod) ?? new Map<string, EndpointAddress>()
  madeAddresses.set(pod, made)
  const known = made.get(key)
  if (known !== undefined) return known
  const { hostname, nodeName, subdomain } = pod.spec
  const { name, namespace, uid } = pod.metadata
  const address: EndpointAddress = {
    ip,
    ...(hostname !== undefined && hostname !== '' && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName === undefined || nodeName === '' ? {} : { nodeName }),
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
  }
  made.set(key, address)
  return address
}

export type EndpointsWrite =
  | { readonly verb: 'create'; readonly object: NewObject<Endpoints> }
  | { readonly verb: 'update'; readonly object: Endpoints }

/** What to write so that `current` becomes the Service's Endpoints; undefined when it is already. */
export function reconcileEndpoints(
  service: Service,
  pods: ReadonlyMap<string, Pod>,
  current: Endpoints | undefined,
  triggerTime: string | undefined,
): EndpointsWrite | undefined {
  const { subsets, truncated } = truncateSubsets(subsetsOf(service, pods))
  const labels = {
    ...service.metadata.labels,
    [ENDPOINTS_MANAGED_BY]: ENDPOINT_CONTROLLER,
    ...(isHeadless(service) ? { [HEADLESS]: '' } : {}),
  }
  const capacity = current?.metadata.annotations?.[OVER_CAPACITY]
  if (
    current !== undefined &&
    (capacity === 'truncated') === truncated &&
    semanticEqual(current.metadata.labels, labels) &&
    semanticEqual(current.subsets, subsets)
  ) {
    return undefined
  }
  const { [TRIGGER_TIME]: _, [OVER_CAPACITY]: __, ...kept } = current?.metadata.annotations ?? {}
  const annotations = {
    ...kept,
    ...(triggerTime === undefined ? {} : { [TRIGGER_TIME]: triggerTime }),
    ...(truncated ? { [OVER_CAPACITY]: 'truncated' } : {}),
  }
  if (current !== undefined) {
    return { verb: 'update', object: { ...current, metadata: { ...current.metadata, labels, annotations }, subsets } }
  }
  const { name, namespace } = service.metadata
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), labels, annotations }
  return { verb: 'create', object: { metadata, subsets } }
}
