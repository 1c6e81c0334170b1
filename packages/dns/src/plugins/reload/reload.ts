// `reload`: the server looks for a changed Corefile every interval (30 s) with some jitter (half of it); see
// server/reload-timing.ts for the doing. Source: CoreDNS plugin/reload.

import { argumentError, parseError, pluginError, type Directive } from '../../corefile/index.ts'
import { SECOND, type Microseconds } from '@podwire/engine'
import { goDuration } from '../go-duration.ts'
import type { Plugin } from '../plugin.ts'

export interface ReloadTiming {
  readonly intervalUs: Microseconds
  readonly jitterUs: Microseconds
}

export function reloadTiming(directive: Directive): ReloadTiming {
  const { args, line } = directive
  if (args.length > 2) throw argumentError(line, args[2] ?? '', 'reload')
  const [interval, jitter] = args.map((text) => {
    const durationUs = goDuration(text)
    if (durationUs === undefined) throw pluginError('reload', `time: invalid duration "${text}"`)
    return durationUs
  })
  const intervalUs = interval ?? 30 * SECOND
  if (intervalUs < 2 * SECOND) throw parseError(line, `interval value must be greater or equal to 2s`, 'reload')
  const jitterUs = jitter ?? intervalUs / 2
  if (jitterUs < SECOND) throw parseError(line, `jitter value must be greater or equal to 1s`, 'reload')
  return { intervalUs, jitterUs: Math.min(jitterUs, intervalUs / 2) }
}

export const reload: Plugin = {
  name: 'reload',
  setup([directive]) {
    if (directive !== undefined) reloadTiming(directive)
    return undefined
  },
}
