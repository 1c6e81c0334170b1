// cat (-n, -u; the library's for what is rarer) and tee (-a).

import type { Command } from '../command.ts'
import { ProcessContext } from '../evaluate/process-context.ts'
import { ShellFileError } from '../file-tree.ts'
import { openPath } from '../process/descriptors.ts'
import type { OpenFile } from '../process/open-file.ts'
import { LineReader, openInputs, usageError } from './input.ts'
import { runLibraryTool } from './library/library-tool.ts'
import { parseOptions } from './options.ts'

export const cat: Command = async (context) => {
  const options = parseOptions(context.args, 'nubeAvtTE')
  if ('problem' in options || options.has('A', 'v', 't', 'T', 'E', 'b', 'e')) return runLibraryTool(context, 'cat')
  const { inputs, failed } = await openInputs(context, options.operands)
  let number = 0
  for (const { stream } of inputs) {
    if (options.has('n')) {
      const reader = new LineReader(stream)
      for (let line = await reader.next(); line !== undefined; line = await reader.next()) {
        number++
        await context.stdout.write(`${String(number).padStart(6)}\t${line}${reader.complete ? '\n' : ''}`)
      }
    } else {
      for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) {
        await context.stdout.write(chunk)
      }
    }
  }
  return failed ? 1 : 0
}

export const tee: Command = async (context) => {
  const options = parseOptions(context.args, 'ai')
  if ('problem' in options) return usageError(context, options.problem)
  if (!(context instanceof ProcessContext)) return 1
  const { process } = context
  let status = 0
  const outputs: OpenFile[] = []
  for (const operand of options.operands) {
    try {
      outputs.push(openPath(process, operand, options.has('a') ? 'append' : 'write'))
    } catch (error) {
      if (!(error instanceof ShellFileError)) throw error
      await context.stderr.write(`tee: ${operand}: ${error.message}\n`)
      status = 1
    }
  }
  for (let chunk = await context.stdin.read(); chunk !== undefined; chunk = await context.stdin.read()) {
    await context.stdout.write(chunk)
    for (const output of outputs) await output.write(process, chunk)
  }
  for (const output of outputs) output.release()
  return status
}
