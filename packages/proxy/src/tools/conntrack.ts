// conntrack -L, -G, -D, -F, -C and -S. Source: conntrack-tools 1.4.7 (src/conntrack.c). Events (-E), creating (-I) and updating (-U) are
// refused by name. A deletion that finds nothing ends with 1, as kube-proxy counts on.

import { conntrackLine, stateOf } from '../conntrack/print.ts'
import type { ConnectionTable } from '../conntrack/connection-table.ts'
import type { Connection } from '../conntrack/connection.ts'
import type { Microseconds } from '@podwire/engine'
import { canonicalAddress } from '../addresses/ip.ts'
import { cidrContains, parseCidr } from '../addresses/cidr.ts'
import type { NodeTools } from '../kube-proxy/node-tools.ts'
import { done, type ToolAnswer } from './tool-answer.ts'

const VERSION = 'conntrack v1.4.7 (conntrack-tools)'
type Command = 'L' | 'G' | 'D' | 'F' | 'C' | 'S'
type Filter = (connection: Connection) => boolean

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['-L', 'L'],
  ['--dump', 'L'],
  ['-G', 'G'],
  ['--get', 'G'],
  ['-D', 'D'],
  ['--delete', 'D'],
  ['-F', 'F'],
  ['--flush', 'F'],
  ['-C', 'C'],
  ['--count', 'C'],
  ['-S', 'S'],
  ['--stats', 'S'],
])

/** Options with an address or a range, and where it stands in an entry. */
const ADDRESSES: ReadonlyMap<string, (connection: Connection) => string> = new Map([
  ...['-s', '--src', '--orig-src'].map((name) => [name, (one: Connection) => one.source] as const),
  ...['-d', '--dst', '--orig-dst'].map((name) => [name, (one: Connection) => one.destination] as const),
  ...['-r', '--reply-src'].map((name) => [name, (one: Connection) => one.replySource] as const),
  ...['-q', '--reply-dst'].map((name) => [name, (one: Connection) => one.replyDestination] as const),
])

const PORTS: ReadonlyMap<string, (connection: Connection) => number> = new Map([
  ...['--sport', '--orig-port-src'].map((name) => [name, (one: Connection) => one.sourcePort] as const),
  ...['--dport', '--orig-port-dst'].map((name) => [name, (one: Connection) => one.destinationPort] as const),
  ['--reply-port-src', (one) => one.replySourcePort],
  ['--reply-port-dst', (one) => one.replyDestinationPort],
])

/** `--dst-nat[=ADDRESS]`: rewritten at all, or to this address. */
const NATS: ReadonlyMap<string, (connection: Connection, address: string | undefined) => boolean> = new Map([
  ...['-g', '--dst-nat'].map((name) => [name, isDestinationNat] as const),
  ...['-n', '--src-nat'].map((name) => [name, isSourceNat] as const),
  ...['-j', '--any-nat'].map(
    (name) =>
      [
        name,
        (one: Connection, address: string | undefined) => isDestinationNat(one, address) || isSourceNat(one, address),
      ] as const,
  ),
])

function isDestinationNat(connection: Connection, address: string | undefined): boolean {
  return connection.destinationNat && (address === undefined || connection.replySource === address)
}

function isSourceNat(connection: Connection, address: string | undefined): boolean {
  return connection.sourceNat && (address === undefined || connection.replyDestination === address)
}

interface Asked {
  command: Command | undefined
  family: 'ipv4' | 'ipv6'
  extended: boolean
  readonly filters: Filter[]
}

const wrong = (text: string): ToolAnswer => ({ stdout: '', stderr: `${VERSION}: ${text}\n`, exitCode: 2 })

export function conntrack(argv: readonly string[], node: NodeTools): ToolAnswer {
  const asked: Asked = { command: undefined, family: 'ipv4', extended: false, filters: [] }
  for (let i = 0; i < argv.length; i++) {
    const used = readOption(asked, argv[i] ?? '', argv[i + 1])
    if (typeof used === 'string') return wrong(used)
    i += used
  }
  // Only the built-in table of connections exists; -L may name it.
  if (asked.command === undefined) return wrong('You need to supply at least one command')
  const table = node.connections()
  return table === undefined ? done() : answer(asked.command, asked, table, node.nowUs())
}

function answer(command: Command, asked: Asked, table: ConnectionTable, nowUs: Microseconds): ToolAnswer {
  const all = [...table.connections(nowUs)]
  switch (command) {
    case 'C':
      return done(`${all.length}\n`)
    case 'S':
      return done(statistics(table))
    case 'F':
      for (const connection of all) table.delete(connection)
      return { stdout: '', stderr: `${VERSION}: connection tracking table has been emptied.\n`, exitCode: 0 }
    case 'L':
    case 'G':
    case 'D': {
      const found = all.filter((one) => one.family === asked.family && asked.filters.every((filter) => filter(one)))
      const lines = found.map((one) => lineOf(one, nowUs, asked.extended)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      if (command === 'D') for (const connection of found) table.delete(connection)
      const counted = `${found.length} flow entries have been ${command === 'D' ? 'deleted' : 'shown'}.`
      const exitCode = command === 'L' || found.length > 0 ? 0 : 1
      return { stdout: lines.join(''), stderr: `${VERSION}: ${counted}\n`, exitCode }
    }
  }
}

function lineOf(connection: Connection, nowUs: Microseconds, extended: boolean): string {
  const layer = connection.family === 'ipv4' ? 'ipv4     2' : 'ipv6     10'
  return `${extended ? `${layer} ` : ''}${conntrackLine(connection, nowUs)}\n`
}

/** One line a processor in the real tool; a virtual node counts as one. */
function statistics(table: ConnectionTable): string {
  const figures = [
    ['found', 0],
    ['invalid', table.invalid],
    ['insert', 0],
    ['insert_failed', 0],
    ['drop', table.dropped],
    ['early_drop', table.earlyDropped],
    ['error', 0],
    ['search_restart', 0],
    ['clash_resolve', 0],
    ['chaintoolong', 0],
  ] as const
  return `cpu=0   \t${figures.map(([name, value]) => `${name}=${value} `).join('')}\n`
}

/** @returns how many more words it took, or what is wrong */
function readOption(asked: Asked, word: string, next: string | undefined): number | string {
  const command = COMMANDS.get(word)
  if (command !== undefined) {
    if (asked.command !== undefined) return `Can't use -${asked.command} and -${command} together`
    asked.command = command
    return 0
  }
  const [name = '', inline] = word.startsWith('--') ? word.split('=', 2) : [word]
  const nat = NATS.get(name)
  if (nat !== undefined) {
    const given = inline ?? (next !== undefined && !next.startsWith('-') ? next : undefined)
    const address = given === undefined ? undefined : canonicalAddress(given)
    if (given !== undefined && address === undefined) return `Invalid IP address \`${given}'`
    asked.filters.push((one) => nat(one, address))
    return inline === undefined && given !== undefined ? 1 : 0
  }
  if (name === '-b' || name === '--buffer-size') return 1
  if (word === 'conntrack') return 0
  const value = inline ?? next
  const problem = value === undefined ? `option \`${name}' requires an argument` : readValue(asked, name, value)
  return problem ?? (inline === undefined ? 1 : 0)
}

/** @returns what is wrong with it */
function readValue(asked: Asked, name: string, value: string): string | undefined {
  const address = ADDRESSES.get(name)
  const port = PORTS.get(name)
  if (address !== undefined) {
    const range = parseCidr(value)
    if (range === undefined) return `Invalid IP address \`${value}'`
    asked.filters.push((one) => cidrContains(range, address(one)))
    return undefined
  }
  if (port !== undefined) {
    if (!/^\d+$/.test(value)) return `invalid port \`${value}'`
    asked.filters.push((one) => port(one) === Number(value))
    return undefined
  }
  switch (name) {
    case '-p':
    case '--proto': {
      const protocol = value.toLowerCase().replace(/^(icmpv6|ipv6-icmp)$/, 'icmp')
      if (!['tcp', 'udp', 'sctp', 'icmp'].includes(protocol)) return `\`${value}' unsupported protocol`
      asked.filters.push((one) => one.protocol === protocol)
      return undefined
    }
    case '-f':
    case '--family':
      if (value !== 'ipv4' && value !== 'ipv6') return `Unknown protocol family`
      asked.family = value
      return undefined
    case '--state':
      asked.filters.push((one) => stateOf(one) === value.toUpperCase())
      return undefined
    case '-u':
    case '--status': {
      const wanted = value.toUpperCase()
      if (!['ASSURED', 'SEEN_REPLY', 'UNSET', 'UNREPLIED'].includes(wanted)) return `Bad parameter \`${value}'`
      asked.filters.push((one) => (wanted === 'ASSURED' ? one.assured : one.seenReply === (wanted === 'SEEN_REPLY')))
      return undefined
    }
    case '-o':
    case '--output':
      if (value !== 'extended') return `-o ${value} is not simulated`
      asked.extended = true
      return undefined
    case '-m':
    case '--mark':
      asked.filters.push(() => Number(value) === 0)
      return undefined
    default:
      return `${name} is not simulated`
  }
}
