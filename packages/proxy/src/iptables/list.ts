// `iptables -t TABLE -L -n`: the table as people read it. Source: iptables 1.8.9 (nf_tables), print_rule and the
// extensions' print functions.

import { assertNever } from '@podwire/engine'
import type { IpFamily } from '../dataplane/packet.ts'
import type { Chain, RuleTables } from './chain.ts'
import type { Counter, Counters } from './print.ts'
import type { InterfaceMatch, AddressMatch, Match, Rule, TableName, Target } from './rule.ts'

/** Since 1.8.9, -n prints protocols as numbers too. */
const PROTOCOL_NUMBERS = { all: '0', tcp: '6', udp: '17', sctp: '132' } as const

export interface ListOptions {
  /** Only this one; it is there. */
  readonly chain?: string
  /** -v: counters and interfaces are shown. */
  readonly counters?: Counters
  /** -x: counters are not shortened. */
  readonly exact?: boolean
  readonly lineNumbers?: boolean
}

export function iptablesList(
  tables: RuleTables,
  table: TableName,
  family: IpFamily = 'ipv4',
  options: ListOptions = {},
): string {
  const names = tables.chainNames(table)
  const references = countReferences(tables, table, names)
  const shown = options.chain === undefined ? names : [options.chain]
  const blocks = shown.map((name) => {
    const chain = tables.chain(table, name)
    return chain === undefined ? '' : listChain(table, chain, references.get(name) ?? 0, family, options)
  })
  return blocks.join('\n')
}

function listChain(table: TableName, chain: Chain, references: number, family: IpFamily, options: ListOptions): string {
  const { counters, exact = false, lineNumbers = false } = options
  const any = family === 'ipv4' ? '0.0.0.0/0' : '::/0'
  const lines = [`Chain ${chain.name} (${aboutChain(table, chain, references, options)})`, title(options)]
  for (const [index, rule] of chain.rules().entries()) {
    const number = lineNumbers ? `${String(index + 1).padEnd(4)} ` : ''
    const counted = counters === undefined ? '' : counterColumns(counters.get(rule), exact)
    lines.push(`${number}${counted}${listRule(rule, any, counters !== undefined)}`)
  }
  return `${lines.join('\n')}\n`
}

function aboutChain(
  table: TableName,
  { name, policy }: Chain,
  references: number,
  { counters, exact = false }: ListOptions,
): string {
  if (policy === undefined) return `${references} references`
  if (counters === undefined) return `policy ${policy}`
  const { packets = 0, bytes = 0 } = counters.get(`${table}/${name}`) ?? {}
  return `policy ${policy} ${shortNumber(packets, exact)} packets, ${shortNumber(bytes, exact)} bytes`
}

function title({ counters, exact = false, lineNumbers = false }: ListOptions): string {
  const number = lineNumbers ? 'num  ' : ''
  const wide = (name: string, width: number): string => `${name.padStart(width)} `
  const counted =
    counters === undefined ? '' : exact ? wide('pkts', 8) + wide('bytes', 10) : wide('pkts', 5) + wide('bytes', 5)
  const interfaces = counters === undefined ? '' : ' in     out    '
  return `${number}${counted}target     prot opt${interfaces} source               destination         `
}

function counterColumns(counter: Counter | undefined, exact: boolean): string {
  const { packets = 0, bytes = 0 } = counter ?? {}
  const column = (value: number, width: number): string => `${shortNumber(value, exact).padStart(width)} `
  return exact ? column(packets, 8) + column(bytes, 10) : column(packets, 5) + column(bytes, 5)
}

/** From 100,000 on in thousands, and so on (xtables_print_num). */
function shortNumber(value: number, exact: boolean): string {
  if (exact || value <= 99_999) return String(value)
  let rest = Math.floor((value + 500) / 1000)
  for (const letter of ['K', 'M', 'G']) {
    if (rest <= 9999) return `${rest}${letter}`
    rest = Math.floor((rest + 500) / 1000)
  }
  return `${rest}T`
}

function countReferences(tables: RuleTables, table: TableName, names: readonly string[]): ReadonlyMap<string, number> {
  const references = new Map<string, number>()
  for (const name of names) {
    for (const { target } of tables.chain(table, name)?.rules() ?? []) {
      if (target.kind === 'jump') references.set(target.chain, (references.get(target.chain) ?? 0) + 1)
    }
  }
  return references
}

function listRule(rule: Rule, any: string, withInterfaces: boolean): string {
  const protocol = PROTOCOL_NUMBERS[rule.protocol ?? 'all'].padEnd(4)
  const interfaces = withInterfaces
    ? `  ${interfaceName(rule.inInterface).padEnd(6)} ${interfaceName(rule.outInterface).padEnd(6)}`
    : ''
  const head = `${targetName(rule.target).padEnd(9)}  ${protocol} --${interfaces} ${address(rule.source, any)} ${address(rule.destination, any)}`
  const details = [...rule.matches.map(listMatch), targetDetail(rule.target)].filter((text) => text !== '')
  return `${head} ${details.map((text) => ` ${text}`).join('')}`
}

const interfaceName = (match: InterfaceMatch | undefined): string =>
  match === undefined ? '*' : `${match.negated ? '!' : ''}${match.name}`

/** -n prints single addresses without /32. Interfaces are shown with -v only, which hides what some rules do; so be it. */
function address(match: AddressMatch | undefined, any: string): string {
  if (match === undefined) return ` ${any.padEnd(19)}`
  const { cidr, negated } = match
  return `${negated ? '!' : ' '}${(cidr.host ? cidr.address : cidr.text).padEnd(19)}`
}

function listMatch(match: Match): string {
  switch (match.kind) {
    case 'comment':
      return `/* ${match.text} */`
    case 'port':
      return match.destinationPort === undefined ? match.protocol : `${match.protocol} dpt:${match.destinationPort}`
    case 'conntrack':
      return `${match.negated ? '! ' : ''}ctstate ${match.states.join(',')}`
    case 'state':
      return `state ${match.states.join(',')}`
    case 'addrtype': {
      const bang = match.sourceNegated === true ? '!' : ''
      const source = match.source === undefined ? '' : ` src-type ${bang}${match.source}`
      return `ADDRTYPE match${source}${match.destination === undefined ? '' : ` dst-type ${match.destination}`}`
    }
    case 'mark':
      return `mark match ${match.negated ? '! ' : ''}${hex(match.value)}/${hex(match.mask)}`
    case 'statistic':
      return `statistic mode random probability ${(match.numerator / 0x8000_0000).toFixed(11)}`
    case 'recent': {
      const seconds = match.seconds === undefined ? '' : ` seconds: ${match.seconds}`
      const action = match.action === 'set' ? 'SET' : 'CHECK'
      return `recent: ${action}${seconds}${match.reap ? ' reap' : ''} name: ${match.list} side: source mask: ${match.mask}`
    }
    case 'set':
      return `match-set ${match.name} ${match.flags.join(',')}`
    case 'physdev':
      return 'PHYSDEV match ! --physdev-is-in'
    case 'ipvs':
      return `vproto ${match.protocol} vaddr ${match.address} vport ${match.port}`
    case 'nfacct':
      return `nfacct-name  ${match.name}`
    default:
      return assertNever(match, 'match')
  }
}

function targetName(target: Target): string {
  if (target.kind === 'jump') return target.chain
  return target.kind === 'none' ? '' : target.kind.toUpperCase()
}

function targetDetail(target: Target): string {
  switch (target.kind) {
    case 'reject':
      return `reject-with ${target.with}`
    case 'dnat':
      return `to:${target.address.includes(':') ? `[${target.address}]` : target.address}:${target.port}`
    case 'redirect':
      return `redir ports ${target.port}`
    case 'masquerade':
      return target.randomFully ? 'random-fully' : ''
    case 'mark':
      return markDetail(target.value >>> 0, target.mask >>> 0)
    default:
      return ''
  }
}

/** MARK prints --set-xmark by the name of what it amounts to. */
function markDetail(value: number, mask: number): string {
  if (value === mask) return `MARK or ${hex(value)}`
  if (mask === 0) return `MARK xor ${hex(value)}`
  return `MARK xset ${hex(value)}/${hex(mask)}`
}

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`
