// Rules of `rewrite` that leave the question alone and change the reply: `ttl` and `rcode`, for the names they match.
// Source: CoreDNS plugin/rewrite/{ttl,rcode}.go.

import { rcodeNumber } from '../../wire/index.ts'
import { isNameMatch, nameTest } from './name-match.ts'
import { ruleError, type ReplyStep, type Rule } from './rule.ts'

/** `ttl [MATCH] NAME 30`, or `30-300`, `-300`, `30-`: at least and at most. */
export function ttlRule(args: readonly string[], stop: boolean): Rule {
  if (args.length < 2) throw ruleError(`too few (${args.length}) arguments for a ttl rule`)
  const value = (args.length === 2 ? args[1] : args.length === 3 ? args[2] : undefined) ?? ''
  const range = ttlRange(value)
  if (range === undefined) throw ruleError(`invalid TTL '${value}' for a ttl rule`)
  const [least, most] = range
  const test = matching(args.length === 3 ? args : ['exact', ...args], 'ttl')
  return replyRule(stop, test, {
    kind: 'record',
    change: (record) => ({ ...record, ttl: Math.min(most, Math.max(least, record.ttl)) }),
  })
}

/** `rcode [MATCH] NAME FROM TO` */
export function rcodeRule(args: readonly string[], stop: boolean): Rule {
  if (args.length < 3) throw ruleError(`too few (${args.length}) arguments for a rcode rule`)
  if (args.length > 4) throw ruleError(`many few arguments for a rcode rule`)
  const [from = '', to = ''] = args.slice(-2)
  const old = rcodeOf(from)
  if (old === undefined) throw ruleError(`invalid matching RCODE '${from}' for a rcode rule`)
  const rcode = rcodeOf(to)
  if (rcode === undefined) throw ruleError(`invalid replacement RCODE '${to}' for a rcode rule`)
  const test = matching(args.length === 4 ? args : ['exact', ...args], 'rcode')
  return replyRule(stop, test, {
    kind: 'message',
    change: (message) => (message.rcode === old ? { ...message, rcode } : message),
  })
}

function replyRule(stop: boolean, test: (name: string) => boolean, step: ReplyStep): Rule {
  const steps = [step]
  return {
    stop,
    apply: ({ question, edns }) => (test(question.name.toLowerCase()) ? { question, edns, steps } : undefined),
  }
}

function matching([match = '', name = '']: readonly string[], what: string): (name: string) => boolean {
  if (isNameMatch(match.toLowerCase())) return nameTest(match.toLowerCase(), name, what)
  throw ruleError(`${what} rule supports only exact, prefix, suffix, substring, and regex name matching`)
}

const MOST_TTL = 2_147_483_647

function ttlRange(text: string): readonly [least: number, most: number] | undefined {
  const match = /^(\d{0,10})(-?)(\d{0,10})$/.exec(text)
  if (match === null || text === '' || text === '-') return undefined
  const [, low = '', dash = '', high = ''] = match
  const least = Number(low === '' ? 0 : low)
  const most = dash === '' ? least : high === '' ? MOST_TTL : Number(high)
  return least > most || most > 0xffff_ffff ? undefined : [least, most]
}

function rcodeOf(text: string): number | undefined {
  if (/^\d+$/.test(text) && Number(text) <= 23) return Number(text)
  return rcodeNumber(text.toUpperCase())
}
