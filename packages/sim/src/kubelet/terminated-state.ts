// The terminated state of a container from its exit code. Source: containerd's CRI (reasons) and the kubelet's termination
// message rules: the file at terminationMessagePath, or the end of the log with FallbackToLogsOnError.

import type { Clock, Microseconds } from '@podwire/engine'
import type { TerminatedState } from '../pod/index.ts'
import type { ContainerSlot } from './container-slot.ts'

const RUNC_FAILED =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ' +
  'unable to start container process: error during container init: '
const MAX_MESSAGE = 4096
const FALLBACK_LINES = 80
const FALLBACK_CHARACTERS = 2048

export function terminatedState(
  slot: ContainerSlot,
  exit: { readonly code: number; readonly atUs: Microseconds },
  clock: Clock,
): TerminatedState {
  const { state, containerID } = slot.record
  const startError = slot.running?.startError
  const message = startError === undefined ? terminationMessage(slot, exit.code) : `${RUNC_FAILED}${startError}`
  return {
    kind: 'terminated',
    exitCode: exit.code,
    reason: reasonOf(slot, exit.code),
    ...(message === undefined ? {} : { message }),
    ...(state.kind === 'running' ? { startedAt: state.startedAt } : {}),
    finishedAt: timestampAt(clock, exit.atUs),
    containerID,
  }
}

function reasonOf({ running }: ContainerSlot, exitCode: number): string {
  if (running?.startError !== undefined) return 'StartError'
  if (running?.oomKilled === true) return 'OOMKilled'
  return exitCode === 0 ? 'Completed' : 'Error'
}

function terminationMessage(slot: ContainerSlot, exitCode: number): string | undefined {
  const { spec } = slot.record
  const path = spec.terminationMessagePath ?? '/dev/termination-log'
  const written = slot.running?.files.read(path)
  if (written !== undefined && written.length > 0) return Buffer.from(written.subarray(0, MAX_MESSAGE)).toString('utf8')
  if (spec.terminationMessagePolicy !== 'FallbackToLogsOnError' || exitCode === 0) return undefined
  const text = slot.log?.read({ timestamps: false, tailLines: FALLBACK_LINES }).slice(-FALLBACK_CHARACTERS)
  return text === '' ? undefined : text
}

function timestampAt(clock: Clock, atUs: Microseconds): string {
  const milliseconds = clock.wallTimeMs() - Math.floor((clock.now() - atUs) / 1000)
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}
