// realpath and readlink: where a path leads after all links, and what one link says.

import type { Command, CommandContext } from '../command.ts'
import { parentPath, resolvePath } from '../files/path.ts'
import { linkTarget, realPath } from '../files/symbolic-links.ts'
import { usageError } from './input.ts'
import { parseOptions } from './options.ts'

const isThere = ({ files }: CommandContext, path: string): boolean =>
  files.list(path) !== undefined || files.read(path) !== undefined

async function writeReal(context: CommandContext, operand: string, missingOk: boolean): Promise<boolean> {
  const path = realPath(context.files, resolvePath(context.workingDirectory, operand))
  if (path === undefined) return false
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
  const whole = options.has('f', 'e', 'm')
  let status = 0
  for (const operand of options.operands) {
    const target = whole ? undefined : linkTarget(context.files, resolvePath(context.workingDirectory, operand))
    if (target !== undefined) await context.stdout.write(target + (options.has('n') ? '' : '\n'))
    else if (!whole || !(await writeReal(context, operand, !options.has('e')))) status = 1
  }
  return status
}
