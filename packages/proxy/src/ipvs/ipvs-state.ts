// What ipvs on one node keeps between packets: the virtual servers with their schedulers, persistence and connections. kube-proxy's
// syncs and people's ipvsadm write to it; a sync that has passed since is made up for when somebody looks.
// Source: kubernetes pkg/proxy/ipvs/graceful_termination.go, syncService, syncEndpoint and cleanLegacyService; the kernel's
// ip_vs_core.c. A sync leaves weights alone that somebody changed by hand, as upstream's does.

import { SECOND, type Microseconds } from '@podwire/engine'
import type { Decision, HookRules } from '../dataplane/hook-rules.ts'
import { hostPort } from '../addresses/ip.ts'
import type { Ruleset } from '../iptables/ruleset.ts'
import type { Packet } from '../dataplane/packet.ts'
import { IpvsConnection } from './ipvs-connection.ts'
import { IpvsConnections } from './ipvs-connections.ts'
import { schedule } from './schedulers.ts'
import { Rounds } from './rounds.ts'
import { VirtualServer, type RealServer, type VirtualServerSpec } from './virtual-server.ts'

/** How often kube-proxy looks whether a draining server has become idle, from its start on. */
const DRAIN_CHECK_US = 60 * SECOND

/** What the newest sync wants. A new one is a new object. */
export interface WantedServers {
  wanted(key: string): VirtualServerSpec | undefined
  /** When kube-proxy last went over its rules: periodic syncs included. */
  lastSyncUs(): Microseconds
  /** When its process began: its first sync sets all weights. */
  startedUs(): Microseconds
  /** --ipvs-exclude-cidrs: virtual servers there are left to whoever made them. */
  isExcluded(address: string): boolean
  readonly ruleset?: Ruleset
  /** The packet's destination is a cluster IP with that port, and nothing else. */
  isClusterIp?(packet: Packet): boolean
}

interface Slot {
  virtual: VirtualServer | undefined
  /** The sync this is the result of. */
  syncedBy: WantedServers | undefined
  /** Changed by hand since. */
  editedUs: Microseconds | undefined
  processStartedUs: Microseconds
}

export class IpvsState {
  readonly connections = new IpvsConnections()
  readonly #slots = new Map<string, Slot>()
  /** What packets have asked for, found without making keys. */
  #asked = new Rounds()
  /** How many of them are gone, at most. */
  #forgotten = 0
  /** Whatever may change an answer begins another one. */
  #epoch = 0
  #epochOf: WantedServers | undefined
  #keptFor: readonly (HookRules | undefined)[] = []
  /** Somebody added virtual servers since. */
  #edited = false

  /** The virtual server a packet is for, as it is now; undefined: there is none. */
  findFor(packet: Packet, source: WantedServers, nowUs: Microseconds): VirtualServer | undefined {
    const { protocol, destination, destinationPort } = packet
    const place = this.#find(packet, source)
    if (place >= 0) {
      const asked = this.#asked.virtual(place)
      if (asked?.isDraining === true) dropDrained(asked, source.startedUs(), nowUs)
      return asked
    }
    const key = `${protocol} ${hostPort(destination, destinationPort)}`
    const virtual = this.find(key, source, nowUs)
    // What somebody changed by hand lasts until the next sync: that is looked for each time.
    if (virtual !== undefined && this.#slots.get(key)?.editedUs === undefined) this.#remember(packet, source, virtual)
    return virtual
  }

  /** Place of the round whose next turn the packet takes, if nothing else need be asked; -1: else. */
  roundFor(packet: Packet, source: WantedServers): number {
    const place = this.#find(packet, source)
    return place >= 0 && (this.#asked.isOn(place) || this.#asked.begin(place)) ? place : -1
  }

  /** Takes the next turn, which `roundFor` found for the packet. */
  takeTurn(place: number, packet: Packet, nowUs: Microseconds): Decision {
    const turn = this.#asked.turn(place)
    const virtual = this.#asked.virtual(place)
    const server = this.#asked.server(place, turn)
    if (virtual !== undefined && server !== undefined) this.#open(packet, virtual, server, nowUs)
    return {
      kind: 'dnat',
      address: this.#asked.addressOf(place, turn),
      word: this.#asked.wordOf(place, turn),
      port: this.#asked.portOf(place, turn),
    }
  }

  /** Packets for this one went to a virtual server before, and `isClusterIp` of the rules in force: an answer nobody had to look for. */
  isClusterIp(packet: Packet, ruleset: Ruleset): boolean {
    if (this.#epochOf?.ruleset !== ruleset) return false
    const place = this.#asked.find(packet, this.#epoch)
    return place >= 0 && this.#asked.isClusterIp(place)
  }

  /** The virtual server with this key as it is now; undefined: there is none. */
  find(key: string, source: WantedServers, nowUs: Microseconds): VirtualServer | undefined {
    const slot = this.#slots.get(key)
    const virtual =
      slot !== undefined && isCurrent(slot, source) ? slot.virtual : this.#synced(key, slot, source, nowUs)
    if (virtual?.isDraining === true) dropDrained(virtual, source.startedUs(), nowUs)
    return virtual
  }

  /** Keys that somebody added by hand, or that kube-proxy made. */
  keys(): readonly string[] {
    return [...this.#slots.keys()]
  }

  /** The server a new connection goes to; undefined: nobody can take it. */
  connect(virtual: VirtualServer, packet: Packet, nowUs: Microseconds): RealServer | undefined {
    const { persistentSeconds } = virtual.spec
    const pinned = persistentSeconds === undefined ? undefined : persistentServer(virtual, packet.source, nowUs)
    const server = pinned ?? schedule(virtual, packet, nowUs)
    if (server === undefined) return undefined
    if (persistentSeconds !== undefined) {
      virtual.pin(packet.source, server, nowUs + persistentSeconds * SECOND)
    }
    this.#open(packet, virtual, server, nowUs)
    return server
  }

  #open(packet: Packet, virtual: VirtualServer, server: RealServer, nowUs: Microseconds): void {
    const { connection } = packet
    if (connection === undefined) return
    const entry = new IpvsConnection(this.connections, connection, virtual, server, nowUs)
    connection.ipvs = entry
    this.connections.add(entry, nowUs)
    entry.see('original', packet.control, packet.bytes, nowUs)
  }

  #find(packet: Packet, source: WantedServers): number {
    return source === this.#epochOf ? this.#asked.find(packet, this.#epoch) : -1
  }

  /** By hand: `virtual` is there from now on, until kube-proxy's next sync finds that it does not want it. */
  put(key: string, virtual: VirtualServer | undefined, source: WantedServers, nowUs: Microseconds): void {
    this.#edited = true
    this.#epoch++
    this.#set(key, { virtual, syncedBy: source, editedUs: nowUs, processStartedUs: source.startedUs() })
  }

  /** By hand: something about a virtual server that is there has changed. */
  touch(key: string, nowUs: Microseconds): void {
    this.#epoch++
    const slot = this.#slots.get(key)
    if (slot !== undefined) slot.editedUs = nowUs
  }

  /** Newer rules are in force: virtual servers they do not want are gone at once, and so is what those remember. */
  keepWanted(rules: readonly (HookRules | undefined)[]): void {
    const before = this.#keptFor
    this.#keptFor = rules
    // Most syncs move endpoints: who knows that needs no look at every virtual server in use.
    if (!this.#edited && rules.every((one, i) => hasSameVirtuals(before[i], one))) return
    this.#edited = false
    for (const [key, { virtual }] of this.#slots) {
      if (!rules.some((one) => one?.hasVirtual?.(key, virtual) === true)) this.#forget(key)
    }
  }

  /** The kernel's tables after a reboot, or after kube-proxy in another mode has cleaned up. */
  clear(): void {
    this.#slots.clear()
    this.#epoch++
    this.#forgetAsked()
  }

  #set(key: string, state: Slot): void {
    const slot = this.#slots.get(key)
    if (slot === undefined) this.#slots.set(key, state)
    else Object.assign(slot, state)
  }

  #forget(key: string): void {
    if (!this.#slots.delete(key)) return
    this.#epoch++
    if (2 * ++this.#forgotten > this.#asked.size) this.#forgetAsked()
  }

  #forgetAsked(): void {
    this.#asked = new Rounds()
    this.#forgotten = 0
  }

  #remember(packet: Packet, source: WantedServers, virtual: VirtualServer): void {
    // Families have rules of their own, and IPv6 has no room in the table.
    if (packet.family !== 'ipv4') return
    if (source !== this.#epochOf) {
      this.#epochOf = source
      this.#epoch++
    }
    this.#asked.remember(packet, virtual, this.#epoch, source.isClusterIp?.(packet) === true)
  }

  /** What a sync that nobody has looked at since makes of it. */
  #synced(key: string, slot: Slot | undefined, source: WantedServers, nowUs: Microseconds): VirtualServer | undefined {
    const spec = source.wanted(key)
    if (spec === undefined) {
      if (slot?.virtual !== undefined && source.isExcluded(slot.virtual.spec.address)) return slot.virtual
      this.#forget(key)
      return undefined
    }
    const virtual = slot?.virtual ?? new VirtualServer({ ...spec, servers: [] }, this.connections)
    const processStartedUs = source.startedUs()
    reconcile(virtual, spec, slot !== undefined && slot.processStartedUs !== processStartedUs, nowUs)
    this.#set(key, { virtual, syncedBy: source, editedUs: undefined, processStartedUs })
    return virtual
  }
}

function isCurrent({ syncedBy, editedUs }: Slot, source: WantedServers): boolean {
  return syncedBy === source && (editedUs === undefined || source.lastSyncUs() <= editedUs)
}

function hasSameVirtuals(before: HookRules | undefined, now: HookRules | undefined): boolean {
  if (before === undefined || now === undefined) return before === now
  return now.hasSameVirtuals?.(before) ?? false
}

function reconcile(virtual: VirtualServer, spec: VirtualServerSpec, setWeights: boolean, nowUs: Microseconds): void {
  virtual.setSpec(spec)
  const wanted = new Map(spec.servers.map((server) => [server.text, server]))
  for (const server of virtual.servers) {
    const again = wanted.get(server.text)
    if (again !== undefined) {
      if (server.drainingSinceUs === undefined && (!setWeights || server.weight === (again.weight ?? 1))) continue
      // One that comes back while it drains is deleted and added again; its connections go on.
      server.drainingSinceUs = undefined
      server.weight = again.weight ?? 1
      virtual.servers = [server, ...virtual.servers.filter((other) => other !== server)]
      virtual.changed()
    } else if (server.drainingSinceUs === undefined) {
      if (spec.protocol === 'tcp' && isBusy(server, nowUs)) {
        server.weight = 0
        server.drainingSinceUs = nowUs
        virtual.isDraining = true
        virtual.changed()
      } else virtual.removeServer(server)
    }
  }
  for (const address of spec.servers) {
    if (!virtual.servers.some(({ text }) => text === address.text)) virtual.addServer(address)
  }
}

function isBusy(server: RealServer, nowUs: Microseconds): boolean {
  const { active, inactive } = server.count(nowUs)
  return active + inactive > 0
}

function dropDrained(virtual: VirtualServer, startedUs: Microseconds, nowUs: Microseconds): void {
  const checkedUs = nowUs - (Math.max(0, nowUs - startedUs) % DRAIN_CHECK_US)
  virtual.isDraining = false
  for (const server of virtual.servers) {
    const { drainingSinceUs } = server
    if (drainingSinceUs === undefined) continue
    const isIdle = !isBusy(server, nowUs) && server.idleSinceUs <= checkedUs
    if (isIdle && drainingSinceUs < checkedUs) virtual.removeServer(server)
    else virtual.isDraining = true
  }
}

/** The server this client is pinned to. The pin outlives its time while connections of the client do. */
function persistentServer(virtual: VirtualServer, client: string, nowUs: Microseconds): RealServer | undefined {
  const template = virtual.templates?.get(client)
  if (template === undefined) return undefined
  const { server, untilUs } = template
  const usable = server.weight > 0 && virtual.servers.includes(server)
  if (usable && (untilUs > nowUs || server.hasConnectionFrom(client, nowUs))) return server
  virtual.unpin(client)
  return undefined
}
