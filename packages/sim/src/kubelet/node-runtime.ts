// What a node's kubelet works with: handed to every pod worker. The composition root decides what stands behind it.

import type { Client, EventRecorder, Node, Pod } from '@podwire/apiserver'
import type { Engine, Microseconds, Random } from '@podwire/engine'
import type { FileTree } from '@podwire/shell'
import type { NetworkNamespace } from '../fabric/network.ts'
import type { BindTools } from '../container/index.ts'
import type { NameResolver } from '../images/image.ts'
import type { ImageRegistry } from '../images/registry.ts'
import type { ConfigLookup, DnsSettings } from '../pod/index.ts'
import type { AddressPool } from './address-pool.ts'
import type { NodeUsage } from './node-usage.ts'
import type { PodFaults } from './pod-faults.ts'
import type { PodNetwork } from './pod-network.ts'
import type { ServiceVariableIndex } from './service-variables.ts'
import type { KubeletTiming } from './timing.ts'

export interface ResolverOptions {
  readonly network: NetworkNamespace
  readonly hosts: () => string
  readonly resolvConf: () => string
  readonly libc: 'glibc' | 'musl'
  /** /etc/nsswitch.conf of the container, if it has one. */
  readonly nsswitch?: () => string | undefined
}

type ResolverFactory = (options: ResolverOptions) => NameResolver

export interface NodeRuntime {
  readonly engine: Engine
  readonly client: Client
  readonly events: EventRecorder
  readonly images: ImageRegistry
  /** Draws for timing, in the order the node's work happens. */
  readonly random: Random
  readonly timing: KubeletTiming
  readonly nodeName: string
  /** The node's InternalIPs, primary first. */
  readonly hostIPs: readonly string[]
  readonly addresses: AddressPool
  /** What the pods it took on ask of it. */
  readonly usage: NodeUsage
  /** Its Node object as it is now, which decides what it takes on. */
  readonly node: () => Node
  readonly network: PodNetwork
  readonly dns: DnsSettings
  readonly config: ConfigLookup
  readonly services: ServiceVariableIndex
  readonly createResolver: ResolverFactory
  readonly bindTools: BindTools
  readonly allocatable: Readonly<Record<string, string>>
  readonly token: (pod: Pod, audience: string | undefined, expirationSeconds: number) => string
  /** `1.36` */
  readonly version: string
  /** Canonical names of images the node has. */
  readonly presentImages: Set<string>
  /** Downloads under way, and when they end: pods that need the same image share one. */
  readonly pulls: Map<string, Microseconds>
  /** When the node's looks at its containers come: this moment plus multiples of the relist period. */
  readonly relistPhaseUs: Microseconds
  readonly nodeFiles: () => FileTree
  /** What faults do to containers here. */
  readonly faults: PodFaults
}
