// postStart and preStop handlers: exec, httpGet, sleep, tcpSocket (which upstream accepts and fails).
// Source: kubernetes pkg/kubelet/lifecycle/handlers.go.

import type { Lifecycle } from '@podwire/apiserver'
import { SECOND, type Microseconds } from '@podwire/engine'
import { httpCheck } from './probes/http-check.ts'
import { PASSED, type ProbeOutcome, type ProbeTarget } from './probes/probe-outcome.ts'

export type LifecycleHandler = NonNullable<Lifecycle['preStop']>

/** Runs a handler. @returns why it failed, undefined when it did not */
export async function runLifecycleHook(
  handler: LifecycleHandler,
  target: ProbeTarget,
  timeoutUs: Microseconds,
): Promise<string | undefined> {
  if (handler.sleep !== undefined) {
    await target.engine.sleep(Math.min(handler.sleep.seconds * SECOND, timeoutUs), 'lifecycle sleep')
    return undefined
  }
  if (handler.exec !== undefined) {
    const command = handler.exec.command ?? []
    const result = await target.exec(command, timeoutUs)
    if (result === undefined) return `command '${command.join(' ')}' timed out`
    if ('startError' in result) return result.startError
    return result.exitCode === 0
      ? undefined
      : `command '${command.join(' ')}' exited with ${result.exitCode}: ${result.output}`
  }
  if (handler.httpGet !== undefined) {
    // An unnamed port is 80 here, as it is for no probe.
    const get = handler.httpGet.port === '' ? { ...handler.httpGet, port: 80 } : handler.httpGet
    const problem = await askOverHttp(get, target, timeoutUs)
    return problem?.endsWith(NO_TLS) === true ? askOverHttp({ ...get, scheme: 'HTTP' }, target, timeoutUs) : problem
  }
  return handler.tcpSocket === undefined ? undefined : 'invalid handler: tcpSocket is not a lifecycle handler'
}

// Whoever answers plain HTTP to HTTPS is asked again without TLS.
const NO_TLS = 'server gave HTTP response to HTTPS client'

/** An answer is a success, whatever its status. */
async function askOverHttp(
  get: NonNullable<LifecycleHandler['httpGet']>,
  target: ProbeTarget,
  timeoutUs: Microseconds,
): Promise<string | undefined> {
  const { promise, resolve } = target.engine.deferred<ProbeOutcome>()
  const userAgent = `kube-lifecycle/${target.version}`
  httpCheck(get, target, { timeoutUs, userAgent, judge: () => PASSED })(resolve)
  const outcome = await promise
  return outcome.kind === 'passed' || outcome.kind === 'warned' ? undefined : outcome.message
}
