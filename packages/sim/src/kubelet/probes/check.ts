// The four ways to probe, each as a function that makes one attempt: httpGet (http-check.ts), tcpSocket, exec, grpc (grpc-check.ts).
// Messages are those of the kubelet. Source: kubernetes pkg/probe/{tcp,exec}.

import { isIP } from 'node:net'
import type { Probe } from '@podwire/apiserver'
import { formatDuration, SECOND, type Microseconds } from '@podwire/engine'
import { type ConnectingSocket, SocketError } from '../../fabric/network.ts'
import { dialProblem } from '../../http/dial-problem.ts'
import { grpcCheck } from './grpc-check.ts'
import { httpCheck, probeVerdict } from './http-check.ts'
import { type Check, errored, failed, PASSED, type ProbeTarget, resolvePort } from './probe-outcome.ts'

const MAX_OUTPUT = 10 * 1024

/** What to do at each attempt of a probe of one run of a container. */
export function checkOf(probe: Probe, target: ProbeTarget): Check {
  const timeoutUs = (probe.timeoutSeconds ?? 1) * SECOND
  if (probe.httpGet !== undefined) {
    const userAgent = `kube-probe/${target.version}`
    return httpCheck(probe.httpGet, target, { timeoutUs, userAgent, judge: probeVerdict })
  }
  if (probe.tcpSocket !== undefined) return tcpCheck(probe.tcpSocket, target, timeoutUs)
  if (probe.exec !== undefined) return execCheck(probe.exec.command ?? [], target, timeoutUs)
  if (probe.grpc !== undefined) return grpcCheck(probe.grpc, target, timeoutUs)
  return (done) => done(PASSED)
}

function connect(
  { network }: ProbeTarget,
  address: string,
  port: number,
  timeoutUs: Microseconds,
  onConnect: () => void,
  onError: (error: SocketError) => void,
): void {
  let socket: ConnectingSocket
  try {
    socket = network.openTcp({ address, port, timeoutUs })
  } catch (error) {
    // The node has no port left to connect from.
    if (!(error instanceof SocketError)) throw error
    return onError(error)
  }
  const connected = (): void => {
    socket.onError = undefined
    // As with SO_LINGER 0: no TIME_WAIT is left on the node.
    socket.destroy()
    onConnect()
  }
  socket.onConnect = connected
  socket.onError = onError
}

function tcpCheck(check: NonNullable<Probe['tcpSocket']>, target: ProbeTarget, timeoutUs: Microseconds): Check {
  const port = resolvePort(check.port, target.container)
  if (typeof port !== 'number') return (done) => done(errored(port.error))
  const host = check.host === undefined || check.host === '' ? target.podIP() : check.host
  const address = host === 'localhost' ? '127.0.0.1' : host
  if (isIP(address) === 0) return (done) => done(failed(`dial tcp: lookup ${address}: no such host`))
  return (done) =>
    connect(
      target,
      address,
      port,
      timeoutUs,
      () => done(PASSED),
      (error) => done(failed(dialProblem(error, address, port) ?? `dial tcp ${address}:${port}: i/o timeout`)),
    )
}

function execCheck(command: readonly string[], target: ProbeTarget, timeoutUs: Microseconds): Check {
  return (done) => {
    target.engine.touchAsync()
    void target.exec(command, timeoutUs).then((result) => {
      if (result === undefined) {
        const took = formatDuration(timeoutUs)
        done(failed(`command timed out: "${command.join(' ')}" timed out after ${took}`))
      } else if ('startError' in result) done(errored(`rpc error: code = Unknown desc = ${result.startError}`))
      else done(result.exitCode === 0 ? PASSED : failed(result.output.slice(0, MAX_OUTPUT)))
    })
  }
}
