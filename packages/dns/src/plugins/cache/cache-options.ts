// The `cache` directive. `prefetch` and `serve_stale` are refused by name: they ask upstreams behind the client's back.
// Source: CoreDNS plugin/cache/setup.go.

import { argumentError, notSimulated, parseError, zonesOf, type Directive } from '../../corefile/index.ts'
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
    } else if (name === 'prefetch' || name === 'serve_stale') throw notSimulated(`option ${name} of plugin cache`)
    else throw argumentError(line, name, 'cache')
  }
  return { zones, success, denial, servfailTtl, keepTtl }
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
