// A packet through one chain of an nftables table and whatever it jumps to. Marks are set on the packet; what ends the walk is
// returned, or undefined when the packet came out at the end of the base chain.

import { assertNever, SECOND } from '@podwire/engine'
import { cidrContains } from '../addresses/cidr.ts'
import type { Decision, Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { Trace } from '../dataplane/verdict.ts'
import { addressNumber } from './intervals.ts'
import { verdictText } from './print-rule.ts'
import type { NftRule, NftVerdict, Statement } from './rule.ts'
import { NftStep } from './rule-step.ts'
import type { NftChain, NftTable } from './table.ts'

/** nft refuses deeper jumps (NFT_JUMP_STACK_SIZE). */
const DEEPEST_JUMP = 16
const AFFINITY_SET_SIZE = 65_535
const MASQUERADE: Decision = { kind: 'masquerade', randomFully: true }
const REJECT = {
  ipv4: { kind: 'reject', with: 'icmp-port-unreachable' },
  ipv6: { kind: 'reject', with: 'icmp6-port-unreachable' },
} as const

/** Spares a walk over all chains where the caller knows whose chain it must be. */
export type ChainFinder = (name: string, packet: Packet) => NftChain | undefined

export interface NftRun {
  readonly table: NftTable
  readonly chain: ChainFinder
  readonly run: Evaluation
  readonly trace: Trace | undefined
}

export function evaluateNft(walk: NftRun, chain: NftChain, packet: Packet, depth = 0): Decision | undefined {
  for (const rule of chain.rules) {
    const outcome = runRule(walk, chain, rule, packet)
    if (outcome === undefined) continue
    if (outcome.kind === 'return') return undefined
    if (outcome.kind !== 'jump' && outcome.kind !== 'goto') return outcome
    const next = walk.chain(outcome.chain, packet)
    if (next === undefined || depth >= DEEPEST_JUMP) continue
    const decision = evaluateNft(walk, next, packet, depth + 1)
    if (decision !== undefined || outcome.kind === 'goto') return decision
  }
  return undefined
}

/** What the rule does once all of its matches hold; undefined: it does not apply, or only changed the packet. */
function runRule(walk: NftRun, chain: NftChain, rule: NftRule, packet: Packet): NftVerdict | Decision | undefined {
  let outcome: NftVerdict | Decision | undefined
  for (const statement of rule.statements) {
    const result = runStatement(statement, walk, packet)
    if (result === false) return undefined
    if (result !== true) outcome = result
  }
  const { trace, table } = walk
  if (trace !== undefined) {
    const looked = rule.statements.some(({ kind }) => kind === 'vmap' || kind === 'numgen-vmap')
    const chosen = looked && outcome !== undefined ? ` → ${verdictText(outcome as NftVerdict)}` : ''
    trace.push(new NftStep(table, chain.name, rule, chosen))
  }
  return outcome
}

/** True: go on with the rule; false: it does not match. */
function runStatement(statement: Statement, walk: NftRun, packet: Packet): boolean | NftVerdict | Decision {
  const { run, table } = walk
  switch (statement.kind) {
    case 'network':
      return cidrContains(statement.cidr, addressOf(statement.field, packet)) !== statement.negated
    case 'intervals': {
      const number = addressNumber(addressOf(statement.field, packet))
      return statement.intervals.some(({ low, high }) => low <= number && number <= high) !== statement.negated
    }
    case 'interface':
      return interfaceMatches(statement.name, packet.inInterface) !== statement.negated
    case 'protocol':
      return (
        packet.protocol === statement.protocol && (statement.port ?? packet.destinationPort) === packet.destinationPort
      )
    case 'ct-state':
      return run.state === statement.state
    case 'ct-status-dnat':
      return packet.connection?.destinationNat === true
    case 'fib-local':
      return run.isLocal(addressOf(statement.field, packet))
    case 'mark':
      return ((packet.mark & statement.mask) !== 0) === statement.isSet
    case 'lookup':
      return isMember(statement, walk, packet)
    case 'vmap':
      return table.set(statement.map)?.verdict(statement.fields, packet) ?? false
    case 'numgen-vmap':
      return statement.verdicts[draw(run, statement.verdicts.length)] ?? false
    case 'set-mark':
      packet.mark = (statement.operation === '|' ? packet.mark | statement.value : packet.mark ^ statement.value) >>> 0
      return true
    case 'dnat-map':
      return statement.targets[draw(run, statement.targets.length)] ?? false
    case 'dnat':
      return statement.target
    case 'masquerade':
      return MASQUERADE
    case 'reject':
      return REJECT[table.family]
    case 'update':
      run.recent.set(statement.set, packet.source, run.nowUs, AFFINITY_SET_SIZE)
      return true
    case 'verdict':
      return statement.verdict
    default:
      return assertNever(statement, 'statement')
  }
}

const addressOf = (field: 'saddr' | 'daddr', packet: Packet): string =>
  field === 'saddr' ? packet.source : packet.destination

function interfaceMatches(name: string, actual: string): boolean {
  return name.endsWith('*') ? actual.startsWith(name.slice(0, -1)) : actual === name
}

/** Elements of dynamic sets live in the node, not in the table. */
function isMember(
  { set: name, fields, timeoutSeconds: known }: Extract<Statement, { kind: 'lookup' }>,
  { table, run }: NftRun,
  packet: Packet,
): boolean {
  const set = known === undefined ? table.set(name) : undefined
  const timeoutSeconds = known ?? set?.timeoutSeconds
  if (timeoutSeconds === undefined) return set?.has(fields, packet) ?? false
  return run.recent.check(name, packet.source, timeoutSeconds * SECOND, true, run.nowUs)
}

/** `numgen random mod 1` costs no draw. */
function draw(run: Evaluation, count: number): number {
  return count === 1 ? 0 : Math.floor(run.random.real() * count)
}
