// Calling a shell function: its own positional parameters and local variables, `return` ends it.

import { runCommandNode, runList } from './run.ts'
import type { Shell, ShellFunction } from './shell.ts'

/** Deeper recursion than this ends the script, as a real shell's stack would. */
const CALL_DEPTH_MAX = 1000

export async function callFunction(
  shell: Shell,
  { node, place: definition }: ShellFunction,
  args: readonly string[],
): Promise<number> {
  if (shell.callDepth >= CALL_DEPTH_MAX) {
    return shell.fail(`${node.name.value}: maximum function nesting level exceeded (${CALL_DEPTH_MAX})`)
  }
  const { positional, loopDepth, functionNames, place, position, running } = shell
  shell.place = definition
  shell.running = undefined
  shell.positional = args
  shell.callDepth++
  shell.functionNames = [...functionNames, node.name.value]
  shell.loopDepth = 0
  shell.variables.enterScope()
  try {
    const { body } = node
    const status =
      body.type === 'CompoundList' ? await runList(shell, body.commands) : await runCommandNode(shell, body, false)
    if (shell.jump?.kind !== 'return') return status
    shell.jump = undefined
    return shell.status
  } finally {
    shell.variables.leaveScope()
    shell.callDepth--
    shell.loopDepth = loopDepth
    shell.functionNames = functionNames
    shell.positional = positional
    shell.place = place
    shell.position = position
    shell.running = running
  }
}
