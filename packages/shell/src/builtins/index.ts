// The builtins: commands that act on the shell itself. Each gets the shell, its arguments and its name.
// Refused by name: fg, bg (no stopped jobs), alias, complete, disown, suspend.

import { dashEcho, echo } from '../tools/echo.ts'
import { ProcessContext } from '../evaluate/process-context.ts'
import type { Command } from '../command.ts'
import type { Shell } from '../evaluate/shell.ts'
import { changeDirectory, directoryStack, printDirectory } from './directory.ts'
import {
  breakLoop,
  builtin,
  command,
  evaluate,
  exit,
  hash,
  returnFrom,
  shift,
  source,
  type,
  umask,
  ulimit,
} from './control.ts'
import { declare, exportVariables, local, readonly, unset } from './declaring.ts'
import { getopts } from './getopts.ts'
import { jobs, kill, wait } from './jobs.ts'
import { letArithmetic } from './let.ts'
import { mapfile } from './mapfile.ts'
import { printf } from './printf.ts'
import { read } from './read.ts'
import { set, shopt } from './shell-options.ts'
import { test } from './test.ts'
import { trap } from './trap.ts'

export type Builtin = (shell: Shell, args: readonly string[], name: string) => Promise<number>

/** A tool that the shell runs without a process of its own. */
function tool(run: Command): Builtin {
  return (shell, args, name) => run(new ProcessContext(shell.process, [name, ...args], shell.variables.environment()))
}

const refused: Builtin = async (shell, _args, name) => {
  await shell.complain(`${name}: not simulated`)
  return 2
}

const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', async () => 0],
  ['true', async () => 0],
  ['false', async () => 1],
  ['.', source],
  ['source', source],
  ['[', test],
  ['test', test],
  ['alias', refused],
  ['bg', refused],
  ['break', breakLoop],
  ['builtin', builtin],
  ['cd', changeDirectory],
  ['command', command],
  ['continue', breakLoop],
  ['declare', declare],
  ['dirs', directoryStack],
  ['disown', refused],
  ['echo', tool(echo)],
  ['eval', evaluate],
  ['exit', exit],
  ['export', exportVariables],
  ['fg', refused],
  ['getopts', getopts],
  ['hash', hash],
  ['jobs', jobs],
  ['kill', kill],
  ['let', letArithmetic],
  ['local', local],
  ['mapfile', mapfile],
  ['popd', directoryStack],
  ['printf', printf],
  ['pushd', directoryStack],
  ['pwd', printDirectory],
  ['read', read],
  ['readarray', mapfile],
  ['readonly', readonly],
  ['return', returnFrom],
  ['set', set],
  ['shift', shift],
  ['shopt', shopt],
  ['trap', trap],
  ['type', type],
  ['typeset', declare],
  ['ulimit', ulimit],
  ['umask', umask],
  ['unset', unset],
  ['wait', wait],
])

/** What dash has not: for it they are programs that are not there. */
const NOT_IN_DASH: ReadonlySet<string> = new Set(
  'builtin declare dirs disown let mapfile popd pushd readarray shopt source typeset'.split(' '),
)

export function builtinOf({ dialect }: Shell, name: string): Builtin | undefined {
  if (dialect !== 'dash') return BUILTINS.get(name)
  if (NOT_IN_DASH.has(name)) return undefined
  return name === 'echo' ? tool(dashEcho) : BUILTINS.get(name)
}

/** Functions cannot take their names (POSIX XCU 2.14). */
export const specialBuiltins: ReadonlySet<string> = new Set(
  'break : continue . eval exec exit export readonly return set shift trap unset'.split(' '),
)
