// How a shell's messages begin: its name, the line of the script, the builtin that complains, in the order and with the blanks
// of each shell. Sources: bash error.c (builtin_error, error_prolog); busybox shell/ash.c (ash_vmsg); dash error.c (exvwarning2).
//   bash: `x.sh: line 3: cd: …`    busybox: `x.sh: cd: line 3: …`, and of `-c` only builtins have a line    dash: `x.sh: 3: cd: …`

import type { Shell } from './shell.ts'

/** busybox's own programs within its shell: they tell its program's name and no line. */
const APPLETS: ReadonlySet<string> = new Set(['[', 'kill', 'printf', 'test'])

/** In functions bash calls `-c` and standard input by the names that FUNCNAME has for them. */
function bashLabel({ label, callDepth, atPrompt, commandsFrom }: Shell): string {
  if (callDepth === 0 || atPrompt || commandsFrom === 'file') return label
  return commandsFrom === 'argument' ? 'environment' : 'main'
}

/** @param message may begin with the name of the builtin that runs */
export function withPrefix(shell: Shell, message: string): string {
  const { running, atPrompt, line } = shell
  const label = shell.dialect === 'bash' ? bashLabel(shell) : shell.label
  const text = running !== undefined && message.startsWith(`${running}: `) ? message.slice(running.length + 2) : message
  const builtin = running === undefined ? '' : `${running}: `
  switch (shell.dialect) {
    case 'bash':
      return `${label}: ${atPrompt ? '' : `line ${line}: `}${message}`
    case 'dash':
      return `${label}: ${line}: ${builtin}${text}`
    case 'ash': {
      if (running !== undefined && APPLETS.has(running)) return `${shell.programName}: ${text}`
      const knowsLine = !atPrompt && (running !== undefined || shell.commandsFrom === 'file')
      return `${label}: ${builtin}${knowsLine ? `line ${line}: ` : ''}${text}`
    }
  }
}
