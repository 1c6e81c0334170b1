// The netfilter hooks of one node: connection tracking in front, nat for the first packet of a connection, filter, and the
// translation of everything that follows. The network fabric calls the hooks and does the routing between them:
// arriving: prerouting → (input | forward → postrouting); sent by a local process: output → postrouting.
// Departures: the mangle table is not walked (kube-proxy has no rules there), and packets of established connections skip the
// filter table while nobody traces or counts (kube-proxy's rules let all of them pass).

import type { Clock, Random } from '@podwire/engine'
import { ConnectionTable, DEFAULT_CONNTRACK_MAX } from '../conntrack/connection-table.ts'
import type { Connection } from '../conntrack/connection.ts'
import { bindDestination, bindSource, translateDestination, translateSource } from '../conntrack/nat.ts'
import { isFinished } from '../conntrack/tcp-state.ts'
import { IpvsState } from '../ipvs/ipvs-state.ts'
import type { IpvsTimeouts } from '../ipvs/tcp-states.ts'
import { ctStateOf, restartConnection, startConnection, trackPacket } from '../conntrack/track.ts'
import type { Counter, Counters } from '../iptables/print.ts'
import { RecentLists } from '../iptables/recent.ts'
import type { Rule } from '../iptables/rule.ts'
import type { Decision, Evaluation, FilterHook, HookRules, NatHook } from './hook-rules.ts'
import { NO_RULES, type NodeRules, type RulesSource } from './node-rules.ts'
import { isFirstSyn, TCP_ACK, TCP_FIN, type Direction, type IpFamily, type Packet, type Protocol } from './packet.ts'
import { traceConnection, traceDestination, traceSource } from './trace-connection.ts'
import {
  ACCEPT,
  DROP,
  DROP_NO_SOURCE,
  DROP_TABLE_FULL,
  REJECTS,
  type Trace,
  type TraceHook,
  type Verdict,
} from './verdict.ts'

/** What netfilter asks the node's network stack. */
export interface NodeStack {
  /** `addrtype LOCAL`: an address of any interface of the node (127.0.0.0/8 and ::1 included). */
  isLocal(address: string): boolean
  /** The address MASQUERADE uses for packets leaving by this interface: its primary one of that family. */
  interfaceAddress(interfaceName: string, family: IpFamily): string | undefined
  /** Where the pod network's own rules (CNI portmap) send a new connection to an address of the node. */
  hostPort?(protocol: Protocol, source: string, address: string, port: number): HostPortTarget | undefined
}

/** A pod's port behind a node's. */
export interface HostPortTarget {
  readonly address: string
  readonly port: number
  /** The sender's answers would not pass the node: it has to see the node's address. */
  readonly masquerade: boolean
}

// The mark portmap puts on what it wants masqueraded; kube-proxy's is 0x4000.
const HOST_PORT_MARK = 0x2000
const MOST_COUNTERS = 20_000
const MASQUERADE: Decision = { kind: 'masquerade', randomFully: false }

export interface NodeDataPlaneOptions {
  readonly clock: Clock
  /** The node's own stream. */
  readonly random: Random
  readonly nodeName: string
  readonly stack: NodeStack
  /** The rules in force at this moment; default: none at all. */
  readonly rules?: RulesSource
  /** nf_conntrack_max. */
  readonly conntrackMax?: number
  /**
   * Count packets and bytes of every rule (`iptables-save -c`); costs the fast path. `traced`: of packets that are traced, which
   * are off that path anyway.
   */
  readonly counters?: boolean | 'traced'
  /** Walk every rule as the kernel does instead of using indexes: the same verdicts, slower. */
  readonly naive?: boolean
  /** A connection found no room: "nf_conntrack: table full, dropping packet". */
  readonly onTableFull?: () => void
}

export class NodeDataPlane {
  readonly nodeName: string
  readonly conntrack: ConnectionTable
  /** Session affinity: who was sent where. */
  readonly recent = new RecentLists()
  /** What ipvs keeps between packets; empty in other modes. */
  readonly ipvs = new IpvsState()
  readonly #clock: Clock
  readonly #random: Random
  readonly #stack: NodeStack
  readonly #source: RulesSource
  readonly #counters: Map<Rule | string, Counter> | undefined
  readonly #countsAll: boolean
  readonly #run: Evaluation
  readonly #onTableFull: (() => void) | undefined
  #rules: NodeRules = NO_RULES
  #ipvsTimeouts: IpvsTimeouts | undefined
  /** The rules' hooks, looked up once for each version of the rules. */
  #ipv4: HookRules | undefined
  #ipv6: HookRules | undefined

  constructor(options: NodeDataPlaneOptions) {
    this.nodeName = options.nodeName
    this.conntrack = new ConnectionTable(options.conntrackMax ?? DEFAULT_CONNTRACK_MAX)
    this.#clock = options.clock
    this.#random = options.random
    this.#stack = options.stack
    this.#source = options.rules ?? (() => NO_RULES)
    this.#counters = options.counters === undefined || options.counters === false ? undefined : new Map()
    this.#countsAll = options.counters === true
    this.#onTableFull = options.onTableFull
    this.#run = {
      random: options.random,
      recent: this.recent,
      ipvs: this.ipvs,
      isLocal: (address) => options.stack.isLocal(address),
      nowUs: 0,
      state: 'NEW',
      counters: undefined,
      naive: options.naive ?? false,
      draw: -1,
    }
  }

  /** Counters of rules that matched, for `iptables-save -c`; undefined when they are off. */
  get counters(): Counters | undefined {
    return this.#counters
  }

  /** A packet has come in by `packet.inInterface`. Its destination may be another one afterwards: route then. */
  prerouting(packet: Packet, trace?: Trace): Verdict {
    const before = trace?.length
    return this.#told('PREROUTING', this.#enter(packet, 'PREROUTING', trace), trace, before)
  }

  /** It is for this node. */
  input(packet: Packet, trace?: Trace): Verdict {
    const before = trace?.length
    const verdict = this.#filter(packet, 'INPUT', trace)
    return this.#told('INPUT', verdict === ACCEPT ? this.#leave(packet, 'INPUT', trace) : verdict, trace, before)
  }

  /** It is for somebody else, and leaves by `packet.outInterface`. */
  forward(packet: Packet, trace?: Trace): Verdict {
    const before = trace?.length
    return this.#told('FORWARD', this.#filter(packet, 'FORWARD', trace), trace, before)
  }

  /** A process of this node sends it. Its destination may be another one afterwards: route again then. */
  output(packet: Packet, trace?: Trace): Verdict {
    const before = trace?.length
    const verdict = this.#enter(packet, 'OUTPUT', trace)
    return this.#told('OUTPUT', verdict === ACCEPT ? this.#filter(packet, 'OUTPUT', trace) : verdict, trace, before)
  }

  /** It leaves by `packet.outInterface`; with a loopback address of IPv6 it never leaves the machine, masqueraded or not. */
  postrouting(packet: Packet, trace?: Trace): Verdict {
    const before = trace?.length
    if (packet.source === '::1' && packet.outInterface !== 'lo') return DROP_NO_SOURCE
    return this.#told('POSTROUTING', this.#leave(packet, 'POSTROUTING', trace), trace, before)
  }

  /** What a hook told a trace from `before` on carries the hook's name. */
  #told(hook: TraceHook, verdict: Verdict, trace: Trace | undefined, before = 0): Verdict {
    if (trace === undefined) return verdict
    for (let i = before; i < trace.length; i++) {
      const step = trace[i]
      if (step !== undefined) step.hook = hook
    }
    return verdict
  }

  /**
   * One more segment of a connection whose first packets went through the hooks: same path, same translation, no lookup.
   * @param control TCP_* bits, or the type of an SCTP packet's chunk
   * @returns false when the entry is gone: then the packet has to go through the hooks
   */
  passKnown(connection: Connection, direction: Direction, control: number = TCP_ACK, bytes = 0): boolean {
    const nowUs = this.#clock.now()
    if (connection.protocol === 'udp') this.#refresh()
    if (connection.gone || !connection.confirmed) return false
    if (connection.expiresAtUs <= nowUs) {
      this.conntrack.delete(connection)
      return false
    }
    if (connection.ipvs !== undefined) {
      if (!connection.ipvs.isLive(nowUs)) return false
      connection.ipvs.see(direction, control, bytes, nowUs)
    }
    trackPacket(connection, direction, control, nowUs)
    // Whoever sends the second FIN gets its ACK; nobody sends that one along by itself.
    if (connection.state === 'LAST_ACK' && (control & TCP_FIN) !== 0) {
      trackPacket(connection, direction === 'original' ? 'reply' : 'original', TCP_ACK, nowUs)
      trackPacket(connection, direction, TCP_ACK, nowUs)
    }
    return true
  }

  /**
   * A segment that `passKnown` refused is answered with a reset: ipvs has forgotten the connection (900 idle seconds), and the
   * service address is the node's own, where nobody listens.
   */
  resets(connection: Connection): boolean {
    const { ipvs } = connection
    return ipvs !== undefined && !connection.gone && !ipvs.isLive(this.#clock.now())
  }

  /** The rules in force now, after the clean-up that comes with newer ones. Call it before showing the connection table. */
  rulesInForce(): NodeRules {
    this.#refresh()
    return this.#rules
  }

  #refresh(): void {
    const rules = this.#source()
    if (rules === this.#rules) return
    const cleanUp = rules.udpGeneration !== this.#rules.udpGeneration
    this.#rules = rules
    this.#ipv4 = rules.hooks('ipv4')
    this.#ipv6 = rules.hooks('ipv6')
    // Rules that were written anew count anew; those that are gone must not be held for ever.
    if ((this.#counters?.size ?? 0) > MOST_COUNTERS) this.#counters?.clear()
    const timeouts = this.#ipv4?.timeouts ?? this.#ipv6?.timeouts
    if (timeouts !== undefined && timeouts !== this.#ipvsTimeouts) {
      this.#ipvsTimeouts = timeouts
      this.ipvs.connections.timeouts = timeouts
    }
    this.ipvs.keepWanted([this.#ipv4, this.#ipv6])
    if (!cleanUp) return
    for (const connection of [...this.conntrack.connections(this.#clock.now())]) {
      if (connection.protocol === 'udp' && rules.isStale(connection)) this.conntrack.delete(connection)
    }
  }

  /** nf_conntrack_in, then the nat table's say about the destination. */
  #enter(packet: Packet, hook: 'PREROUTING' | 'OUTPUT', trace: Trace | undefined): Verdict {
    this.#refresh()
    const nowUs = this.#clock.now()
    packet.mark = 0
    const connection = this.#track(packet, nowUs)
    if (trace !== undefined) traceConnection(trace, packet, connection)
    if (connection === undefined) return this.#early(packet, hook, trace)
    if (connection.confirmed && packet.protocol === 'tcp' && this.resets(connection)) {
      trace?.push({ at: 'ipvs', what: 'no connection entry, and this is no SYN: the node answers with a reset' })
      return REJECTS['tcp-reset']
    }
    if (!connection.confirmed && !this.conntrack.reserve(nowUs)) {
      this.#onTableFull?.()
      trace?.push({ at: 'conntrack', what: 'nf_conntrack: table full, dropping packet' })
      return DROP_TABLE_FULL
    }
    const early = this.#early(packet, hook, trace)
    if (early !== ACCEPT) return early
    if (!connection.destinationNatDone) {
      connection.destinationNatDone = true
      const decision = this.#destination(packet, hook, trace)
      if (decision?.kind === 'dnat') bindDestination(connection, decision.address, decision.port, decision.word)
      else if (decision?.kind === 'redirect') {
        const own = this.#ownAddress(packet, hook)
        if (own === undefined) return DROP
        bindDestination(connection, own, decision.port)
      } else if (decision?.kind === 'drop') return DROP
      else if (decision?.kind === 'reject') return REJECTS[decision.with]
      else if (decision === undefined) this.#mapHostPort(packet, connection, hook, trace)
    }
    if (trace !== undefined) traceDestination(trace, packet, connection)
    translateDestination(packet, connection)
    return ACCEPT
  }

  /** Where REDIRECT sends a packet. */
  #ownAddress({ family, inInterface }: Packet, hook: 'PREROUTING' | 'OUTPUT'): string | undefined {
    if (hook === 'PREROUTING') return this.#stack.interfaceAddress(inInterface, family)
    return family === 'ipv4' ? '127.0.0.1' : '::1'
  }

  /** CNI-HOSTPORT-DNAT stands behind kube-proxy's chains in PREROUTING and OUTPUT. */
  #mapHostPort(packet: Packet, connection: Connection, hook: string, trace: Trace | undefined): void {
    const { protocol, source, destination, destinationPort } = packet
    if (!this.#stack.isLocal(destination)) return
    const target = this.#stack.hostPort?.(protocol, source, destination, destinationPort)
    if (target === undefined) return
    const { address, port, masquerade } = target
    bindDestination(connection, address, port)
    if (masquerade) packet.mark |= HOST_PORT_MARK
    const to = address.includes(':') ? `[${address}]` : address
    const rule = `-A CNI-HOSTPORT-DNAT -p ${protocol} --dport ${destinationPort} -j DNAT --to-destination ${to}:${port}`
    trace?.push({ at: `nat/${hook}`, what: rule })
  }

  #destination(packet: Packet, hook: 'PREROUTING' | 'OUTPUT', trace: Trace | undefined): Decision | undefined {
    const decision = this.#nat(packet, hook, trace)
    if (decision !== undefined && decision.kind !== 'accept') return decision
    const rules = packet.family === 'ipv4' ? this.#ipv4 : this.#ipv6
    return rules?.virtual?.(packet, hook, this.#evaluation(packet, trace), trace)
  }

  #early(packet: Packet, hook: 'PREROUTING' | 'OUTPUT', trace: Trace | undefined): Verdict {
    const rules = packet.family === 'ipv4' ? this.#ipv4 : this.#ipv6
    if (rules?.early === undefined) return ACCEPT
    return verdictOf(rules.early(packet, hook, this.#evaluation(packet, trace), trace))
  }

  #track(packet: Packet, nowUs: number): Connection | undefined {
    const connection = this.conntrack.find(packet.protocol, packet, nowUs)
    if (connection !== undefined) {
      const direction = connection.directionOf(packet)
      const { ipvs } = connection
      const forgotten = ipvs !== undefined && !ipvs.isLive(nowUs) && direction === 'original'
      const reopens =
        packet.protocol === 'tcp'
          ? isFirstSyn(packet) && (forgotten || isFinished(connection.state))
          : // Without its server ipvs picks another one for the next datagram.
            forgotten
      if (!reopens) {
        if (ipvs?.isLive(nowUs) === true) ipvs.see(direction, packet.control, packet.bytes, nowUs)
        packet.direction = direction
        packet.connection = trackPacket(connection, direction, packet.control, nowUs) ? connection : undefined
        if (packet.connection === undefined) this.conntrack.noteInvalid()
        return packet.connection
      }
      this.conntrack.delete(connection)
      if (direction === 'original' && packet.protocol === 'tcp') {
        packet.connection = restartConnection(connection, nowUs)
        packet.direction = 'original'
        return connection
      }
    }
    packet.connection = startConnection(packet, nowUs)
    if (packet.connection === undefined) this.conntrack.noteInvalid()
    packet.direction = 'original'
    return packet.connection
  }

  /** The nat table's say about the source, and the entry's place in the connection table. */
  #leave(packet: Packet, hook: 'INPUT' | 'POSTROUTING', trace: Trace | undefined): Verdict {
    const { connection } = packet
    if (connection === undefined) return ACCEPT
    if (!connection.sourceNatDone) {
      connection.sourceNatDone = true
      const verdict = this.#bindSource(packet, connection, hook, trace)
      if (verdict !== ACCEPT) return verdict
    }
    if (trace !== undefined) traceSource(trace, packet, connection)
    translateSource(packet, connection)
    if (!connection.confirmed) this.conntrack.insert(connection, this.#clock.now())
    return ACCEPT
  }

  #bindSource(
    packet: Packet,
    connection: Connection,
    hook: 'INPUT' | 'POSTROUTING',
    trace: Trace | undefined,
  ): Verdict {
    const hostPort = (packet.mark & HOST_PORT_MARK) !== 0
    const decision = this.#nat(packet, hook, trace) ?? (hostPort ? MASQUERADE : undefined)
    if (decision?.kind === 'drop') return DROP
    const nowUs = this.#clock.now()
    if (decision?.kind === 'masquerade') {
      const address = this.#stack.interfaceAddress(packet.outInterface, packet.family)
      if (address === undefined) return DROP_NO_SOURCE
      const { randomFully } = decision
      return bindSource(connection, address, randomFully, this.conntrack, this.#random, nowUs) ? ACCEPT : DROP
    }
    // Two service addresses may lead to one endpoint: then the same client port must become another one.
    if (connection.destinationNat && this.conntrack.answeredAs(connection, nowUs) !== undefined) {
      return bindSource(connection, packet.source, false, this.conntrack, this.#random, nowUs) ? ACCEPT : DROP
    }
    return ACCEPT
  }

  #nat(packet: Packet, hook: NatHook, trace: Trace | undefined): Decision | undefined {
    const rules = packet.family === 'ipv4' ? this.#ipv4 : this.#ipv6
    return rules?.nat(packet, hook, this.#evaluation(packet, trace), trace)
  }

  #filter(packet: Packet, hook: FilterHook, trace: Trace | undefined): Verdict {
    const rules = packet.family === 'ipv4' ? this.#ipv4 : this.#ipv6
    if (rules === undefined) return ACCEPT
    if (trace === undefined && !this.#countsAll && rules.passesEstablished) {
      if (packet.connection?.seenReply === true) return ACCEPT
    }
    return verdictOf(rules.filter(packet, hook, this.#evaluation(packet, trace), trace))
  }

  #evaluation(packet: Packet, trace: Trace | undefined): Evaluation {
    const run = this.#run
    run.counters = this.#countsAll || trace !== undefined ? this.#counters : undefined
    run.nowUs = this.#clock.now()
    run.state = ctStateOf(packet)
    return run
  }
}

function verdictOf(decision: Decision | undefined): Verdict {
  if (decision === undefined) return ACCEPT
  if (decision.kind === 'reject') return REJECTS[decision.with]
  return decision.kind === 'drop' ? DROP : ACCEPT
}
