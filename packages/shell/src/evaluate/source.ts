// Running script text in a shell: `-c`, `eval`, `.`, trap handlers, a script file, and a script that arrives line by line
// on standard input.

import type { OpenFile } from '../process/open-file.ts'
import { readLine } from '../process/text-io.ts'
import { openHereDocument, parseScript, syntaxProblem, type SyntaxProblem } from '../parse/parse.ts'
import { runList } from './run.ts'
import { ScriptError, type Shell } from './shell.ts'

/** Runs text in the present shell. @throws ScriptError after a syntax error */
export async function runText(shell: Shell, text: string, origin = ''): Promise<number> {
  const script = parseScript(text)
  const problem = syntaxProblem(script, text)
  if (problem !== undefined) {
    // What stands before the broken line has run already in a real shell: it reads command by command.
    const sound = soundStatements(text, script.errors?.[0]?.pos ?? 0)
    if (sound !== '') await runList(shell, parseScript(sound).commands)
    await complainOfSyntax(shell, problem, origin)
    throw new ScriptError(2)
  }
  return runList(shell, script.commands)
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

async function complainOfSyntax(shell: Shell, problem: SyntaxProblem, origin: string): Promise<void> {
  const where = origin === '' || (origin === '-c' && shell.dialect === 'sh') ? '' : `${origin}: `
  if (shell.dialect === 'sh') return shell.complain(`${where}syntax error: ${problem.message}`)
  const token = /^unexpected "(.*)"$/.exec(problem.message)?.[1]
  const text =
    token === undefined
      ? `syntax error: ${problem.message.replace(/ \(.*/, '')}`
      : `syntax error near unexpected token \`${token}'`
  await shell.complain(`${where}line ${problem.line}: ${text}`)
}

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
  for (;;) {
    const text = await readCommand(nextLine)
    if (text === undefined) return status
    status = await runText(shell, text)
  }
}
