// Exposed Services on loopback: every virtual node has an address of its own, where each node port of each Service listens, and so
// has every load balancer's address, with the Service's own ports. Nodes and Services carry the annotation
// podwire.dev/host-address. A port the host refuses is a warning and an Event.

import {
  createEventRecorder,
  nodes,
  objectKey,
  services,
  type Client,
  type EventRecorder,
  type InformerFactory,
  type Node,
  type Service,
} from '@podwire/apiserver'
import type { Driver, Engine } from '@podwire/engine'
import type { NetworkNamespace } from '../fabric/network.ts'
import { hostAddressOf } from './host-address.ts'
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
}

interface WantedDoor {
  readonly key: string
  readonly protocol: 'TCP' | 'UDP'
  /** In the cluster: a node's, or a load balancer's. */
  readonly address: string
  readonly port: number
  readonly service: Service
}

export class ServiceDoors {
  readonly #options: ServiceDoorsOptions
  readonly #recorder: EventRecorder
  /** A door that could not open stays here as undefined: it is tried again when its Service changes. */
  readonly #doors = new Map<string, Promise<Door | undefined>>()
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
    for (const [key, opening] of this.#doors) {
      if (wanted.has(key)) continue
      this.#doors.delete(key)
      void opening.then((door) => door?.close())
    }
    for (const [key, door] of wanted) if (!this.#doors.has(key)) this.#doors.set(key, this.#open(door))
  }

  #wantedDoors(service: Service, allNodes: readonly Node[]): readonly WantedDoor[] {
    const nodeAddresses = allNodes.flatMap((node) => internalAddress(node) ?? [])
    return (service.spec.ports ?? []).flatMap(({ protocol = 'TCP', port, nodePort }) => {
      if (protocol !== 'TCP' && protocol !== 'UDP') return []
      const door = (address: string, at: number): WantedDoor => {
        return { key: `${protocol} ${address}:${at} ${service.metadata.uid}`, protocol, address, port: at, service }
      }
      const onNodes = nodePort === undefined ? [] : nodeAddresses.map((address) => door(address, nodePort))
      return [...onNodes, ...balancerAddresses(service, nodeAddresses).map((address) => door(address, port))]
    })
  }

  async #open(wanted: WantedDoor): Promise<Door | undefined> {
    const { engine, driver, from, block } = this.#options
    const listen = { address: hostAddressOf(wanted.address, block), port: wanted.port }
    const target = { from, address: wanted.address, port: wanted.port }
    try {
      return wanted.protocol === 'TCP'
        ? await openTcpDoor(driver, listen, target)
        : await openUdpDoor(engine, driver, listen, target)
    } catch (error) {
      this.#warn(wanted.service, `cannot listen on ${listen.address}:${listen.port}/${wanted.protocol}`, error)
      return undefined
    }
  }

  #warn(service: Service, what: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    const remedy = isForbidden(error)
      ? 'Ports below 1024 need root, or net.ipv4.ip_unprivileged_port_start=0.'
      : 'Another program holds it; stop that or choose another nodePort.'
    this.#options.onWarning(`${objectKey(service)}: ${what}: ${reason}. ${remedy}`)
    this.#options.driver.enter(() =>
      this.#recorder.event(service, 'Warning', 'HostPortUnavailable', `podwire ${what}: ${reason}. ${remedy}`),
    )
  }

  #annotateNode(node: Node): void {
    const address = internalAddress(node)
    if (address === undefined) return
    const host = hostAddressOf(address, this.#options.block)
    if (node.metadata.annotations?.[HOST_ADDRESS_ANNOTATION] === host) return
    this.#options.client.patch(nodes, { name: node.metadata.name }, 'merge', annotation(host))
  }

  #annotateService(service: Service, allNodes: readonly Node[]): void {
    const { block } = this.#options
    const places = this.#wantedDoors(service, allNodes).map(
      ({ address, port }) => `${hostAddressOf(address, block)}:${port}`,
    )
    // By node, then by port: one port may be there for two protocols.
    const value = [...new Set(places)].toSorted(byHost).join(',')
    const present = service.metadata.annotations?.[HOST_ADDRESS_ANNOTATION]
    if (value === (present ?? '')) return
    const { client } = this.#options
    const ref = { namespace: service.metadata.namespace, name: service.metadata.name }
    if (client.find(services, ref) === undefined) return
    client.patch(services, ref, 'merge', annotation(value === '' ? null : value))
  }
}

/** IPv4 addresses of its load balancer whose loopback twins no node has. */
function balancerAddresses({ status }: Service, nodeAddresses: readonly string[]): readonly string[] {
  const twins = new Set(nodeAddresses.map((address) => hostAddressOf(address, 0)))
  const addresses = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip = '' }) => (ip.includes('.') ? [ip] : []))
  return addresses.filter((address) => !twins.has(hostAddressOf(address, 0)))
}

const isForbidden = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EACCES'

/** In order of address, each host's ports as the Service has them. */
function byHost(a: string, b: string): number {
  const [left = '', right = ''] = [a, b].map((place) => place.slice(0, place.indexOf(':')))
  return left === right ? 0 : compareAddresses(left, right)
}

function compareAddresses(a: string, b: string): number {
  const value = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return value(a) - value(b)
}

function annotation(value: string | null): object {
  return { metadata: { annotations: { [HOST_ADDRESS_ANNOTATION]: value } } }
}

function internalAddress(node: Node): string | undefined {
  return node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address
}
