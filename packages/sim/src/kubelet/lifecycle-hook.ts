// postStart and preStop handlers: exec, httpGet, sleep, tcpSocket (which upstream accepts and fails).
// Source: kubernetes pkg/kubelet/lifecycle/handlers.go.

import type { Lifecycle } from '@podwire/apiserver'
import { SECOND, type Microseconds } from '@podwire/engine'
import { runProbe, type ProbeTarget } from './probes/prober.ts'

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
    return result.exitCode === 0
      ? undefined
      : `command '${command.join(' ')}' exited with ${result.exitCode}: ${result.output}`
  }
  if (handler.httpGet !== undefined) {
    const { httpGet } = handler
    const userAgent = { name: 'User-Agent', value: `kube-lifecycle/${target.version}` }
    const headers = [userAgent, ...(httpGet.httpHeaders ?? [])]
    const timeoutSeconds = Math.max(1, timeoutUs / SECOND)
    const outcome = await runProbe({ httpGet: { ...httpGet, httpHeaders: headers }, timeoutSeconds }, target)
    return outcome.success ? undefined : outcome.message
  }
  return handler.tcpSocket === undefined ? undefined : 'invalid handler: tcpSocket is not a lifecycle handler'
}
