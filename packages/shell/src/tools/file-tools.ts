// mkdir, rmdir, rm, cp, mv, ln -s, touch, mktemp, basename, dirname. There are no hard links, owners or permission checks.

import type { Command, CommandContext } from '../command.ts'
import { joinPath, lastName, parentPath, resolvePath } from '../files/path.ts'
import { linkTarget } from '../files/symbolic-links.ts'
import { usageError } from './input.ts'
import { parseOptions } from './options.ts'

function exists(context: CommandContext, path: string): boolean {
  return context.files.read(path) !== undefined || context.files.list(path) !== undefined
}

async function missing(
  context: CommandContext,
  what: string,
  operand: string,
  reason = 'No such file or directory',
): Promise<void> {
  await context.stderr.write(`${context.name}: ${what} '${operand}': ${reason}\n`)
}

export const mkdir: Command = async (context) => {
  const options = parseOptions(context.args, 'pm:v', ['parents'])
  if ('problem' in options) return usageError(context, options.problem)
  if (options.operands.length === 0) return usageError(context, 'missing operand')
  let status = 0
  for (const operand of options.operands) {
    const path = resolvePath(context.workingDirectory, operand)
    const parents = options.has('p', 'parents')
    const wrong =
      !parents && exists(context, path)
        ? 'File exists'
        : !parents && context.files.list(parentPath(path)) === undefined
          ? 'No such file or directory'
          : undefined
    if (wrong === undefined) context.files.makeDirectory(path)
    else {
      status = 1
      await missing(context, 'cannot create directory', operand, wrong)
    }
  }
  return status
}

export const rmdir: Command = async (context) => {
  let status = 0
  for (const operand of context.args.filter((arg) => !arg.startsWith('-'))) {
    const path = resolvePath(context.workingDirectory, operand)
    const names = context.files.list(path)
    if (names?.length === 0) context.files.remove(path)
    else {
      status = 1
      const reason =
        names !== undefined
          ? 'Directory not empty'
          : exists(context, path)
            ? 'Not a directory'
            : 'No such file or directory'
      await missing(context, 'failed to remove', operand, reason)
    }
  }
  return status
}

export const rm: Command = async (context) => {
  const options = parseOptions(context.args, 'rRfiv', ['recursive', 'force'])
  if ('problem' in options) return usageError(context, options.problem)
  const force = options.has('f', 'force')
  if (options.operands.length === 0 && !force) return usageError(context, 'missing operand')
  let status = 0
  for (const operand of options.operands) {
    const path = resolvePath(context.workingDirectory, operand)
    const directory = linkTarget(context.files, path) === undefined && context.files.list(path) !== undefined
    if (directory && !options.has('r', 'R', 'recursive')) {
      status = 1
      await missing(context, 'cannot remove', operand, 'Is a directory')
    } else if (!context.files.remove(path) && !force) {
      status = 1
      await missing(context, 'cannot remove', operand)
    }
  }
  return status
}

/** Where a source goes: into a directory under its own name, or to the target itself. */
function destination(context: CommandContext, source: string, target: string): string {
  const path = resolvePath(context.workingDirectory, target)
  return context.files.list(path) === undefined ? path : joinPath(path, lastName(source))
}

/** @param keep links stay links (`cp -a`, `mv`); otherwise what they lead to is copied */
function copyTree(context: CommandContext, from: string, to: string, keep: boolean): void {
  const target = keep ? linkTarget(context.files, from) : undefined
  if (target !== undefined) {
    context.files.remove(to)
    context.files.makeLink?.(to, target)
    return
  }
  const names = context.files.list(from)
  if (names === undefined) {
    context.files.write(to, context.files.read(from) ?? '')
    return
  }
  context.files.makeDirectory(to)
  for (const name of names) copyTree(context, joinPath(from, name), joinPath(to, name), keep)
}

async function transfer(
  context: CommandContext,
  recursive: boolean,
  operands: readonly string[],
  move: boolean,
  keepLinks: boolean,
): Promise<number> {
  const target = operands.at(-1)
  if (target === undefined || operands.length < 2) return usageError(context, 'missing file operand')
  const several = operands.length > 2 || target.endsWith('/')
  if (several && context.files.list(resolvePath(context.workingDirectory, target)) === undefined) {
    await missing(context, 'target', target, 'No such file or directory')
    return 1
  }
  let status = 0
  for (const operand of operands.slice(0, -1)) {
    const from = resolvePath(context.workingDirectory, operand)
    const to = destination(context, from, target)
    const link = keepLinks && linkTarget(context.files, from) !== undefined
    if (!link && !exists(context, from)) {
      status = 1
      await missing(context, 'cannot stat', operand)
    } else if (!link && context.files.list(from) !== undefined && !recursive) {
      status = 1
      await context.stderr.write(`${context.name}: -r not specified; omitting directory '${operand}'\n`)
    } else if (from === to || to.startsWith(`${from}/`)) {
      status = 1
      await context.stderr.write(`${context.name}: '${operand}' and '${target}' are the same file\n`)
    } else {
      copyTree(context, from, to, keepLinks)
      if (move) context.files.remove(from)
    }
  }
  return status
}

export const cp: Command = async (context) => {
  const options = parseOptions(context.args, 'rRapfvidPL', ['recursive'])
  if ('problem' in options) return usageError(context, options.problem)
  const recursive = options.has('r', 'R', 'a', 'recursive')
  return transfer(
    context,
    recursive,
    options.operands,
    false,
    (recursive || options.has('d', 'P')) && !options.has('L'),
  )
}

export const mv: Command = async (context) => {
  const options = parseOptions(context.args, 'finv')
  if ('problem' in options) return usageError(context, options.problem)
  return transfer(context, true, options.operands, true, true)
}

export const ln: Command = async (context) => {
  const options = parseOptions(context.args, 'sfnvrT', ['symbolic', 'force'])
  if ('problem' in options) return usageError(context, options.problem)
  if (!options.has('s', 'symbolic')) return usageError(context, 'hard links are not simulated: use -s')
  if (options.has('r')) return usageError(context, '-r: not simulated')
  const { operands } = options
  const [first, second = '.'] = operands
  if (first === undefined) return usageError(context, 'missing file operand')
  const last = operands.length < 2 ? second : (operands.at(-1) ?? second)
  const sources = operands.length < 2 ? operands : operands.slice(0, -1)
  const place = resolvePath(context.workingDirectory, last)
  const replacesLink = options.has('n', 'T') && linkTarget(context.files, place) !== undefined
  const into = !replacesLink && context.files.list(place) !== undefined
  let status = 0
  for (const source of sources) {
    const path = into ? joinPath(place, lastName(source)) : place
    if (options.has('f', 'force') && context.files.list(path) === undefined) context.files.remove(path)
    else if (options.has('f', 'force') && linkTarget(context.files, path) !== undefined) context.files.remove(path)
    if (linkTarget(context.files, path) !== undefined || exists(context, path)) {
      status = 1
      await context.stderr.write(`ln: failed to create symbolic link '${last}': File exists\n`)
    } else context.files.makeLink?.(path, source)
  }
  return status
}

export const touch: Command = async (context) => {
  const options = parseOptions(context.args, 'acmr:d:t:')
  if ('problem' in options) return usageError(context, options.problem)
  if (options.has('r', 'd', 't')) return usageError(context, 'only the present time is simulated')
  for (const operand of options.operands) {
    const path = resolvePath(context.workingDirectory, operand)
    if (context.files.list(path) !== undefined) continue
    const content = context.files.read(path)
    if (content === undefined && options.has('c')) continue
    context.files.write(path, content ?? '')
  }
  return 0
}

export const mktemp: Command = async (context) => {
  const options = parseOptions(context.args, 'dqup:t', ['tmpdir='])
  if ('problem' in options) return usageError(context, options.problem)
  const inTemporary = options.operands[0] === undefined || options.has('p', 't')
  const directory = options.value('p', 'tmpdir') ?? context.environment.get('TMPDIR') ?? '/tmp'
  const template = options.operands[0] ?? 'tmp.XXXXXXXXXX'
  const blanks = /X{3,}$/.exec(template)
  if (blanks === null) return usageError(context, `too few X's in template '${template}'`)
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
  const name = template.slice(0, blanks.index) + Array.from(blanks[0], () => context.random.pick([...letters])).join('')
  const shown = inTemporary ? `${directory}/${name}` : name
  const path = resolvePath(context.workingDirectory, shown)
  if (directory === '/tmp') context.files.makeDirectory('/tmp')
  if (!options.has('u')) {
    if (options.has('d')) context.files.makeDirectory(path)
    else context.files.write(path, '')
  }
  await context.stdout.write(`${shown}\n`)
  return 0
}

export const basename: Command = async (context) => {
  const [path, suffix = ''] = context.args
  if (path === undefined) return usageError(context, 'missing operand')
  const trimmed = path.replace(/\/+$/, '')
  const name = trimmed === '' && path !== '' ? '/' : lastName(trimmed)
  const cut = suffix !== '' && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name
  await context.stdout.write(`${cut}\n`)
  return 0
}

export const dirname: Command = async (context) => {
  if (context.args.length === 0) return usageError(context, 'missing operand')
  for (const path of context.args) {
    const trimmed = path.replace(/\/+$/, '')
    const slash = trimmed.lastIndexOf('/')
    const name =
      trimmed === '' && path !== ''
        ? '/'
        : slash < 0
          ? '.'
          : slash === 0
            ? '/'
            : trimmed.slice(0, slash).replace(/\/+$/, '')
    await context.stdout.write(`${name}\n`)
  }
  return 0
}
