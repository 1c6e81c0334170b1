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
