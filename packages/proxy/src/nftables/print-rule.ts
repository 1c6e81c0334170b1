// A rule as `nft list` prints it. Source: nftables 1.0.6.

import { hostPort } from '../addresses/ip.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import type { Field, NftRule, NftVerdict, Statement } from './rule.ts'

export function printNftRule(rule: NftRule, family: IpFamily): string {
  const words = rule.statements.map((statement) => statementText(statement, family))
  if (rule.comment !== undefined) words.push(`comment "${rule.comment}"`)
  return words.join(' ')
}

const protocolName = (family: IpFamily): string => (family === 'ipv4' ? 'ip' : 'ip6')
const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`
const not = (negated: boolean): string => (negated ? '!= ' : '')

export function fieldsText(fields: readonly Field[], family: IpFamily): string {
  const ip = protocolName(family)
  return fields
    .map((field) => (field === 'l4proto' ? 'meta l4proto' : field === 'dport' ? 'th dport' : `${ip} ${field}`))
    .join(' . ')
}

export function verdictText(verdict: NftVerdict): string {
  return verdict.kind === 'jump' || verdict.kind === 'goto' ? `${verdict.kind} ${verdict.chain}` : verdict.kind
}

function statementText(statement: Statement, family: IpFamily): string {
  const ip = protocolName(family)
  switch (statement.kind) {
    case 'network': {
      const { cidr } = statement
      return `${ip} ${statement.field} ${not(statement.negated)}${cidr.host ? cidr.address : cidr.text}`
    }
    case 'intervals':
      return `${ip} ${statement.field} ${not(statement.negated)}{ ${statement.intervals.map(({ text }) => text).join(', ')} }`
    case 'interface':
      return `${statement.by} ${not(statement.negated)}"${statement.name}"`
    case 'protocol':
      if (statement.port !== undefined) return `${statement.protocol} dport ${statement.port}`
      return `meta l4proto ${statement.protocol}`
    case 'ct-state':
      return `ct state ${statement.state.toLowerCase()}`
    case 'ct-status-dnat':
      return 'ct status dnat'
    case 'fib-local':
      return `fib ${statement.field} type local`
    case 'mark':
      return `meta mark & ${hex(statement.mask)} ${statement.isSet ? '!=' : '=='} ${hex(0)}`
    case 'lookup':
      return `${fieldsText(statement.fields, family)} @${statement.set}`
    case 'vmap':
      return `${fieldsText(statement.fields, family)} vmap @${statement.map}`
    case 'set-mark':
      return `meta mark set meta mark ${statement.operation} ${hex(statement.value)}`
    case 'masquerade':
      return 'masquerade fully-random'
    case 'reject':
      return 'reject'
    case 'update':
      return `update @${statement.set} { ${ip} saddr }`
    case 'verdict':
      return verdictText(statement.verdict)
    case 'dnat':
      return `dnat to ${hostPort(statement.target.address, statement.target.port)}`
    case 'dnat-map':
      return `dnat ${ip} to ${numgen(
        statement.targets.map(({ address, port }) => `${address} . ${port}`),
        'map',
      )}`
    case 'numgen-vmap':
      return numgen(statement.verdicts.map(verdictText), 'vmap')
  }
}

function numgen(values: readonly string[], kind: 'map' | 'vmap'): string {
  return `numgen random mod ${values.length} ${kind} { ${values.map((value, i) => `${i} : ${value}`).join(', ')} }`
}
