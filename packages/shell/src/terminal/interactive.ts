// The interactive shell: prompt, one command, evaluate it in the same shell, again. Ctrl-C gives a new prompt, Ctrl-D or
// `exit` ends it. Also `sh -i` without a terminal, as `kubectl exec -i POD -- sh -i` runs it.

import type { Dialect } from '../dialect.ts'
import type { OpenFile } from '../process/open-file.ts'
import { Interrupted } from '../process/process.ts'
import { readLine } from '../process/text-io.ts'
import { SIGINT, SIGQUIT, SIGTERM } from '../process/signals.ts'
import { ScriptError, type Shell } from '../evaluate/shell.ts'
import { readCommand, runText } from '../evaluate/source.ts'
import { expandPrompt } from './prompt.ts'
import { TerminalFile } from './terminal.ts'

/** PS1 where nobody sets it. */
const STANDARD_PROMPT: Readonly<Record<Dialect, string>> = {
  ash: String.raw`\w \$ `,
  dash: '# ',
  bash: String.raw`\s-5.2\$ `,
}

export async function runInteractive(shell: Shell, input: OpenFile): Promise<number> {
  shell.interactive = true
  shell.atPrompt = true
  shell.process.setDisposition(SIGINT, 'handle')
  shell.process.setDisposition(SIGQUIT, 'ignore')
  shell.process.setDisposition(SIGTERM, 'ignore')
  if (input instanceof TerminalFile) {
    shell.terminal = input.device
    shell.process.group = shell.process.pid
    input.device.foregroundGroup = shell.process.group
  }
  const standard = STANDARD_PROMPT[shell.dialect]
  let firstLine = 1
  for (;;) {
    const text = await nextCommand(shell, input, standard)
    if (text === undefined) break
    if (text !== '') await runOne(shell, text, firstLine)
    firstLine += text.split('\n').length - 1
  }
  if (shell.terminal !== undefined) await shell.write(2, shell.dialect === 'bash' ? 'exit\n' : '')
  return shell.status
}

/** Undefined at the end of input, '' after Ctrl-C. */
async function nextCommand(shell: Shell, input: OpenFile, standard: string): Promise<string | undefined> {
  const nextLine = async (continued: boolean): Promise<string | undefined> => {
    const prompt = continued ? (shell.variables.text('PS2') ?? '> ') : (shell.variables.text('PS1') ?? standard)
    await shell.write(2, expandPrompt(shell, prompt))
    return (await readLine(shell.process, input))?.text
  }
  try {
    return await readCommand(nextLine)
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    forgetInterrupts(shell)
    shell.status = 130
    return ''
  }
}

async function runOne(shell: Shell, text: string, firstLine: number): Promise<void> {
  try {
    await runText(shell, text, { firstLine })
  } catch (error) {
    if (error instanceof ScriptError) shell.status = error.status
    else if (error instanceof Interrupted) shell.status = 130
    else throw error
  }
  shell.jump = undefined
  forgetInterrupts(shell)
}

/** A Ctrl-C that a job took is over when the job is. */
function forgetInterrupts(shell: Shell): void {
  const { pending } = shell.process
  const kept = pending.filter((signal) => signal !== SIGINT || shell.traps.has(SIGINT))
  pending.splice(0, pending.length, ...kept)
}
