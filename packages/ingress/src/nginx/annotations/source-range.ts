// whitelist-source-range (also allowlist-source-range) and denylist-source-range: who may ask; the others get 403. A list with
// one bad entry is dropped whole.

import { isIP } from 'node:net'
import type { Annotation } from './annotation.ts'

export const whitelistSourceRange: Annotation = {
  name: 'whitelist-source-range',
  read: (text, rules) => readRanges(text, (ranges) => (rules.allowedSources = ranges)),
}

export const allowlistSourceRange: Annotation = { ...whitelistSourceRange, name: 'allowlist-source-range' }

export const denylistSourceRange: Annotation = {
  name: 'denylist-source-range',
  read: (text, rules) => readRanges(text, (ranges) => (rules.deniedSources = ranges)),
}

export function readRanges(text: string, set: (ranges: readonly string[]) => void): string | undefined {
  const ranges = text
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '')
  const bad = ranges.find((range) => !isRange(range))
  if (bad !== undefined) return `${JSON.stringify(bad)} is no network in CIDR notation`
  set(ranges)
  return undefined
}

function isRange(range: string): boolean {
  const [address = '', length] = range.split('/')
  const version = isIP(address)
  if (version === 0) return false
  return length === undefined || (/^\d+$/.test(length) && Number(length) <= (version === 4 ? 32 : 128))
}
