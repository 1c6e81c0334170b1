// limit-*: how often, and how many at a time, one client may ask; more is answered 503.
// Source: ingress-nginx internal/ingress/annotations/ratelimit/main.go.

import { settingOf, type Annotation } from './annotation.ts'
import { readRanges } from './source-range.ts'

export interface RequestLimits {
  /** Requests a second, a minute, and at a time; 0 is no limit. */
  readonly perSecond: number
  readonly perMinute: number
  readonly connections: number
  readonly burstMultiplier: number
  /** Networks that are not limited. */
  readonly exempt: readonly string[]
}

export const NO_LIMITS: RequestLimits = { perSecond: 0, perMinute: 0, connections: 0, burstMultiplier: 5, exempt: [] }

const setting = (name: string, change: (value: number) => Partial<RequestLimits>): Annotation =>
  settingOf('limits', name, (text) => (/^\d+$/.test(text) ? change(Number(text)) : 'must be a whole number'))

export const LIMITS: readonly Annotation[] = [
  setting('limit-rps', (perSecond) => ({ perSecond })),
  setting('limit-rpm', (perMinute) => ({ perMinute })),
  setting('limit-connections', (connections) => ({ connections })),
  // What is not above zero means the default.
  setting('limit-burst-multiplier', (value) => ({ burstMultiplier: value > 0 ? value : 5 })),
  {
    name: 'limit-whitelist',
    read: (text, rules) => readRanges(text, (exempt) => (rules.limits = { ...rules.limits, exempt })),
  },
]
