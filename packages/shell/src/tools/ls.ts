// ls: -1 -l -a -A -d -R -r -t -h -F -L. Every file belongs to root; output to a terminal is one name a line too.

import type { Command, CommandContext } from '../command.ts'
import type { FileStatus } from '../file-tree.ts'
import { fileStatus } from '../files/file-status.ts'
import { joinPath, resolvePath } from '../files/path.ts'
import { linkTarget } from '../files/symbolic-links.ts'
import { compareText, usageError } from './input.ts'
import { parseOptions, type ToolOptions } from './options.ts'

interface Listed {
  readonly shown: string
  readonly path: string
  readonly status: FileStatus
  /** Of a symbolic link that is shown as such. */
  readonly target?: string
}

/** What is listed at a path: a link itself with `follow` false. */
function listedAt(context: CommandContext, shown: string, path: string, follow: boolean): Listed | undefined {
  const target = follow ? undefined : linkTarget(context.files, path)
  if (target !== undefined) {
    const modifiedMs = fileStatus(context.files, path)?.modifiedMs ?? 0
    return { shown, path, target, status: { type: 'file', size: Buffer.byteLength(target), modifiedMs, mode: 0o777 } }
  }
  const status = fileStatus(context.files, path)
  return status === undefined ? undefined : { shown, path, status }
}

export const ls: Command = async (context) => {
  const options = parseOptions(context.args, '1lahAdRrtFSsiL', ['color=', 'color'])
  if ('problem' in options) return usageError(context, options.problem, 2)
  if (options.has('i', 's')) return usageError(context, `-${options.has('i') ? 'i' : 's'}: not simulated`, 2)
  const operands = options.operands.length === 0 ? ['.'] : options.operands
  const files: Listed[] = []
  const directories: Listed[] = []
  let status = 0
  for (const shown of operands) {
    const path = resolvePath(context.workingDirectory, shown)
    // A directory behind a link is looked into, unless the link itself was asked for.
    const follow =
      options.has('L') || shown.endsWith('/') || (!options.has('l', 'd', 'F') && isDirectory(context, path))
    const found = listedAt(context, shown, path, follow)
    if (found === undefined) {
      status = 2
      await context.stderr.write(`ls: cannot access '${shown}': No such file or directory\n`)
    } else if (found.status.type === 'directory' && !options.has('d')) directories.push(found)
    else files.push(found)
  }
  await print(context, order(files, options), options, false)
  const headed = operands.length > 1 || options.has('R')
  for (const [index, directory] of directories.entries()) {
    if (headed) await context.stdout.write(`${index > 0 || files.length > 0 ? '\n' : ''}${directory.shown}:\n`)
    await printDirectory(context, directory, options)
  }
  return status
}

function isDirectory(context: CommandContext, path: string): boolean {
  return context.files.list(path) !== undefined
}

async function printDirectory(context: CommandContext, directory: Listed, options: ToolOptions): Promise<void> {
  const names = context.files.list(directory.path) ?? []
  const dots = options.has('a') ? ['.', '..'] : []
  const visible = names.filter((name) => !name.startsWith('.') || options.has('a', 'A'))
  const listed = [...dots, ...visible].flatMap((name) => {
    const path = resolvePath(directory.path, name)
    return listedAt(context, name, path, options.has('L') || name === '.' || name === '..') ?? []
  })
  const ordered = order(listed, options)
  await print(context, ordered, options, true)
  if (!options.has('R')) return
  for (const one of ordered) {
    if (one.status.type !== 'directory' || one.shown === '.' || one.shown === '..') continue
    const shown = joinPath(directory.shown, one.shown)
    await context.stdout.write(`\n${shown}:\n`)
    await printDirectory(context, { ...one, shown }, options)
  }
}

function order(listed: readonly Listed[], options: ToolOptions): Listed[] {
  const sorted = [...listed].sort((a, b) => {
    if (options.has('t') && a.status.modifiedMs !== b.status.modifiedMs)
      return b.status.modifiedMs - a.status.modifiedMs
    if (options.has('S') && a.status.size !== b.status.size) return b.status.size - a.status.size
    return compareText(a.shown, b.shown)
  })
  return options.has('r') ? sorted.reverse() : sorted
}

async function print(
  context: CommandContext,
  listed: readonly Listed[],
  options: ToolOptions,
  total: boolean,
): Promise<void> {
  if (listed.length === 0) {
    if (options.has('l') && total) await context.stdout.write('total 0\n')
    return
  }
  if (!options.has('l')) {
    await context.stdout.write(listed.map((one) => `${name(one, options)}\n`).join(''))
    return
  }
  const blocks = listed.reduce(
    (sum, one) => sum + (one.target === undefined ? Math.ceil(one.status.size / 4096) * 4 : 0),
    0,
  )
  const width = Math.max(...listed.map((one) => size(one, options).length))
  const lines = listed.map((one) => {
    const links = one.status.type === 'directory' ? 2 : 1
    const arrow = one.target === undefined ? '' : ` -> ${one.target}`
    return `${mode(one)} ${links} root root ${size(one, options).padStart(width)} ${date(one.status.modifiedMs)} ${name(one, options)}${arrow}\n`
  })
  await context.stdout.write((total ? `total ${blocks}\n` : '') + lines.join(''))
}

function name(one: Listed, options: ToolOptions): string {
  if (options.has('F') && one.target !== undefined) return options.has('l') ? one.shown : `${one.shown}@`
  return options.has('F') && one.status.type === 'directory' ? `${one.shown}/` : one.shown
}

function size(one: Listed, options: ToolOptions): string {
  const bytes = one.status.size
  if (!options.has('h') || bytes < 1024) return String(bytes)
  const units = ['K', 'M', 'G']
  let value = bytes
  let unit = ''
  for (const next of units) {
    if (value < 1024) break
    value /= 1024
    unit = next
  }
  return (value < 10 ? (Math.ceil(value * 10) / 10).toFixed(1) : String(Math.ceil(value))) + unit
}

function mode({ status, target }: Listed): string {
  const bits = [...'rwxrwxrwx'].map((letter, index) => ((status.mode >> (8 - index)) & 1 ? letter : '-'))
  return (target !== undefined ? 'l' : status.type === 'directory' ? 'd' : '-') + bits.join('')
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

function date(modifiedMs: number): string {
  const moment = new Date(modifiedMs)
  const iso = moment.toISOString()
  return `${MONTHS[moment.getUTCMonth()]} ${String(moment.getUTCDate()).padStart(2)} ${iso.slice(11, 16)}`
}
