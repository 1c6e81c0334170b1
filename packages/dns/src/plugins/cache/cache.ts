// `cache`: keeps replies for their TTL (between 5 s and the configured most), positive and negative apart; TTLs count down.
// A cached reply is always authoritative: some clients discard others. The oldest entry goes when a side is full (the real
// one drops a random entry of one shard). Source: CoreDNS plugin/cache.

import { SECOND, type Counter, type Microseconds } from '@podwire/engine'
import { parseError } from '../../corefile/index.ts'
import { isInZone, RCODE, TYPE, type DnsMessage, type ResourceRecord } from '../../wire/index.ts'
import {
  andThen,
  type DnsOutcome,
  type DnsRequest,
  type MaybePromise,
  type Next,
  type Plugin,
  type PluginContext,
} from '../plugin.ts'
import { parseCache, type CacheOptions, type CacheSide } from './cache-options.ts'

/** Seconds a reply without records is taken to hold. */
const DEFAULT_TTL = 5

interface CachedReply {
  readonly message: DnsMessage
  readonly storedUs: Microseconds
  readonly ttl: number
  hits: number
  lastUs: Microseconds
}

export const cache: Plugin = {
  name: 'cache',
  setup([directive, second], context) {
    if (directive === undefined) return undefined
    if (second !== undefined)
      throw parseError(second.line, 'this plugin can only be used once per Server Block', 'cache')
    const store = new CacheStore(parseCache(directive, context.zones), context)
    return function answerFromCache(request, next) {
      const name = request.question.name.toLowerCase()
      return store.covers(name) ? store.answer(request, name, next) : next(request)
    }
  },
}

class CacheStore {
  readonly #options: CacheOptions
  readonly #clock: PluginContext['clock']
  readonly #engine: PluginContext['engine']
  readonly #success = new Map<string, CachedReply>()
  readonly #denial = new Map<string, CachedReply>()
  readonly #requests: Counter
  readonly #misses: Counter
  readonly #successes: Counter
  readonly #denials: Counter
  readonly #prefetches: Counter
  readonly #stales: Counter

  constructor(options: CacheOptions, { clock, engine, metrics, server }: PluginContext) {
    this.#options = options
    this.#engine = engine
    this.#clock = clock
    const labels = `server="${server}",zones="${options.zones.join(',')}",view=""`
    this.#requests = metrics.counter('coredns_cache_requests_total', labels)
    this.#misses = metrics.counter('coredns_cache_misses_total', labels)
    this.#successes = metrics.counter('coredns_cache_hits_total', `${labels},type="success"`)
    this.#denials = metrics.counter('coredns_cache_hits_total', `${labels},type="denial"`)
    this.#prefetches = metrics.counter('coredns_cache_prefetch_total', labels)
    this.#stales = metrics.counter('coredns_cache_served_stale_total', labels)
    metrics.gauge('coredns_cache_entries', `${labels},type="success"`, () => this.#success.size)
    metrics.gauge('coredns_cache_entries', `${labels},type="denial"`, () => this.#denial.size)
  }

  covers(name: string): boolean {
    return this.#options.zones.some((zone) => isInZone(name, zone))
  }

  answer(request: DnsRequest, name: string, next: Next): MaybePromise<DnsOutcome> {
    const { stale } = this.#options
    const nowUs = this.#clock.now()
    const key = keyOf(request, name)
    const hit = this.#find(key, nowUs, stale?.upToUs ?? 0)
    this.#requests.value++
    if (hit === undefined) {
      this.#misses.value++
      return this.#fetch(request, key, name, next)
    }
    const counter = this.#denial.get(key) === hit ? this.#denials : this.#successes
    counter.value++
    const leftS = hit.ttl - Math.floor((nowUs - hit.storedUs) / SECOND)
    if (leftS <= 0 && stale?.verify === true) {
      return andThen(this.#verify(request, key, name, next, stale.timeoutUs), (outcome) =>
        outcome !== undefined && isGood(outcome) ? outcome : this.#stale(hit, request),
      )
    }
    if (leftS <= 0 || this.#isDue(hit, nowUs, leftS)) {
      this.#prefetches.value++
      void this.#fetch(request, key, name, next)
    }
    if (leftS <= 0) return this.#stale(hit, request)
    return { kind: 'reply', message: served(hit, request, this.#options.keepTtl ? hit.ttl : leftS) }
  }

  /** A denial goes first, but a failure only where nothing better is known. */
  #find(key: string, nowUs: Microseconds, graceUs: Microseconds): CachedReply | undefined {
    const denial = live(this.#denial.get(key), nowUs, graceUs)
    if (denial !== undefined && denial.message.rcode !== RCODE.SERVFAIL) return denial
    return live(this.#success.get(key), nowUs, graceUs) ?? denial
  }

  /** Undefined: it took too long. The answer is kept when it comes. */
  #verify(
    request: DnsRequest,
    key: string,
    name: string,
    next: Next,
    timeoutUs: Microseconds,
  ): MaybePromise<DnsOutcome | undefined> {
    const fetched = this.#fetch(request, key, name, next)
    if (timeoutUs === 0 || !(fetched instanceof Promise)) return fetched
    return new Promise((resolve, reject) => {
      const engine = this.#engine
      const timeout = engine.schedule(timeoutUs, 'cache verify timeout', () => resolve(undefined), 'background')
      fetched.then((outcome) => {
        engine.cancel(timeout)
        resolve(outcome)
      }, reject)
    })
  }

  #stale(hit: CachedReply, request: DnsRequest): DnsOutcome {
    this.#stales.value++
    return { kind: 'reply', message: served(hit, request, 0) }
  }

  /** Popular and about to end: time to ask again behind the client's back. */
  #isDue(hit: CachedReply, nowUs: Microseconds, leftS: number): boolean {
    const { prefetch } = this.#options
    if (prefetch === undefined || prefetch.amount === 0) return false
    hit.hits = nowUs - hit.lastUs <= prefetch.gapUs ? hit.hits + 1 : 1
    hit.lastUs = nowUs
    return hit.hits >= prefetch.amount && leftS <= Math.ceil((prefetch.percentage / 100) * hit.ttl)
  }

  #fetch(request: DnsRequest, key: string, name: string, next: Next): MaybePromise<DnsOutcome> {
    const options = this.#options
    return andThen(next(request), (outcome) => {
      if (outcome.kind !== 'reply') return outcome
      const { message } = outcome
      const kind = kindOf(message)
      const ttl = ttlToKeep(message, kind, options)
      const negative = kind === 'denial' || kind === 'failure'
      const side = negative ? options.denial : options.success
      if (mayKeep(message, kind, side, name) && ttl > 0 && !(kind === 'failure' && options.stale !== undefined)) {
        const nowUs = this.#clock.now()
        const entry = {
          message: { ...message, edns: undefined },
          storedUs: nowUs,
          ttl,
          hits: this.#success.get(key)?.hits ?? 0,
          lastUs: nowUs,
        }
        keep(negative ? this.#denial : this.#success, side.capacity, key, entry)
        // The newest answer counts, also when the name has gone or come since.
        if (kind !== 'failure') (negative ? this.#success : this.#denial).delete(key)
      }
      // Also replies that are not kept get the capped TTL. An OPT record is one hop's business.
      const capped = withTtl(message, ttl)
      return { ...outcome, message: capped.edns === undefined ? capped : { ...capped, edns: undefined } }
    })
  }
}

function isGood(outcome: DnsOutcome): boolean {
  return outcome.kind === 'reply' && outcome.message.rcode !== RCODE.SERVFAIL
}

function keyOf(request: DnsRequest, name: string): string {
  const { message, question } = request
  return `${question.type} ${message.edns?.dnssecOk === true ? 1 : 0}${message.checkingDisabled ? 1 : 0} ${question.class} ${name}`
}

/** @param graceUs how long after its end it is still of use */
function live(cached: CachedReply | undefined, nowUs: Microseconds, graceUs: Microseconds): CachedReply | undefined {
  return cached !== undefined && nowUs - cached.storedUs < cached.ttl * SECOND + graceUs ? cached : undefined
}

function served(hit: CachedReply, request: DnsRequest, ttl: number): DnsMessage {
  const { message } = request
  return {
    ...withTtl(hit.message, ttl),
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
