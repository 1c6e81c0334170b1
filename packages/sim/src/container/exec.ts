// Commands run inside a container from outside: kubectl exec sessions, exec probes and hooks.

import { collectOutput, feedInput } from '@podwire/shell'
import type { ExecOutput, ExecRequest, ExecResult, ExecSession } from '@podwire/apiserver'
import type { Microseconds } from '@podwire/engine'
import type { RunningContainer } from './container.ts'

/** The size of a terminal until its client says another. */
export const DEFAULT_TERMINAL = { columns: 80, rows: 24 }

/**
 * Runs a command to its end.
 * @returns why the runtime could not start it; undefined when it took longer than the timeout and was killed
 */
export async function executeInContainer(
  container: RunningContainer,
  argv: readonly string[],
  timeoutUs: Microseconds,
): Promise<{ readonly exitCode: number; readonly output: string } | { readonly startError: string } | undefined> {
  const output = collectOutput()
  const options = { argv, stdout: output, stderr: output }
  const problem = container.shell.problem(options)
  if (problem !== undefined) return { startError: startFailure(container, problem) }
  const engine = container.simulation
  const run = container.shell.run(options)
  const timedOut = engine.deferred<undefined>()
  const finite = timeoutUs < Number.MAX_SAFE_INTEGER
  const timer = finite ? engine.schedule(timeoutUs, 'exec timeout', () => timedOut.resolve(undefined)) : undefined
  const exitCode = await Promise.race([run.done, timedOut.promise])
  engine.cancel(timer)
  if (exitCode === undefined) {
    run.signal('SIGKILL')
    return undefined
  }
  return { exitCode, output: output.text() }
}

/** Starts a session, as `kubectl exec` asks for it. */
export function openExec(container: RunningContainer, request: ExecRequest, output: ExecOutput): ExecSession {
  const bytes = (data: Uint8Array | string): Uint8Array => (typeof data === 'string' ? Buffer.from(data, 'utf8') : data)
  const stdin = feedInput(container.simulation)
  const options = {
    argv: request.command,
    stdout: { write: async (data: Uint8Array | string) => output.stdout(bytes(data)) },
    // With a terminal there is one stream.
    ...(request.tty ? {} : { stderr: { write: async (data: Uint8Array | string) => output.stderr(bytes(data)) } }),
    ...(request.stdin ? { stdin } : {}),
    ...(request.tty ? { terminal: DEFAULT_TERMINAL } : {}),
  }
  const problem =
    request.command.length === 0 ? 'you must specify at least one command' : container.shell.problem(options)
  if (problem !== undefined)
    return refusedSession(`error executing command in container: ${startFailure(container, problem)}`)
  const run = container.shell.run(options)
  return {
    write: (data) => stdin.push(data),
    closeStdin: () => stdin.end(),
    resize: (columns, rows) => run.resize({ columns, rows }),
    abort: () => {
      stdin.end()
      run.hangUp()
    },
    result: run.done.then((exitCode): ExecResult => {
      // Nobody reads what is left.
      stdin.end()
      return { exitCode }
    }),
  }
}

export function refusedSession(message: string): ExecSession {
  const nothing = (): void => undefined
  return {
    write: () => undefined,
    closeStdin: nothing,
    resize: nothing,
    abort: nothing,
    result: Promise.resolve({ error: message }),
  }
}

function startFailure(container: RunningContainer, problem: string): string {
  return (
    `failed to exec in container: failed to start exec "${container.execId()}": ` +
    `OCI runtime exec failed: exec failed: unable to start container process: ${problem}: unknown`
  )
}
