// canary and canary-*: the Ingress is no rule of its own but an alternative for the same path of another Ingress, for requests
// with a header or cookie, or for a share of all. Source: ingress-nginx internal/ingress/annotations/canary/main.go.

import { settingOf, switchOf, type Annotation } from './annotation.ts'

export interface CanaryRules {
  readonly enabled: boolean
  readonly weight: number
  readonly weightTotal: number
  readonly header: string | undefined
  readonly headerValue: string | undefined
  readonly headerPattern: RegExp | undefined
  readonly cookie: string | undefined
}

export const NO_CANARY: CanaryRules = {
  enabled: false,
  weight: 0,
  weightTotal: 100,
  header: undefined,
  headerValue: undefined,
  headerPattern: undefined,
  cookie: undefined,
}

const setting = (name: string, read: (text: string) => Partial<CanaryRules> | string): Annotation =>
  settingOf('canary', name, read)

const BASIC = /^[\w.~/:-]+$/
const whole = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined)

export const CANARY: readonly Annotation[] = [
  switchOf('canary', 'canary', (enabled) => ({ enabled })),
  setting('canary-by-header', (text) => (BASIC.test(text) ? { header: text } : 'must be the name of a header')),
  setting('canary-by-header-value', (text) => (BASIC.test(text) ? { headerValue: text } : 'must be a plain value')),
  setting('canary-by-header-pattern', (text) => {
    try {
      return { headerPattern: new RegExp(text, 'u') }
    } catch {
      return 'must be a regular expression'
    }
  }),
  setting('canary-by-cookie', (text) => (BASIC.test(text) ? { cookie: text } : 'must be the name of a cookie')),
  setting('canary-weight', (text) => {
    const weight = whole(text)
    return weight === undefined ? 'must be a whole number' : { weight }
  }),
  setting('canary-weight-total', (text) => {
    const weightTotal = whole(text)
    return weightTotal === undefined ? 'must be a whole number' : { weightTotal }
  }),
]
