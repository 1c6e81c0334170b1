// Running script text in a shell: `-c`, `eval`, `.`, trap handlers, a script file, and a script that arrives line by line
// on standard input.

import type { Statement } from 'unbash'
import type { OpenFile } from '../process/open-file.ts'
import { readLine } from '../process/text-io.ts'
import { openHereDocument, parseScript, syntaxProblem, type SyntaxProblem } from '../parse/parse.ts'
import { runList } from './run.ts'
import { LineError, ScriptError, type Shell } from './shell.ts'

export interface TextOrigin {
  /** `-c`, or the builtin that runs it; default: the script itself. */
  readonly origin?: '-c' | 'eval' | '.'
  /** The number of its first line; default 1. */
  readonly firstLine?: number
}

/** Runs text in the present shell. @throws ScriptError after a syntax error */
export async function runText(shell: Shell, text: string, from: TextOrigin = {}): Promise<number> {
  const { place, position } = shell
  shell.place = { text, firstLine: from.firstLine ?? 1 }
  shell.position = 0
  try {
    return await runPlaced(shell, text, from.origin)
  } finally {
    shell.place = place
    shell.position = position
  }
}

async function runPlaced(shell: Shell, text: string, origin: TextOrigin['origin']): Promise<number> {
  const script = parseScript(text)
  const problem = syntaxProblem(script, text)
  if (problem !== undefined) {
    // What stands before the broken line has run already in a real shell: it reads command by command.
    const sound = soundStatements(text, script.errors?.[0]?.pos ?? 0)
    if (sound !== '') await runStatements(shell, sound, parseScript(sound).commands)
    shell.position = problem.position
    await complainOfSyntax(shell, problem, origin)
    throw new ScriptError(2)
  }
  return runStatements(shell, text, script.commands)
}

/** bash goes on behind the line with a mistake that ends only that. */
async function runStatements(shell: Shell, text: string, statements: readonly Statement[]): Promise<number> {
  for (let rest = statements; ;) {
    try {
      return await runList(shell, rest)
    } catch (error) {
      if (!(error instanceof LineError) || shell.interactive || shell.process.pid !== shell.mainPid) throw error
      shell.status = error.status
      const next = rest.findIndex(({ pos }, index) => {
        const before = rest[index - 1]
        return before !== undefined && pos > shell.position && text.slice(before.end, pos).includes('\n')
      })
      if (next < 0) return shell.status
      rest = rest.slice(next)
    }
  }
}

/** The longest run of whole lines before a mistake that parses by itself. */
function soundStatements(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n').slice(0, -1)
  while (lines.length > 0) {
    const sound = lines.join('\n')
    if (syntaxProblem(parseScript(sound), sound) === undefined) return sound
    lines.pop()
  }
  return ''
}

async function complainOfSyntax(shell: Shell, problem: SyntaxProblem, origin: TextOrigin['origin']): Promise<void> {
  const token = /^unexpected "(.*)"$/.exec(problem.message)?.[1]
  if (shell.dialect === 'ash') return shell.complain(`syntax error: ${problem.message}`)
  if (shell.dialect === 'dash') {
    const end = problem.message.replace(/^unexpected end of file/, 'end of file unexpected')
    return shell.complain(`Syntax error: ${token === undefined ? capital(end) : `"${token}" unexpected`}`)
  }
  const name = origin === '-c' || origin === 'eval' ? `${shell.label}: ${origin}` : shell.label
  const at = shell.atPrompt && origin === undefined ? name : `${name}: line ${shell.line}`
  if (token === undefined) return shell.write(2, `${at}: syntax error: ${problem.message.replace(/ \(.*/, '')}\n`)
  const { text, firstLine } = shell.place
  const line = text.split('\n')[shell.line - firstLine] ?? ''
  await shell.write(2, `${at}: syntax error near unexpected token \`${token}'\n${at}: \`${line}'\n`)
}

/** dash says `Unterminated quoted string`, and `end of file unexpected`. */
const capital = (text: string): string => text.replace(/^unterminated/, 'Unterminated')

/** Collects lines until they are a whole command. Undefined at end of input. */
export async function readCommand(
  nextLine: (continued: boolean) => Promise<string | undefined>,
): Promise<string | undefined> {
  let text = ''
  for (;;) {
    const line = await nextLine(text !== '')
    if (line === undefined) return text === '' ? undefined : text
    text += `${line}\n`
    const script = parseScript(text)
    const body = text.slice(0, -1)
    if (syntaxProblem(script, body)?.incomplete !== true && !openHereDocument(script)) return text
  }
}

/** A script on standard input; commands in it read from the same input. */
export async function runInput(shell: Shell, input: OpenFile): Promise<number> {
  const nextLine = async (): Promise<string | undefined> => (await readLine(shell.process, input))?.text
  let status = 0
  let firstLine = 1
  for (;;) {
    const text = await readCommand(nextLine)
    if (text === undefined) return status
    status = await runText(shell, text, { firstLine })
    firstLine += text.split('\n').length - 1
  }
}
