// Exposed Services on loopback: every virtual node has an address of its own, where each node port of each Service listens, and so
// has every load balancer's address, with the Service's own ports. Nodes and Services with node ports carry the annotation
// podwire.dev/host-address. Of load balancers an Event tells: who writes a status must not meet a changed object. A port the
// host refuses is a warning and an Event. Pods with ports on their nodes (hostPort, hostNetwork) have doors there, too.

import {
  createEventRecorder,
  nodes,
  objectKey,
  pods,
  services,
  type Client,
  type EventRecorder,
  type InformerFactory,
  type KubeObject,
  type Node,
  type Pod,
  type Service,
} from '@podwire/apiserver'
import type { Driver, Engine } from '@podwire/engine'
import type { NetworkNamespace } from '../fabric/network.ts'
import { hostAddressOf } from './host-address.ts'
import { HostPorts } from './host-ports.ts'
import { openTcpDoor, type Door } from './tcp-door.ts'
import { openUdpDoor } from './udp-door.ts'

export const HOST_ADDRESS_ANNOTATION = 'podwire.dev/host-address'

export interface ServiceDoorsOptions {
  readonly engine: Engine
  readonly driver: Driver
  readonly client: Client
  readonly informers: InformerFactory
  /** Who dials in: the outside host. */
  readonly from: NetworkNamespace
  /** From claimBlock(). */
  readonly block: number
  readonly onWarning: (message: string) => void
  /** False: everything is as if there were doors, and none opens; a run that is repeated. Default true. */
  readonly opens?: boolean
  /** Whoever writes events instead, at a time of its own; default: at once. */
  readonly onEvent?: (owner: KubeObject, type: EventType, reason: string, message: string) => void
}

type EventType = 'Normal' | 'Warning'

interface WantedDoor {
  readonly kind: 'node' | 'load-balancer' | 'host-port'
  readonly key: string
  readonly protocol: 'TCP' | 'UDP'
  /** In the cluster: a node's, or a load balancer's. */
  readonly address: string
  readonly port: number
  readonly owner: Service | Pod
}

export class ServiceDoors {
  readonly #options: ServiceDoorsOptions
  readonly #recorder: EventRecorder
  /** A door that could not open stays here as undefined: it is tried again when its Service changes. */
  readonly #doors = new Map<string, Promise<Door | undefined>>()
  readonly #hostPorts = new HostPorts()
  #closed = false

  constructor(options: ServiceDoorsOptions) {
    this.#options = options
    this.#recorder = createEventRecorder({
      engine: options.engine,
      client: options.client,
      component: 'podwire-host-doors',
    })
    options.informers.informer(nodes).onChange(() => this.#sync())
    options.informers.informer(services).onChange(() => this.#sync())
    options.informers.informer(pods).onChange(({ type, object }) => {
      if (this.#hostPorts.changed(object, type === 'deleted')) this.#sync()
    })
  }

  /** Resolves when every door wanted so far is open or refused. */
  async settled(): Promise<void> {
    await Promise.all(this.#doors.values())
  }

  async close(): Promise<void> {
    this.#closed = true
    const doors = await Promise.all(this.#doors.values())
    await Promise.all(doors.map((door) => door?.close()))
  }

  #sync(): void {
    if (this.#closed) return
    const { informers } = this.#options
    const allNodes = informers.informer(nodes).list()
    const allServices = informers.informer(services).list()
    for (const node of allNodes) this.#annotateNode(node)
    const wanted = new Map<string, WantedDoor>()
    for (const service of allServices) {
      for (const door of this.#wantedDoors(service, allNodes)) wanted.set(door.key, door)
      this.#annotateService(service, allNodes)
    }
    for (const door of this.#hostPortDoors(allNodes, [...wanted.values()])) wanted.set(door.key, door)
    for (const [key, opening] of this.#doors) {
      if (wanted.has(key)) continue
      this.#doors.delete(key)
      void opening.then((door) => door?.close())
    }
    if (this.#options.opens === false) return
    for (const [key, door] of wanted) if (!this.#doors.has(key)) this.#doors.set(key, this.#open(door))
  }

  /** Writes an event, now. */
  event(owner: KubeObject, type: EventType, reason: string, message: string): void {
    this.#recorder.event(owner, type, reason, message)
  }

  #wantedDoors(service: Service, allNodes: readonly Node[]): readonly WantedDoor[] {
    const nodeAddresses = allNodes.flatMap((node) => internalAddress(node) ?? [])
    return (service.spec.ports ?? []).flatMap(({ protocol = 'TCP', port, nodePort }) => {
      if (protocol !== 'TCP' && protocol !== 'UDP') return []
      const door = (kind: WantedDoor['kind'], address: string, at: number): WantedDoor => {
        const key = `${protocol} ${address}:${at} ${service.metadata.uid}`
        return { kind, key, protocol, address, port: at, owner: service }
      }
      const onNodes = nodePort === undefined ? [] : nodeAddresses.map((address) => door('node', address, nodePort))
      return [
        ...onNodes,
        ...balancerAddresses(service, nodeAddresses).map((address) => door('load-balancer', address, port)),
      ]
    })
  }

  /** A node port of a Service counts before a pod's port of the same number, as kube-proxy's rules do. */
  #hostPortDoors(allNodes: readonly Node[], others: readonly WantedDoor[]): readonly WantedDoor[] {
    const addresses = new Map(allNodes.map((node) => [node.metadata.name, internalAddress(node)]))
    const taken = new Set(others.map(({ protocol, address, port }) => `${protocol} ${address}:${port}`))
    return this.#hostPorts.list().flatMap(({ node, port, protocol, pod }): WantedDoor[] => {
      const address = addresses.get(node)
      const place = `${protocol} ${address ?? ''}:${port}`
      if (address === undefined || taken.has(place)) return []
      const key = `${place} ${pod.metadata.uid}`
      return [{ kind: 'host-port', key, protocol, address, port, owner: pod }]
    })
  }

  async #open(wanted: WantedDoor): Promise<Door | undefined> {
    const { engine, driver, from, block } = this.#options
    const listen = { address: hostAddressOf(wanted.address, block), port: wanted.port }
    const target = { from, address: wanted.address, port: wanted.port }
    try {
      const opening =
        wanted.protocol === 'TCP' ? openTcpDoor(driver, listen, target) : openUdpDoor(engine, driver, listen, target)
      const door = await opening
      if (wanted.kind !== 'node') this.#tell(wanted, listen.address)
      return door
    } catch (error) {
      this.#warn(wanted, `cannot listen on ${listen.address}:${listen.port}/${wanted.protocol}`, error)
      return undefined
    }
  }

  #tell({ owner, address, port, protocol }: WantedDoor, host: string): void {
    const message = `podwire serves ${address}:${port}/${protocol} on ${host}:${port} of this machine`
    this.#say(owner, 'Normal', 'HostAddress', message)
  }

  #warn({ owner, kind }: WantedDoor, what: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    const remedy = isForbidden(error)
      ? 'Ports below 1024 need root, or net.ipv4.ip_unprivileged_port_start=0.'
      : `Another program holds it; stop that or choose another ${kind === 'node' ? 'nodePort' : kind === 'host-port' ? 'hostPort' : 'port'}.`
    this.#options.onWarning(`${objectKey(owner)}: ${what}: ${reason}. ${remedy}`)
    this.#say(owner, 'Warning', 'HostPortUnavailable', `podwire ${what}: ${reason}. ${remedy}`)
  }

  #say(owner: KubeObject, type: EventType, reason: string, message: string): void {
    const { driver, onEvent } = this.#options
    if (onEvent === undefined) driver.enter(() => this.event(owner, type, reason, message))
    else onEvent(owner, type, reason, message)
  }

  #annotateNode(node: Node): void {
    const address = internalAddress(node)
    if (address === undefined) return
    const host = hostAddressOf(address, this.#options.block)
    if (node.metadata.annotations?.[HOST_ADDRESS_ANNOTATION] === host) return
    this.#options.client.patch(nodes, { name: node.metadata.name }, 'merge', annotation(host))
  }

  #annotateService(service: Service, allNodes: readonly Node[]): void {
    const ports = [...new Set((service.spec.ports ?? []).flatMap((port) => port.nodePort ?? []))]
    const hosts = allNodes.flatMap((node) => internalAddress(node) ?? [])
    const value = hosts
      .flatMap((host) => ports.map((port) => `${hostAddressOf(host, this.#options.block)}:${port}`))
      .join(',')
    const present = service.metadata.annotations?.[HOST_ADDRESS_ANNOTATION]
    if (value === (present ?? '')) return
    const { client } = this.#options
    const ref = { namespace: service.metadata.namespace, name: service.metadata.name }
    if (client.find(services, ref) === undefined) return
    client.patch(services, ref, 'merge', annotation(value === '' ? null : value))
  }
}

/** IPv4 addresses of its load balancer, IPv6 ones where there are no others, whose loopback twins no node has. */
function balancerAddresses({ status }: Service, nodeAddresses: readonly string[]): readonly string[] {
  const twins = new Set(nodeAddresses.map((address) => hostAddressOf(address, 0)))
  const all = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip = '' }) => (ip === '' ? [] : [ip]))
  const ipv4 = all.filter((address) => address.includes('.'))
  const addresses = ipv4.length > 0 ? ipv4 : all
  return addresses.filter((address) => !twins.has(hostAddressOf(address, 0)))
}

const isForbidden = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EACCES'

function annotation(value: string | null): object {
  return { metadata: { annotations: { [HOST_ADDRESS_ANNOTATION]: value } } }
}

function internalAddress(node: Node): string | undefined {
  return node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address
}
