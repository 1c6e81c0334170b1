// The endpoints a Service should have, by address family and port set. What a pod gives is remembered until the pod, its node's
// zone or the Service changes, so a sync costs little more than what changed.

import type { Endpoint, Node, Pod, Service } from '@podwire/apiserver'
import { isPodTerminal, podAddresses } from '../objects/pod-state.ts'
import { endpointOf, ZONE_LABEL } from './endpoint.ts'
import { endpointIdentity } from './packing.ts'
import { type PortSet, portSetOf } from './ports.ts'

export type AddressType = 'IPv4' | 'IPv6'

export interface PortGroup {
  readonly portSet: PortSet
  /** By identity, in the pods' order. */
  readonly endpoints: ReadonlyMap<string, Endpoint>
}

export interface WantedEndpoints {
  /** Port groups of each family the Service has. */
  readonly families: ReadonlyMap<AddressType, ReadonlyMap<string, PortGroup>>
  /** Pods left out because their node does not exist, or they have none. */
  readonly lost: readonly Pod[]
}

interface Remembered {
  readonly pod: Pod
  readonly node: Node | undefined
  readonly portSet: PortSet
  /** None: the pod has ended or has no address yet. */
  readonly perFamily: readonly FamilyEndpoint[]
  /** Its node does not exist. */
  readonly lost: boolean
}

interface FamilyEndpoint {
  readonly family: AddressType
  readonly identity: string
  readonly endpoint: Endpoint
}

export function addressTypesOf(service: Service): readonly AddressType[] {
  const families = service.spec.ipFamilies ?? []
  return families.length === 0 ? ['IPv4'] : families.map((family) => (family === 'IPv6' ? 'IPv6' : 'IPv4'))
}

/** What is remembered about one Service's pods. */
export class EndpointMemory {
  #service: Service | undefined
  readonly #pods = new Map<string, Remembered>()

  compute(
    service: Service,
    pods: ReadonlyMap<string, Pod>,
    findNode: (name: string) => Node | undefined,
  ): WantedEndpoints {
    if (this.#service !== service) this.#pods.clear()
    this.#service = service
    const families = new Map<AddressType, Map<string, { portSet: PortSet; endpoints: Map<string, Endpoint> }>>()
    for (const family of addressTypesOf(service)) families.set(family, new Map())
    const lost: Pod[] = []
    for (const [name, pod] of pods) {
      const nodeName = pod.spec.nodeName ?? ''
      const node = nodeName === '' ? undefined : findNode(nodeName)
      const { portSet, perFamily, lost: isLost } = this.#remember(service, name, pod, node)
      if (isLost) lost.push(pod)
      for (const { family, identity, endpoint } of perFamily) {
        const groups = families.get(family)
        if (groups === undefined) continue
        const group = groups.get(portSet.key)
        if (group === undefined) groups.set(portSet.key, { portSet, endpoints: new Map([[identity, endpoint]]) })
        else group.endpoints.set(identity, endpoint)
      }
    }
    if (this.#pods.size > pods.size) for (const name of this.#pods.keys()) if (!pods.has(name)) this.#pods.delete(name)
    return { families, lost }
  }

  #remember(service: Service, name: string, pod: Pod, node: Node | undefined): Remembered {
    const known = this.#pods.get(name)
    if (known?.pod === pod && (known.node === node || sameZone(known.node, node))) return known
    const made = this.#look(service, pod, node)
    this.#pods.set(name, made)
    return made
  }

  #look(service: Service, pod: Pod, node: Node | undefined): Remembered {
    const all = isPodTerminal(pod) ? [] : podAddresses(pod)
    const lost = all.length > 0 && node === undefined && service.spec.publishNotReadyAddresses !== true
    const perFamily: FamilyEndpoint[] = []
    for (const family of ['IPv4', 'IPv6'] as const) {
      const addresses = lost ? [] : all.filter((address) => address.includes(':') === (family === 'IPv6'))
      if (addresses.length === 0) continue
      const endpoint = endpointOf(service, pod, node, addresses)
      perFamily.push({ family, identity: endpointIdentity(endpoint), endpoint })
    }
    return { pod, node, portSet: portSetOf(service, pod), perFamily, lost }
  }
}

/** Nodes change with every heartbeat; only their zone shows in endpoints. */
function sameZone(a: Node | undefined, b: Node | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.metadata.labels?.[ZONE_LABEL] === b.metadata.labels?.[ZONE_LABEL]
}
