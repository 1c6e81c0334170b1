// The `cache` directive. Source: CoreDNS plugin/cache/setup.go; messages are its.

import { HOUR, MINUTE, SECOND, type Microseconds } from '@podwire/engine'
import { argumentError, pluginError, zonesOf, type Directive } from '../../corefile/index.ts'
import { durationProblem, goDuration } from '../go-duration.ts'

export interface CacheSide {
  readonly capacity: number
  /** Seconds. */
  readonly maxTtl: number
  readonly minTtl: number
  /** Zones not cached. */
  readonly disabled: readonly string[]
}

export interface CacheOptions {
  readonly zones: readonly string[]
  readonly success: CacheSide
  readonly denial: CacheSide
  /** Seconds a SERVFAIL is kept. */
  readonly servfailTtl: number
  readonly keepTtl: boolean
  readonly prefetch: Prefetch | undefined
  readonly stale: ServeStale | undefined
}

/** Asked `amount` times, no two further apart than `gapUs`, and a last `percentage` of its TTL left: it is fetched anew. */
export interface Prefetch {
  readonly amount: number
  readonly gapUs: Microseconds
  readonly percentage: number
}

export interface ServeStale {
  /** How long after its end. */
  readonly upToUs: Microseconds
  /** Ask first, and only if that fails serve what is stale. */
  readonly verify: boolean
  /** How long asking first may take; 0: as long as it takes. */
  readonly timeoutUs: Microseconds
}

const CAPACITY = 9984
const MAX_TTL = 3600
const MAX_NEGATIVE_TTL = 1800
const MIN_TTL = 5
/** Go's map is split into 256 shards of at least four entries. */
const LEAST_CAPACITY = 1024

export function parseCache(directive: Directive, blockZones: readonly string[]): CacheOptions {
  const args = [...directive.args]
  let ttl: number | undefined
  if (/^-?\d+$/.test(args[0] ?? '')) {
    ttl = Number(args.shift())
    if (ttl <= 0) throw pluginError('cache', `cache TTL can not be zero or negative: ${ttl}`)
  }
  const zones = args.length === 0 ? blockZones : args.flatMap(zonesOf)
  let success: CacheSide = { capacity: CAPACITY, maxTtl: ttl ?? MAX_TTL, minTtl: MIN_TTL, disabled: [] }
  let denial: CacheSide = { capacity: CAPACITY, maxTtl: ttl ?? MAX_NEGATIVE_TTL, minTtl: MIN_TTL, disabled: [] }
  let servfailTtl = 5
  let keepTtl = false
  let prefetch: Prefetch | undefined
  let stale: ServeStale | undefined
  for (const option of directive.body ?? []) {
    const { name, line } = option
    if (name === 'success') success = sideOf(option, success)
    else if (name === 'denial') denial = sideOf(option, denial)
    else if (name === 'keepttl') keepTtl = true
    else if (name === 'servfail') servfailTtl = servfailOf(option)
    else if (name === 'disable') {
      const [which, ...disabled] = option.args
      const where = disabled.length === 0 ? zones : disabled.flatMap(zonesOf)
      if (which === 'success') success = { ...success, disabled: where }
      else if (which === 'denial') denial = { ...denial, disabled: where }
      else if (which === undefined) throw argumentError(line, 'disable', 'cache')
      else throw pluginError('cache', `cache type for disable must be "success" or "denial"`)
    } else if (name === 'prefetch') prefetch = prefetchOf(option)
    else if (name === 'serve_stale') stale = staleOf(option)
    else throw argumentError(line, name, 'cache')
  }
  return { zones, success, denial, servfailTtl, keepTtl, prefetch, stale }
}

function sideOf(option: Directive, side: CacheSide): CacheSide {
  if (option.args.length === 0) throw argumentError(option.line, option.name, 'cache')
  const [capacity = CAPACITY, maxTtl = side.maxTtl, minTtl = side.minTtl] = option.args.slice(0, 3).map(atoi)
  if (maxTtl <= 0) throw pluginError('cache', `cache TTL can not be zero or negative: ${maxTtl}`)
  if (minTtl < 0) throw pluginError('cache', `cache min TTL can not be negative: ${minTtl}`)
  return { ...side, capacity: Math.max(capacity, LEAST_CAPACITY), maxTtl, minTtl }
}

function atoi(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text)
  throw pluginError('cache', `strconv.Atoi: parsing "${text}": invalid syntax`)
}

/** Go reads a sign, too. */
function durationOf(text: string, negative: string): Microseconds {
  if (text.startsWith('-') && goDuration(text.slice(1)) !== undefined) throw pluginError('cache', negative)
  const durationUs = goDuration(text.replace(/^\+/, ''))
  if (durationUs === undefined) throw pluginError('cache', durationProblem(text))
  return durationUs
}

function servfailOf(option: Directive): number {
  const [text, extra] = option.args
  if (text === undefined || extra !== undefined) throw argumentError(option.line, extra ?? 'servfail', 'cache')
  const durationUs = durationOf(text, 'invalid negative ttl for servfail')
  if (durationUs > 5 * MINUTE) {
    throw pluginError('cache', 'caching SERVFAIL responses over 5 minutes is not permitted')
  }
  return Math.floor(durationUs / SECOND)
}

function prefetchOf(option: Directive): Prefetch {
  const [first, gap = '1m', percentage = '10%', extra] = option.args
  if (first === undefined || extra !== undefined) throw argumentError(option.line, extra ?? 'prefetch', 'cache')
  const amount = atoi(first)
  if (amount < 0) throw pluginError('cache', `prefetch amount should be positive: ${amount}`)
  const gapUs = durationOf(gap, durationProblem(gap))
  if (!percentage.endsWith('%')) {
    const last = percentage.slice(-1)
    throw pluginError('cache', `last character of percentage should be \`%\`, but is: '${last}'`)
  }
  const share = atoi(percentage.slice(0, -1))
  if (share < 10 || share > 90) throw pluginError('cache', `percentage should fall in range [10, 90]: ${share}`)
  return { amount, gapUs, percentage: share }
}

function staleOf(option: Directive): ServeStale {
  const [upTo, mode = 'immediate', timeout] = option.args
  const verify = mode.toLowerCase() === 'verify'
  if (option.args.length > (verify ? 3 : 2)) throw argumentError(option.line, option.args.at(-1) ?? '', 'cache')
  const upToUs = upTo === undefined ? HOUR : durationOf(upTo, 'invalid negative duration for serve_stale')
  if (!verify && mode.toLowerCase() !== 'immediate') {
    throw pluginError('cache', `invalid value for serve_stale refresh mode: ${mode.toLowerCase()}`)
  }
  const timeoutUs = timeout === undefined ? 0 : durationOf(timeout, 'invalid negative timeout for serve_stale verify')
  return { upToUs, verify, timeoutUs }
}
