// getopts (POSIX): one option a call, OPTIND and OPTARG.

import type { Shell } from '../evaluate/shell.ts'

export async function getopts(shell: Shell, args: readonly string[]): Promise<number> {
  const [spec = '', name = '', ...given] = args
  const words = given.length > 0 ? given : shell.positional
  const { variables, optind } = shell
  const wanted = Number(variables.text('OPTIND') ?? '1')
  if (wanted !== optind.word) shell.optind = { word: Math.max(1, wanted), letter: 0 }
  const state = shell.optind
  const finish = (status: number, letter: string, argument: string | undefined): number => {
    variables.set(name, letter)
    if (argument === undefined && shell.dialect === 'bash') variables.unset('OPTARG')
    else variables.set('OPTARG', argument ?? '')
    variables.set('OPTIND', String(state.word))
    return status
  }
  const word = words[state.word - 1]
  if (state.letter === 0) {
    if (word === '--') state.word++
    if (word === undefined || word === '--' || word === '-' || !word.startsWith('-')) return finish(1, '?', undefined)
    state.letter = 1
  }
  const letter = (word ?? '').charAt(state.letter)
  state.letter++
  const atEnd = state.letter >= (word ?? '').length
  const nextWord = (): void => {
    state.word++
    state.letter = 0
  }
  const silent = spec.startsWith(':')
  const place = letter === ':' ? -1 : spec.indexOf(letter, silent ? 1 : 0)
  if (place < 0) {
    if (atEnd) nextWord()
    if (!silent) await complain(shell, `illegal option -- ${letter}`, `Illegal option -${letter}`)
    return finish(0, '?', silent ? letter : undefined)
  }
  if (spec.charAt(place + 1) !== ':') {
    if (atEnd) nextWord()
    return finish(0, letter, undefined)
  }
  const rest = atEnd ? words[state.word] : (word ?? '').slice(state.letter)
  nextWord()
  if (atEnd && rest !== undefined) state.word++
  if (rest !== undefined) return finish(0, letter, rest)
  if (silent) return finish(0, ':', letter)
  await complain(shell, `option requires an argument -- ${letter}`, `No arg for -${letter} option`)
  return finish(0, '?', undefined)
}

/** Only bash says whose option it is. */
async function complain(shell: Shell, bash: string, posix: string): Promise<void> {
  if (shell.dialect === 'bash') await shell.complain(bash)
  else if (shell.process.descriptors.get(2) !== undefined) await shell.write(2, `${posix}\n`)
}
