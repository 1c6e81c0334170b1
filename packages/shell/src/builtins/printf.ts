// printf as a builtin: what the tool does, and bash's `-v NAME`, which assigns instead of printing.

import { ProcessContext } from '../evaluate/process-context.ts'
import { readonlyFailure } from '../evaluate/assignment.ts'
import type { Shell } from '../evaluate/shell.ts'
import { TextSink } from '../process/plain-files.ts'
import { printf as printfTool } from '../tools/printf.ts'

export async function printf(shell: Shell, args: readonly string[], name: string): Promise<number> {
  const { process } = shell
  const run = (words: readonly string[]): Promise<number> =>
    printfTool(new ProcessContext(process, [name, ...words], shell.variables.environment()))
  const [flag, variable] = args
  if (flag !== '-v' || variable === undefined || shell.dialect !== 'bash') return run(args)
  const sink = new TextSink()
  const stdout = process.descriptors.take(1)
  process.descriptors.set(1, sink)
  let status: number
  try {
    status = await run(args.slice(2))
  } finally {
    if (process.alive) process.descriptors.set(1, stdout)
    else stdout?.release()
  }
  if (!shell.variables.set(variable, sink.text())) await readonlyFailure(shell, variable)
  return status
}
