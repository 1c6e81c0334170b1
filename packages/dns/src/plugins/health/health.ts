// `health`: the process answers `OK` at http://:8080/health; the server serves that page (server/http-pages.ts).
// `lameduck` only delays shutting down, which is the pod's business. Source: CoreDNS plugin/health.

import { argumentError, pluginError, type Directive } from '../../corefile/index.ts'
import type { Microseconds } from '@podwire/engine'
import { durationProblem, goDuration } from '../go-duration.ts'
import type { Plugin } from '../plugin.ts'

/** How long the process goes on serving after it was told to end. */
export function lameDuckOf(directive: Directive): Microseconds {
  const option = directive.body?.find((one) => one.name === 'lameduck')
  return goDuration(option?.args[0] ?? '0') ?? 0
}

export const health: Plugin = {
  name: 'health',
  setup([directive]) {
    const line = directive?.line ?? 1
    if ((directive?.args.length ?? 0) > 1) throw argumentError(line, directive?.args[1] ?? '', 'health')
    for (const option of directive?.body ?? []) {
      if (option.name !== 'lameduck') throw argumentError(option.line, option.name, 'health')
      const [duration] = option.args
      if (duration === undefined || option.args.length !== 1) throw argumentError(option.line, 'lameduck', 'health')
      if (goDuration(duration) === undefined) throw pluginError('health', durationProblem(duration))
    }
    return undefined
  },
}
