// `nft list table` and `nft list ruleset`. Source: nftables 1.0.6. Departure: the kernel lists elements of concatenated sets and
// of maps in the order of its hash table; here they come in the order of the services' names.

import { SECOND, type Microseconds } from '@podwire/engine'
import { printNftRule, verdictText } from './print-rule.ts'
import type { NftChain, NftElement, NftSet, NftTable } from './table.ts'

/** What dynamic sets hold at this moment: elements of a set by name. */
export type DynamicElements = (set: NftSet) => readonly NftElement[]

export function nftListTable(table: NftTable, dynamic: DynamicElements = (set) => set.elements()): string {
  const blocks = [
    ...table.sets().map((set) => setBlock(set, dynamic)),
    ...table.chains().map((chain) => chainBlock(chain, table)),
  ]
  const comment = table.comment === undefined ? '' : `\tcomment "${table.comment}"\n`
  const head = `table ${table.family === 'ipv4' ? 'ip' : 'ip6'} ${table.name} {\n${comment}`
  return `${head}${blocks.join('\n')}}\n`
}

function setBlock(set: NftSet, dynamic: DynamicElements): string {
  const { timeoutSeconds } = set
  const lines = [`type ${set.type}${set.kind === 'map' ? ' : verdict' : ''}`]
  if (timeoutSeconds !== undefined) {
    lines.push('size 65535', 'flags dynamic,timeout', `timeout ${durationText(timeoutSeconds * SECOND)}`)
  }
  if (set.interval === true) lines.push('flags interval')
  if (set.comment !== undefined) lines.push(`comment "${set.comment}"`)
  const elements = timeoutSeconds === undefined ? set.elements() : dynamic(set)
  if (elements.length > 0) lines.push(`elements = { ${elementsText(set, elements)} }`)
  return block(`${set.kind} ${set.name}`, lines)
}

function elementsText(set: NftSet, elements: readonly NftElement[]): string {
  // Plain IPv4 addresses share a line by two, everything else has one of its own.
  const perLine = set.kind === 'set' && set.type === 'ipv4_addr' && set.timeoutSeconds === undefined ? 2 : 1
  let text = ''
  elements.forEach((element, i) => {
    if (i > 0) text += i % perLine === 0 ? ',\n\t\t\t     ' : ', '
    text += elementText(element)
  })
  return text
}

function elementText({ key, comment, expires, verdict }: NftElement): string {
  const about = comment === undefined ? '' : ` comment "${comment}"`
  const life = expires === undefined ? '' : ` expires ${expires}`
  return `${key}${life}${about}${verdict === undefined ? '' : ` : ${verdictText(verdict)}`}`
}

function chainBlock({ name, base, comment, rules }: NftChain, table: NftTable): string {
  const lines: string[] = []
  if (comment !== undefined) lines.push(`comment "${comment}"`)
  if (base !== undefined) {
    lines.push(`type ${base.type} hook ${base.hook} priority ${base.priority}; policy ${base.policy};`)
  }
  for (const rule of rules) lines.push(printNftRule(rule, table.family))
  return block(`chain ${name}`, lines)
}

function block(head: string, lines: readonly string[]): string {
  return `\t${head} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`
}

/** `1h30m`, `2h59m59s992ms` */
export function durationText(durationUs: Microseconds): string {
  let left = Math.floor(durationUs / 1000)
  let text = ''
  for (const [unit, size] of DURATION_UNITS) {
    const count = Math.floor(left / size)
    if (count > 0) text += `${count}${unit}`
    left -= count * size
  }
  return text === '' ? '0s' : text
}

const DURATION_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const
