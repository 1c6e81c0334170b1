// A packet through one chain and whatever it jumps to. Marks are set on the packet; what ends the walk is returned: the target
// that decided, or undefined when the packet came out at the end. Indexes are used where a chain has them unless `naive`.

import { assertNever, SECOND } from '@podwire/engine'
import { cidrContains } from '../addresses/cidr.ts'
import type { CtState } from '../conntrack/connection.ts'
import type { Decision, Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { Trace } from '../dataplane/verdict.ts'
import type { Chain, RuleTables } from './chain.ts'
import type { Counter } from './print.ts'
import type { InterfaceMatch, Match, Rule, TableName } from './rule.ts'
import { IptablesStep } from './rule-step.ts'

/** Longer cycles of jumps than this are a broken ruleset: iptables-restore refuses loops. */
const DEEPEST_JUMP = 64

export function evaluateChain(
  table: TableName,
  chain: Chain,
  tables: RuleTables,
  packet: Packet,
  run: Evaluation,
  trace: Trace | undefined,
  depth = 0,
): Decision | undefined {
  if (chain.decide !== undefined && !run.naive && trace === undefined && run.counters === undefined) {
    return chain.decide(packet, run)
  }
  const rules = run.naive || chain.select === undefined ? chain.rules() : chain.select(packet)
  const ladder = run.naive ? -1 : chain.ladderStart
  run.draw = -1
  for (let i = 0; i < rules.length; i++) {
    // A ladder of one rung has no condition, and costs no draw.
    const onLadder = i === ladder && i < rules.length - 1
    if (onLadder) i += Math.floor(run.random.real() * (rules.length - i))
    const rule = rules[i]
    if (rule === undefined) break
    if (!headMatches(rule, packet) || (rule.checks.length > 0 && !restMatches(rule.checks, packet, run, onLadder)))
      continue
    if (trace !== undefined) trace.push(new IptablesStep(table, chain.name, rule, tables))
    if (run.counters !== undefined) count(run.counters, rule, packet)
    const { target } = rule
    if (target.kind === 'return') return undefined
    if (target.kind === 'mark') packet.mark = ((packet.mark & ~target.mask) ^ target.value) >>> 0
    else if (target.kind === 'jump') {
      const next = target.to ?? tables.chain(table, target.chain)
      if (next === undefined || depth >= DEEPEST_JUMP) continue
      const decision = evaluateChain(table, next, tables, packet, run, trace, depth + 1)
      if (decision !== undefined) return decision
    } else if (target.kind !== 'none') return target
  }
  return undefined
}

export function count(counters: Map<Rule | string, Counter>, key: Rule | string, packet: Packet): void {
  const counter = counters.get(key)
  if (counter === undefined) counters.set(key, { packets: 1, bytes: packet.bytes })
  else {
    counter.packets++
    counter.bytes += packet.bytes
  }
}

/** All of the rule's conditions hold for this packet. */
export function ruleMatches(rule: Rule, packet: Packet, run: Evaluation): boolean {
  return headMatches(rule, packet) && (rule.checks.length === 0 || restMatches(rule.checks, packet, run, false))
}

function headMatches(rule: Rule, packet: Packet): boolean {
  if (rule.protocol !== undefined && rule.protocol !== packet.protocol) return false
  const { source, destination } = rule
  if (destination !== undefined && cidrContains(destination.cidr, packet.destination) === destination.negated)
    return false
  if (source !== undefined && cidrContains(source.cidr, packet.source) === source.negated) return false
  if (rule.inInterface !== undefined && !interfaceMatches(rule.inInterface, packet.inInterface)) return false
  return rule.outInterface === undefined || interfaceMatches(rule.outInterface, packet.outInterface)
}

function interfaceMatches(match: InterfaceMatch, name: string): boolean {
  const hit = match.name.endsWith('+') ? name.startsWith(match.name.slice(0, -1)) : name === match.name
  return hit !== match.negated
}

function restMatches(matches: readonly Match[], packet: Packet, run: Evaluation, picked: boolean): boolean {
  for (const match of matches) {
    switch (match.kind) {
      case 'comment':
      case 'nfacct':
        break
      case 'port':
        if (match.protocol !== packet.protocol) return false
        if (match.destinationPort !== undefined && match.destinationPort !== packet.destinationPort) return false
        break
      case 'conntrack':
        if (stateMatches(match.states, packet, run.state) === match.negated) return false
        break
      case 'state':
        if (!stateMatches(match.states, packet, run.state)) return false
        break
      case 'addrtype':
        if (match.source !== undefined && isOfType(match.source, packet.source, run) === (match.sourceNegated ?? false))
          return false
        if (match.destination !== undefined && !isOfType(match.destination, packet.destination, run)) return false
        break
      case 'mark':
        if (((packet.mark & match.mask) >>> 0 === match.value) === match.negated) return false
        break
      case 'statistic':
        if (!picked && !drawHits(match.numerator / 0x8000_0000, run)) return false
        break
      case 'recent':
        if (match.action === 'set') run.recent.set(match.list, packet.source, run.nowUs)
        else if (
          !run.recent.check(match.list, packet.source, (match.seconds ?? Infinity) * SECOND, match.reap, run.nowUs)
        )
          return false
        break
      case 'physdev':
        break
      case 'set':
        if (match.set?.has(packet, match.flags) !== true) return false
        break
      case 'ipvs':
        if (!isThroughVirtualServer(match.address, match.port, packet)) return false
        break
      default:
        return assertNever(match, 'match')
    }
  }
  return true
}

function isThroughVirtualServer(address: string, port: number, { connection }: Packet): boolean {
  if (connection?.destinationNat !== true) return false
  return connection.destination === address && connection.destinationPort === port
}

/** One draw serves a whole chain: what is left of it after a miss is again evenly spread. */
function drawHits(odds: number, run: Evaluation): boolean {
  if (run.draw < 0) run.draw = run.random.real()
  if (run.draw < odds) return true
  run.draw = (run.draw - odds) / (1 - odds)
  return false
}

const isOfType = (type: 'LOCAL' | 'UNICAST', address: string, run: Evaluation): boolean =>
  (type === 'LOCAL') === run.isLocal(address)

function stateMatches(states: readonly string[], packet: Packet, state: CtState): boolean {
  for (const wanted of states) {
    if (wanted === state) return true
    if (wanted === 'DNAT' && packet.connection?.destinationNat === true) return true
    if (wanted === 'SNAT' && packet.connection?.sourceNat === true) return true
  }
  return false
}
