// gzip, gunzip and zcat: -c -d -f -k -n -q -v and a level. Times and names are left out of the header, as with -n, so that the same
// bytes give the same file. Source: RFC 1952, gzip(1).

import { gunzipSync, gzipSync } from 'node:zlib'
import type { Command, CommandContext } from '../command.ts'
import { resolvePath } from '../files/path.ts'
import { readAll } from '../process/text-io.ts'
import { usageError } from './input.ts'
import { parseOptions, type ToolOptions } from './options.ts'

/** More than this is no file for a container of ours. */
const LIMIT = { maxOutputLength: 256 * 1024 * 1024 }

export const gzip: Command = async (context) => {
  const options = parseOptions(context.args, 'cdfknqv123456789t', [
    'stdout',
    'decompress',
    'force',
    'keep',
    'best',
    'fast',
  ])
  if ('problem' in options) return usageError(context, options.problem)
  if (options.has('t')) return usageError(context, '-t: not simulated')
  const unpacks = context.name !== 'gzip' || options.has('d', 'decompress')
  if (options.operands.length === 0 || options.operands[0] === '-') {
    const done = convert(await readAll(context.stdin), unpacks, options)
    if (done === undefined) return usageError(context, 'stdin: not in gzip format')
    await context.stdout.write(done)
    return 0
  }
  let status = 0
  for (const operand of options.operands) {
    const problem = await convertFile(context, operand, unpacks, options)
    if (problem === undefined) continue
    // What is passed over is a warning.
    status = problem.endsWith('ignored') ? Math.max(status, 2) : 1
    await context.stderr.write(`${context.name}: ${operand}: ${problem}\n`)
  }
  return status
}

/** undefined: what is to be unpacked was never packed. */
function convert(bytes: Uint8Array, unpacks: boolean, options: ToolOptions): Uint8Array | undefined {
  if (!unpacks) {
    const level = [...'123456789'].find((digit) => options.has(digit))
    return gzipSync(bytes, level === undefined ? {} : { level: Number(level) })
  }
  try {
    return gunzipSync(bytes, LIMIT)
  } catch {
    return undefined
  }
}

/** @returns what is wrong */
async function convertFile(
  context: CommandContext,
  operand: string,
  unpacks: boolean,
  options: ToolOptions,
): Promise<string | undefined> {
  const { files } = context
  const toStdout = options.has('c', 'stdout') || context.name === 'zcat'
  const path = resolvePath(context.workingDirectory, operand)
  const bytes = files.read(path)
  if (bytes === undefined)
    return files.list(path) === undefined ? 'No such file or directory' : 'is a directory -- ignored'
  if (unpacks && !toStdout && !path.endsWith('.gz')) return 'unknown suffix -- ignored'
  const done = convert(bytes, unpacks, options)
  if (done === undefined) return 'not in gzip format'
  if (toStdout) {
    await context.stdout.write(done)
    return undefined
  }
  const target = unpacks ? path.slice(0, -'.gz'.length) : `${path}.gz`
  if (files.read(target) !== undefined && !options.has('f', 'force')) return `${target} already exists; not overwritten`
  files.write(target, done)
  if (!options.has('k', 'keep')) files.remove(path)
  return undefined
}
