// Text tools that just-bash brings: awk, diff, jq and the like, and what our own sed, sort and uniq leave out. One call is one
// command on whole input: it ends before anything else of its moment goes on, and reads its input to the end first, so
// `tail -f x | awk …` shows nothing. The library is loaded at the first use.
// Refused by name, as they would follow the host: awk's rand, srand, systime and strftime. awk runs no other programs.

import type { Bash as Library, BashOptions } from 'just-bash/browser'
import type { Command, CommandContext } from '../../command.ts'
import { resolvePath } from '../../files/path.ts'
import { readAll } from '../../process/text-io.ts'
import { usageError } from '../input.ts'
import { LibraryFiles } from './library-files.ts'

/** Tools we have no version of. */
export const LIBRARY_TOOLS = [
  'awk',
  'column',
  'comm',
  'diff',
  'du',
  'expand',
  'fold',
  'join',
  'jq',
  'nl',
  'od',
  'paste',
  'split',
  'stat',
  'strings',
  'tac',
  'tree',
  'unexpand',
] as const

type ToolName = NonNullable<BashOptions['commands']>[number]

/** Never read standard input. */
const WITHOUT_INPUT: ReadonlySet<string> = new Set(['diff', 'du', 'stat', 'tree'])

let constructor: Promise<typeof Library> | undefined

function loadLibrary(): Promise<typeof Library> {
  constructor ??= import('just-bash/browser').then(({ Bash }) => Bash)
  return constructor
}

/** Runs `name` of the library with the command's own arguments. */
export async function runLibraryTool(context: CommandContext, name: ToolName): Promise<number> {
  const { args } = context
  if (name === 'awk') {
    const refused = /\b(rand|srand|systime|strftime)\s*\(/.exec(args.join('\n'))?.[1]
    if (refused !== undefined) return usageError(context, `${refused}(): not simulated`, 2)
  }
  const opened = new Map<string, Uint8Array>()
  for (const path of args.filter((arg) => /^\/dev\/(fd\/\d+|stdin)$/.test(arg))) {
    opened.set(path, await readAll(context.open(path)))
  }
  const stdin = opened.size === 0 && readsInput(context, name) ? await readAll(context.stdin) : new Uint8Array(0)
  const release = context.engine.hold()
  try {
    const Bash = await loadLibrary()
    const library = new Bash({
      fs: new LibraryFiles(context.files, opened, name),
      commands: [name],
      defenseInDepth: false,
      executionLimits: { maxExecutionTimeMs: Infinity, maxOutputSize: 8 << 20 },
      processInfo: { pid: 1, ppid: 0, uid: 0, gid: 0 },
    })
    const { stdout, stderr, exitCode } = await library.exec(name, {
      args: [...args],
      stdin: Buffer.from(stdin).toString('latin1'),
      stdinKind: 'bytes',
      // Our own search has found the tool already; the library's looks where the stub is.
      env: { ...Object.fromEntries(context.environment), PATH: '/usr/bin' },
      replaceEnv: true,
      cwd: context.workingDirectory,
    })
    release()
    await context.stdout.write(name === 'diff' ? plainDiff(stdout) : stdout)
    await context.stderr.write(stderr)
    return exitCode
  } finally {
    release()
  }
}

/** busybox's diff is a unified one too, without the library's rule above and the tabs for times. */
function plainDiff(text: string): string {
  return text.replace(/^=+\n/gm, '').replace(/^((?:---|\+\+\+) .*)\t$/gm, '$1')
}

/** A tool with files to read leaves its standard input alone, so that it does not wait for a terminal. */
function readsInput({ args, files, workingDirectory }: CommandContext, name: string): boolean {
  if (WITHOUT_INPUT.has(name)) return false
  if (args.includes('-')) return true
  if (name === 'awk' && args.length === 1 && /^\s*BEGIN\s*\{[^}]*\}\s*$/.test(args[0] ?? '')) return false
  return !args.some((arg) => files.read(resolvePath(workingDirectory, arg)) !== undefined)
}

export function libraryTool(name: ToolName): Command {
  return (context) => runLibraryTool(context, name)
}
