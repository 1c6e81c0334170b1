// A pod's sandbox: its place in the network and everything its containers share: host name, hosts file, resolv.conf, volumes,
// Service variables.

import type { Pod } from '@podwire/apiserver'
import { ProcessTable, type FileTree } from '@podwire/shell'
import type { NetworkScope } from '../fabric/network.ts'
import type { NameResolver } from '../images/image.ts'
import type { FileContent } from '../container/index.ts'
import {
  type ConfigLookup,
  hostsFile,
  nodeHostsFile,
  type PodAddresses,
  podHostname,
  type PodHostname,
  podResolvConf,
  type PodVolumes,
  type PodVolumesOptions,
  resolvConfText,
} from '../pod/index.ts'
import type { NodeRuntime, ResolverOptions } from './node-runtime.ts'

/** A pod as it is now: its object changes while it runs. */
interface LivePod {
  readonly pod: Pod
  readonly podIPs: readonly string[]
  readonly volumes: PodVolumes
}

export class PodSandbox {
  readonly network: NetworkScope
  readonly podIPs: readonly string[]
  /** All containers' processes, where the pod shares them: the sandbox's own is the first. */
  readonly processes: ProcessTable | undefined
  readonly #runtime: NodeRuntime
  readonly #live: LivePod
  #name: PodHostname | undefined
  #muslResolver: NameResolver | undefined
  #managedFiles: ReadonlyMap<string, FileContent> | undefined
  #released = false

  private constructor(runtime: NodeRuntime, live: LivePod, podIPs: readonly string[]) {
    const { pod } = live
    this.#runtime = runtime
    this.#live = live
    this.podIPs = podIPs
    if (pod.spec.shareProcessNamespace === true) {
      this.processes = new ProcessTable()
      this.processes.addProgram(['/pause'], runtime.engine.clock.now(), () => undefined)
    }
    const hostNetwork = pod.spec.hostNetwork === true
    this.network = hostNetwork ? runtime.network.node : runtime.network.addPod(pod, podIPs)
  }

  /** undefined: the node has no pod address left. */
  static create(runtime: NodeRuntime, live: LivePod): PodSandbox | undefined {
    if (live.pod.spec.hostNetwork === true) return new PodSandbox(runtime, live, runtime.hostIPs)
    const addresses = runtime.addresses.allocate()
    return addresses === undefined ? undefined : new PodSandbox(runtime, live, addresses)
  }

  get pod(): Pod {
    return this.#live.pod
  }

  get name(): PodHostname {
    const { dns, nodeName } = this.#runtime
    return (this.#name ??= podHostname(this.pod, dns.clusterDomain, nodeName))
  }

  get volumes(): PodVolumes {
    return this.#live.volumes
  }

  get hosts(): string {
    const { nodeName, hostIPs } = this.#runtime
    return hostsFile(this.pod, this.name, this.podIPs, nodeHostsFile(nodeName, hostIPs))
  }

  get resolvConf(): string {
    return resolvConfText(podResolvConf(this.pod, this.#runtime.dns).config)
  }

  /** The files the kubelet manages in every container, written when they are read. */
  get managedFiles(): ReadonlyMap<string, FileContent> {
    // Asked at each look at a file: the texts' makers are made elsewhere, as a function that makes any allocates for them each time.
    return (this.#managedFiles ??= this.#manageFiles())
  }

  #manageFiles(): ReadonlyMap<string, FileContent> {
    return new Map([
      ['/etc/hosts', () => Buffer.from(this.hosts, 'utf8')],
      ['/etc/resolv.conf', () => Buffer.from(this.resolvConf, 'utf8')],
      ['/etc/hostname', () => Buffer.from(`${this.name.hostname}\n`, 'utf8')],
    ])
  }

  /** glibc's for a container: it reads the container's own /etc/nsswitch.conf. */
  glibcResolver(nsswitch: () => string | undefined): NameResolver {
    return this.#createResolver({ libc: 'glibc', nsswitch })
  }

  /** musl's, which the pod's containers share. */
  muslResolver(): NameResolver {
    return (this.#muslResolver ??= this.#createResolver({ libc: 'musl' }))
  }

  #createResolver(parts: Pick<ResolverOptions, 'libc' | 'nsswitch'>): NameResolver {
    return this.#runtime.createResolver({
      network: this.network,
      hosts: () => this.hosts,
      resolvConf: () => this.resolvConf,
      ...parts,
    })
  }

  /** Gives addresses back. Calling it twice is fine. */
  release(): void {
    if (this.#released) return
    this.#released = true
    if (this.pod.spec.hostNetwork === true) return
    this.#runtime.network.removePod(this.pod)
    this.#runtime.addresses.release(this.podIPs)
  }
}

/** What the volumes of a pod are made from. */
export class PodVolumeSources implements PodVolumesOptions {
  readonly #runtime: NodeRuntime
  readonly #live: Pick<LivePod, 'pod' | 'podIPs'>

  /** @param live has the pod's addresses once it has any */
  constructor(runtime: NodeRuntime, live: Pick<LivePod, 'pod' | 'podIPs'>) {
    this.#runtime = runtime
    this.#live = live
  }

  get pod(): Pod {
    return this.#live.pod
  }

  get config(): ConfigLookup {
    return this.#runtime.config
  }

  get allocatable(): NodeRuntime['allocatable'] {
    return this.#runtime.allocatable
  }

  addresses(): PodAddresses {
    return { hostIPs: this.#runtime.hostIPs, podIPs: this.#live.podIPs }
  }

  token(audience: string | undefined, expirationSeconds: number): string {
    return this.#runtime.token(this.pod, audience, expirationSeconds)
  }

  nodeFiles(): FileTree {
    return this.#runtime.nodeFiles()
  }

  now(): number {
    return this.#runtime.engine.clock.wallTimeMs()
  }
}
