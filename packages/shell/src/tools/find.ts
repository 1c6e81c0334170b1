// find: -L -name -iname -path -ipath -type -maxdepth -mindepth -size -empty -newer -mmin -mtime -perm, !, -a, -o, ( ), -print -print0
// -delete -prune -quit -exec … {} ; and … {} +. Times are virtual. Other predicates are refused by name.

import type { Command, CommandContext } from '../command.ts'
import type { FileStatus } from '../file-tree.ts'
import { fileStatus } from '../files/file-status.ts'
import { joinPath, lastName, resolvePath } from '../files/path.ts'
import { linkTarget } from '../files/symbolic-links.ts'
import { matchesPattern } from '../expand/pattern.ts'
import { usageError } from './input.ts'

interface Found {
  readonly shown: string
  readonly path: string
  readonly status: FileStatus
  /** Of a symbolic link, which is not followed unless -L says so. */
  readonly target?: string
}

/** One walk: what -quit, -prune and -exec … + leave behind. */
interface Walk {
  readonly context: CommandContext
  readonly follow: boolean
  pruned: boolean
  ended: boolean
  failed: boolean
}

type Test = (found: Found, walk: Walk) => boolean | Promise<boolean>

interface Plan {
  readonly test: Test
  readonly maxDepth: number
  readonly minDepth: number
  readonly depthFirst: boolean
  /** What `-exec … +` collected, run at the end. */
  readonly batches: readonly { readonly argv: readonly string[]; readonly paths: string[] }[]
}

class FindProblem extends Error {}

export const find: Command = async (context) => {
  const follow = context.args[0] === '-L' || context.args[0] === '-follow'
  const words = /^-[LPH]$/.test(context.args[0] ?? '') ? context.args.slice(1) : context.args
  const first = words.findIndex((arg) => /^(-|!$|\($)/.test(arg))
  const starts = first < 0 ? words : words.slice(0, first)
  let plan: Plan
  try {
    plan = new FindParser(context, first < 0 ? [] : words.slice(first)).parse()
  } catch (error) {
    if (!(error instanceof FindProblem)) throw error
    return usageError(context, error.message)
  }
  const walk: Walk = { context, follow, pruned: false, ended: false, failed: false }
  for (const start of starts.length === 0 ? ['.'] : starts) {
    const path = resolvePath(context.workingDirectory, start)
    const found = look(walk, start, path)
    if (found === undefined) {
      await context.stderr.write(`find: ${start}: No such file or directory\n`)
      walk.failed = true
    } else await visit(found, 0, plan, walk)
  }
  for (const { argv, paths } of plan.batches) {
    if (paths.length === 0) continue
    const words = argv.flatMap((word) => (word === '{}' ? paths : [word]))
    if ((await context.block(context.spawn(words).done)) !== 0) walk.failed = true
  }
  return walk.failed ? 1 : 0
}

/** What lies at a path: with `follow` false a link itself, whatever it leads to. */
function look({ context, follow }: Walk, shown: string, path: string): Found | undefined {
  const target = follow ? undefined : linkTarget(context.files, path)
  if (target !== undefined) {
    return { shown, path, target, status: { type: 'file', size: target.length, modifiedMs: 0, mode: 0o777 } }
  }
  const status = fileStatus(context.files, path)
  return status === undefined ? undefined : { shown, path, status }
}

async function visit(found: Found, depth: number, plan: Plan, walk: Walk): Promise<void> {
  const judge = async (): Promise<void> => {
    if (depth >= plan.minDepth && !walk.ended) await plan.test(found, walk)
  }
  walk.pruned = false
  if (!plan.depthFirst) await judge()
  if (found.status.type === 'directory' && found.target === undefined && depth < plan.maxDepth && !walk.pruned) {
    for (const name of walk.context.files.list(found.path) ?? []) {
      if (walk.ended) return
      const path = joinPath(found.path, name)
      const shown = found.shown.endsWith('/') ? found.shown + name : `${found.shown}/${name}`
      const below = look(walk, shown, path)
      if (below !== undefined) await visit(below, depth + 1, plan, walk)
    }
  }
  if (plan.depthFirst) await judge()
}

class FindParser {
  readonly #context: CommandContext
  readonly #words: readonly string[]
  readonly #batches: { argv: readonly string[]; paths: string[] }[] = []
  #at = 0
  #acts = false
  #maxDepth = Infinity
  #minDepth = 0
  #depthFirst = false

  constructor(context: CommandContext, words: readonly string[]) {
    this.#context = context
    this.#words = words
  }

  parse(): Plan {
    const given = this.#words.length === 0 ? (): boolean => true : this.#either()
    const left = this.#words[this.#at]
    if (left !== undefined) throw new FindProblem(`unexpected ${left}`)
    const test: Test = this.#acts
      ? given
      : async (found, walk) => (await given(found, walk)) && print(found, walk, '\n')
    return {
      test,
      maxDepth: this.#maxDepth,
      minDepth: this.#minDepth,
      depthFirst: this.#depthFirst,
      batches: this.#batches,
    }
  }

  #either(): Test {
    let left = this.#both()
    while (this.#take('-o', '-or')) {
      const [before, right] = [left, this.#both()]
      left = async (found, walk) => (await before(found, walk)) || right(found, walk)
    }
    return left
  }

  #both(): Test {
    let left = this.#one()
    for (;;) {
      const explicit = this.#take('-a', '-and')
      const next = this.#words[this.#at]
      if (!explicit && (next === undefined || next === ')' || next === '-o' || next === '-or')) return left
      const [before, right] = [left, this.#one()]
      left = async (found, walk) => (await before(found, walk)) && right(found, walk)
    }
  }

  #one(): Test {
    if (this.#take('!', '-not')) {
      const inner = this.#one()
      return async (found, walk) => !(await inner(found, walk))
    }
    if (this.#take('(')) {
      const inner = this.#either()
      if (!this.#take(')')) throw new FindProblem("missing ')'")
      return inner
    }
    return this.#primary(this.#words[this.#at++] ?? '')
  }

  #take(...words: readonly string[]): boolean {
    const found = words.includes(this.#words[this.#at] ?? '')
    if (found) this.#at++
    return found
  }

  #value(name: string): string {
    const value = this.#words[this.#at++]
    if (value === undefined) throw new FindProblem(`missing argument to \`${name}'`)
    return value
  }

  #primary(name: string): Test {
    switch (name) {
      case '-name':
      case '-iname':
        return matching(this.#value(name), name === '-iname', ({ path, shown }) => lastName(path) || shown)
      case '-path':
      case '-wholename':
      case '-ipath':
        return matching(this.#value(name), name === '-ipath', ({ shown }) => shown)
      case '-type':
        return this.#type(this.#value(name))
      case '-maxdepth':
        this.#maxDepth = Number(this.#value(name))
        return () => true
      case '-mindepth':
        this.#minDepth = Number(this.#value(name))
        return () => true
      case '-depth':
        this.#depthFirst = true
        return () => true
      case '-size':
        return this.#size(this.#value(name))
      case '-perm':
        return permissions(this.#value(name))
      case '-mmin':
      case '-mtime':
        return this.#age(this.#value(name), name === '-mmin' ? 60_000 : 86_400_000)
      case '-newer':
        return this.#newer(this.#value(name))
      case '-empty':
        return ({ path, status }) =>
          status.type === 'file' ? status.size === 0 : this.#context.files.list(path)?.length === 0
      case '-true':
        return () => true
      case '-false':
        return () => false
      case '-xdev':
      case '-mount':
        return () => true
      default:
        return this.#action(name)
    }
  }

  #action(name: string): Test {
    this.#acts = name !== '-prune'
    switch (name) {
      case '-print':
        return (found, walk) => print(found, walk, '\n')
      case '-print0':
        return (found, walk) => print(found, walk, '\0')
      case '-prune':
        this.#acts = this.#words.some((word) => /^-(print0?|exec|delete|quit)$/.test(word))
        return (_found, walk) => (walk.pruned = true)
      case '-quit':
        return (_found, walk) => (walk.ended = true)
      case '-delete':
        this.#depthFirst = true
        return ({ path }) => this.#context.files.remove(path)
      case '-exec':
        return this.#exec()
      default:
        throw new FindProblem(name.startsWith('-') ? `unrecognized: ${name}` : `unexpected ${name}`)
    }
  }

  #exec(): Test {
    const rest = this.#words.slice(this.#at)
    const end = rest.findIndex((word, at) => word === ';' || (word === '+' && rest[at - 1] === '{}'))
    if (end < 1) throw new FindProblem("missing argument to `-exec'")
    const argv = rest.slice(0, end)
    this.#at += end + 1
    if (rest[end] === '+') {
      const batch = { argv, paths: [] as string[] }
      this.#batches.push(batch)
      return ({ shown }) => batch.paths.push(shown) > 0
    }
    return async ({ shown }, { context }) => {
      const words = argv.map((word) => word.replaceAll('{}', shown))
      return (await context.block(context.spawn(words).done)) === 0
    }
  }

  #type(wanted: string): Test {
    if (!/^[fdlbcps]$/.test(wanted)) throw new FindProblem(`unknown argument to -type: ${wanted}`)
    if (wanted === 'l') return ({ target }) => target !== undefined
    const type = wanted === 'f' ? 'file' : wanted === 'd' ? 'directory' : undefined
    return ({ status, target }) => target === undefined && status.type === type
  }

  #size(text: string): Test {
    const match = /^([-+]?)(\d+)([cwbkMG]?)$/.exec(text)
    if (match === null) throw new FindProblem(`invalid size: ${text}`)
    const units: Readonly<Record<string, number>> = { c: 1, w: 2, b: 512, k: 1024, M: 1 << 20, G: 1 << 30 }
    const unit = units[match[3] || 'b'] ?? 512
    return ({ status }) => compared(match[1] ?? '', Math.ceil(status.size / unit), Number(match[2]))
  }

  #age(text: string, unitMs: number): Test {
    const match = /^([-+]?)(\d+)$/.exec(text)
    if (match === null) throw new FindProblem(`invalid number '${text}'`)
    const nowMs = this.#context.engine.clock.wallTimeMs()
    return ({ status }) => compared(match[1] ?? '', Math.floor((nowMs - status.modifiedMs) / unitMs), Number(match[2]))
  }

  #newer(operand: string): Test {
    const reference = fileStatus(this.#context.files, resolvePath(this.#context.workingDirectory, operand))
    if (reference === undefined) throw new FindProblem(`${operand}: No such file or directory`)
    return ({ status }) => status.modifiedMs > reference.modifiedMs
  }
}

async function print({ shown }: Found, { context }: Walk, ending: string): Promise<boolean> {
  await context.stdout.write(shown + ending)
  return true
}

function matching(pattern: string, ignoreCase: boolean, text: (found: Found) => string): Test {
  return (found) =>
    ignoreCase ? matchesPattern(text(found).toLowerCase(), pattern.toLowerCase()) : matchesPattern(text(found), pattern)
}

function compared(sign: string, value: number, wanted: number): boolean {
  return sign === '+' ? value > wanted : sign === '-' ? value < wanted : value === wanted
}

function permissions(text: string): Test {
  const match = /^([-/]?)([0-7]{1,4})$/.exec(text)
  if (match === null) throw new FindProblem(`-perm ${text}: only octal modes are simulated`)
  const wanted = Number.parseInt(match[2] ?? '0', 8)
  return ({ status: { mode } }) => {
    if (match[1] === '-') return (mode & wanted) === wanted
    return match[1] === '/' ? (mode & wanted) !== 0 : mode === wanted
  }
}
