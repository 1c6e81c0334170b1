// kube-proxy of the whole cluster as one component: it watches Services, EndpointSlices and Nodes, keeps the rulesets of the last
// moments, and answers what rules a node has now. One event a sync, however many nodes there are.

import {
  createInformerFactory,
  endpointSlices,
  nodes,
  serviceCidrs,
  services,
  type Client,
  type Node,
  type Service,
} from '@podwire/apiserver'
import { compareText, PodwireError, type Engine, type Random, type ScheduledTask } from '@podwire/engine'
import { NodeDataPlane, type NodeDataPlaneOptions, type NodeStack } from '../dataplane/node-data-plane.ts'
import type { NodeRules, RulesSource } from '../dataplane/node-rules.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import type { TableName } from '../iptables/rule.ts'
import { seenFrom } from '../services/endpoint.ts'
import { nodeFactsOf, sameNodeFacts } from '../services/node-facts.ts'
import { healthCheckNodePortOf } from '../services/service-port.ts'
import { BoundAddresses, type AddressBinder } from './bound-addresses.ts'
import { healthzAnswer, livezAnswer, serviceHealthAnswer, type HealthAnswer, type ProxyHealth } from './health.ts'
import { LONGEST_SYNC_US } from './history.ts'
import { healthCheckPortsOf, type HealthCheckPort } from './health-check-ports.ts'
import type { NodeProcess } from './node-process.ts'
import { NodeTools } from './node-tools.ts'
import { NodeView } from './node-view.ts'
import { ProxyEvents } from './proxy-events.ts'
import { resolveOptions, type KubeProxyOptions, type ProxyMode, type ResolvedOptions } from './options.ts'
import { profileKey, ProxyProfile } from './proxy-profile.ts'
import { proxiedPorts, refusedPorts, type ProxiedPorts } from '../userspace/proxy-ports.ts'
import { RulesAudit } from './rules-audit.ts'
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

const SCALE_DOWN_TAINT = 'ToBeDeletedByClusterAutoscaler'

export class KubeProxy {
  readonly #engine: Engine
  readonly #client: Client
  readonly #random: Random
  /** What it reports as Events. */
  readonly events: ProxyEvents
  #bound = new BoundAddresses({ add: () => {}, remove: () => {} })
  /** Of nodes that were not started with flags of their own. */
  #default: ProxyProfile
  readonly #processes = new Map<string, NodeProcess>()
  readonly #cache: ServiceCache
  readonly #views = new Map<string, NodeView>()
  readonly #planes = new Map<string, NodeDataPlane>()
  readonly #nodes = new Map<string, Node>()
  readonly #stopInformers: () => void
  #collecting: ScheduledTask | undefined
  #settling: ScheduledTask | undefined

  constructor(engine: Engine, client: Client, options: ResolvedOptions) {
    this.#engine = engine
    this.#client = client
    this.#random = engine.random.fork('kube-proxy')
    this.#default = new ProxyProfile(options)
    this.events = new ProxyEvents(client, engine.clock)
    const informers = createInformerFactory({ engine, client, name: 'kube-proxy' })
    const stopInformers = (): void => informers.stop()
    this.#stopInformers = stopInformers
    informers.informer(nodes).onChange(({ type, object }) => this.#nodeChanged(object, type === 'deleted'))
    this.#cache = new ServiceCache(informers.informer(services), informers.informer(endpointSlices), (service) => {
      this.#collect()
      if (service !== undefined) this.#changed(service)
    })
    // The first sync has everything that exists, and waits for nobody.
    this.#engine.cancel(this.#collecting)
    this.#collecting = undefined
    this.#request(true)
  }

  /** Of a node, or of nodes nobody gave flags of their own. */
  modeOf(nodeName?: string): ProxyMode {
    return (nodeName === undefined ? this.#default : this.#view(nodeName).profile).options.mode
  }

  /**
   * Restarts kube-proxy with other flags, on every node. Each node's next sync removes what the old mode wrote and writes the
   * rules of the new one; known connections keep their translation.
   * @throws PodwireError when an option asks for what is not simulated
   */
  configure(options: KubeProxyOptions): void {
    this.#default = this.#profileFor(resolveOptions(options))
    for (const view of this.#views.values()) view.setProfile(this.#default)
    this.#settle(this.#default.history.settledUs())
    this.#updateProcesses(false)
  }

  /**
   * Its kube-proxy process begins on a node, with flags of its own: what another mode wrote goes with the first sync.
   * @throws PodwireError when an option asks for what is not simulated
   */
  startOn(nodeName: string, options: KubeProxyOptions, process: NodeProcess): void {
    const profile = this.#profileFor(resolveOptions(this.#withServiceCidrs(options)))
    const view = this.#view(nodeName)
    view.setRunning(true)
    view.setProfile(profile)
    this.#processes.set(nodeName, process)
    this.#sizeConntrack(nodeName, profile.options)
    this.events.starting(nodeName)
    this.events.otherFamilies(nodeName, this.#cache.services(), profile.options)
    this.#settle(Math.max(profile.history.settledUs(), this.#engine.clock.now() + LONGEST_SYNC_US))
    process.update(false)
  }

  /** nftables mode has the ranges that are there when it starts; the flag stands in for an API server that has none. */
  #withServiceCidrs(options: KubeProxyOptions): KubeProxyOptions {
    if (options.proxyMode !== 'nftables') return options
    const cidrs = this.#client.list(serviceCidrs).items.flatMap(({ spec }) => spec?.cidrs ?? [])
    return cidrs.length === 0 ? options : { ...options, serviceCidrs: [...new Set(cidrs)].sort(compareText) }
  }

  /** nf_conntrack_max, which kube-proxy sets once when it starts. */
  #sizeConntrack(nodeName: string, { conntrackMaxPerCore, conntrackMin }: ResolvedOptions): void {
    const table = this.#planes.get(nodeName)?.conntrack
    if (table === undefined || conntrackMaxPerCore <= 0) return
    const cores = Number(this.#nodes.get(nodeName)?.status?.capacity?.['cpu'] ?? 1)
    table.max = Math.max(conntrackMin, conntrackMaxPerCore * (Number.isInteger(cores) ? cores : 1))
  }

  /** It ends. The node keeps the rules it has. */
  stopOn(nodeName: string): void {
    this.#processes.delete(nodeName)
    this.#view(nodeName).setRunning(false)
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

  /** For who wants to be sure that a node's rules are sound. */
  audit(nodeName: string): RulesAudit {
    return new RulesAudit(this.#view(nodeName))
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
    if (!running) return
    this.events.starting(nodeName)
    this.#settleSoon()
  }

  /** Health-check node ports a node has to serve, by port, then family. */
  healthCheckPorts(nodeName: string): readonly HealthCheckPort[] {
    const { profile, facts } = this.#view(nodeName)
    return healthCheckPortsOf(profile, facts)
  }

  /** In userspace mode, what the process of a node serves. */
  proxiedPorts(nodeName: string): ProxiedPorts {
    const { profile, facts } = this.#view(nodeName)
    const { mode, userspace } = profile.options
    const [ruleset] = profile.rulesets.values()
    if (mode !== 'userspace' || ruleset === undefined) return { served: [], refused: [] }
    const units = ruleset.unitsInOrder()
    return { served: proxiedPorts(units, facts, userspace.proxyPorts), refused: refusedPorts(units) }
  }

  /** How a node's kube-proxy was told to work. */
  optionsOf(nodeName: string): ResolvedOptions {
    return this.#view(nodeName).profile.options
  }

  /** The answer of a health-check node port of a Service (`ns/name`) on a node, as each family has one; default: the first. */
  serviceHealth(nodeName: string, service: string, family?: IpFamily): HealthAnswer {
    const object = this.#cache.service(service)
    if (object === undefined || healthCheckNodePortOf(object) === 0) {
      throw new PodwireError('answer a health check', `${service} has no health-check node port`)
    }
    const local = new Set(this.#readyAddresses(nodeName, service, family))
    const [namespace = '', name = ''] = service.split('/')
    const healthy = this.#view(nodeName).running && this.#isHealthy(nodeName)
    return serviceHealthAnswer({ namespace, name }, local.size, healthy)
  }

  /** A fault: the node's syncs fail, so that it keeps the rules it has; or they work again. */
  setSyncsFailing(nodeName: string, failing: boolean): void {
    this.#view(nodeName).setFailing(failing)
    if (!failing) this.#settleSoon()
  }

  /** A fault: its kube-proxy hears of no changes, so that the node keeps the rules it has; or it does again. */
  setCutOff(nodeName: string, cutOff: boolean): void {
    this.#view(nodeName).setCutOff(cutOff)
    if (!cutOff) this.#settleSoon()
  }

  /** Healthy until a change has waited for two sync periods. */
  #isHealthy(nodeName: string): boolean {
    const { waitingSinceUs, profile } = this.#view(nodeName)
    return waitingSinceUs === undefined || this.#engine.clock.now() - waitingSinceUs < 2 * profile.options.syncPeriodUs
  }

  /** http://NODE:10256/healthz and /livez */
  proxyHealth(nodeName: string, path: '/healthz' | '/livez'): HealthAnswer {
    const node = this.#nodes.get(nodeName)
    const { clock } = this.#engine
    const time = clock.microTimestamp()
    const { failingSinceUs, profile } = this.#view(nodeName)
    const tainted = node?.spec?.taints?.some((taint) => taint.key === SCALE_DOWN_TAINT) ?? false
    const health: ProxyHealth = {
      currentTime: time,
      lastSyncTime: failingSinceUs === undefined ? time : clock.microTimestamp(failingSinceUs),
      healthy: this.#isHealthy(nodeName),
      nodeEligible: !tainted && node?.metadata.deletionTimestamp === undefined,
      families: [...profile.options.families.keys()].map((family) => (family === 'ipv4' ? 'IPv4' : 'IPv6')),
    }
    return path === '/healthz' ? healthzAnswer(health) : livezAnswer(health)
  }

  stop(): void {
    this.#stopInformers()
    this.#engine.cancel(this.#collecting)
    this.#engine.cancel(this.#settling)
  }

  /** Addresses of a Service's ready endpoints on a node, as its last sync saw them. */
  #readyAddresses(nodeName: string, service: string, family?: IpFamily): readonly string[] {
    const rules = this.#view(nodeName).rules()
    if (!(rules instanceof SyncedRules)) return []
    const [first] = rules.sync.rulesets.keys()
    const ruleset = rules.sync.rulesets.get(family ?? first ?? 'ipv4')
    return (ruleset?.entry(service)?.units() ?? [])
      .flatMap((unit) => seenFrom(unit.endpoints, nodeName))
      .filter((endpoint) => endpoint.ready && endpoint.nodeName === nodeName)
      .map((endpoint) => endpoint.address)
  }

  #view(nodeName: string): NodeView {
    let view = this.#views.get(nodeName)
    if (view === undefined) {
      view = new NodeView(nodeName, this.#engine.clock, this.#random, this.#default)
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
    for (const view of this.#views.values()) view.noteChange()
    const nowUs = this.#engine.clock.now()
    let settledUs = 0
    for (const profile of this.#profiles()) {
      profile.request(changes, this.#cache.udpChanges, nowUs)
      settledUs = Math.max(settledUs, profile.history.settledUs())
    }
    this.#settle(settledUs)
    this.#updateProcesses(false)
  }

  #changed(service: Service): void {
    for (const node of this.#processes.keys()) this.events.otherFamilies(node, [service], this.optionsOf(node))
  }

  /** Those some node runs under, and the one new nodes get. */
  #profiles(): ReadonlySet<ProxyProfile> {
    return new Set([this.#default, ...[...this.#views.values()].map(({ profile }) => profile)])
  }

  /** One that is in use, or a new one that knows all Services. */
  #profileFor(options: ResolvedOptions): ProxyProfile {
    const key = profileKey(options)
    for (const profile of this.#profiles()) if (profile.key === key) return profile
    // What waits to be taken is the others' too.
    this.#request(false)
    const made = new ProxyProfile(options)
    made.request(this.#cache.everything(), this.#cache.udpChanges, this.#engine.clock.now())
    return made
  }

  #updateProcesses(settled: boolean): void {
    for (const process of this.#processes.values()) process.update(settled)
  }

  /** A node's kube-proxy goes over its rules now. */
  #settleSoon(): void {
    this.#settle(this.#engine.clock.now() + LONGEST_SYNC_US)
  }

  /** Somebody who waits for the cluster to settle waits until all nodes have the newest rules. */
  #settle(atUs: number): void {
    if (this.#settling?.pending === true && this.#settling.timeUs >= atUs) return
    this.#engine.cancel(this.#settling)
    const nowUs = this.#engine.clock.now()
    this.#settling = this.#engine.schedule(Math.max(0, atUs - nowUs), 'kube-proxy: sync', () => {
      for (const { history } of this.#profiles()) history.prune(this.#engine.clock.now())
      this.#bound.update(this.#views.values())
      this.#updateProcesses(true)
    })
  }
}
