// agnhost liveness: a server on 8080 that is healthy for ten seconds, and then never again.
// Source: kubernetes test/images/agnhost/liveness. Of its other paths /started, /redirect and /sleep-headers are simulated.

import { SECOND } from '@podwire/engine'
import { startHttpProgram } from '../http-program.ts'
import type { ContainerContext, RunningProgram } from '../image.ts'
import { GO_SIGNALS } from '../program.ts'
import { goResponse, httpDate, pathOf, queryOf, textResponse } from '../responses.ts'

const HEALTHY_SECONDS = 10

export function startLiveness(context: ContainerContext): RunningProgram {
  const { engine } = context
  const { clock } = engine
  const startedUs = clock.now()
  return startHttpProgram(context, {
    ports: [8080],
    signals: GO_SIGNALS,
    handler: async ({ target }) => {
      const query = queryOf(target)
      const seconds = (clock.now() - startedUs) / SECOND
      switch (pathOf(target)) {
        case '/healthz':
          return seconds > HEALTHY_SECONDS ? goResponse(clock, 500, `error: ${seconds}`) : goResponse(clock, 200, 'ok')
        case '/started':
          return goResponse(clock, 200, `${seconds}s`)
        case '/redirect':
          return textResponse(302, '', [
            ['Location', query.get('loc') ?? ''],
            ['Date', httpDate(clock)],
            ['Content-Length', '0'],
          ])
        case '/sleep-headers': {
          const pause = Number(query.get('time') ?? '0')
          if (pause > 0) await engine.sleep(pause * SECOND, 'liveness sleep')
          return goResponse(clock, Number(query.get('code') ?? '500'), `Slept for ${pause} secs\n`)
        }
        default:
          return goResponse(clock, 404, '404 page not found\n')
      }
    },
  })
}
