// permanent-redirect and permanent-redirect-code: every request is answered with a redirect, 301 unless another code is given.

import type { Annotation } from './annotation.ts'

export const permanentRedirect: Annotation = {
  name: 'permanent-redirect',
  read(text, rules) {
    if (!isUrl(text)) return 'must be a URL'
    rules.permanentRedirect = { url: text, code: rules.permanentRedirect?.code ?? 301 }
    return undefined
  },
}

/** Read after permanent-redirect; says nothing alone. */
export const permanentRedirectCode: Annotation = {
  name: 'permanent-redirect-code',
  read(text, rules) {
    const code = Number(text)
    if (!Number.isInteger(code) || code < 300 || code > 308) return 'must be a code from 300 to 308'
    if (rules.permanentRedirect !== undefined) rules.permanentRedirect = { ...rules.permanentRedirect, code }
    return undefined
  },
}

/** A URL a redirect may name. */
export function isUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}
