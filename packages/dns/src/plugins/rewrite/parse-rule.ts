// The `rewrite` directive: fields name, type, class, ttl and rcode, on one line or in braces with `answer` rules. The fields
// edns0 and cname are refused by name. Source: CoreDNS plugin/rewrite/{name,type,class,ttl,rcode}.go.

import { argumentError, notSimulated, parseError, type Directive } from '../../corefile/index.ts'
import { rcodeNumber, typeNumber, type DnsMessage, type Question, type ResourceRecord } from '../../wire/index.ts'
import { isNameMatch, nameChange, nameTest, regexChange } from './name-match.ts'

export interface Rule {
  readonly stop: boolean
  /** Names of the answer go back to what the client asked for. */
  readonly auto: boolean
  /** The new question, the same one when only the reply changes; undefined: the rule does not apply. */
  readonly apply: (question: Question) => Question | undefined
  /** Changes of the reply, in order. */
  readonly record: readonly ((record: ResourceRecord) => ResourceRecord)[]
  readonly reply?: (message: DnsMessage) => DnsMessage
}

const CLASSES: ReadonlyMap<string, number> = new Map([
  ['IN', 1],
  ['CH', 3],
  ['HS', 4],
  ['ANY', 255],
])

export function parseRule(directive: Directive): Rule {
  const { line } = directive
  const args = [...directive.args]
  let stop = true
  if (args[0] === 'continue' || args[0] === 'stop') stop = args.shift() === 'stop'
  const lines = directive.body?.map((option) => [option.name, ...option.args]) ?? []
  const words = args.length > 0 ? args : (lines.shift() ?? [])
  const [field, ...rest] = words
  switch (field) {
    case undefined:
      throw argumentError(line, 'rewrite', 'rewrite')
    case 'name':
      return nameRule(rest, lines, line, stop)
    case 'type':
      return numberRule(rest, line, stop, 'type', (text) => typeNumber(text.toUpperCase()))
    case 'class':
      return numberRule(rest, line, stop, 'class', (text) => CLASSES.get(text.toUpperCase()))
    case 'ttl':
      return ttlRule(rest, line, stop)
    case 'rcode':
      return rcodeRule(rest, line, stop)
    default:
      throw notSimulated(`field ${field} of plugin rewrite`)
  }
}

function nameRule(words: readonly string[], lines: readonly (readonly string[])[], line: number, stop: boolean): Rule {
  const args = [...words]
  const match = isNameMatch(args[0]) ? (args.shift() ?? '') : 'exact'
  const [from, to, ...inline] = args
  if (from === undefined || to === undefined) throw argumentError(line, args.at(-1) ?? match, 'rewrite')
  const change = nameChange(match, from, to, line)
  const record: Rule['record'][number][] = []
  let auto = false
  const options = [...lines.map((one) => [...one])]
  for (let at = 0; at < inline.length;) {
    const length = inline[at + 1] === 'auto' ? 2 : 4
    options.push(inline.slice(at, at + length))
    at += length
  }
  for (const [answer, what, ...pair] of options) {
    if (answer !== 'answer') throw notSimulated(`option ${answer ?? ''} of plugin rewrite`)
    if (what === 'auto') auto = true
    else record.push(answerRule(what ?? '', pair, line))
  }
  const apply = (question: Question): Question | undefined => {
    const name = change(question.name.toLowerCase())
    return name === undefined ? undefined : { ...question, name }
  }
  return { stop, auto, apply, record }
}

/** `answer name FROM TO` changes owners, `answer value FROM TO` what names records point to. */
function answerRule(what: string, pair: readonly string[], line: number): (record: ResourceRecord) => ResourceRecord {
  const [from, to, extra] = pair
  if (from === undefined || to === undefined || extra !== undefined) {
    throw parseError(line, 'exceeded the number of arguments for a answer rule', 'rewrite')
  }
  const change = regexChange(from, to, line)
  const changed = (name: string): string => change(name) ?? name
  if (what === 'name') return (record) => ({ ...record, name: changed(record.name) })
  if (what !== 'value') throw notSimulated(`answer ${what} of plugin rewrite`)
  return (record) => {
    if ('target' in record) return { ...record, target: changed(record.target) }
    return record.type === 'MX' ? { ...record, exchange: changed(record.exchange) } : record
  }
}

function numberRule(
  args: readonly string[],
  line: number,
  stop: boolean,
  field: 'type' | 'class',
  read: (text: string) => number | undefined,
): Rule {
  const [from, to, extra] = args
  if (from === undefined || to === undefined || extra !== undefined)
    throw argumentError(line, extra ?? field, 'rewrite')
  const [old, now] = [read(from), read(to)]
  if (old === undefined) throw parseError(line, `invalid ${field} "${from.toUpperCase()}"`, 'rewrite')
  if (now === undefined) throw parseError(line, `invalid ${field} "${to.toUpperCase()}"`, 'rewrite')
  const apply = (question: Question): Question | undefined =>
    question[field] === old ? { ...question, [field]: now } : undefined
  return { stop, auto: false, apply, record: [] }
}

/** `ttl [MATCH] NAME 30`, or `30-300`, `-300`, `30-`: at least and at most. */
function ttlRule(words: readonly string[], line: number, stop: boolean): Rule {
  const args = [...words]
  const match = isNameMatch(args[0]) ? (args.shift() ?? '') : 'exact'
  const [name, value, extra] = args
  if (name === undefined || value === undefined || extra !== undefined)
    throw argumentError(line, extra ?? 'ttl', 'rewrite')
  const range = /^(\d*)(-?)(\d*)$/.exec(value)
  if (range === null || value === '' || value === '-')
    throw parseError(line, `invalid TTL '${value}' for a ttl rule`, 'rewrite')
  const [, low = '', dash = '', high = ''] = range
  const least = low === '' ? 0 : Number(low)
  const most = dash === '' ? least : high === '' ? Infinity : Number(high)
  const test = nameTest(match, name, line)
  return {
    stop,
    auto: false,
    apply: (question) => (test(question.name.toLowerCase()) ? question : undefined),
    record: [(record) => ({ ...record, ttl: Math.min(most, Math.max(least, record.ttl)) })],
  }
}

function rcodeRule(words: readonly string[], line: number, stop: boolean): Rule {
  const args = [...words]
  const match = isNameMatch(args[0]) ? (args.shift() ?? '') : 'exact'
  const [name, from, to, extra] = args
  if (name === undefined || from === undefined || to === undefined || extra !== undefined) {
    throw argumentError(line, extra ?? 'rcode', 'rewrite')
  }
  const [old, now] = [from, to].map((text) => (/^\d+$/.test(text) ? Number(text) : rcodeNumber(text.toUpperCase())))
  if (old === undefined || now === undefined) throw parseError(line, `invalid RCODE in '${from} ${to}'`, 'rewrite')
  const test = nameTest(match, name, line)
  return {
    stop,
    auto: false,
    apply: (question) => (test(question.name.toLowerCase()) ? question : undefined),
    record: [],
    reply: (message) => (message.rcode === old ? { ...message, rcode: now } : message),
  }
}
