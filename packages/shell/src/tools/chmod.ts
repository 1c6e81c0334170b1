// chmod (octal and symbolic modes, -R) and chown. Owners are not simulated: chown of what exists does nothing.

import type { Command, CommandContext } from '../command.ts'
import { joinPath, resolvePath } from '../files/path.ts'
import { linkTarget } from '../files/symbolic-links.ts'
import { usageError } from './input.ts'

interface Targets {
  readonly first: string | undefined
  readonly paths: readonly string[]
  readonly status: number
}

/** The mode or owner, and the paths below the operands that exist. */
async function targetsOf(context: CommandContext): Promise<Targets> {
  const isFlag = (arg: string): boolean => /^-[RvcfhLPH]+$/.test(arg) || arg === '--recursive'
  const recursive = context.args.some((arg) => isFlag(arg) && /R|recursive/.test(arg))
  const [first, ...operands] = context.args.filter((arg) => !isFlag(arg) && arg !== '--')
  let status = 0
  const paths: string[] = []
  for (const operand of operands) {
    const path = resolvePath(context.workingDirectory, operand)
    if (context.files.read(path) === undefined && context.files.list(path) === undefined) {
      status = 1
      await context.stderr.write(`${context.name}: cannot access '${operand}': No such file or directory\n`)
    } else paths.push(...(recursive ? below(context, path) : [path]))
  }
  if (operands.length === 0) status = await usageError(context, 'missing operand')
  return { first, paths, status }
}

function below(context: CommandContext, path: string): string[] {
  const names = context.files.list(path) ?? []
  const entries = names
    .map((name) => joinPath(path, name))
    .filter((one) => linkTarget(context.files, one) === undefined)
  return [path, ...entries.flatMap((one) => below(context, one))]
}

export const chmod: Command = async (context) => {
  const { first = '', paths, status } = await targetsOf(context)
  if (status !== 0 && paths.length === 0) return status
  for (const path of paths) {
    const known = context.files.status?.(path)
    const mode = changedMode(first, known?.mode ?? 0o644, known?.type === 'directory')
    if (mode === undefined) return usageError(context, `invalid mode: '${first}'`)
    context.files.setMode?.(path, mode)
  }
  return status
}

export const chown: Command = async (context) => (await targetsOf(context)).status

/** Undefined when `text` is no mode. */
function changedMode(text: string, before: number, directory: boolean): number | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8)
  let mode = before
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)((?:[-+=][rwxXst]*)+)$/.exec(clause)
    if (match === null) return undefined
    const who = match[1] === '' || match[1]?.includes('a') === true ? 'ugo' : (match[1] ?? '')
    for (const [, operator = '', letters = ''] of (match[2] ?? '').matchAll(/([-+=])([rwxXst]*)/g)) {
      mode = applyClause(mode, who, operator, letters, directory)
    }
  }
  return mode
}

function applyClause(mode: number, who: string, operator: string, letters: string, directory: boolean): number {
  let bits = 0
  if (letters.includes('r')) bits |= 4
  if (letters.includes('w')) bits |= 2
  if (letters.includes('x') || (letters.includes('X') && (directory || (mode & 0o111) !== 0))) bits |= 1
  let result = mode
  for (const [letter, shift] of [
    ['u', 6],
    ['g', 3],
    ['o', 0],
  ] as const) {
    if (!who.includes(letter)) continue
    if (operator === '=') result &= ~(7 << shift)
    result = operator === '-' ? result & ~(bits << shift) : result | (bits << shift)
  }
  return result
}
