// One node's kubelet: registers the node, keeps its Lease, watches the pods bound to it and gives each a worker. The watch is by
// spec.nodeName, which the store dispatches by index: a node hears only of its own pods.

import {
  type Client,
  createEventRecorder,
  isUnreachable,
  type Node,
  nodes,
  objectKeyOf,
  type Pod,
  pods,
  type Watch,
} from '@podwire/apiserver'
import { createResolver } from '@podwire/dns'
import { SECOND, type Engine, type Microseconds } from '@podwire/engine'
import { createFileTree, type FileTree } from '@podwire/shell'
import { bindTools } from '../commands/index.ts'
import type { BindTools } from '../container/index.ts'
import type { Fabric } from '../fabric/index.ts'
import type { ImageRegistry } from '../images/registry.ts'
import { capacityOf, Heartbeat, registerNode, type NodeSpecification } from '../node/index.ts'
import type { DnsSettings } from '../pod/index.ts'
import { AddressPool } from './address-pool.ts'
import type { ClusterView } from './cluster-view.ts'
import { addressSources, dnsExchange } from './dns-exchange.ts'
import { NodeUsage } from './node-usage.ts'
import { startKubeletServer } from './kubelet-server.ts'
import type { NodeRuntime } from './node-runtime.ts'
import { PodFaults } from './pod-faults.ts'
import { createPodNetwork } from './pod-network.ts'
import { PodWorker } from './pod-worker.ts'
import { PodTokens } from './service-account-token.ts'
import { StaticPods, type StaticPod } from './static-pods.ts'
import { REALISTIC_TIMING, type KubeletTiming } from './timing.ts'

export interface KubeletOptions {
  readonly engine: Engine
  readonly client: Client
  /** Has the node already (Fabric.addNode). */
  readonly fabric: Fabric
  readonly node: NodeSpecification
  readonly images: ImageRegistry
  /** What all kubelets of a cluster share: createClusterView. */
  readonly cluster: ClusterView
  /** curl, dig … of containers; default: all of podwire's network tools. */
  readonly bindTools?: BindTools
  /** `v1.36.2` */
  readonly kubernetesVersion: string
  /** Default: cluster DNS 10.96.0.10, zone cluster.local. */
  readonly dns?: Partial<DnsSettings>
  readonly staticPods?: readonly StaticPod[]
  /** Images the node has from the start, as written in manifests' canonical form. */
  readonly presentImages?: Iterable<string>
  readonly timing?: KubeletTiming
  /** Renew the Lease every 10 s (real time); default false: see node/heartbeat.ts. */
  readonly renewLease?: boolean
  /** Makes service account tokens; default: asks the API server. */
  readonly token?: NodeRuntime['token']
  /** Default: none. */
  readonly faults?: PodFaults
}

export interface Kubelet {
  readonly nodeName: string
  readonly node: Node
  /** The worker of a pod; undefined when this node does not run it. */
  pod(namespace: string, name: string): PodWorker | undefined
  pods(): readonly PodWorker[]
  /** Its Lease is not renewed any more, or is again: whoever watches it hears from it every ten seconds from then on. */
  setHeartbeat(on: boolean): void
  /** The kubelet stops answering: pods go on running, nothing is reported any more. */
  stop(): void
  /** The machine is switched off: all that runs on it is gone at once, and nobody is told. */
  powerOff(): void
}

/** As Docker writes it for kind's nodes. */
export function nodeResolvConf(nameserver: string): DnsSettings['node'] {
  return { nameservers: [nameserver], searches: [], options: ['edns0', 'trust-ad', 'ndots:0'] }
}

const STATUS_PERIOD: Microseconds = 10 * SECOND

const DEFAULT_DNS: DnsSettings = {
  clusterDns: ['10.96.0.10'],
  clusterDomain: 'cluster.local',
  node: nodeResolvConf('172.18.0.1'),
}

/** @returns undefined when the Node's label says that another kubelet plays it */
export function startKubelet(options: KubeletOptions): Kubelet | undefined {
  const { engine, client, node, kubernetesVersion } = options
  const stored = registerNode({ engine, client, node, version: kubernetesVersion })
  return stored === undefined ? undefined : new NodeKubelet(options, stored)
}

class NodeKubelet implements Kubelet {
  readonly node: Node
  readonly #specification: NodeSpecification
  readonly #version: string
  readonly #runtime: NodeRuntime
  readonly #workers = new Map<string, PodWorker>()
  /** New pods of the name of one that is still going away. */
  readonly #successors = new Map<string, Pod>()
  readonly #static: StaticPods
  readonly #watch: Watch
  #heartbeat: Heartbeat | undefined
  readonly #stopServer: () => void

  constructor(options: KubeletOptions, node: Node) {
    const { engine, client } = options
    this.node = node
    this.#specification = options.node
    this.#version = options.kubernetesVersion
    this.#runtime = createRuntime(options, node)
    this.#static = new StaticPods(engine, client, node, options.staticPods ?? [])
    this.#heartbeat = new Heartbeat({ engine, client, node, renew: options.renewLease ?? false })
    this.#watch = client.watch(pods, { fieldSelector: `spec.nodeName=${node.metadata.name}` }, (event) => {
      if (event.type === 'DELETED') this.#removed(event.object)
      else this.#changed(event.object)
    })
    this.#static.createAll()
    this.#stopServer = startKubeletServer(engine, this.#runtime.network.node, this.nodeName, this)
  }

  get nodeName(): string {
    return this.node.metadata.name
  }

  pod(namespace: string, name: string): PodWorker | undefined {
    return this.#workers.get(objectKeyOf(namespace, name))
  }

  pods(): readonly PodWorker[] {
    return [...this.#workers.values()]
  }

  setHeartbeat(on: boolean): void {
    if (on === (this.#heartbeat !== undefined)) return
    const { engine, client } = this.#runtime
    this.#heartbeat?.stop()
    this.#heartbeat = on ? new Heartbeat({ engine, client, node: this.node, renew: true }) : undefined
    if (on) this.#reportNode()
  }

  /** The node's status, as far as the API server can be reached. Source: kubernetes kubelet_node_status.go (every 10 s). */
  #reportNode(): void {
    if (this.#heartbeat === undefined) return
    const { engine, client } = this.#runtime
    try {
      registerNode({ engine, client, node: this.#specification, version: this.#version })
    } catch (error) {
      if (!isUnreachable(error)) throw error
      engine.schedule(STATUS_PERIOD, 'kubelet node status', () => this.#reportNode(), 'background')
    }
  }

  stop(): void {
    this.#watch.stop()
    this.#heartbeat?.stop()
    this.#stopServer()
    for (const worker of this.#workers.values()) worker.silence()
  }

  powerOff(): void {
    this.stop()
    this.#successors.clear()
    for (const worker of this.pods()) worker.vanish()
  }

  #changed(pod: Pod): void {
    const key = keyOf(pod)
    const worker = this.#workers.get(key)
    const isStatic = this.#static.owns(pod)
    if (worker === undefined) {
      if (isStatic && pod.metadata.deletionTimestamp !== undefined) this.#static.finishDeletion(pod)
      else this.#run(key, pod)
      return
    }
    if (isStatic) {
      if (pod.metadata.deletionTimestamp !== undefined) this.#static.finishDeletion(pod)
      else worker.mirrored(pod)
      return
    }
    if (worker.pod.metadata.uid !== pod.metadata.uid) this.#successors.set(key, pod)
    else worker.update(pod)
  }

  #removed(pod: Pod): void {
    const key = keyOf(pod)
    if (this.#static.owns(pod)) {
      this.#static.recreate(pod)
      return
    }
    if (this.#successors.get(key)?.metadata.uid === pod.metadata.uid) this.#successors.delete(key)
    const worker = this.#workers.get(key)
    if (worker !== undefined && worker.pod.metadata.uid === pod.metadata.uid) worker.removed()
  }

  #run(key: string, pod: Pod): void {
    const worker = new PodWorker(this.#runtime, pod, this.#workerGone)
    this.#workers.set(key, worker)
    worker.start()
    if (pod.metadata.deletionTimestamp !== undefined) worker.update(pod)
  }

  readonly #workerGone = ({ pod }: PodWorker): void => {
    const key = keyOf(pod)
    this.#workers.delete(key)
    const successor = this.#successors.get(key)
    this.#successors.delete(key)
    if (successor !== undefined) this.#run(key, successor)
  }
}

/** A pod's first address is of its node's primary family. */
function podCidrsInOrder({ addresses, podCidrs }: NodeSpecification): readonly string[] {
  const isIpv6 = (text: string | undefined): boolean => text?.includes(':') ?? false
  const [first] = addresses
  return podCidrs.toSorted((a, b) => Number(isIpv6(a) !== isIpv6(first)) - Number(isIpv6(b) !== isIpv6(first)))
}

function keyOf(pod: Pod): string {
  return objectKeyOf(pod.metadata.namespace ?? '', pod.metadata.name)
}

function createRuntime(options: KubeletOptions, stored: Node): NodeRuntime {
  const { engine, client, fabric, node, cluster, kubernetesVersion } = options
  const random = engine.random.fork(`kubelet/${node.name}`)
  const timing = options.timing ?? REALISTIC_TIMING
  const resolverRandom = engine.random.fork(`resolver/${node.name}`)
  const tokens = new PodTokens(client, engine.clock)
  let nodeFiles: FileTree | undefined
  return {
    engine,
    client,
    events: createEventRecorder({ engine, client, component: 'kubelet', host: node.name }),
    images: options.images,
    random,
    timing,
    nodeName: node.name,
    hostIPs: node.addresses,
    addresses: new AddressPool(podCidrsInOrder(node)),
    network: createPodNetwork(fabric, node.name),
    usage: new NodeUsage(),
    node: () => client.find(nodes, { name: node.name }) ?? stored,
    dns: { ...DEFAULT_DNS, ...options.dns },
    config: cluster.config,
    services: cluster.services,
    createResolver: ({ network, hosts, resolvConf, libc, nsswitch }) =>
      createResolver({
        libc,
        ...(nsswitch === undefined ? {} : { nsswitch }),
        resolvConf,
        hostsFile: hosts,
        exchange: dnsExchange(engine, network),
        sourceFor: addressSources(network),
        random: resolverRandom,
        clock: engine.clock,
        sleep: (durationUs) => engine.sleep(durationUs, 'resolver'),
      }),
    bindTools: options.bindTools ?? bindTools,
    allocatable: capacityOf(node),
    token: options.token ?? ((pod, audience, seconds) => tokens.token(pod, audience, seconds)),
    version: kubernetesVersion.replace(/^v?(\d+\.\d+).*$/, '$1'),
    presentImages: new Set(options.presentImages),
    pulls: new Map(),
    faults: options.faults ?? new PodFaults(),
    relistPhaseUs: random.integer(0, timing.relistPeriod - 1),
    nodeFiles: () => {
      nodeFiles ??= createFileTree(undefined, { now: () => engine.clock.wallTimeMs() })
      return nodeFiles
    },
  }
}
