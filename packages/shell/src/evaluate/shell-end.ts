// How a shell process ends: by its last command, `exit`, a mistake in the script or a signal; then its EXIT trap runs.

import { ProcessExit } from '../process/process.ts'
import { ScriptError, type Shell } from './shell.ts'
import { runText } from './source.ts'

export async function runToEnd(shell: Shell, body: () => Promise<number>): Promise<number> {
  const status = await statusOf(shell, body)
  if (!shell.process.alive) return status
  const handler = shell.traps.get(0)
  if (handler === undefined || handler === '') return status
  shell.traps = new Map([...shell.traps].filter(([signal]) => signal !== 0))
  shell.status = status
  shell.jump = undefined
  let exited = false
  const trapStatus = await statusOf(
    shell,
    () => runText(shell, handler),
    () => {
      exited = true
    },
  )
  return exited ? trapStatus : status
}

async function statusOf(shell: Shell, body: () => Promise<number>, onExit?: () => void): Promise<number> {
  try {
    return await body()
  } catch (error) {
    if (error instanceof ScriptError) return error.status
    if (!(error instanceof ProcessExit)) throw error
    if (!shell.process.alive) throw error
    onExit?.()
    return error.status
  }
}
