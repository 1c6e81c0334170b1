// Splits a line of iptables-save into words, as iptables-restore does: blanks separate, double quotes group, a backslash
// keeps the next character. Each word knows its column, for messages.

import { PodwireError } from '@podwire/engine'

export interface Word {
  readonly text: string
  /** 1-based. */
  readonly column: number
}

export function tokenize(line: string, lineNumber: number): readonly Word[] {
  const words: Word[] = []
  let i = 0
  while (i < line.length) {
    if (line[i] === ' ' || line[i] === '\t') {
      i++
      continue
    }
    const column = i + 1
    let text = ''
    let quoted = false
    for (; i < line.length && (quoted || (line[i] !== ' ' && line[i] !== '\t')); i++) {
      const character = line[i]
      if (character === '"') quoted = !quoted
      else if (character === '\\' && quoted && i + 1 < line.length) text += line[++i]
      else text += character
    }
    if (quoted) throw parseError(lineNumber, column, 'a quote is not closed')
    words.push({ text, column })
  }
  return words
}

export function parseError(line: number, column: number, reason: string): PodwireError {
  return new PodwireError('read iptables rules', `line ${line}, column ${column}: ${reason}`)
}
