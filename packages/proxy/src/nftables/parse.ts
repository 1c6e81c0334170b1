// `nft list table` or `nft list ruleset` to tables. Printing what was parsed gives the same text again, if it was in nft's own form.

import type { IpFamily, Packet } from '../dataplane/packet.ts'
import { addressNumber, parseInterval } from './intervals.ts'
import { parseNftRule, parseVerdict } from './parse-rule.ts'
import type { Field, Interval, NftRule, NftVerdict } from './rule.ts'
import { keyOf, type BaseHook, type NftChain, type NftElement, type NftSet, type NftTable } from './table.ts'
import { parseError, Tokens } from './tokens.ts'

/** @throws PodwireError naming line and column of what cannot be read or is not simulated */
export function parseNftRuleset(text: string): readonly NftTable[] {
  const tokens = new Tokens(text)
  const tables: NftTable[] = []
  for (tokens.skipLineEnds(); !tokens.atEnd; tokens.skipLineEnds()) tables.push(parseTable(tokens))
  return tables
}

function parseTable(tokens: Tokens): NftTable {
  tokens.expect('table')
  const token = tokens.word('a family')
  if (token.text !== 'ip' && token.text !== 'ip6') throw parseError(token, `family ${token.text} is not simulated`)
  const family = token.text === 'ip' ? 'ipv4' : 'ipv6'
  const name = tokens.word('a name').text
  const chains: NftChain[] = []
  const sets: NftSet[] = []
  let comment: string | undefined
  block(tokens, () => {
    if (tokens.take('comment')) comment = tokens.quoted('a comment')
    else if (tokens.take('set')) sets.push(parseSet(tokens, 'set'))
    else if (tokens.take('map')) sets.push(parseSet(tokens, 'map'))
    else if (tokens.take('chain')) chains.push(parseChain(tokens, family))
    else throw parseError(tokens.peek, `${tokens.peek.text} in a table is not simulated`)
  })
  return new ListedTable(family, name, comment, chains, sets)
}

/** `{`, then one entry a line, then `}`. */
function block(tokens: Tokens, entry: () => void): void {
  tokens.expect('{')
  for (tokens.skipLineEnds(); !tokens.take('}'); tokens.skipLineEnds()) {
    if (tokens.atEnd) throw parseError(tokens.peek, 'a block is not closed')
    entry()
  }
}

function parseChain(tokens: Tokens, family: IpFamily): NftChain {
  const name = tokens.word('a name').text
  const rules: NftRule[] = []
  let base: BaseHook | undefined
  let comment: string | undefined
  block(tokens, () => {
    // Behind the first rule a comment belongs to a rule.
    if (rules.length === 0 && tokens.take('comment')) comment = tokens.quoted('a comment')
    else if (tokens.take('type')) base = parseBase(tokens)
    else rules.push(parseNftRule(tokens, family))
  })
  return { name, base, comment, rules }
}

function oneOf<Choice extends string>(tokens: Tokens, choices: readonly Choice[]): Choice {
  const token = tokens.word(choices.join(' or '))
  const choice = choices.find((known) => known === token.text)
  if (choice === undefined) throw parseError(token, `expected ${choices.join(' or ')}, found ${token.text}`)
  return choice
}

function parseBase(tokens: Tokens): BaseHook {
  const type = oneOf(tokens, ['filter', 'nat'])
  tokens.expect('hook')
  const hook = oneOf(tokens, ['prerouting', 'input', 'forward', 'output', 'postrouting'])
  tokens.expect('priority')
  const words: string[] = []
  while (!tokens.take(';')) words.push(tokens.word('a priority').text)
  tokens.expect('policy')
  const policy = oneOf(tokens, ['accept', 'drop'])
  tokens.expect(';')
  return { type, hook, priority: words.join(' '), policy }
}

function parseSet(tokens: Tokens, kind: NftSet['kind']): NftSet {
  const name = tokens.word('a name').text
  let type = ''
  let comment: string | undefined
  let timeoutSeconds: number | undefined
  let interval = false
  let elements: readonly NftElement[] = []
  block(tokens, () => {
    const token = tokens.next()
    if (token.text === 'type') type = parseType(tokens, kind)
    else if (token.text === 'comment') comment = tokens.quoted('a comment')
    else if (token.text === 'size') tokens.expect('65535')
    else if (token.text === 'flags' && tokens.take('interval')) interval = true
    else if (token.text === 'flags') for (const word of ['dynamic', ',', 'timeout']) tokens.expect(word)
    else if (token.text === 'timeout') timeoutSeconds = parseSeconds(tokens)
    else if (token.text === 'elements') elements = parseElements(tokens, kind)
    else throw parseError(token, `${token.text} in a ${kind} is not simulated`)
  })
  const head = { kind, name, type, comment, timeoutSeconds, ...(interval ? { interval } : {}) }
  return listedSet(head, elements)
}

/** `ipv4_addr . inet_proto . inet_service`, and for maps `: verdict`. */
function parseType(tokens: Tokens, kind: NftSet['kind']): string {
  const parts = [tokens.word('a type').text]
  while (tokens.take('.')) parts.push(tokens.word('a type').text)
  if (kind === 'map') for (const word of [':', 'verdict']) tokens.expect(word)
  return parts.join(' . ')
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 }

function parseSeconds(tokens: Tokens): number {
  const token = tokens.word('a duration')
  if (!/^(\d+[dhms])+$/.test(token.text)) throw parseError(token, `${token.text} is no duration`)
  return [...token.text.matchAll(/(\d+)([dhms])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_SECONDS[unit] ?? 0),
    0,
  )
}

function parseElements(tokens: Tokens, kind: NftSet['kind']): readonly NftElement[] {
  tokens.expect('=')
  tokens.expect('{')
  const elements: NftElement[] = []
  do {
    tokens.skipLineEnds()
    const parts = [tokens.word('an element').text]
    while (tokens.take('.')) parts.push(tokens.word('an element').text)
    const expires = tokens.take('expires') ? tokens.word('a duration').text : undefined
    const comment = tokens.take('comment') ? tokens.quoted('a comment') : undefined
    if (kind === 'map') tokens.expect(':')
    elements.push({
      key: parts.join(' . '),
      ...(comment === undefined ? {} : { comment }),
      ...(expires === undefined ? {} : { expires }),
      ...(kind === 'map' ? { verdict: parseVerdict(tokens) } : {}),
    })
  } while (tokens.take(','))
  tokens.expect('}')
  return elements
}

function listedSet(
  head: Pick<NftSet, 'kind' | 'name' | 'type' | 'comment' | 'timeoutSeconds' | 'interval'>,
  elements: readonly NftElement[],
): NftSet {
  const verdicts = new Map<string, NftVerdict | undefined>(elements.map(({ key, verdict }) => [key, verdict]))
  const ranges = head.interval === true ? elements.map(({ key }) => rangeOf(key)) : undefined
  return {
    ...head,
    elements: () => elements,
    has: (fields: readonly Field[], packet: Packet) =>
      ranges === undefined
        ? verdicts.has(keyOf(fields, packet))
        : ranges.some((range) => isInRange(range, keyOf(fields, packet))),
    verdict: (fields: readonly Field[], packet: Packet) => verdicts.get(keyOf(fields, packet)),
  }
}

/** `192.0.2.1 . tcp . 80 . 203.0.113.0/24`, taken apart in front of the range. */
interface ListedRange {
  readonly before: string
  readonly interval: Interval | undefined
}

function splitKey(key: string): readonly [before: string, last: string] {
  const at = key.lastIndexOf(' ') + 1
  return [key.slice(0, at), key.slice(at)]
}

function rangeOf(key: string): ListedRange {
  const [before, last] = splitKey(key)
  return { before, interval: parseInterval(last) }
}

function isInRange({ before, interval }: ListedRange, key: string): boolean {
  const [start, address] = splitKey(key)
  if (start !== before || interval === undefined) return false
  const number = addressNumber(address)
  return interval.low <= number && number <= interval.high
}

class ListedTable implements NftTable {
  readonly family: IpFamily
  readonly name: string
  readonly comment: string | undefined
  readonly #chains: ReadonlyMap<string, NftChain>
  readonly #sets: ReadonlyMap<string, NftSet>

  constructor(
    family: IpFamily,
    name: string,
    comment: string | undefined,
    chains: readonly NftChain[],
    sets: readonly NftSet[],
  ) {
    this.family = family
    this.name = name
    this.comment = comment
    this.#chains = new Map(chains.map((chain) => [chain.name, chain]))
    this.#sets = new Map(sets.map((set) => [set.name, set]))
  }

  chain(name: string): NftChain | undefined {
    return this.#chains.get(name)
  }

  set(name: string): NftSet | undefined {
    return this.#sets.get(name)
  }

  baseChains(): readonly NftChain[] {
    return this.chains().filter(({ base }) => base !== undefined)
  }

  chains(): readonly NftChain[] {
    return [...this.#chains.values()]
  }

  sets(): readonly NftSet[] {
    return [...this.#sets.values()]
  }
}
