// agnhost grpc-health-checking: a gRPC health service on port 5000, and HTTP on 8080 to change what it says and to see it.
// Source: kubernetes test/images/agnhost/grpc-health-checking. The gRPC port takes connections and speaks nothing on them.

import { flagValue } from '../flags.ts'
import { startHttpProgram } from '../http-program.ts'
import type { ContainerContext, HealthAnswer, RunningProgram } from '../image.ts'
import { GO_SIGNALS } from '../program.ts'
import { goResponse, pathOf } from '../responses.ts'

export function startGrpcHealthChecking(context: ContainerContext): RunningProgram {
  const grpcPort = Number(flagValue(context.command, 'port') ?? '5000')
  const httpPort = Number(flagValue(context.command, 'http-port') ?? '8080')
  const delaySeconds = Number(flagValue(context.command, 'delay-unhealthy-sec') ?? '-1')
  const service = flagValue(context.command, 'service') ?? ''
  let answer: HealthAnswer = 'SERVING'
  if (delaySeconds >= 0) {
    const turn = (): void => void (answer = 'NOT_SERVING')
    context.engine.schedule(delaySeconds * 1_000_000, 'grpc health turns', turn, 'background')
  }
  context.network.listenTcp(grpcPort, (socket) => {
    socket.endsWithPeer = true
  })
  const program = startHttpProgram(context, {
    ports: [httpPort],
    signals: GO_SIGNALS,
    handler: ({ target }) => {
      const path = pathOf(target)
      if (path === '/make-serving') answer = 'SERVING'
      else if (path === '/make-not-serving') answer = 'NOT_SERVING'
      else if (path === '/make-unknown') answer = 'UNKNOWN'
      else return goResponse(context.engine.clock, 404, '404 page not found\n')
      return goResponse(context.engine.clock, 200, '')
    },
  })
  return {
    signal: (signal) => program.signal(signal),
    grpcHealth: (port, asked) =>
      port !== grpcPort ? undefined : asked === service || asked === '' ? answer : 'SERVICE_UNKNOWN',
  }
}
