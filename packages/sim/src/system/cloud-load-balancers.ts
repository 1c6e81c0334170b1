// A cloud provider's load balancers: each has an address outside the cluster, and the router outside spreads its connections over
// the nodes, by their addresses and ports. With externalTrafficPolicy Local only over nodes with endpoints of their own, as the
// health check port tells. Departure: health is looked at every five seconds without packets; a change counts at once then.

import { endpointSlices, type InformerFactory, type Node, type Service } from '@podwire/apiserver'
import { CloudError, type CloudLoadBalancers, type LoadBalancerIngress } from '@podwire/controllers'
import { compareText, type Engine, SECOND } from '@podwire/engine'
import type { Fabric } from '../fabric/index.ts'

export interface CloudOptions {
  readonly engine: Engine
  readonly informers: InformerFactory
  readonly fabric: Fabric
  readonly addressesOf: (node: string) => readonly string[]
}

/** The addresses a cloud has for balancers, of ranges for documentation: `198.51.100.1` to `.254`, `2001:db8:198:51::6401` to `::64fe`. */
const PREFIXES = { IPv4: '198.51.100.', IPv6: '2001:db8:198:51::64' } as const
const LAST = 254

type Family = keyof typeof PREFIXES
const HEALTH_CHECK = 5 * SECOND
const SERVICE_NAME = 'kubernetes.io/service-name'
const BY_SERVICE = 'cloud/service'

interface Balancer {
  /** One a family of the Service, in its order. */
  addresses: readonly string[]
  service: Service
  nodes: readonly string[]
  /** Next hops by address as the router has them, to see when they change. */
  readonly routed: Map<string, string>
}

export function createCloudLoadBalancers(options: CloudOptions): CloudLoadBalancers {
  return new Cloud(options)
}

class Cloud implements CloudLoadBalancers {
  readonly #options: CloudOptions
  readonly #balancers = new Map<string, Balancer>()
  readonly #slices
  #checking = false

  constructor(options: CloudOptions) {
    this.#options = options
    this.#slices = options.informers.informer(endpointSlices)
    this.#slices.addIndex(BY_SERVICE, ({ metadata }) => [
      `${metadata.namespace ?? ''}/${metadata.labels?.[SERVICE_NAME] ?? ''}`,
    ])
  }

  ensure(service: Service, nodes: readonly Node[]): readonly LoadBalancerIngress[] {
    const key = `${service.metadata.namespace ?? ''}/${service.metadata.name}`
    const known = this.#balancers.get(key)
    const balancer: Balancer = known ?? { addresses: [], service, nodes: [], routed: new Map() }
    const addresses = this.#addressesFor(service, balancer.addresses)
    for (const address of balancer.addresses) if (!addresses.includes(address)) this.#unroute(address, balancer)
    balancer.addresses = addresses
    balancer.service = service
    balancer.nodes = nodes.map(({ metadata }) => metadata.name)
    this.#balancers.set(key, balancer)
    this.#route(key, balancer)
    this.#check()
    return addresses.map((ip) => ({ ip, ipMode: 'VIP' }))
  }

  update(service: Service, nodes: readonly Node[]): void {
    const key = `${service.metadata.namespace ?? ''}/${service.metadata.name}`
    const balancer = this.#balancers.get(key)
    if (balancer === undefined) return
    balancer.nodes = nodes.map(({ metadata }) => metadata.name)
    this.#route(key, balancer)
  }

  exists(key: string): boolean {
    return this.#balancers.has(key)
  }

  delete(key: string): void {
    const balancer = this.#balancers.get(key)
    if (balancer === undefined) return
    this.#balancers.delete(key)
    for (const address of balancer.addresses) this.#unroute(address, balancer)
  }

  /** One a family; those it has stay. */
  #addressesFor({ spec }: Service, has: readonly string[]): readonly string[] {
    const { loadBalancerIP = '', ipFamilies = ['IPv4'] } = spec
    return ipFamilies.map((name) => {
      const family: Family = name === 'IPv6' ? 'IPv6' : 'IPv4'
      const own = has.find((address) => familyOf(address) === family)
      if (own !== undefined) return own
      return loadBalancerIP !== '' && familyOf(loadBalancerIP) === family
        ? this.#askedFor(loadBalancerIP, family)
        : this.#freeAddress(family)
    })
  }

  #isTaken(address: string): boolean {
    return [...this.#balancers.values()].some(({ addresses }) => addresses.includes(address))
  }

  #askedFor(address: string, family: Family): string {
    let found = false
    for (let last = 1; last <= LAST; last++) if (addressAt(family, last) === address) found = true
    if (!found) throw new CloudError(`the address ${address} is none of this cloud's`)
    if (this.#isTaken(address)) throw new CloudError(`the address ${address} is in use`)
    return address
  }

  #freeAddress(family: Family): string {
    for (let last = 1; last <= LAST; last++) {
      const address = addressAt(family, last)
      if (!this.#isTaken(address)) return address
    }
    throw new CloudError('no addresses are left')
  }

  #unroute(address: string, balancer: Balancer): void {
    balancer.routed.delete(address)
    this.#options.fabric.setNexthops('external', hostPrefix(address), [])
  }

  /** Looks at the nodes' health as long as there is a balancer. */
  #check(): void {
    if (this.#checking || this.#balancers.size === 0) return
    this.#checking = true
    const look = (): void => {
      this.#checking = false
      for (const [key, balancer] of this.#balancers) this.#route(key, balancer)
      this.#check()
    }
    this.#options.engine.schedule(HEALTH_CHECK, 'cloud-health-check', look, 'background')
  }

  #route(key: string, balancer: Balancer): void {
    const { fabric, addressesOf } = this.#options
    const healthy = balancer.nodes.filter((node) => fabric.isNodeUp(node) && this.#serves(key, balancer, node))
    // A balancer that finds nobody healthy sends to all, as most clouds do.
    const chosen = (healthy.length > 0 ? healthy : balancer.nodes).toSorted(compareText)
    for (const address of balancer.addresses) {
      const family = familyOf(address)
      const nexthops = chosen.flatMap((node) => addressesOf(node).find((one) => familyOf(one) === family) ?? [])
      const routed = nexthops.join(' ')
      if (routed === (balancer.routed.get(address) ?? '')) continue
      balancer.routed.set(address, routed)
      fabric.setNexthops('external', hostPrefix(address), nexthops)
    }
  }

  #serves(key: string, { service }: Balancer, node: string): boolean {
    if (service.spec.externalTrafficPolicy !== 'Local') return true
    return this.#slices
      .byIndex(BY_SERVICE, key)
      .some(({ endpoints }) =>
        (endpoints ?? []).some(({ nodeName, conditions }) => nodeName === node && (conditions?.ready ?? true)),
      )
  }
}

const familyOf = (address: string): Family => (address.includes(':') ? 'IPv6' : 'IPv4')
const hostPrefix = (address: string): string => `${address}/${familyOf(address) === 'IPv6' ? 128 : 32}`

function addressAt(family: Family, last: number): string {
  return PREFIXES[family] + (family === 'IPv6' ? last.toString(16).padStart(2, '0') : String(last))
}
