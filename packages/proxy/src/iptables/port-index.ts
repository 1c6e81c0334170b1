// Where in the cluster's address space service ports live: by destination address, by node port, by health-check node port.
// This is what spares a packet the walk through the shared chains. Immutable; the next version shares nearly everything.

import { wordOf } from '../addresses/ip.ts'
import type { Protocol } from '../dataplane/packet.ts'
import { AddressFilter } from '../services/address-filter.ts'
import type { ServicePort } from '../services/service-port.ts'
import { SharedMap } from '../services/shared-map.ts'

/** Names a service port: the entry and its place in it. */
export interface PortRef {
  /** Key of the ServiceEntry. */
  readonly entry: string
  readonly place: number
  readonly name: string
  readonly protocol: Protocol
  readonly port: number
}

const NONE: readonly PortRef[] = []

export class PortIndex {
  readonly #byAddress: SharedMap<readonly PortRef[]>
  readonly #byNodePort: ReadonlyMap<number, readonly PortRef[]>

  /** Of this version and those before it. */
  readonly #addresses: AddressFilter

  #lastAddress = ''
  #lastRefs = NONE

  private constructor(
    byAddress: SharedMap<readonly PortRef[]>,
    byNodePort: ReadonlyMap<number, readonly PortRef[]>,
    addresses: AddressFilter,
  ) {
    this.#byAddress = byAddress
    this.#byNodePort = byNodePort
    this.#addresses = addresses
  }

  static empty(): PortIndex {
    return new PortIndex(SharedMap.empty(), new Map(), new AddressFilter())
  }

  /** False: no port is at the address with this word. Costs nothing. */
  mayHold(word: number): boolean {
    return this.#addresses.mayHold(word)
  }

  /** A port is at this address, whose word is known. */
  isAt(address: string, word: number): boolean {
    return this.#addresses.mayHold(word) && this.at(address).length > 0
  }

  /** Ports at an address, of all protocols and numbers, ordered by name. */
  at(address: string): readonly PortRef[] {
    // One packet asks for its destination again at every shared chain.
    if (address === this.#lastAddress) return this.#lastRefs
    if (!this.#addresses.mayHold(wordOf(address))) return NONE
    const refs = this.#byAddress.get(address) ?? NONE
    this.#lastAddress = address
    this.#lastRefs = refs
    return refs
  }

  nodePort(protocol: Protocol, port: number): readonly PortRef[] {
    return this.#byNodePort.get(nodePortKey(protocol, port)) ?? NONE
  }

  /** Some service port, or its health check, is there at the nodes. */
  isNodePort(protocol: Protocol, port: number): boolean {
    const all = this.#byNodePort
    return all.size > 0 && (all.has(nodePortKey(protocol, port)) || all.has(healthKey(port)))
  }

  healthCheckNodePort(port: number): readonly PortRef[] {
    return this.#byNodePort.get(healthKey(port)) ?? NONE
  }

  /** All of them; of one number, ordered by name. Few Services have any. */
  *healthCheckNodePorts(): IterableIterator<PortRef> {
    for (const [key, refs] of this.#byNodePort) if (isHealthKey(key)) yield* refs
  }

  with(changes: readonly PortChange[]): PortIndex {
    const addresses = new Map<string, PortRef[]>()
    const nodePorts = new Map<number, PortRef[]>()
    const atAddress = (address: string): PortRef[] => draft(addresses, address, () => this.at(address))
    const atNodePort = (key: number): PortRef[] => draft(nodePorts, key, () => this.#byNodePort.get(key) ?? NONE)
    for (const { entry, before, after } of changes) {
      for (const port of before) forEachPlace(port, atAddress, atNodePort, (refs) => removeRefs(refs, entry))
      after.forEach((port, place) => {
        forEachPlace(port, atAddress, atNodePort, (refs, at) => {
          refs.push({ entry, place, name: port.name, protocol: port.protocol, port: at })
        })
      })
    }
    for (const address of addresses.keys()) this.#addresses.add(wordOf(address))
    return new PortIndex(
      this.#byAddress.with(settled(addresses)),
      merged(this.#byNodePort, settled(nodePorts)),
      this.#addresses,
    )
  }
}

export interface PortChange {
  readonly entry: string
  readonly before: readonly ServicePort[]
  readonly after: readonly ServicePort[]
}

function forEachPlace(
  port: ServicePort,
  atAddress: (address: string) => PortRef[],
  atNodePort: (key: number) => PortRef[],
  visit: (refs: PortRef[], port: number) => void,
): void {
  for (const address of new Set([port.clusterIP, ...port.externalIPs, ...port.loadBalancerVIPs])) {
    visit(atAddress(address), port.port)
  }
  if (port.nodePort !== 0) visit(atNodePort(nodePortKey(port.protocol, port.nodePort)), port.nodePort)
  if (port.healthCheckNodePort !== 0) visit(atNodePort(healthKey(port.healthCheckNodePort)), port.healthCheckNodePort)
}

function removeRefs(refs: PortRef[], entry: string): void {
  const kept = refs.filter((ref) => ref.entry !== entry)
  refs.length = 0
  refs.push(...kept)
}

function draft<K>(drafts: Map<K, PortRef[]>, key: K, present: () => readonly PortRef[]): PortRef[] {
  let refs = drafts.get(key)
  if (refs === undefined) {
    refs = [...present()]
    drafts.set(key, refs)
  }
  return refs
}

/** Sorted, and undefined where nothing is left. */
function settled<K>(drafts: ReadonlyMap<K, PortRef[]>): ReadonlyMap<K, readonly PortRef[] | undefined> {
  const result = new Map<K, readonly PortRef[] | undefined>()
  for (const [key, refs] of drafts) result.set(key, refs.length === 0 ? undefined : refs.sort(byName))
  return result
}

function merged<K, V>(map: ReadonlyMap<K, V>, changes: ReadonlyMap<K, V | undefined>): ReadonlyMap<K, V> {
  if (changes.size === 0) return map
  const next = new Map(map)
  for (const [key, value] of changes) {
    if (value === undefined) next.delete(key)
    else next.set(key, value)
  }
  return next
}

function byName(a: PortRef, b: PortRef): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0
}

const nodePortKey = (protocol: Protocol, port: number): number =>
  port * 4 + (protocol === 'tcp' ? 0 : protocol === 'udp' ? 1 : protocol === 'sctp' ? 2 : 3)

// ICMP has no ports: its place in the key is free for the health checks.
const healthKey = (port: number): number => port * 4 + 3
const isHealthKey = (key: number): boolean => key % 4 === 3
