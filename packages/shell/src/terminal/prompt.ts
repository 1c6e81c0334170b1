// Prompts: bash's and busybox's escapes (\u \h \H \w \W \$ \s \v \n \t \e \[ \]) and plain variables.

import type { Shell } from '../evaluate/shell.ts'
import { lastName } from '../files/path.ts'

export function expandPrompt(shell: Shell, prompt: string): string {
  const escaped = prompt.replace(/\\([uhHwWsvVnte$\\[\]])/g, (_all, letter: string) => escape(shell, letter))
  return escaped.replace(/\$\{?(\w+)\}?/g, (_all, name: string) => shell.variables.text(name) ?? '')
}

function escape(shell: Shell, letter: string): string {
  const directory = shell.process.workingDirectory
  const home = shell.variables.text('HOME') ?? '/root'
  const { hostname, engine } = shell.machine
  switch (letter) {
    case 'u':
      return 'root'
    case 'h':
      return hostname.split('.')[0] ?? hostname
    case 'H':
      return hostname
    case 'w':
      return directory === home || directory.startsWith(`${home}/`) ? `~${directory.slice(home.length)}` : directory
    case 'W':
      return directory === home ? '~' : directory === '/' ? '/' : lastName(directory)
    case 's':
      return shell.dialect
    case 'v':
    case 'V':
      return '5.2'
    case 'n':
      return '\n'
    case 't':
      return engine.clock.timestamp().slice(11, 19)
    case 'e':
      return '\x1b'
    case '$':
      return '#'
    case '\\':
      return '\\'
    default:
      return ''
  }
}
