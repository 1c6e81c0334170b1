// The `cache` directive. Source: CoreDNS plugin/cache/setup.go; messages are its.

import { HOUR, MINUTE, type Microseconds } from '@podwire/engine'
import { argumentError, parseError, zonesOf, type Directive } from '../../corefile/index.ts'
import { goDuration } from '../go-duration.ts'

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
    if (ttl <= 0) throw parseError(directive.line, `cache TTL can not be zero or negative: ${ttl}`, 'cache')
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
      else throw parseError(line, `cache type for disable must be "success" or "denial"`, 'cache')
    } else if (name === 'prefetch') prefetch = prefetchOf(option)
    else if (name === 'serve_stale') stale = staleOf(option)
    else throw argumentError(line, name, 'cache')
  }
  return { zones, success, denial, servfailTtl, keepTtl, prefetch, stale }
}

function sideOf(option: Directive, side: CacheSide): CacheSide {
  const [capacity, maxTtl = side.maxTtl, minTtl = side.minTtl] = option.args.map(Number)
  if (capacity === undefined) throw argumentError(option.line, option.name, 'cache')
  for (const [i, text] of option.args.entries()) {
    if (!/^-?\d+$/.test(text)) throw parseError(option.line, `strconv.Atoi: parsing "${text}": invalid syntax`, 'cache')
    if (i === 1 && Number(text) <= 0)
      throw parseError(option.line, `cache TTL can not be zero or negative: ${text}`, 'cache')
  }
  return { ...side, capacity: Math.max(capacity, LEAST_CAPACITY), maxTtl, minTtl }
}

function servfailOf(option: Directive): number {
  const [text] = option.args
  const durationUs = text === undefined ? undefined : goDuration(text)
  if (text === undefined || durationUs === undefined) throw argumentError(option.line, text ?? 'servfail', 'cache')
  if (durationUs > 300_000_000)
    throw parseError(option.line, 'caching SERVFAIL responses over 5 minutes is not permitted', 'cache')
  return Math.floor(durationUs / 1_000_000)
}

function prefetchOf(option: Directive): Prefetch {
  const [amount, gap = '1m', percentage = '10%', extra] = option.args
  const { line } = option
  if (amount === undefined || extra !== undefined) throw argumentError(line, extra ?? 'prefetch', 'cache')
  if (!/^-?\d+$/.test(amount)) throw parseError(line, `strconv.Atoi: parsing "${amount}": invalid syntax`, 'cache')
  if (Number(amount) < 0) throw parseError(line, `prefetch amount should be positive: ${amount}`, 'cache')
  const gapUs = goDuration(gap)
  if (gapUs === undefined) throw parseError(line, `time: invalid duration "${gap}"`, 'cache')
  if (!/^\d+%$/.test(percentage))
    throw parseError(line, `last character of percentage should be \`%\`, but is: ${percentage}`, 'cache')
  const share = Number(percentage.slice(0, -1))
  if (share < 10 || share > 90) throw parseError(line, `percentage should fall in range [10, 90]: ${share}`, 'cache')
  return { amount: Number(amount), gapUs: Math.max(gapUs, MINUTE), percentage: share }
}

function staleOf(option: Directive): ServeStale {
  const [upTo, mode = 'immediate', extra] = option.args
  const { line } = option
  if (option.args.length > 3) throw argumentError(line, extra ?? '', 'cache')
  const upToUs = upTo === undefined ? HOUR : goDuration(upTo)
  if (upToUs === undefined || upTo?.startsWith('-') === true) {
    throw parseError(line, `invalid negative duration for serve_stale: ${upTo ?? ''}`, 'cache')
  }
  if (mode !== 'immediate' && mode !== 'verify') {
    throw parseError(line, `invalid value for serve_stale refresh mode: ${mode}`, 'cache')
  }
  return { upToUs, verify: mode === 'verify' }
}
