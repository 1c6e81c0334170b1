// custom-http-errors (the default backend answers in place of an error), mirror-* (a copy of every request goes elsewhere) and
// from-to-www-redirect. Source: ingress-nginx internal/ingress/annotations/{customhttperrors,mirror,redirect}/main.go.

import { readBoolean, type Annotation } from './annotation.ts'
import { unknownVariable } from '../variables.ts'

export interface MirrorRules {
  /** With nginx variables; '' is none. */
  readonly target: string
  readonly body: boolean
  /** Host header of the copy; default: the target's. */
  readonly host: string | undefined
}

export const NO_MIRROR: MirrorRules = { target: '', body: true, host: undefined }

export const ERRORS_AND_MIRRORS: readonly Annotation[] = [
  {
    name: 'custom-http-errors',
    read(text, rules) {
      const codes = text.split(',').map((code) => code.trim())
      const bad = codes.find((code) => !/^[45]\d\d$/.test(code))
      if (bad !== undefined) return `${JSON.stringify(bad)} is no code from 400 to 599`
      rules.customErrors = codes.map(Number)
      return undefined
    },
  },
  {
    name: 'mirror-target',
    read(text, rules) {
      const unknown = unknownVariable(text)
      if (unknown !== undefined) return `names the variable $${unknown}, which is not simulated`
      if (!/^https?:\/\/[^/\s]+/.test(text)) return 'must be a URL with http or https'
      rules.mirror = { ...rules.mirror, target: text }
      return undefined
    },
  },
  {
    name: 'mirror-request-body',
    read(text, rules) {
      if (text !== 'on' && text !== 'off') return 'must be on or off'
      rules.mirror = { ...rules.mirror, body: text === 'on' }
      return undefined
    },
  },
  {
    name: 'mirror-host',
    read(text, rules) {
      rules.mirror = { ...rules.mirror, host: text }
      return undefined
    },
  },
  {
    name: 'from-to-www-redirect',
    read: (text, rules) => readBoolean(text, (value) => (rules.fromToWww = value)),
  },
  ...['configuration-snippet', 'server-snippet', 'auth-snippet', 'stream-snippet', 'modsecurity-snippet'].map(
    (name): Annotation => ({
      name,
      read: () =>
        'is refused: snippet annotations are off (allow-snippet-annotations), and nginx directives are not run',
    }),
  ),
]
