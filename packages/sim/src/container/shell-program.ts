// A container whose command line is a script or a tool: it runs in the container's shell, with pid 1's rules about signals.

import type { RunningProgram } from '../images/image.ts'
import type { RunningContainer } from './container.ts'
import { DEFAULT_TERMINAL } from './exec.ts'

/** @returns the program, or why the runtime cannot start it */
export function startShellProgram(container: RunningContainer): RunningProgram | { readonly startError: string } {
  const { command, shell, pod, containerName } = container
  if (command.length === 0) return { startError: 'no command specified' }
  const { stdin = false, tty = false } = container.standardInput
  const attachment = stdin || tty ? container.attachment : undefined
  const options = {
    argv: command,
    init: container.processNamespace === undefined,
    engine: container.process,
    ...(attachment?.stdin === undefined ? {} : { stdin: attachment.stdin }),
    ...(tty ? { terminal: DEFAULT_TERMINAL } : {}),
    // A server that waits is at rest; a job or an init container is work somebody waits for.
    background: (pod.spec.restartPolicy ?? 'Always') === 'Always' && !isInit(container, containerName),
    stdout: { write: async (data: Uint8Array | string) => container.stdout(text(data)) },
    stderr: { write: async (data: Uint8Array | string) => container.stderr(text(data)) },
  }
  const problem = shell.problem(options)
  if (problem !== undefined) return { startError: problem }
  const run = shell.run(options)
  if (attachment !== undefined) attachment.onResize = (columns, rows) => run.resize({ columns, rows })
  void run.done.then((code) => container.exit(code))
  return {
    signal: (signal) => run.signal(signal),
    stop: () => run.signal('SIGKILL'),
  }
}

function isInit(container: RunningContainer, name: string): boolean {
  return (container.pod.spec.initContainers ?? []).some((spec) => spec.name === name)
}

function text(data: Uint8Array | string): string {
  return typeof data === 'string' ? data : Buffer.from(data).toString('utf8')
}
