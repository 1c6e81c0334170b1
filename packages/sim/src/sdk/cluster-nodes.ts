// The nodes of a cluster while it runs: which there are, and what happens to them. Powering a node off cuts it from the
// network and ends all that runs on it, and nobody is told; powering it on boots its kubelet again, which finds its pods.

import { nodes, type ApiServer } from '@podwire/apiserver'
import { PodwireError, type Engine } from '@podwire/engine'
import type { KubeProxy } from '@podwire/proxy'
import type { Command } from '@podwire/shell'
import { bindTools, type ToolHost } from '../commands/index.ts'
import type { Fabric } from '../fabric/index.ts'
import type { ImageRegistry } from '../images/index.ts'
import { nodeResolvConf, startKubelet, type ClusterView, type Kubelet } from '../kubelet/index.ts'
import { KernelLog } from '../node/kernel-log.ts'
import { staticPodsOf, systemImages } from '../system/static-pods.ts'
import { nodeCommands } from './node-commands.ts'
import type { NetworkPlan } from './network-plan.ts'
import type { NodePlan } from './node-plan.ts'
import type { NodeSettings } from './options.ts'

export interface NodeParts {
  readonly engine: Engine
  readonly server: ApiServer
  readonly fabric: Fabric
  readonly images: ImageRegistry
  readonly proxy: KubeProxy
  readonly view: ClusterView
  readonly networks: NetworkPlan
  /** `v1.36.2` */
  readonly kubernetesVersion: string
  readonly renewLeases: boolean
}

interface PlannedNode {
  readonly plan: NodePlan
  readonly settings: NodeSettings
}

export class ClusterNodes {
  readonly #parts: NodeParts
  readonly #kubelets = new Map<string, Kubelet>()
  readonly #planned = new Map<string, PlannedNode>()
  readonly #off = new Set<string>()
  readonly #kernelLogs = new Map<string, KernelLog>()
  #lastNumber = 0

  constructor(parts: NodeParts) {
    this.#parts = parts
  }

  /** Of all nodes, those that are off included. */
  get names(): readonly string[] {
    return [...this.#planned.keys()]
  }

  /** Of nodes that are on. */
  get kubelets(): ReadonlyMap<string, Kubelet> {
    return this.#kubelets
  }

  /** What its kernel complained about. */
  kernelLog(name: string): KernelLog {
    let log = this.#kernelLogs.get(name)
    if (log === undefined) {
      log = new KernelLog(this.#parts.engine.clock)
      this.#kernelLogs.set(name, log)
    }
    return log
  }

  isOn(name: string): boolean {
    return this.#kubelets.has(name)
  }

  /** Its InternalIPs, primary first; none: no such node. */
  addressesOf(name: string): readonly string[] {
    return this.#planned.get(name)?.plan.addresses ?? []
  }

  /** Adds the next node. @returns its name */
  add(settings: NodeSettings = {}): string {
    const { fabric, proxy, networks } = this.#parts
    const plan = networks.node(this.#lastNumber + 1)
    this.#lastNumber++
    const log = this.kernelLog(plan.name)
    fabric.addNode({
      name: plan.name,
      addresses: plan.addresses,
      podCidrs: plan.podCidrs,
      dataPlane: (stack) =>
        proxy.dataPlane(plan.name, stack, { counters: 'traced', onTableFull: () => log.conntrackFull() }),
    })
    this.#planned.set(plan.name, { plan, settings })
    this.#boot(plan.name, this.#parts.renewLeases)
    return plan.name
  }

  powerOff(name: string): void {
    this.#known(name, 'power off')
    const kubelet = this.#kubelets.get(name)
    if (kubelet === undefined) return
    this.#parts.fabric.setNodeUp(name, false)
    this.#kubelets.delete(name)
    this.#off.add(name)
    kubelet.powerOff()
  }

  powerOn(name: string): void {
    this.#known(name, 'power on')
    if (!this.#off.delete(name)) return
    this.#parts.fabric.setNodeUp(name, true)
    // Somebody watches this node's heartbeats by now: from here on they are real ones.
    this.#boot(name, true)
  }

  /** Off, off the network for good, and its Node object deleted. */
  remove(name: string): void {
    this.powerOff(name)
    const { server, fabric } = this.#parts
    if (server.client.find(nodes, { name }) !== undefined) server.client.delete(nodes, { name })
    fabric.removeNode(name)
    this.#off.delete(name)
    this.#planned.delete(name)
  }

  stop(): void {
    for (const kubelet of this.#kubelets.values()) kubelet.stop()
  }

  #known(name: string, action: string): PlannedNode {
    const known = this.#planned.get(name)
    if (known !== undefined) return known
    throw new PodwireError(
      `${action} ${name}`,
      'there is no such node',
      `There are ${this.names.join(', ') || 'none'}.`,
    )
  }

  /** Pods that share the node's network see its kernel too. */
  #bindTools(name: string, host: ToolHost): ReadonlyMap<string, Command> {
    const tools = bindTools(host)
    if (host.network.name !== `node/${name}`) return tools
    return new Map([...tools, ...nodeCommands(this.#parts.proxy, name, this.kernelLog(name))])
  }

  #boot(name: string, renewLease: boolean): void {
    const { engine, server, fabric, images, view, networks, kubernetesVersion } = this.#parts
    const { plan, settings } = this.#known(name, 'boot')
    const kubelet = startKubelet({
      engine,
      client: server.clientNamed('kubelet'),
      fabric,
      images,
      cluster: view,
      bindTools: (host) => this.#bindTools(name, host),
      kubernetesVersion,
      node: { ...settings, name, addresses: plan.addresses, podCidrs: plan.podCidrs, controlPlane: plan.controlPlane },
      dns: { clusterDns: [networks.dnsAddress], node: nodeResolvConf(networks.nameserver) },
      staticPods: staticPodsOf(plan, kubernetesVersion),
      renewLease,
      presentImages: systemImages(kubernetesVersion),
    })
    if (kubelet !== undefined) this.#kubelets.set(name, kubelet)
  }
}
