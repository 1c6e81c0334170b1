// The pod network's masquerade: what pods send out of the cluster leaves with their node's address (flannel's and kindnet's
// `-s POD-CIDR ! -d CLUSTER-CIDR -j MASQUERADE`). It stands outside the node's data plane, which runs kube-proxy's rules.
// Departure: its entries are its own and do not show in the node's conntrack table; TCP and ICMP keep the
// pod's source port and need no entry, as their answers are not walked packet by packet.

import type { Clock } from '@podwire/engine'
import type { Packet } from '@podwire/proxy'
import type { Host } from './host.ts'
import type { RoutingTable } from './routing-table.ts'

interface Entry {
  readonly source: string
  readonly sourcePort: number
  readonly natPort: number
  expiresAtUs: number
}

// nf_conntrack_udp_timeout_stream; one timeout for all is enough here, as entries are only looked up, never listed.
const TIMEOUT_US = 120_000_000
// Above this many entries, those that expired are swept out.
const SWEEP_SIZE = 1024

export class EgressNat {
  readonly #clock: Clock
  readonly #host: Host
  readonly #podRoutes: RoutingTable
  readonly #bySender = new Map<string, Entry>()
  readonly #byReply = new Map<string, Entry>()
  #sweepAt = SWEEP_SIZE

  constructor(clock: Clock, host: Host, podRoutes: RoutingTable) {
    this.#clock = clock
    this.#host = host
    this.#podRoutes = podRoutes
  }

  /** The rule, as iptables-save would print it. */
  rule(): string {
    return '-A POSTROUTING -m comment --comment "pod network masquerade" -j MASQUERADE'
  }

  /** Rewrites a pod's packet that leaves the cluster. @returns true when it did */
  masquerade(packet: Packet): boolean {
    if (packet.outInterface === 'cni0' || packet.outInterface === 'lo') return false
    if (!this.#host.pods.has(packet.source) || packet.direction === 'reply') return false
    if (this.#podRoutes.lookup(packet.destination) !== undefined) return false
    const address = this.#host.interfaceAddress(packet.outInterface, packet.family)
    if (address === undefined) return false
    if (packet.protocol === 'udp') packet.sourcePort = this.#portFor(packet)
    packet.source = address
    return true
  }

  /** Gives an answer its pod's address back. */
  restore(packet: Packet): void {
    if (this.#byReply.size === 0 || packet.protocol !== 'udp') return
    const entry = this.#byReply.get(replyKey(packet.destinationPort, packet.source, packet.sourcePort))
    if (entry === undefined || entry.expiresAtUs <= this.#clock.now()) return
    if (!this.#host.isLocal(packet.destination)) return
    packet.destination = entry.source
    packet.destinationPort = entry.sourcePort
    entry.expiresAtUs = this.#clock.now() + TIMEOUT_US
  }

  #portFor(packet: Packet): number {
    const { source, sourcePort, destination, destinationPort } = packet
    const sender = `${source} ${sourcePort} ${destination} ${destinationPort}`
    const now = this.#clock.now()
    const known = this.#bySender.get(sender)
    if (known !== undefined && known.expiresAtUs > now) {
      known.expiresAtUs = now + TIMEOUT_US
      return known.natPort
    }
    let natPort = sourcePort
    while ((this.#byReply.get(replyKey(natPort, destination, destinationPort))?.expiresAtUs ?? 0) > now) {
      natPort = natPort >= 65535 ? 1024 : natPort + 1
    }
    const entry: Entry = { source, sourcePort, natPort, expiresAtUs: now + TIMEOUT_US }
    this.#bySender.set(sender, entry)
    this.#byReply.set(replyKey(natPort, destination, destinationPort), entry)
    if (this.#byReply.size > this.#sweepAt) this.#sweep(now)
    return natPort
  }

  #sweep(now: number): void {
    for (const [key, entry] of this.#bySender) if (entry.expiresAtUs <= now) this.#bySender.delete(key)
    for (const [key, entry] of this.#byReply) if (entry.expiresAtUs <= now) this.#byReply.delete(key)
    this.#sweepAt = Math.max(SWEEP_SIZE, 2 * this.#byReply.size)
  }
}

function replyKey(natPort: number, remote: string, remotePort: number): string {
  return `${natPort} ${remote} ${remotePort}`
}
