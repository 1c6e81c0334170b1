// agnhost grpc-health-checking: a gRPC health service on port 5000, and HTTP on 8080 to change what it says and to see it.
// Source: kubernetes test/images/agnhost/grpc-health-checking.

import { grpcHandler, HealthService, type HealthStatus } from '../../grpc/index.ts'
import { serveHttp } from '../../http/index.ts'
import { flagValue } from '../flags.ts'
import { startHttpProgram } from '../http-program.ts'
import type { ContainerContext, RunningProgram } from '../image.ts'
import { GO_SIGNALS } from '../program.ts'
import { goResponse, pathOf } from '../responses.ts'

const TURNS: ReadonlyMap<string, HealthStatus> = new Map([
  ['/make-serving', 'SERVING'],
  ['/make-not-serving', 'NOT_SERVING'],
  ['/make-unknown', 'UNKNOWN'],
])

export function startGrpcHealthChecking(context: ContainerContext): RunningProgram {
  const grpcPort = Number(flagValue(context.command, 'port') ?? '5000')
  const httpPort = Number(flagValue(context.command, 'http-port') ?? '8080')
  const delaySeconds = Number(flagValue(context.command, 'delay-unhealthy-sec') ?? '-1')
  const service = flagValue(context.command, 'service') ?? ''
  const health = new HealthService(context.engine)
  const turn = (status: HealthStatus): void => {
    health.set('', status)
    health.set(service, status)
  }
  turn('SERVING')
  if (delaySeconds >= 0) {
    context.engine.schedule(delaySeconds * 1_000_000, 'grpc health turns', () => turn('NOT_SERVING'), 'background')
  }
  const handler = grpcHandler(context.engine, health.methods())
  serveHttp(context.network, grpcPort, handler, { http2: 'only', streams: true })
  return startHttpProgram(context, {
    ports: [httpPort],
    signals: GO_SIGNALS,
    handler: ({ target }) => {
      const status = TURNS.get(pathOf(target))
      if (status === undefined) return goResponse(context.engine.clock, 404, '404 page not found\n')
      turn(status)
      return goResponse(context.engine.clock, 200, '')
    },
  })
}
