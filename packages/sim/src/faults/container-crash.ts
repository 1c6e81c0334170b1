// A container's program crashes: with an exit code of its own, or killed by a signal (128 and the signal's number). It is restarted as
// its pod's policy says. `always`: each new run crashes too while the fault lasts, which is what CrashLoopBackOff comes from.

import { PodwireError } from '@podwire/engine'
import type { ContainerTarget } from './container-target.ts'
import type { FaultParts } from './fault-parts.ts'

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
}

export interface CrashOptions {
  /** Which container; default the first. */
  readonly container?: string
  /** 0 to 255; default 1. */
  readonly exitCode?: number
  /** The signal that killed it, `SIGSEGV`, instead of an exit code. */
  readonly signal?: string
  /** Each new run crashes too; default false: once. */
  readonly always?: boolean
}

export function containerCrash(
  parts: FaultParts,
  { key, container }: ContainerTarget,
  options: CrashOptions,
): () => void {
  const exitCode = exitCodeOf(options)
  const running = parts.containerOf(key, container.name)
  if (running === undefined && options.always !== true) {
    throw new PodwireError(
      `crash container ${container.name} of ${key}`,
      'it is not running',
      'Settle first, or use always: true to make its next run crash.',
    )
  }
  running?.exit(exitCode)
  if (options.always !== true) return () => undefined
  return parts.nodes.podFaults.crashAtStart({ pod: key, container: container.name, exitCode })
}

function exitCodeOf({ exitCode, signal }: CrashOptions): number {
  const action = 'crash a container'
  if (signal !== undefined) {
    const number = SIGNALS[signal]
    if (exitCode === undefined && number !== undefined) return 128 + number
    throw new PodwireError(
      action,
      number === undefined ? `there is no signal ${JSON.stringify(signal)}` : 'it ends by an exit code or by a signal',
      number === undefined ? `Use one of ${Object.keys(SIGNALS).join(', ')}.` : 'Leave one of them out.',
    )
  }
  const code = exitCode ?? 1
  if (Number.isInteger(code) && code >= 0 && code <= 255) return code
  throw new PodwireError(action, `exit code ${code} is none`, 'Give a whole number from 0 to 255.')
}
