// MetalLB's speaker on one node: announces the addresses of Services that this node is to answer for. Its pod is the switch.
// Source: metallb speaker/main.go (SetBalancer, handleService, deleteBalancer).

import {
  type Client,
  createEventRecorder,
  createInformerFactory,
  createWorkQueue,
  type EndpointSlice,
  endpointSlices,
  type EventRecorder,
  type InformerFactory,
  type Node,
  nodes,
  objectKey,
  type Service,
  services,
} from '@podwire/apiserver'
import type { Engine } from '@podwire/engine'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { aggregate, formatAddress, parseAddress } from './address-range.ts'
import { type AnnouncementInput, bgpDecision, layer2Refusal, selectsAny, type SpeakerView } from './announcement.ts'
import { BgpSessions, type Route } from './bgp-sessions.ts'
import { type Configuration, poolOf } from './configuration.ts'
import { watchConfiguration } from './configuration-source.ts'
import type { Memberlist } from './memberlist.ts'
import type { SpeakerNetwork } from './node-network.ts'
import { knowsClasses, type MetalLbRelease } from './release.ts'

export interface SpeakerOptions {
  readonly engine: Engine
  readonly client: Client
  /** The node it runs on. */
  readonly node: string
  readonly namespace: string
  readonly configMap: string
  readonly loadBalancerClass?: string
  readonly release: MetalLbRelease
  readonly memberlist: Memberlist
  readonly network: SpeakerNetwork
  readonly log: (line: string) => void
}

export interface Speaker {
  /** It says goodbye to the other speakers and to its routers. */
  leave(): void
  /** It is gone without a word. */
  crash(): void
}

const EVERYTHING = '*'
const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'
const BY_SERVICE = 'metallb/service'

export function startSpeaker(options: SpeakerOptions): Speaker {
  return new MetalLbSpeaker(options)
}

interface Announced {
  readonly layer2: readonly string[]
  readonly routes: readonly Route[]
}

const NOTHING: Announced = { layer2: [], routes: [] }

class MetalLbSpeaker implements Speaker {
  readonly #options: SpeakerOptions
  readonly #informers: InformerFactory
  readonly #events: EventRecorder
  readonly #queue: ReturnType<typeof createWorkQueue>
  readonly #sessions: BgpSessions
  readonly #nodes = new Map<string, Node>()
  readonly #announced = new Map<string, Announced>()
  readonly #unsubscribe: () => void
  #configuration: Configuration | undefined

  constructor(options: SpeakerOptions) {
    const { engine, client, node, memberlist, network, log } = options
    this.#options = options
    this.#informers = createInformerFactory({ engine, client, name: `metallb-speaker-${node}` })
    this.#events = createEventRecorder({ engine, client, component: 'metallb-speaker', host: node })
    this.#sessions = new BgpSessions(engine, network, log)
    this.#queue = createWorkQueue({
      engine,
      name: `metallb-speaker-${node}`,
      latency: workloadLatency,
      work: workloadWork,
      process: (key) => (key === EVERYTHING ? this.#syncAll() : this.#sync(key)),
    })
    this.#watch()
    this.#unsubscribe = memberlist.onChange(() => this.#queue.add(EVERYTHING))
    memberlist.join(node)
  }

  leave(): void {
    this.#stop()
    this.#sessions.close()
    this.#abandon()
    this.#options.memberlist.leave(this.#options.node, false)
  }

  crash(): void {
    this.#stop()
    this.#sessions.fallSilent()
    this.#abandon()
    this.#options.memberlist.leave(this.#options.node, true)
  }

  #abandon(): void {
    for (const { layer2 } of this.#announced.values()) {
      for (const address of layer2) this.#options.network.abandon(address)
    }
  }

  #stop(): void {
    this.#unsubscribe()
    this.#queue.stop()
    this.#informers.stop()
  }

  #watch(): void {
    const { namespace, configMap, release, log } = this.#options
    const slices = this.#informers.informer(endpointSlices)
    slices.addIndex(BY_SERVICE, (slice) => [serviceOf(slice)])
    slices.onChange(({ object }) => this.#queue.add(serviceOf(object)))
    this.#informers.informer(services).onChange(({ object }) => this.#queue.add(objectKey(object)))
    this.#informers.informer(nodes).onChange(({ type, object, old }) => {
      if (type === 'deleted') this.#nodes.delete(object.metadata.name)
      else this.#nodes.set(object.metadata.name, object)
      // Heartbeats change a node's status all the time; what counts here changes rarely.
      if (old === undefined || old.metadata.labels !== object.metadata.labels || networkChanged(old, object)) {
        this.#setPeers()
        this.#queue.add(EVERYTHING)
      }
    })
    watchConfiguration({
      informers: this.#informers,
      namespace,
      configMap,
      release,
      log,
      onChange: (configuration) => {
        this.#configuration = configuration
        this.#setPeers()
        this.#queue.add(EVERYTHING)
      },
    })
  }

  #setPeers(): void {
    const labels = this.#nodes.get(this.#options.node)?.metadata.labels
    this.#sessions.setPeers(
      (this.#configuration?.peers ?? []).filter(({ nodeSelectors }) => selectsAny(nodeSelectors, labels)),
    )
  }

  #syncAll(): void {
    const keys = new Set([...this.#informers.informer(services).list().map(objectKey), ...this.#announced.keys()])
    for (const key of keys) this.#sync(key)
  }

  #sync(key: string): void {
    const service = this.#informers.informer(services).byKey(key)
    const before = this.#announced.get(key) ?? NOTHING
    const after = service === undefined ? NOTHING : this.#wanted(service)
    if (after.layer2.length + after.routes.length === 0) this.#announced.delete(key)
    else this.#announced.set(key, after)
    for (const address of before.layer2) {
      if (!after.layer2.includes(address) && !this.#isAnnounced(address)) this.#options.network.withdraw(address)
    }
    for (const address of after.layer2) this.#options.network.announce(address)
    if (!semanticEqual(before.routes, after.routes)) {
      this.#sessions.setRoutes([...this.#announced.values()].flatMap(({ routes }) => routes))
    }
    if (service === undefined) return
    // Said at every look, as upstream does: the Event's count rises.
    if (after.layer2.length > 0) this.#tell(service, 'layer2')
    if (after.routes.length > 0) this.#tell(service, 'bgp')
  }

  /** Services may share an address. */
  #isAnnounced(address: string): boolean {
    return [...this.#announced.values()].some(({ layer2 }) => layer2.includes(address))
  }

  #wanted(service: Service): Announced {
    const { release, loadBalancerClass, memberlist, node } = this.#options
    if (service.spec.type !== 'LoadBalancer' || this.#configuration === undefined) return NOTHING
    if (knowsClasses(release) && service.spec.loadBalancerClass !== loadBalancerClass) return NOTHING
    const ips = (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => {
      const address = ip === undefined ? undefined : parseAddress(ip)
      return address === undefined ? [] : [address]
    })
    const [first] = ips
    const pool = poolOf(this.#configuration.pools, ips)
    if (first === undefined || pool === undefined) return NOTHING
    const view: SpeakerView = { node, release, nodes: this.#nodes, speakers: memberlist.alive }
    const slices = this.#informers.informer(endpointSlices).byIndex(BY_SERVICE, objectKey(service))
    const input: AnnouncementInput = { service, address: formatAddress(first), pool, slices }
    const bgp = bgpDecision(view, input)
    const advertisements = typeof bgp === 'string' ? [] : bgp
    return {
      layer2: layer2Refusal(view, input) === undefined ? ips.map(formatAddress) : [],
      routes: advertisements.flatMap(({ aggregationLength, aggregationLengthV6, peers }) =>
        ips.map((ip) => ({ prefix: aggregate(ip, ip.family === 4 ? aggregationLength : aggregationLengthV6), peers })),
      ),
    }
  }

  #tell(service: Service, protocol: string): void {
    const { node, release } = this.#options
    const how = knowsClasses(release) ? ` with protocol ${JSON.stringify(protocol)}` : ''
    this.#events.event(service, 'Normal', 'nodeAssigned', `announcing from node ${JSON.stringify(node)}${how}`)
  }
}

function serviceOf({ metadata }: EndpointSlice): string {
  return `${metadata.namespace ?? ''}/${metadata.labels?.[SERVICE_NAME_LABEL] ?? ''}`
}

function networkChanged(before: Node, after: Node): boolean {
  const of = ({ status }: Node): string | undefined =>
    status?.conditions?.find(({ type }) => type === 'NetworkUnavailable')?.status
  return of(before) !== of(after)
}
