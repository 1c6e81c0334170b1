// One rule of an nftables text. What kube-proxy does not write is refused by name.

import { parseCidr } from '../addresses/cidr.ts'
import { canonicalAddress } from '../addresses/ip.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import { parseInterval } from './intervals.ts'
import type { AddressField, Field, Interval, L4Protocol, NftRule, NftVerdict, Statement, Target } from './rule.ts'
import { parseError, type Token, type Tokens } from './tokens.ts'

export function parseNftRule(tokens: Tokens, family: IpFamily): NftRule {
  const statements: Statement[] = []
  let comment: string | undefined
  while (!tokens.atLineEnd) {
    if (tokens.take('comment')) comment = tokens.quoted('a comment')
    else statements.push(new StatementParser(tokens, family).parse())
  }
  return { statements, comment }
}

export function parseVerdict(tokens: Tokens): NftVerdict {
  const token = tokens.word('a verdict')
  const { text: kind } = token
  if (kind === 'accept' || kind === 'drop' || kind === 'return') return { kind }
  if (kind === 'jump' || kind === 'goto') return { kind, chain: tokens.word('a chain').text }
  throw parseError(token, `verdict ${kind} is not simulated`)
}

const VERDICTS = new Set(['accept', 'drop', 'return', 'jump', 'goto'])

class StatementParser {
  readonly #tokens: Tokens
  readonly #family: IpFamily
  readonly #ip: string

  constructor(tokens: Tokens, family: IpFamily) {
    this.#tokens = tokens
    this.#family = family
    this.#ip = family === 'ipv4' ? 'ip' : 'ip6'
  }

  parse(): Statement {
    const tokens = this.#tokens
    const first = tokens.peek
    if (VERDICTS.has(first.text)) return { kind: 'verdict', verdict: parseVerdict(tokens) }
    if (first.text === this.#ip) return this.#fields([])
    tokens.next()
    switch (first.text) {
      case 'meta':
        return this.#meta(first)
      case 'ct':
        return this.#conntrack(first)
      case 'iifname':
      case 'iif': {
        const negated = tokens.take('!=')
        return { kind: 'interface', by: first.text, name: tokens.quoted('an interface'), negated }
      }
      case 'tcp':
      case 'udp':
      case 'sctp':
        tokens.expect('dport')
        return { kind: 'protocol', protocol: first.text, port: this.#number('a port') }
      case 'fib': {
        const field = this.#addressField()
        tokens.expect('type')
        tokens.expect('local')
        return { kind: 'fib-local', field }
      }
      case 'numgen':
        return { kind: 'numgen-vmap', verdicts: this.#numgen('vmap', () => parseVerdict(tokens)) }
      case 'dnat':
        return this.#dnat()
      case 'masquerade':
        tokens.expect('fully-random')
        return { kind: 'masquerade' }
      case 'reject':
        return { kind: 'reject' }
      case 'update':
        return this.#update()
      default:
        throw parseError(first, `statement ${first.text} is not simulated`)
    }
  }

  #meta(first: Token): Statement {
    const tokens = this.#tokens
    if (tokens.take('l4proto')) {
      if (tokens.take('.')) return this.#fields(['l4proto'])
      return { kind: 'protocol', protocol: this.#protocol() }
    }
    tokens.expect('mark')
    if (tokens.take('set')) return this.#setMark()
    tokens.expect('&')
    const mask = this.#number('a mask')
    const isSet = !tokens.take('==')
    if (isSet) tokens.expect('!=')
    if (this.#number('a mark') !== 0) throw parseError(first, 'only comparison with mark 0 is simulated')
    return { kind: 'mark', mask, isSet }
  }

  #setMark(): Statement {
    const tokens = this.#tokens
    tokens.expect('meta')
    tokens.expect('mark')
    const token = tokens.word('an operation')
    if (token.text !== '|' && token.text !== '^') throw parseError(token, `operation ${token.text} is not simulated`)
    return { kind: 'set-mark', operation: token.text, value: this.#number('a mark') }
  }

  #conntrack(first: Token): Statement {
    const tokens = this.#tokens
    if (tokens.take('state')) {
      if (tokens.take('invalid')) return { kind: 'ct-state', state: 'INVALID' }
      tokens.expect('new')
      return { kind: 'ct-state', state: 'NEW' }
    }
    if (!tokens.take('status')) throw parseError(first, 'of conntrack only state and status are simulated')
    tokens.expect('dnat')
    return { kind: 'ct-status-dnat' }
  }

  /** `ip saddr …`, `ip daddr . meta l4proto . th dport …`; the first fields may have been read already. */
  #fields(read: readonly Field[]): Statement {
    const tokens = this.#tokens
    const fields = [...read]
    do fields.push(this.#field())
    while (tokens.take('.'))
    if (tokens.take('vmap')) return { kind: 'vmap', fields, map: this.#setName() }
    if (tokens.peek.text.startsWith('@')) return { kind: 'lookup', fields, set: this.#setName() }
    const [field] = fields
    if (fields.length > 1 || (field !== 'saddr' && field !== 'daddr')) {
      throw parseError(tokens.peek, 'expected vmap @MAP or @SET')
    }
    return this.#addresses(field)
  }

  #field(): Field {
    const tokens = this.#tokens
    if (tokens.take('meta')) {
      tokens.expect('l4proto')
      return 'l4proto'
    }
    if (tokens.take('th')) {
      tokens.expect('dport')
      return 'dport'
    }
    tokens.expect(this.#ip)
    return this.#addressField()
  }

  #addresses(field: AddressField): Statement {
    const tokens = this.#tokens
    const negated = tokens.take('!=')
    if (!tokens.take('{')) {
      const token = tokens.word('an address')
      const cidr = parseCidr(token.text)
      if (cidr === undefined || cidr.family !== this.#family) {
        throw parseError(token, `${token.text} is no address of this family`)
      }
      return { kind: 'network', field, cidr, negated }
    }
    const intervals: Interval[] = []
    do {
      const token = tokens.word('an address')
      const interval = parseInterval(token.text)
      if (interval === undefined) throw parseError(token, `${token.text} is no address`)
      intervals.push(interval)
    } while (tokens.take(','))
    tokens.expect('}')
    return { kind: 'intervals', field, intervals, negated }
  }

  #dnat(): Statement {
    const tokens = this.#tokens
    if (tokens.take('to')) return { kind: 'dnat', target: hostPortTarget(tokens.word('address:port')) }
    tokens.expect(this.#ip)
    tokens.expect('to')
    tokens.expect('numgen')
    const targets = this.#numgen('map', (): Target => {
      const token = tokens.word('an address')
      const address = canonicalAddress(token.text)
      if (address === undefined) throw parseError(token, `${token.text} is no address`)
      tokens.expect('.')
      return { kind: 'dnat', address, port: this.#number('a port') }
    })
    return { kind: 'dnat-map', targets }
  }

  #update(): Statement {
    const set = this.#setName()
    for (const word of ['{', this.#ip, 'saddr', '}']) this.#tokens.expect(word)
    return { kind: 'update', set }
  }

  /** `random mod N map { 0 : value, 1 : value }`, behind `numgen`. */
  #numgen<Value>(kind: 'map' | 'vmap', read: () => Value): readonly Value[] {
    const tokens = this.#tokens
    tokens.expect('random')
    tokens.expect('mod')
    const place = tokens.peek
    const count = this.#number('a count')
    tokens.expect(kind)
    tokens.expect('{')
    const values: Value[] = []
    do {
      tokens.expect(String(values.length))
      tokens.expect(':')
      values.push(read())
    } while (tokens.take(','))
    tokens.expect('}')
    if (values.length !== count) throw parseError(place, `${count} values are drawn from, ${values.length} are there`)
    return values
  }

  #addressField(): AddressField {
    const token = this.#tokens.word('saddr or daddr')
    if (token.text === 'saddr' || token.text === 'daddr') return token.text
    throw parseError(token, `field ${token.text} is not simulated`)
  }

  #protocol(): L4Protocol {
    const token = this.#tokens.word('a protocol')
    if (token.text === 'tcp' || token.text === 'udp' || token.text === 'sctp') return token.text
    throw parseError(token, `protocol ${token.text} is not simulated`)
  }

  #setName(): string {
    const token = this.#tokens.word('@NAME')
    if (token.text.length > 1 && token.text.startsWith('@')) return token.text.slice(1)
    throw parseError(token, `expected @NAME, found ${token.text}`)
  }

  #number(what: string): number {
    const token = this.#tokens.word(what)
    if (/^(0x[\da-f]{1,8}|\d{1,10})$/.test(token.text)) return Number(token.text)
    throw parseError(token, `${token.text} is not ${what}`)
  }
}

function hostPortTarget(token: Token): Target {
  const match = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(token.text)
  const address = canonicalAddress(match?.[1] ?? match?.[2] ?? '')
  if (match === null || address === undefined) throw parseError(token, `${token.text} is not address:port`)
  return { kind: 'dnat', address, port: Number(match[3]) }
}
