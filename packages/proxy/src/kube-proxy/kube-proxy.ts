// kube-proxy of the whole cluster as one component: it watches Services, EndpointSlices and Nodes, keeps the rulesets of the last
// moments, and answers what rules a node has now. One event a sync, however many nodes there are.

import { createInformerFactory, endpointSlices, nodes, services, type Client, type Node } from '@podwire/apiserver'
import { PodwireError, type Engine, type Random, type ScheduledTask } from '@podwire/engine'
import { NodeDataPlane, type NodeDataPlaneOptions, type NodeStack } from '../dataplane/node-data-plane.ts'
import type { NodeRules, RulesSource } from '../dataplane/node-rules.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import { Ruleset } from '../iptables/ruleset.ts'
import type { TableName } from '../iptables/rule.ts'
import { nodeFactsOf, sameNodeFacts } from '../services/node-facts.ts'
import { healthCheckNodePortOf } from '../services/service-port.ts'
import { BoundAddresses, type AddressBinder } from './bound-addresses.ts'
import { healthzAnswer, livezAnswer, serviceHealthAnswer, type HealthAnswer, type ProxyHealth } from './health.ts'
import { LONGEST_SYNC_US, SyncHistory } from './history.ts'
import { NodeTools } from './node-tools.ts'
import { NodeView } from './node-view.ts'
import { ProxyEvents } from './proxy-events.ts'
import { resolveOptions, type KubeProxyOptions, type ProxyMode, type ResolvedOptions } from './options.ts'
import { ServiceCache } from './service-cache.ts'
import { SyncedRules } from './synced-rules.ts'

export interface StartKubeProxyOptions {
  readonly engine: Engine
  readonly client: Client
  readonly options?: KubeProxyOptions
}

/** @throws PodwireError when an option asks for what is not simulated */
export function startKubeProxy({ engine, client, options = {} }: StartKubeProxyOptions): KubeProxy {
  return new KubeProxy(engine, client, resolveOptions(options))
}

/** A health-check node port a node has to serve. */
export interface HealthCheckPort {
  readonly port: number
  /** `ns/name` */
  readonly service: string
}

const SCALE_DOWN_TAINT = 'ToBeDeletedByClusterAutoscaler'

export class KubeProxy {
  readonly #engine: Engine
  readonly #random: Random
  /** What it reports as Events. */
  readonly events: ProxyEvents
  #options: ResolvedOptions
  #bound = new BoundAddresses({ add: () => {}, remove: () => {} })
  readonly #history: SyncHistory
  readonly #cache: ServiceCache
  readonly #views = new Map<string, NodeView>()
  readonly #planes = new Map<string, NodeDataPlane>()
  readonly #nodes = new Map<string, Node>()
  readonly #stopInformers: () => void
  #rulesets: ReadonlyMap<IpFamily, Ruleset>
  #collecting: ScheduledTask | undefined
  #settling: ScheduledTask | undefined

  constructor(engine: Engine, client: Client, options: ResolvedOptions) {
    this.#engine = engine
    this.#random = engine.random.fork('kube-proxy')
    this.#options = options
    this.events = new ProxyEvents(client, engine.clock)
    this.#history = new SyncHistory()
    this.#rulesets = new Map([...options.families].map(([family, resolved]) => [family, Ruleset.empty(resolved)]))
    const informers = createInformerFactory({ engine, client, name: 'kube-proxy' })
    this.#stopInformers = () => informers.stop()
    informers.informer(nodes).onChange(({ type, object }) => this.#nodeChanged(object, type === 'deleted'))
    this.#cache = new ServiceCache(informers.informer(services), informers.informer(endpointSlices), () =>
      this.#collect(),
    )
    // The first sync has everything that exists, and waits for nobody.
    this.#engine.cancel(this.#collecting)
    this.#collecting = undefined
    this.#request(true)
  }

  get mode(): ProxyMode {
    return this.#options.mode
  }

  /**
   * Restarts kube-proxy with other flags, on every node. Each node's next sync removes what the old mode wrote and writes the
   * rules of the new one; known connections keep their translation.
   * @throws PodwireError when an option asks for what is not simulated
   */
  configure(options: KubeProxyOptions): void {
    this.#options = resolveOptions(options)
    const services = this.#cache.everything()
    this.#rulesets = new Map(
      [...this.#options.families].map(([family, resolved]) => [family, Ruleset.empty(resolved).with(services)]),
    )
    this.#request(true)
  }

  /** The netfilter hooks of a node, following this kube-proxy's rules. One per node. */
  dataPlane(
    nodeName: string,
    stack: NodeStack,
    options: Pick<NodeDataPlaneOptions, 'conntrackMax' | 'counters' | 'naive' | 'onTableFull'> = {},
  ): NodeDataPlane {
    const plane = new NodeDataPlane({
      clock: this.#engine.clock,
      random: this.#random.fork(`netfilter/${nodeName}`),
      nodeName,
      stack,
      rules: this.rulesOf(nodeName),
      ...options,
    })
    this.#planes.set(nodeName, plane)
    return plane
  }

  /** The data plane made for a node, if there is one. */
  nodeDataPlane(nodeName: string): NodeDataPlane | undefined {
    return this.#planes.get(nodeName)
  }

  rulesOf(nodeName: string): RulesSource {
    const view = this.#view(nodeName)
    return () => view.rules()
  }

  /** What is in the node's kernel now. */
  rulesetAt(nodeName: string): NodeRules {
    return this.#view(nodeName).rules()
  }

  /** Who puts service addresses on the nodes' kube-ipvs0 in ipvs mode, and takes them off again. */
  bindAddresses(binder: AddressBinder): void {
    this.#bound = new BoundAddresses(binder)
    this.#bound.update(this.#views.values())
  }

  /** What the tools of a node print at this moment. */
  tools(nodeName: string): NodeTools {
    return new NodeTools(this.#view(nodeName), this.#planes.get(nodeName), this.#engine.clock)
  }

  /** `iptables-save` (`ip6tables-save`) on a node; empty before its first sync. */
  iptablesSave(nodeName: string, options: { readonly family?: IpFamily; readonly counters?: boolean } = {}): string {
    return this.tools(nodeName).iptablesSave(options)
  }

  /** `iptables -t TABLE -L -n` on a node. */
  iptablesList(nodeName: string, table: TableName, family?: IpFamily): string {
    return this.tools(nodeName).iptablesList(table, family)
  }

  /** Its kube-proxy pod runs, or not: then the node keeps the rules it has, none if it never ran. */
  setNodeRunning(nodeName: string, running: boolean): void {
    this.#view(nodeName).setRunning(running)
    if (running) this.events.starting(nodeName)
    if (running) this.#settle(this.#engine.clock.now() + LONGEST_SYNC_US)
  }

  /** Health-check node ports a node has to serve (load balancers with policy Local), by port. */
  healthCheckPorts(): readonly HealthCheckPort[] {
    const ports: HealthCheckPort[] = []
    for (const ruleset of new Set(this.#rulesets.values())) {
      for (const unit of ruleset.unitsInOrder()) {
        const port = unit.port.healthCheckNodePort
        const service = serviceKeyOf(unit.port.name)
        if (port !== 0 && !ports.some((known) => known.port === port)) ports.push({ port, service })
      }
    }
    return ports.sort((a, b) => a.port - b.port)
  }

  /** The answer of a health-check node port of a Service (`ns/name`) on a node. */
  serviceHealth(nodeName: string, service: string): HealthAnswer {
    const object = this.#cache.service(service)
    if (object === undefined || healthCheckNodePortOf(object) === 0) {
      throw new PodwireError('answer a health check', `${service} has no health-check node port`)
    }
    const local = new Set(this.#readyAddresses(nodeName, service))
    const [namespace = '', name = ''] = service.split('/')
    const healthy = this.#view(nodeName).running && this.#isHealthy(nodeName)
    return serviceHealthAnswer({ namespace, name }, local.size, healthy)
  }

  /** A fault: the node's syncs fail, so that it keeps the rules it has; or they work again. */
  setSyncsFailing(nodeName: string, failing: boolean): void {
    this.#view(nodeName).setFailing(failing)
    if (!failing) this.#settle(this.#engine.clock.now() + LONGEST_SYNC_US)
  }

  /** Healthy until a change has waited for two sync periods. */
  #isHealthy(nodeName: string): boolean {
    const { waitingSinceUs } = this.#view(nodeName)
    return waitingSinceUs === undefined || this.#engine.clock.now() - waitingSinceUs < 2 * this.#options.syncPeriodUs
  }

  /** http://NODE:10256/healthz and /livez */
  proxyHealth(nodeName: string, path: '/healthz' | '/livez'): HealthAnswer {
    const node = this.#nodes.get(nodeName)
    const { clock } = this.#engine
    const time = clock.microTimestamp()
    const { failingSinceUs } = this.#view(nodeName)
    const tainted = node?.spec?.taints?.some((taint) => taint.key === SCALE_DOWN_TAINT) ?? false
    const health: ProxyHealth = {
      currentTime: time,
      lastSyncTime: failingSinceUs === undefined ? time : clock.microTimestamp(failingSinceUs),
      healthy: this.#isHealthy(nodeName),
      nodeEligible: !tainted && node?.metadata.deletionTimestamp === undefined,
      families: [...this.#options.families.keys()].map((family) => (family === 'ipv4' ? 'IPv4' : 'IPv6')),
    }
    return path === '/healthz' ? healthzAnswer(health) : livezAnswer(health)
  }

  stop(): void {
    this.#stopInformers()
    this.#engine.cancel(this.#collecting)
    this.#engine.cancel(this.#settling)
  }

  /** Addresses of a Service's ready endpoints on a node, as its last sync saw them. */
  #readyAddresses(nodeName: string, service: string): readonly string[] {
    const rules = this.#view(nodeName).rules()
    if (!(rules instanceof SyncedRules)) return []
    return [...rules.sync.rulesets.values()]
      .flatMap((ruleset) => ruleset.entry(service)?.units() ?? [])
      .flatMap((unit) => unit.endpoints)
      .filter((endpoint) => endpoint.ready && endpoint.nodeName === nodeName)
      .map((endpoint) => endpoint.address)
  }

  #view(nodeName: string): NodeView {
    let view = this.#views.get(nodeName)
    if (view === undefined) {
      view = new NodeView(nodeName, this.#engine.clock, this.#random, this.#history)
      const node = this.#nodes.get(nodeName)
      if (node !== undefined) view.setFacts(nodeFactsOf(node))
      this.#views.set(nodeName, view)
    }
    return view
  }

  #nodeChanged(node: Node, gone: boolean): void {
    const { name } = node.metadata
    if (gone) {
      this.#nodes.delete(name)
      return
    }
    this.#nodes.set(name, node)
    const view = this.#views.get(name)
    if (view === undefined) return
    const facts = nodeFactsOf(node)
    if (!sameNodeFacts(view.facts, facts)) view.setFacts(facts)
  }

  /** A batch of deliveries makes one ruleset. */
  #collect(): void {
    this.#collecting ??= this.#engine.schedule(0, 'kube-proxy: collect changes', () => {
      this.#collecting = undefined
      this.#request(false)
    })
  }

  #request(always: boolean): void {
    const changes = this.#cache.takeChanges()
    if (changes.size === 0 && !always) return
    this.#rulesets = new Map([...this.#rulesets].map(([family, ruleset]) => [family, ruleset.with(changes)]))
    for (const view of this.#views.values()) view.noteChange()
    this.#history.request(
      {
        rulesets: this.#rulesets,
        udpGeneration: this.#cache.udpChanges,
        options: this.#options,
        changed: new Set(changes.keys()),
      },
      this.#engine.clock.now(),
    )
    this.#settle(this.#history.settledUs())
  }

  /** Somebody who waits for the cluster to settle waits until all nodes have the newest rules. */
  #settle(atUs: number): void {
    if (this.#settling?.pending === true && this.#settling.timeUs >= atUs) return
    this.#engine.cancel(this.#settling)
    const nowUs = this.#engine.clock.now()
    this.#settling = this.#engine.schedule(Math.max(0, atUs - nowUs), 'kube-proxy: sync', () => {
      this.#history.prune(this.#engine.clock.now())
      this.#bound.update(this.#views.values())
    })
  }
}

function serviceKeyOf(portName: string): string {
  const colon = portName.indexOf(':')
  return colon < 0 ? portName : portName.slice(0, colon)
}
