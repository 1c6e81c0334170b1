// `cache`: keeps replies for their TTL (between 5 s and the configured most), positive and negative apart; TTLs count down.
// A cached reply is always authoritative: some clients discard others. The oldest entry goes when a side is full (the real
// one drops a random entry of one shard). Source: CoreDNS plugin/cache.

import type { Microseconds } from '@podwire/engine'
import { parseError } from '../../corefile/index.ts'
import { isInZone, RCODE, TYPE, type DnsMessage, type ResourceRecord } from '../../wire/index.ts'
import { andThen, type DnsRequest, type Plugin } from '../plugin.ts'
import { parseCache, type CacheOptions, type CacheSide } from './cache-options.ts'

/** Seconds a reply without records is taken to hold. */
const DEFAULT_TTL = 5

interface CachedReply {
  readonly message: DnsMessage
  readonly storedUs: Microseconds
  readonly ttl: number
}

export const cache: Plugin = {
  name: 'cache',
  setup([directive, second], context) {
    if (directive === undefined) return undefined
    if (second !== undefined)
      throw parseError(second.line, 'this plugin can only be used once per Server Block', 'cache')
    const options = parseCache(directive, context.zones)
    const success = new Map<string, CachedReply>()
    const denial = new Map<string, CachedReply>()
    const labels = `server="${context.server}",zones="${options.zones[0] ?? '.'}",view=""`
    const requests = context.metrics.counter('coredns_cache_requests_total', labels)
    const misses = context.metrics.counter('coredns_cache_misses_total', labels)
    const successes = context.metrics.counter('coredns_cache_hits_total', `${labels},type="success"`)
    const denials = context.metrics.counter('coredns_cache_hits_total', `${labels},type="denial"`)
    return function answerFromCache(request, next) {
      const name = request.question.name.toLowerCase()
      if (!options.zones.some((zone) => isInZone(name, zone))) return next(request)
      const key = keyOf(request, name)
      const nowUs = context.clock.now()
      const hit = live(denial.get(key), nowUs) ?? live(success.get(key), nowUs)
      requests.value++
      if (hit !== undefined) {
        const counter = hit.message.rcode === RCODE.NOERROR && hit.message.answer.length > 0 ? successes : denials
        counter.value++
        return { kind: 'reply', message: served(hit, request, nowUs, options.keepTtl) }
      }
      misses.value++
      return andThen(next(request), (outcome) => {
        if (outcome.kind !== 'reply') return outcome
        const { message } = outcome
        const kind = kindOf(message)
        const ttl = ttlToKeep(message, kind, options)
        const negative = kind === 'denial' || kind === 'failure'
        const side = negative ? options.denial : options.success
        if (mayKeep(message, kind, side, name) && ttl > 0) {
          keep(negative ? denial : success, side.capacity, key, { message, storedUs: context.clock.now(), ttl })
        }
        // Also replies that are not kept get the capped TTL.
        return { kind: 'reply', message: withTtl(message, ttl) }
      })
    }
  },
}

function keyOf(request: DnsRequest, name: string): string {
  const { message, question } = request
  return `${question.type} ${message.edns?.dnssecOk === true ? 1 : 0}${message.checkingDisabled ? 1 : 0} ${question.class} ${name}`
}

function live(cached: CachedReply | undefined, nowUs: Microseconds): CachedReply | undefined {
  return cached !== undefined && nowUs - cached.storedUs < cached.ttl * 1_000_000 ? cached : undefined
}

function served(hit: CachedReply, request: DnsRequest, nowUs: Microseconds, keepTtl: boolean): DnsMessage {
  const age = keepTtl ? 0 : Math.floor((nowUs - hit.storedUs) / 1_000_000)
  const { message } = request
  return {
    ...withTtl(hit.message, hit.ttl - age),
    id: message.id,
    question: message.question,
    recursionDesired: message.recursionDesired,
    checkingDisabled: message.checkingDisabled,
    authoritative: true,
  }
}

function withTtl(message: DnsMessage, ttl: number): DnsMessage {
  const { answer, authority, additional } = message
  const set = (record: ResourceRecord): ResourceRecord => (record.ttl === ttl ? record : { ...record, ttl })
  const same = (record: ResourceRecord): boolean => record.ttl === ttl
  if (answer.every(same) && authority.every(same) && additional.every(same)) return message
  return { ...message, answer: answer.map(set), authority: authority.map(set), additional: additional.map(set) }
}

function keep(side: Map<string, CachedReply>, capacity: number, key: string, reply: CachedReply): void {
  side.delete(key)
  side.set(key, reply)
  if (side.size <= capacity) return
  const oldest = side.keys().next()
  if (oldest.done !== true) side.delete(oldest.value)
}

type ReplyKind = 'success' | 'denial' | 'failure' | 'other'

function kindOf(message: DnsMessage): ReplyKind {
  const hasSoa = message.authority.some((record) => record.type === 'SOA')
  switch (message.rcode) {
    case RCODE.NOERROR:
      return message.answer.length === 0 && hasSoa ? 'denial' : 'success'
    case RCODE.NXDOMAIN:
      return hasSoa ? 'denial' : 'other'
    case RCODE.SERVFAIL:
      return 'failure'
    default:
      return 'other'
  }
}

function mayKeep(message: DnsMessage, kind: ReplyKind, side: CacheSide, name: string): boolean {
  const type = message.question?.type
  if (kind === 'other' || message.truncated || type === TYPE.AXFR || type === TYPE.IXFR) return false
  return !side.disabled.some((zone) => isInZone(name, zone))
}

/** Seconds. */
function ttlToKeep(message: DnsMessage, kind: ReplyKind, options: CacheOptions): number {
  if (kind === 'failure') return options.servfailTtl
  const side = kind === 'denial' ? options.denial : options.success
  return Math.min(side.maxTtl, Math.max(side.minTtl, kind === 'other' ? DEFAULT_TTL : leastTtl(message, kind)))
}

function leastTtl(message: DnsMessage, kind: ReplyKind): number {
  let least = Infinity
  for (const record of message.answer) least = Math.min(least, record.ttl)
  for (const record of message.additional) least = Math.min(least, record.ttl)
  for (const record of message.authority) {
    least = Math.min(least, record.ttl, kind === 'denial' && record.type === 'SOA' ? record.minimum : Infinity)
  }
  return least === Infinity ? DEFAULT_TTL : least
}
