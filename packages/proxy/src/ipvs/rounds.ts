// rr's turns at the virtual servers packets ask for, packed: a connection that needs nothing but the next turn reads one record of
// words, and carries along what the turn leads to unread. Only plain round robin is held here: without persistence, and with nobody who
// drains. Like ip_vs_rr.c, a round passes over servers of weight 0 and begins at the head.

import { wordOf } from '../addresses/ip.ts'
import { HEAD, SocketTable } from '../addresses/socket-table.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { RealServer, VirtualServer } from './virtual-server.ts'

// The words of a virtual server: the epoch it was last seen in; its number; whose turn is next, of how many (0: no round is on); where
// its servers stand among all, and how many have room there; their port, if they share one; the word of each one's address.
const EPOCH = HEAD
const NUMBER = HEAD + 1
const NEXT = HEAD + 2
const COUNT = HEAD + 3
const FIRST = HEAD + 4
const ROOM = HEAD + 5
const PORT = HEAD + 6
const SERVERS = HEAD + 7

const CLUSTER_IP = 1
const SEVERAL = -1

export class Rounds {
  readonly #records = new SocketTable()
  readonly #virtuals: VirtualServer[] = []
  // Side by side, those of one virtual server in the order of its list.
  readonly #servers: RealServer[] = []
  readonly #addresses: string[] = []

  /** How many virtual servers it holds, those included that are gone. */
  get size(): number {
    return this.#virtuals.length
  }

  /** Place of the virtual server for a packet, if it has been known since this epoch; else -1. */
  find(packet: Packet, epoch: number): number {
    const place = this.#records.find(packet)
    return place >= 0 && this.#word(place + EPOCH) === epoch ? place : -1
  }

  isClusterIp(place: number): boolean {
    return this.#records.flags(place) === CLUSTER_IP
  }

  virtual(place: number): VirtualServer | undefined {
    return this.#virtuals[this.#word(place + NUMBER)]
  }

  /** From this epoch on packets like this one go to a virtual server. */
  remember(packet: Packet, virtual: VirtualServer, epoch: number, isClusterIp: boolean): void {
    const known = this.#records.find(packet)
    const before = known < 0 ? undefined : this.virtual(known)
    const room = known < 0 ? 0 : this.#word(known + ROOM)
    const place = known < 0 || room < virtual.servers.length ? this.#make(packet, virtual, known, room) : known
    // IPv6.
    if (place < 0) return
    if (before !== virtual || place !== known) before?.endRound()
    this.#virtuals[this.#word(place + NUMBER)] = virtual
    this.#set(place + EPOCH, epoch)
    this.#records.setFlags(place, isClusterIp ? CLUSTER_IP : 0)
  }

  /** A record with room for the servers. One that is too small is left behind, so the next one has twice the room. */
  #make(packet: Packet, { servers }: VirtualServer, before: number, roomBefore: number): number {
    const room = Math.max(servers.length, 2 * roomBefore)
    const place = this.#records.add(packet, SERVERS - HEAD + room)
    if (place < 0) return place
    this.#set(place + NUMBER, before < 0 ? this.#virtuals.length : this.#word(before + NUMBER))
    this.#set(place + FIRST, this.#servers.length)
    this.#set(place + ROOM, room)
    for (let i = 0; i < room; i++) {
      const server = servers[Math.min(i, servers.length - 1)]
      if (server === undefined) break
      this.#servers.push(server)
      this.#addresses.push(server.address)
    }
    return place
  }

  /** A round is on: the next turn can be taken. */
  isOn(place: number): boolean {
    return this.#word(place + COUNT) > 0
  }

  /** @returns false when turns are not all there is to it */
  begin(place: number): boolean {
    const virtual = this.virtual(place)
    if (virtual === undefined || virtual.isDraining) return false
    const { scheduler, persistentSeconds } = virtual.spec
    if (scheduler !== 'rr' || persistentSeconds !== undefined) return false
    const serving = virtual.servers.filter(({ weight }) => weight > 0)
    const [head] = serving
    if (head === undefined || serving.length > this.#word(place + ROOM)) return false
    const { last } = virtual
    const behind = last === undefined ? [] : virtual.servers.slice(virtual.servers.indexOf(last) + 1)
    const next = behind.find(({ weight }) => weight > 0) ?? head
    serving.forEach((server, i) => {
      this.#servers[this.#word(place + FIRST) + i] = server
      this.#addresses[this.#word(place + FIRST) + i] = server.address
      this.#set(place + SERVERS + i, wordOf(server.address))
    })
    this.#set(place + PORT, serving.every(({ port }) => port === head.port) ? head.port : SEVERAL)
    this.#set(place + NEXT, serving.indexOf(next))
    this.#set(place + COUNT, serving.length)
    virtual.beginRound({ end: () => this.end(place) })
    return true
  }

  /** Takes the next turn of a round that is on: its number. */
  turn(place: number): number {
    const turn = this.#word(place + NEXT)
    this.#set(place + NEXT, turn + 1 === this.#word(place + COUNT) ? 0 : turn + 1)
    return turn
  }

  server(place: number, turn: number): RealServer | undefined {
    return this.#servers[this.#word(place + FIRST) + turn]
  }

  addressOf(place: number, turn: number): string {
    return this.#addresses[this.#word(place + FIRST) + turn] ?? ''
  }

  wordOf(place: number, turn: number): number {
    return this.#word(place + SERVERS + turn)
  }

  portOf(place: number, turn: number): number {
    const port = this.#word(place + PORT)
    return port === SEVERAL ? (this.server(place, turn)?.port ?? 0) : port
  }

  /** @returns who had the last turn */
  end(place: number): RealServer | undefined {
    const count = this.#word(place + COUNT)
    this.#set(place + COUNT, 0)
    return count === 0 ? undefined : this.server(place, (this.#word(place + NEXT) + count - 1) % count)
  }

  #word(at: number): number {
    return this.#records.words[at] ?? 0
  }

  #set(at: number, word: number): void {
    this.#records.words[at] = word
  }
}
