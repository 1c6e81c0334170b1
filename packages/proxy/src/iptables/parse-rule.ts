// One `-A CHAIN …` line to a typed rule. What kube-proxy's rules do not use is refused by name, with line and column.

import { parseCidr } from '../addresses/cidr.ts'
import { canonicalAddress } from '../addresses/ip.ts'
import type { AddressMatch, AddressType, CtStateName, Match, Rule, SetFlag, Target } from './rule.ts'
import { rule } from './rule.ts'
import { parseError, type Word } from './tokenize.ts'

type Draft = { -readonly [K in keyof Rule]?: Rule[K] } & { matches: Match[] }

const CT_STATES: readonly CtStateName[] = ['INVALID', 'NEW', 'ESTABLISHED', 'RELATED', 'SNAT', 'DNAT']
const ADDRESS_TYPES: readonly AddressType[] = ['LOCAL', 'UNICAST']

/** @param words what follows `-A CHAIN` */
export function parseRule(words: readonly Word[], line: number): Rule {
  return new RuleParser(words, line).parse()
}

class RuleParser {
  readonly #words: readonly Word[]
  readonly #line: number
  readonly #draft: Draft = { matches: [] }
  #place = 0
  #target: Target = { kind: 'none' }

  constructor(words: readonly Word[], line: number) {
    this.#words = words
    this.#line = line
  }

  parse(): Rule {
    while (this.#place < this.#words.length) {
      const negated = this.#take('!')
      const word = this.#next('an option')
      if (word.text === '-m') this.#match()
      else if (word.text === '-j') this.#jump()
      else this.#head(word, negated)
    }
    return rule(this.#target, this.#draft)
  }

  #head(word: Word, negated: boolean): void {
    const draft = this.#draft
    switch (word.text) {
      case '-s':
        draft.source = this.#address(negated)
        break
      case '-d':
        draft.destination = this.#address(negated)
        break
      case '-i':
        draft.inInterface = { name: this.#next('an interface').text, negated }
        break
      case '-o':
        draft.outInterface = { name: this.#next('an interface').text, negated }
        break
      case '-p': {
        const protocol = this.#next('a protocol')
        if (negated || !isProtocol(protocol.text)) throw this.#refuse(protocol, `protocol ${protocol.text}`)
        draft.protocol = protocol.text
        break
      }
      default:
        throw this.#refuse(word, word.text)
    }
  }

  #address(negated: boolean): AddressMatch {
    const word = this.#next('an address')
    const cidr = parseCidr(word.text)
    if (cidr === undefined) throw parseError(this.#line, word.column, `${word.text} is no address or range`)
    return { cidr, negated }
  }

  #match(): void {
    const module = this.#next('a match')
    switch (module.text) {
      case 'comment':
        this.#expect('--comment')
        this.#draft.matches.push({ kind: 'comment', text: this.#next('a comment').text })
        break
      case 'tcp':
      case 'udp':
      case 'sctp':
        this.#port(module.text)
        break
      case 'conntrack':
      case 'state':
        this.#conntrack(module.text)
        break
      case 'addrtype':
        this.#addrtype()
        break
      case 'mark':
        this.#mark()
        break
      case 'statistic':
        this.#statistic()
        break
      case 'recent':
        this.#recent()
        break
      case 'set': {
        this.#expect('--match-set')
        const name = this.#next('a set').text
        this.#draft.matches.push({ kind: 'set', name, flags: this.#setFlags() })
        break
      }
      case 'physdev':
        this.#expect('!')
        this.#expect('--physdev-is-in')
        this.#draft.matches.push({ kind: 'physdev' })
        break
      case 'ipvs':
        this.#ipvs()
        break
      case 'nfacct':
        this.#expect('--nfacct-name')
        this.#draft.matches.push({ kind: 'nfacct', name: this.#next('a name').text })
        break
      default:
        throw this.#refuse(module, `match ${module.text}`)
    }
  }

  #setFlags(): readonly SetFlag[] {
    const word = this.#next('directions')
    return word.text.split(',').map((text) => {
      if (text !== 'src' && text !== 'dst') throw this.#refuse(word, `direction ${text}`)
      return text
    })
  }

  #ipvs(): void {
    this.#expect('--vproto')
    const protocol = this.#number('a protocol', 255)
    this.#expect('--vaddr')
    const address = this.#next('an address').text
    this.#expect('--vport')
    this.#draft.matches.push({ kind: 'ipvs', protocol, address, port: this.#number('a port', 65_535) })
  }

  #port(protocol: 'tcp' | 'udp' | 'sctp'): void {
    const destinationPort = this.#take('--dport') ? this.#number('a port', 65_535) : undefined
    this.#draft.matches.push({ kind: 'port', protocol, destinationPort })
  }

  #conntrack(module: 'conntrack' | 'state'): void {
    if (module === 'state') {
      this.#expect('--state')
      this.#draft.matches.push({ kind: 'state', states: this.#states() })
      return
    }
    const negated = this.#take('!')
    this.#expect('--ctstate')
    this.#draft.matches.push({ kind: 'conntrack', states: this.#states(), negated })
  }

  #states(): readonly CtStateName[] {
    const word = this.#next('states')
    return word.text.split(',').map((text) => {
      const state = CT_STATES.find((known) => known === text)
      if (state === undefined) throw this.#refuse(word, `ctstate ${text}`)
      return state
    })
  }

  #addrtype(): void {
    const sourceNegated = this.#take('!')
    const source = this.#take('--src-type') ? this.#addressType() : undefined
    const destination = this.#take('--dst-type') ? this.#addressType() : undefined
    this.#draft.matches.push({ kind: 'addrtype', source, destination, ...(sourceNegated ? { sourceNegated } : {}) })
  }

  #addressType(): AddressType {
    const word = this.#next('an address type')
    const type = ADDRESS_TYPES.find((known) => known === word.text)
    if (type === undefined) throw this.#refuse(word, `address type ${word.text}`)
    return type
  }

  #mark(): void {
    const negated = this.#take('!')
    this.#expect('--mark')
    const { value, mask } = this.#valueAndMask()
    this.#draft.matches.push({ kind: 'mark', value, mask, negated })
  }

  #valueAndMask(): { readonly value: number; readonly mask: number } {
    const word = this.#next('a mark')
    const match = /^(0x[0-9a-f]{1,8}|\d+)(?:\/(0x[0-9a-f]{1,8}|\d+))?$/i.exec(word.text)
    if (match === null) throw parseError(this.#line, word.column, `${word.text} is no mark`)
    return { value: Number(match[1]) >>> 0, mask: match[2] === undefined ? 0xffff_ffff : Number(match[2]) >>> 0 }
  }

  #statistic(): void {
    this.#expect('--mode')
    this.#expect('random')
    this.#expect('--probability')
    const word = this.#next('a probability')
    const probability = Number(word.text)
    if (!/^[\d.]+$/.test(word.text) || !(probability >= 0 && probability <= 1)) {
      throw parseError(this.#line, word.column, `${word.text} is no probability`)
    }
    this.#draft.matches.push({ kind: 'statistic', numerator: Math.round(probability * 0x8000_0000) })
  }

  #recent(): void {
    const word = this.#next('an action')
    if (word.text !== '--rcheck' && word.text !== '--set') throw this.#refuse(word, `recent ${word.text}`)
    const action = word.text === '--set' ? 'set' : 'rcheck'
    const seconds = this.#take('--seconds') ? this.#number('seconds', 0xffff_ffff) : undefined
    const reap = this.#take('--reap')
    this.#expect('--name')
    const list = this.#next('a name').text
    this.#expect('--mask')
    const mask = this.#next('a mask').text
    this.#expect('--rsource')
    this.#draft.matches.push({ kind: 'recent', action, seconds, reap, list, mask })
  }

  #jump(): void {
    const word = this.#next('a target')
    switch (word.text) {
      case 'ACCEPT':
      case 'DROP':
      case 'RETURN':
        this.#target = { kind: word.text === 'ACCEPT' ? 'accept' : word.text === 'DROP' ? 'drop' : 'return' }
        break
      case 'REJECT': {
        this.#expect('--reject-with')
        const reject = this.#next('an answer')
        const known = ['icmp-port-unreachable', 'icmp6-port-unreachable', 'tcp-reset'] as const
        const answer = known.find((text) => text === reject.text)
        if (answer === undefined) throw this.#refuse(reject, `--reject-with ${reject.text}`)
        this.#target = { kind: 'reject', with: answer }
        break
      }
      case 'DNAT':
        this.#target = this.#dnat()
        break
      case 'REDIRECT':
        this.#expect('--to-ports')
        this.#target = { kind: 'redirect', port: this.#number('a port', 65_535) }
        break
      case 'MASQUERADE':
        this.#target = { kind: 'masquerade', randomFully: this.#take('--random-fully') }
        break
      case 'MARK':
        this.#expect('--set-xmark')
        this.#target = { kind: 'mark', ...this.#valueAndMask() }
        break
      default:
        // Targets are written in capitals; chains of that kind are kube-proxy's, and have a dash in their names.
        if (/^[A-Z]+$/.test(word.text)) throw this.#refuse(word, `target ${word.text}`)
        this.#target = { kind: 'jump', chain: word.text }
    }
  }

  #dnat(): Target {
    this.#expect('--to-destination')
    const word = this.#next('a destination')
    const match = /^\[?([0-9a-f.:]+?)\]?:(\d+)$/i.exec(word.text)
    const address = canonicalAddress(match?.[1] ?? '')
    if (match === null || address === undefined) throw this.#refuse(word, `destination ${word.text}`)
    return { kind: 'dnat', address, port: Number(match[2]) }
  }

  #number(what: string, most: number): number {
    const word = this.#next(what)
    if (!/^\d+$/.test(word.text) || Number(word.text) > most) throw this.#refuse(word, `${what} ${word.text}`)
    return Number(word.text)
  }

  #take(text: string): boolean {
    if (this.#words[this.#place]?.text !== text) return false
    this.#place++
    return true
  }

  #expect(text: string): void {
    const word = this.#next(text)
    if (word.text !== text) throw parseError(this.#line, word.column, `expected ${text}, found ${word.text}`)
  }

  #next(what: string): Word {
    const word = this.#words[this.#place++]
    if (word !== undefined) return word
    const last = this.#words.at(-1)
    throw parseError(this.#line, last === undefined ? 1 : last.column + last.text.length, `expected ${what}`)
  }

  #refuse(word: Word, what: string): Error {
    return parseError(this.#line, word.column, `${what} is not simulated`)
  }
}

function isProtocol(text: string): text is 'tcp' | 'udp' | 'sctp' {
  return text === 'tcp' || text === 'udp' || text === 'sctp'
}
