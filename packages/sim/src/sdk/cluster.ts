// A cluster as tests, scripts and the command line use it. Everything that moves time returns a promise.

import { shown } from '../arguments/shape.ts'
import { pods, type ApplyResult, type Client, type Pod } from '@podwire/apiserver'
import {
  formatDuration,
  parseDuration,
  PodwireError,
  Trace,
  VirtualTimeDriver,
  type Duration,
  type Engine,
  type Driver,
} from '@podwire/engine'
import type { ImageRegistry } from '../images/registry.ts'
import type { Internet } from '../internet/index.ts'
import { applyManifests } from './apply-manifests.ts'
import type { Composition } from './composition.ts'
import { HostHandle } from './host-handle.ts'
import type { Machine, MachineContext } from './machine.ts'
import { readManifests, type ManifestSource } from './manifests.ts'
import { NodeHandle } from './node-handle.ts'
import { checkOptions, type ClusterOptions, type NodeSettings } from './options.ts'
import { type InProcessKubeConfig, KubeDoor, type KubeConfigOptions } from './kube-config.ts'
import type { Faults } from '../faults/index.ts'
import { createFaults } from './fault-parts.ts'
import { configureKubeProxy, type KubeProxyFlags } from './configure-proxy.ts'
import { PodHandle } from './pod-handle.ts'
import type { Snapshot } from '../travel/snapshot.ts'
import { Timeline } from '../travel/timeline.ts'

const NODE_RESOLV_CONF = 'nameserver 172.18.0.1\n'

export class Cluster implements AsyncDisposable {
  /** The parts, for tools built on a cluster; tests rarely need them. */
  readonly composition: Composition
  /** The outside host: it resolves declared internet names and its own hosts file, no cluster names. */
  get external(): HostHandle {
    this.#external ??= new HostHandle(this.#context, {
      place: 'external',
      hostname: 'external',
      network: this.composition.fabric.externalHost(),
      resolvConf: NODE_RESOLV_CONF,
    })
    return this.#external
  }

  /** Called when it has settled; what it throws, settle() throws. */
  onSettled: (() => void) | undefined
  readonly #driver: Driver
  #external: HostHandle | undefined
  #faults: Faults | undefined
  #kubeDoor: KubeDoor | undefined
  readonly #nodes = new Map<string, NodeHandle>()

  constructor(composition: Composition, driver: Driver) {
    this.composition = composition
    this.#driver = driver
  }

  /** What can be broken: `using _ = cluster.faults.nodeCrash('node-2')`. */
  get faults(): Faults {
    this.#faults ??= createFaults(this.composition, this.#driver)
    return this.#faults
  }

  get engine(): Engine {
    return this.composition.engine
  }

  /** The API server's in-process client. */
  get client(): Client {
    return this.composition.server.client
  }

  /** Names outside the cluster: `internet.host('www.baidu.com', '203.0.113.7')`. Names nobody declared are NXDOMAIN. */
  get internet(): Internet {
    return this.composition.internet
  }

  /** Programs of pods; register your own here. */
  get images(): ImageRegistry {
    return this.composition.images
  }

  /** Equal for equal seeds and inputs, in any process. */
  get traceHash(): string {
    return this.engine.bus.hash()
  }

  /** Virtual time since the start, as Go prints durations. */
  get age(): string {
    return formatDuration(this.engine.clock.now())
  }

  /** Collect flow steps from now on? They are what explain() shows; load tests turn them off. */
  get flowTraces(): boolean {
    return this.composition.fabric.tracing
  }

  set flowTraces(on: boolean) {
    this.composition.fabric.tracing = on
  }

  /** Keeps the last events of the cluster until it is disposed. */
  trace(capacity?: number): Trace {
    return new Trace(this.engine.bus, capacity)
  }

  /**
   * Applies manifests as `kubectl apply` does: YAML text, a path, or objects.
   * @throws StatusError as the API server answers; nothing after the refused object is applied
   */
  async apply(source: ManifestSource): Promise<readonly ApplyResult[]> {
    this.composition.connections.check()
    return applyManifests(this.composition, this.#driver, readManifests(source))
  }

  /** Deletes what the manifests name; what is not there is left out. Settle or advance to see it go. */
  async delete(source: ManifestSource): Promise<void> {
    this.composition.connections.check()
    const manifests = readManifests(source)
    this.#driver.enter(() => {
      for (const manifest of manifests) this.composition.server.delete(manifest)
    })
  }

  /**
   * Runs until nothing more is due but periodic work.
   * @param limit virtual time, default 10 minutes
   * @throws PodwireError naming who keeps scheduling when that takes longer, or more than so many steps (default 50 million)
   */
  async settle(limit: Duration = '10m', { steps }: { readonly steps?: number } = {}): Promise<void> {
    const limitUs = parseDuration(limit)
    await this.#virtual('settle').settle(steps === undefined ? { limitUs } : { limitUs, steps })
    this.onSettled?.()
  }

  /** Moves time: `'30s'`, `'1m30s'`, or milliseconds. */
  async advance(duration: Duration): Promise<void> {
    await this.#virtual('advance').advance(parseDuration(duration))
  }

  /** A pod by `name` (namespace default) or `namespace/name`. It need not exist yet. */
  pod(reference: string): PodHandle {
    if (typeof reference !== 'string' || /(^|\/)$/.test(reference)) {
      const remedy = "Say cluster.pod('name') or cluster.pod('namespace/name')."
      throw new PodwireError(`use the pod ${shown(reference)}`, 'it has no name', remedy)
    }
    const slash = reference.indexOf('/')
    const namespace = slash < 0 ? 'default' : reference.slice(0, slash)
    return new PodHandle(this.#context, this.composition, namespace, reference.slice(slash + 1))
  }

  /** Pods that are not being deleted and have these labels, in order of namespace and name. */
  pods(labels: Readonly<Record<string, string>> = {}, namespace?: string): readonly PodHandle[] {
    const { items } = this.client.list(pods, { namespace })
    return items
      .filter((pod) => isPresent(pod) && hasLabels(pod, labels))
      .map((pod) => this.pod(`${pod.metadata.namespace ?? ''}/${pod.metadata.name}`))
  }

  /** A virtual node: a machine (`exec('iptables-save -t nat')`, `fetch(…)`) that can be cordoned, drained, powered off. */
  node(name: string): NodeHandle {
    const known = this.#nodes.get(name)
    const { nodes } = this.composition
    if (!nodes.names.includes(name)) {
      this.#nodes.delete(name)
      throw new PodwireError(
        `use node ${name}`,
        'there is no such node',
        `There are ${nodes.names.join(', ') || 'none'}.`,
      )
    }
    const handle = known ?? new NodeHandle(this.#context, this.composition, name)
    this.#nodes.set(name, handle)
    return handle
  }

  /** A machine joins; settle to see it Ready. */
  addNode(settings: NodeSettings = {}): NodeHandle {
    return this.node(this.#driver.enter(() => this.composition.nodes.add(settings)))
  }

  /** What `podwire exec` calls `external` or `node/NAME`. */
  machine(place: string): HostHandle {
    if (place === 'external') return this.external
    const name = /^node\/(.+)$/.exec(place)?.[1]
    if (name !== undefined) return this.node(name)
    throw new PodwireError(`use ${shown(place)}`, 'it is no place to run commands', 'Say external, or node/NAME.')
  }

  /**
   * Where a request may start: `external`, `node/NAME`, `pod/NAMESPACE/NAME`, `NAMESPACE/NAME`, or a pod of the namespace
   * default by its name. A pod need not exist yet.
   */
  place(from: string): Machine {
    if (from === 'external' || /^node\/[^/]+$/.test(from)) return this.machine(from)
    const pod = from.replace(/^pod\/(?=[^/]+\/)/, '')
    if (/^[^/]+(\/[^/]+)?$/.test(pod)) return this.pod(pod)
    throw new PodwireError(
      `use ${shown(from)}`,
      'it is no place in the cluster',
      'Say external, node/NAME, or pod/NAMESPACE/NAME.',
    )
  }

  get nodeNames(): readonly string[] {
    return this.composition.nodes.names
  }

  /** The node's rules as `iptables-save` prints them. */
  iptablesSave(node: string, options: { readonly counters?: boolean } = {}): string {
    return this.composition.proxy.iptablesSave(node, options)
  }

  /**
   * Restarts kube-proxy with these flags beside those it has, as editing its ConfigMap and deleting its pods does. Settle to see
   * the new rules; those of the old mode are gone then. `undefined` brings a default back.
   * @throws PodwireError naming the flag that cannot be served
   */
  configureProxy(flags: KubeProxyFlags): void {
    this.#driver.enter(() => configureKubeProxy(this.composition, flags))
  }

  /** A moment to come back to, taken at once however large the cluster is. Its API objects can be read: `snapshot.client`. */
  snapshot(): Snapshot {
    throw noTravel('take a snapshot')
  }

  /**
   * Another cluster with the same past and a future of its own, at a snapshot, at a virtual time (`'30s'`), or now. It is there at
   * once: it runs up to its moment by itself at the first call that moves time, and shows its API objects before. Programs of
   * images are shared, so they must keep their state in the container.
   * @throws PodwireError while time moves; its first call rejects when the run does not come out as it was
   */
  fork(at?: Snapshot | Duration): Cluster {
    throw noTravel(`fork the cluster${at === undefined ? '' : ' there'}`)
  }

  /**
   * Goes back to a snapshot or a virtual time: just before what was given then. What you hold of the cluster (pods, nodes,
   * `external` …) stays good; subscriptions and traces end with the run they were made in.
   */
  async rewind(_to: Snapshot | Duration): Promise<void> {
    throw noTravel('rewind the cluster')
  }

  /**
   * Writes the cluster's seed, options and inputs to a file, all at once: `loadCluster(file)` takes it up there.
   * @throws PodwireError when the file cannot be written
   */
  async save(_file: string): Promise<void> {
    throw noTravel('save the cluster')
  }

  /** Of a fork: runs it up to its moment. @returns the cluster */
  async ready(): Promise<Cluster> {
    return this
  }

  /**
   * For the official JavaScript client in this process, without sockets: `(await cluster.kubeConfig()).connect(new KubeConfig())`.
   * Virtual time stands still while its messages are under way, so that an operator written with it runs deterministically.
   * @throws PodwireError for a service account there is not
   */
  async kubeConfig(options: KubeConfigOptions = {}): Promise<InProcessKubeConfig> {
    this.#kubeDoor ??= new KubeDoor(this.composition, this.#driver)
    return this.#kubeDoor.config(options)
  }

  /** Ends the cluster. `await using` does it by itself. */
  async stop(): Promise<void> {
    await this.#kubeDoor?.close()
    this.composition.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  get #context(): MachineContext {
    const { composition } = this
    return {
      engine: this.engine,
      driver: this.#driver,
      composition,
    }
  }

  #virtual(action: string): VirtualTimeDriver {
    // What the caller has just begun with a client of this process comes before time moves.
    if (this.#kubeDoor !== undefined) this.engine.touchAsync()
    if (this.#driver instanceof VirtualTimeDriver) return this.#driver
    throw new PodwireError(
      action,
      'this cluster runs in real time',
      'Wait for what you need, or create the cluster without real time.',
    )
  }
}

function isPresent(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined
}

function hasLabels(pod: Pod, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value)
}

function noTravel(action: string): PodwireError {
  return new PodwireError(
    action,
    'it runs in real time, and nobody writes down its inputs',
    'Use one of createCluster().',
  )
}

/** Boots a cluster in virtual time and runs until its system pods are Ready. */
export async function createCluster(options: ClusterOptions = {}): Promise<Cluster> {
  checkOptions(options)
  return Timeline.start(options)
}
