// The grpc probe: connects, and asks the health service. A port that speaks no gRPC is tried again until the time is up, as a client that
// waits for its connection does. Source: kubernetes pkg/probe/grpc/grpc.go, grpc-go backoff (1 s at first).

import type { Probe } from '@podwire/apiserver'
import { formatDuration, SECOND, type Microseconds } from '@podwire/engine'
import { checkHealth } from '../../grpc/index.ts'
import { goStatusName } from '../../grpc/status.ts'
import { type Check, failed, PASSED, type ProbeOutcome, type ProbeTarget } from './probe-outcome.ts'

const BACKOFF_US = SECOND

type Answer = Parameters<Parameters<typeof checkHealth>[2]>[0]

export function grpcCheck(
  { port, service = '' }: NonNullable<Probe['grpc']>,
  target: ProbeTarget,
  timeoutUs: Microseconds,
): Check {
  const { engine, network, version } = target
  const within = formatDuration(timeoutUs)
  const userAgent = `kube-probe/${version}`
  return (done) => {
    const address = target.podIP()
    const endUs = engine.clock.now() + timeoutUs
    const unreachable = failed(
      `timeout: failed to connect service "${address}:${port}" within ${within}: context deadline exceeded`,
    )
    const attempt = (): void =>
      checkHealth(
        network,
        { address, port, service, userAgent, timeoutUs: endUs - engine.clock.now() },
        (answer) => done(outcomeOf(answer, within)),
        again,
      )
    const again = (): void => {
      const leftUs = endUs - engine.clock.now()
      if (leftUs <= 0) return done(unreachable)
      if (leftUs > BACKOFF_US) engine.schedule(BACKOFF_US, 'grpc probe: connect again', attempt)
      else engine.schedule(leftUs, 'grpc probe: time is up', () => done(unreachable))
    }
    attempt()
  }
}

function outcomeOf(answer: Answer, within: string): ProbeOutcome {
  if (answer === 'SERVING') return PASSED
  if (typeof answer === 'string') return failed(`service unhealthy (responded with "${answer}")`)
  const { status, details } = answer
  if (status === 'UNIMPLEMENTED') {
    const what = 'this server does not implement the grpc health protocol (grpc.health.v1.Health)'
    return failed(`error: ${what}: ${details}`)
  }
  if (status === 'DEADLINE_EXCEEDED') return failed(`timeout: health rpc did not complete within ${within}`)
  return failed(`error: health rpc probe failed: rpc error: code = ${goStatusName(status)} desc = ${details}`)
}
