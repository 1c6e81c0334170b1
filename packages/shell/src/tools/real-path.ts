// realpath and readlink. There are no links: a path's real one is the absolute one, and `readlink FILE` fails.

import type { Command, CommandContext } from '../command.ts'
import { parentPath, resolvePath } from '../files/path.ts'
import { usageError } from './input.ts'
import { parseOptions } from './options.ts'

const isThere = ({ files }: CommandContext, path: string): boolean =>
  files.list(path) !== undefined || files.read(path) !== undefined

async function writeReal(context: CommandContext, operand: string, missingOk: boolean): Promise<boolean> {
  const path = resolvePath(context.workingDirectory, operand)
  if (!isThere(context, path) && !(missingOk && isThere(context, parentPath(path)))) return false
  await context.stdout.write(`${path}\n`)
  return true
}

export const realpath: Command = async (context) => {
  const options = parseOptions(context.args, 'emqsz')
  if ('problem' in options) return usageError(context, options.problem)
  let status = 0
  for (const operand of options.operands) {
    if (await writeReal(context, operand, !options.has('e'))) continue
    status = 1
    if (!options.has('q')) await context.stderr.write(`realpath: ${operand}: No such file or directory\n`)
  }
  return status
}

export const readlink: Command = async (context) => {
  const options = parseOptions(context.args, 'femnqsvz')
  if ('problem' in options) return usageError(context, options.problem)
  let status = options.has('f', 'e', 'm') ? 0 : 1
  if (status === 1) return 1
  for (const operand of options.operands) {
    if (!(await writeReal(context, operand, !options.has('e')))) status = 1
  }
  return status
}
