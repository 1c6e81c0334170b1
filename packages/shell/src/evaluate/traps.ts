// Trap handlers: run between commands, with `$?` kept for the script.

import type { Shell } from './shell.ts'
import { runText } from './source.ts'

export async function runTraps(shell: Shell): Promise<void> {
  for (let signal = shell.process.pending.shift(); signal !== undefined; signal = shell.process.pending.shift()) {
    const handler = shell.traps.get(signal)
    if (handler === undefined) continue
    const { status, jump } = shell
    shell.jump = undefined
    await runText(shell, handler)
    shell.status = status
    shell.jump ??= jump
  }
}

/** Where the handler of `trap … ERR` is kept; no signal has this number. */
export const ERR_TRAP = -1

/** Its own failing commands do not start it again. */
export async function runErrTrap(shell: Shell, handler: string): Promise<void> {
  const { status } = shell
  shell.errexitMuted++
  try {
    await runText(shell, handler)
  } finally {
    shell.errexitMuted--
    shell.status = status
  }
}
