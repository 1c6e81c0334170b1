// cat (-n, -u) and tee (-a).

import type { Command } from '../command.ts'
import { resolvePath } from '../files/path.ts'
import { LineReader, openInputs, usageError } from './input.ts'
import { parseOptions } from './options.ts'

export const cat: Command = async (context) => {
  const options = parseOptions(context.args, 'nubeAvtTE')
  if ('problem' in options) return usageError(context, options.problem)
  if (options.has('A', 'v', 't', 'T', 'E', 'b', 'e')) return usageError(context, 'only -n and -u are simulated')
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
  const paths = options.operands.map((operand) => resolvePath(context.workingDirectory, operand))
  const contents = new Map(
    paths.map((path) => [path, options.has('a') ? (context.files.read(path) ?? new Uint8Array(0)) : new Uint8Array(0)]),
  )
  for (const [path, content] of contents) context.files.write(path, content)
  for (let chunk = await context.stdin.read(); chunk !== undefined; chunk = await context.stdin.read()) {
    await context.stdout.write(chunk)
    for (const path of paths) {
      const before = contents.get(path) ?? new Uint8Array(0)
      const after = Buffer.concat([before, chunk])
      contents.set(path, after)
      context.files.write(path, after)
    }
  }
  return 0
}
