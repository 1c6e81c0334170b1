// The nodes of a cluster while it runs: which there are, and what happens to them. Powering a node off cuts it from the
// network and ends all that runs on it, and nobody is told; powering it on boots its kubelet again, which finds its pods.

import { nodes, type ApiServer } from '@podwire/apiserver'
import { PausableEngine, PodwireError, SECOND, type Engine } from '@podwire/engine'
import type { KubeProxy } from '@podwire/proxy'
import type { Command } from '@podwire/shell'
import { bindTools, type ToolHost } from '../commands/index.ts'
import type { Fabric } from '../fabric/index.ts'
import type { ImageRegistry } from '../images/index.ts'
import { nodeResolvConf, startKubelet, type ClusterView, type Kubelet, PodFaults } from '../kubelet/index.ts'
import { KernelLog } from '../node/kernel-log.ts'
import type { ApiConnections } from '../system/api-connections.ts'
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
  readonly connections: ApiConnections
  /** `v1.36.2` */
  readonly kubernetesVersion: string
  readonly renewLeases: boolean
}

const REGISTRATION_RETRY = SECOND

const kubeletOf = (node: string): string => `kubelet/${node}`

interface PlannedNode {
  readonly plan: NodePlan
  readonly settings: NodeSettings
  /** Virtual time of its processes: they can be paused. */
  readonly engine: PausableEngine
}

export class ClusterNodes {
  /** What faults make of containers. */
  readonly podFaults = new PodFaults()
  readonly #parts: NodeParts
  readonly #kubelets = new Map<string, Kubelet>()
  readonly #planned = new Map<string, PlannedNode>()
  readonly #off = new Set<string>()
  /** How many faults keep a node's kubelet and kube-proxy from the API server. */
  readonly #cutOff = new Map<string, number>()
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

  /** The API server runs there. */
  isControlPlane(name: string): boolean {
    return this.#planned.get(name)?.plan.controlPlane === true
  }

  /** Its InternalIPs, primary first; none: no such node. */
  addressesOf(name: string): readonly string[] {
    return this.#planned.get(name)?.plan.addresses ?? []
  }

  /** Adds the next node. @returns its name */
  add(settings: NodeSettings = {}): string {
    const { fabric, proxy } = this.#parts
    const plan = this.#nextPlan()
    this.#lastNumber++
    const log = this.kernelLog(plan.name)
    fabric.addNode({
      name: plan.name,
      addresses: plan.addresses,
      podCidrs: plan.podCidrs,
      dataPlane: (stack) =>
        proxy.dataPlane(plan.name, stack, { counters: 'traced', onTableFull: () => log.conntrackFull() }),
    })
    const engine = new PausableEngine(this.#parts.engine)
    fabric.setGate(plan.name, engine)
    this.#planned.set(plan.name, { plan, settings, engine })
    this.#boot(plan.name, this.#parts.renewLeases)
    return plan.name
  }

  /** A Node made by hand may have the subnet of this number: then the next free one. At the start there are none. */
  #nextPlan(): NodePlan {
    const { engine, networks, server } = this.#parts
    const number = this.#lastNumber + 1
    if (engine.clock.now() === 0) return networks.node(number)
    const taken = new Set(server.client.list(nodes).items.flatMap(({ spec }) => spec.podCIDRs ?? []))
    let plan = networks.node(number)
    for (let subnet = number + 1; plan.podCidrs.some((range) => taken.has(range)); subnet++) {
      plan = networks.node(number, subnet)
    }
    return plan
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

  /** Paused: nothing on it runs, packets to it get no answer, and the API server hears nothing. */
  freeze(name: string): void {
    const { engine } = this.#known(name, 'freeze')
    this.disconnect(name)
    engine.pause()
    this.#parts.fabric.setNodeUp(name, false)
  }

  /** It goes on where it was. */
  thaw(name: string): void {
    const { engine } = this.#known(name, 'thaw')
    if (!this.#off.has(name)) this.#parts.fabric.setNodeUp(name, true)
    engine.resume()
    this.reconnect(name)
  }

  /** Its kubelet and its kube-proxy do not reach the API server. */
  disconnect(name: string): void {
    const { connections, proxy } = this.#parts
    this.#cutOff.set(name, (this.#cutOff.get(name) ?? 0) + 1)
    this.#kubelets.get(name)?.setHeartbeat(false)
    connections.open(kubeletOf(name)).begin('unreachable')
    proxy.setCutOff(name, true)
  }

  /** They do again, as far as no other fault keeps them from it. */
  reconnect(name: string): void {
    const { connections, proxy } = this.#parts
    const others = (this.#cutOff.get(name) ?? 1) - 1
    this.#cutOff.set(name, others)
    connections.open(kubeletOf(name)).end('unreachable')
    proxy.setCutOff(name, false)
    if (others === 0) this.#kubelets.get(name)?.setHeartbeat(true)
  }

  /** Off, off the network for good, and its Node object deleted. */
  remove(name: string): void {
    this.powerOff(name)
    const { server, fabric } = this.#parts
    if (server.client.find(nodes, { name }) !== undefined) server.client.delete(nodes, { name })
    fabric.removeNode(name)
    this.#off.delete(name)
    this.#planned.delete(name)
    this.#parts.connections.close(kubeletOf(name))
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

  #bootAgain(name: string): void {
    if (this.#planned.has(name) && !this.#off.has(name) && !this.#kubelets.has(name)) this.#boot(name, true)
  }

  #boot(name: string, renewLease: boolean): void {
    const { server, fabric, images, view, networks, kubernetesVersion, connections } = this.#parts
    const { plan, settings, engine } = this.#known(name, 'boot')
    const connection = connections.open(kubeletOf(name), `node/${name}`)
    if (!connection.reachable) {
      // It cannot register: it tries until it can. Departure: its static pods wait for that, too.
      engine.schedule(REGISTRATION_RETRY, 'kubelet registration', () => this.#bootAgain(name), 'background')
      return
    }
    const kubelet = startKubelet({
      engine,
      client: connection.connect(server.clientNamed('kubelet')),
      faults: this.podFaults,
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
