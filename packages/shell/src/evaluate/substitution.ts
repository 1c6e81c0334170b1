// Command substitution: a subshell whose output becomes text, without its last newlines.

import type { ParsedScript } from 'unbash'
import { openPath } from '../process/descriptors.ts'
import { TextSink } from '../process/plain-files.ts'
import { expandText } from '../expand/word.ts'
import { runList } from './run.ts'
import type { Shell } from './shell.ts'
import { runToEnd } from './shell-end.ts'
import { waitFor } from './wait.ts'

export async function substitute(shell: Shell, script: ParsedScript): Promise<string> {
  const fileName = shell.dialect === 'bash' ? await onlyInputFile(shell, script) : undefined
  const sink = new TextSink()
  const child = shell.process.fork()
  child.descriptors.set(1, sink)
  const subshell = shell.fork(child)
  if (shell.dialect === 'bash' && !shell.options.inheritErrexit) subshell.options.errexit = false
  child.start(() =>
    runToEnd(subshell, async () => {
      if (fileName === undefined) return runList(subshell, script.commands)
      const file = openPath(child, fileName, 'read')
      for (let chunk = await file.read(child); chunk !== undefined; chunk = await file.read(child)) {
        await sink.write(child, chunk)
      }
      return 0
    }),
  )
  shell.substitutionStatus = await waitFor(shell, child)
  return sink.text().replace(/\n+$/, '').replaceAll('\0', '')
}

/** `$(< file)` of bash. */
async function onlyInputFile(shell: Shell, script: ParsedScript): Promise<string | undefined> {
  const command = script.commands.length === 1 ? script.commands[0]?.command : undefined
  if (command?.type !== 'Command' || command.name !== undefined || command.prefix.length !== 1) return undefined
  const redirect = command.prefix[0]
  if (redirect?.type !== 'Redirect' || redirect.operator !== '<' || redirect.target === undefined) return undefined
  return expandText(shell, redirect.target)
}
