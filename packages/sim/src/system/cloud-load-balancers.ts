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
  readonly addressOf: (node: string) => string | undefined
}

/** The addresses a cloud has for balancers (TEST-NET-2): `198.51.100.1` to `.254`. */
const PREFIX = '198.51.100.'
const LAST = 254
const HEALTH_CHECK = 5 * SECOND
const SERVICE_NAME = 'kubernetes.io/service-name'
const BY_SERVICE = 'cloud/service'

interface Balancer {
  readonly address: string
  service: Service
  nodes: readonly string[]
  /** Next hops as the router has them, to see when they change. */
  routed: string
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
    const balancer: Balancer = known ?? { address: this.#freeAddress(service), service, nodes: [], routed: '' }
    balancer.service = service
    balancer.nodes = nodes.map(({ metadata }) => metadata.name)
    this.#balancers.set(key, balancer)
    this.#route(key, balancer)
    this.#check()
    return [{ ip: balancer.address, ipMode: 'VIP' }]
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
    this.#options.fabric.setNexthops('external', `${balancer.address}/32`, [])
  }

  #freeAddress({ spec }: Service): string {
    const taken = new Set([...this.#balancers.values()].map(({ address }) => address))
    const { loadBalancerIP = '' } = spec
    if (loadBalancerIP !== '') {
      const last = Number(loadBalancerIP.slice(PREFIX.length))
      const known = loadBalancerIP === `${PREFIX}${last}` && Number.isInteger(last) && last >= 1 && last <= LAST
      if (!known) throw new CloudError(`the address ${loadBalancerIP} is none of this cloud's`)
      if (taken.has(loadBalancerIP)) throw new CloudError(`the address ${loadBalancerIP} is in use`)
      return loadBalancerIP
    }
    for (let last = 1; last <= LAST; last++) if (!taken.has(PREFIX + last)) return PREFIX + last
    throw new CloudError('no addresses are left')
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
    const { fabric, addressOf } = this.#options
    const healthy = balancer.nodes.filter((node) => fabric.isNodeUp(node) && this.#serves(key, balancer, node))
    // A balancer that finds nobody healthy sends to all, as most clouds do.
    const chosen = (healthy.length > 0 ? healthy : balancer.nodes).toSorted(compareText)
    const nexthops = chosen.flatMap((node) => addressOf(node) ?? [])
    const routed = nexthops.join(' ')
    if (routed === balancer.routed) return
    balancer.routed = routed
    fabric.setNexthops('external', `${balancer.address}/32`, nexthops)
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
