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
  /** Pods left out because their node does not exist. */
  readonly lost: readonly Pod[]
}

interface Remembered {
  readonly pod: Pod
  readonly zone: string | undefined
  readonly portSet: PortSet
  readonly perFamily: readonly FamilyEndpoint[]
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
      if (isPodTerminal(pod) || podAddresses(pod).length === 0) continue
      const nodeName = pod.spec.nodeName ?? ''
      const node = nodeName === '' ? undefined : findNode(nodeName)
      if (node === undefined && nodeName !== '' && service.spec.publishNotReadyAddresses !== true) {
        lost.push(pod)
        continue
      }
      const { portSet, perFamily } = this.#remember(service, name, pod, node)
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
    const zone = node?.metadata.labels?.[ZONE_LABEL]
    const known = this.#pods.get(name)
    if (known?.pod === pod && known.zone === zone) return known
    const perFamily: FamilyEndpoint[] = []
    for (const family of ['IPv4', 'IPv6'] as const) {
      const addresses = podAddresses(pod).filter((address) => address.includes(':') === (family === 'IPv6'))
      if (addresses.length === 0) continue
      const endpoint = endpointOf(service, pod, node, addresses)
      perFamily.push({ family, identity: endpointIdentity(endpoint), endpoint })
    }
    const made: Remembered = { pod, zone, portSet: portSetOf(service, pod), perFamily }
    this.#pods.set(name, made)
    return made
  }
}
