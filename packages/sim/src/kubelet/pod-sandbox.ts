// A pod's sandbox: its place in the network and everything its containers share: host name, hosts file, resolv.conf, volumes,
// Service variables.

import type { Pod } from '@podwire/apiserver'
import type { NetworkScope } from '../fabric/network.ts'
import type { NameResolver } from '../images/image.ts'
import type { FileContent } from '../container/index.ts'
import {
  hostsFile,
  nodeHostsFile,
  podHostname,
  type PodHostname,
  podResolvConf,
  PodVolumes,
  resolvConfText,
} from '../pod/index.ts'
import type { NodeRuntime } from './node-runtime.ts'

export class PodSandbox {
  readonly pod: Pod
  readonly network: NetworkScope
  readonly podIPs: readonly string[]
  readonly name: PodHostname
  readonly volumes: PodVolumes
  readonly #runtime: NodeRuntime
  readonly #resolvers: { glibc?: NameResolver; musl?: NameResolver } = {}
  #managedFiles: ReadonlyMap<string, FileContent> | undefined
  #released = false

  private constructor(runtime: NodeRuntime, pod: Pod, volumes: PodVolumes, podIPs: readonly string[]) {
    this.#runtime = runtime
    this.pod = pod
    this.volumes = volumes
    this.podIPs = podIPs
    this.name = podHostname(pod, runtime.dns.clusterDomain, runtime.nodeName)
    const hostNetwork = pod.spec.hostNetwork === true
    this.network = hostNetwork ? runtime.network.node : runtime.network.addPod(pod, podIPs)
  }

  /** undefined: the node has no pod address left. */
  static create(runtime: NodeRuntime, pod: Pod, volumes: PodVolumes): PodSandbox | undefined {
    if (pod.spec.hostNetwork === true) return new PodSandbox(runtime, pod, volumes, [runtime.hostIP])
    const address = runtime.addresses.allocate()
    return address === undefined ? undefined : new PodSandbox(runtime, pod, volumes, [address])
  }

  get hosts(): string {
    const { nodeName, hostIP } = this.#runtime
    return hostsFile(this.pod, this.name, this.podIPs, nodeHostsFile(nodeName, hostIP))
  }

  get resolvConf(): string {
    return resolvConfText(podResolvConf(this.pod, this.#runtime.dns).config)
  }

  /** The files the kubelet manages in every container, written when they are read. */
  get managedFiles(): ReadonlyMap<string, FileContent> {
    this.#managedFiles ??= new Map([
      ['/etc/hosts', () => Buffer.from(this.hosts, 'utf8')],
      ['/etc/resolv.conf', () => Buffer.from(this.resolvConf, 'utf8')],
      ['/etc/hostname', () => Buffer.from(`${this.name.hostname}\n`, 'utf8')],
    ])
    return this.#managedFiles
  }

  resolver(libc: 'glibc' | 'musl'): NameResolver {
    this.#resolvers[libc] ??= this.#runtime.createResolver({
      network: this.network,
      hosts: () => this.hosts,
      resolvConf: () => this.resolvConf,
      libc,
    })
    return this.#resolvers[libc]
  }

  /** Gives addresses back. Calling it twice is fine. */
  release(): void {
    if (this.#released) return
    this.#released = true
    if (this.pod.spec.hostNetwork === true) return
    this.#runtime.network.removePod(this.pod)
    for (const address of this.podIPs) this.#runtime.addresses.release(address)
  }
}

export function createPodVolumes(runtime: NodeRuntime, pod: Pod, podIPs: () => readonly string[]): PodVolumes {
  return new PodVolumes({
    pod,
    config: runtime.config,
    addresses: () => ({ hostIP: runtime.hostIP, podIPs: podIPs() }),
    allocatable: runtime.allocatable,
    token: (audience, expirationSeconds) => runtime.token(pod, audience, expirationSeconds),
    nodeFiles: runtime.nodeFiles,
    now: () => runtime.engine.clock.wallTimeMs(),
  })
}
