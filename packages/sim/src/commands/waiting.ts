// Waiting with a limit, and names to addresses, as several tools need it.

import type { CommandContext, ToolOptions } from '@podwire/shell'
import type { LookupResult } from '../images/image.ts'
import type { ToolHost } from './tool.ts'

export const TIMED_OUT = 'timed-out'

/** The promise's value, or TIMED_OUT after `limitUs`; undefined waits for ever. A signal ends it either way. */
export async function within<T>(
  context: CommandContext,
  promise: Promise<T>,
  limitUs: number | undefined,
): Promise<T | typeof TIMED_OUT> {
  if (limitUs === undefined) return context.block(promise)
  const { engine } = context
  const timer = engine.deferred<typeof TIMED_OUT>()
  const task = engine.schedule(Math.max(0, limitUs), context.name, () => timer.resolve(TIMED_OUT))
  try {
    return await context.block(Promise.race([promise, timer.promise]))
  } finally {
    engine.cancel(task)
  }
}

export function isAddress(text: string): boolean {
  return isIpv4(text) || (text.includes(':') && /^[0-9a-fA-F:.]+$/.test(text))
}

export function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)
}

/** getaddrinfo: literals are themselves. @param family only this one is asked for */
export function lookupName(host: ToolHost, name: string, family?: 4 | 6): Promise<LookupResult> {
  if (!isAddress(name)) return host.resolver.lookup(name, family === undefined ? {} : { family })
  const fits = family === undefined || isIpv4(name) === (family === 4)
  return Promise.resolve(
    fits ? { addresses: [name], canonicalName: name, queries: [] } : { error: 'not-found', queries: [] },
  )
}

/** What `-4` and `-6` ask for; the later one does not matter, nobody gives both. */
export function wantedFamily(options: ToolOptions): 4 | 6 | undefined {
  return options.has('6') ? 6 : options.has('4') ? 4 : undefined
}

/** Microseconds of `5`, `0.5`; undefined when it is no number. */
export function secondsToUs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = Number(text)
  return Number.isFinite(seconds) && text.trim() !== '' ? Math.round(seconds * 1_000_000) : undefined
}
