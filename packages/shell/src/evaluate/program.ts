// Programs: finding one by name or path, and running it in a process. A program is a tool of ours, a command handed in from
// outside, a shell, or a script file that may be executed. Departure: a file that is no script of a shell we have is refused with
// `Exec format error`.

import type { Command } from '../command.ts'
import type { Dialect } from '../dialect.ts'
import { resolvePath } from '../files/path.ts'
import { ShellFileError } from '../file-tree.ts'
import type { Machine } from '../process/machine.ts'
import type { Process } from '../process/process.ts'
import { writeDescriptor } from '../process/text-io.ts'
import { ProcessContext } from './process-context.ts'
import { runShellProgram } from './shell-program.ts'

export type Program =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'shell'; readonly dialect: Dialect }
  | { readonly kind: 'script'; readonly interpreter: readonly string[]; readonly path: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'denied' }

const PROGRAM_DIRECTORIES: ReadonlySet<string> = new Set([
  '/bin',
  '/usr/bin',
  '/sbin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
])

const SHELLS: ReadonlySet<string> = new Set(['sh', 'ash', 'dash', 'bash'])

export function resolveProgram(
  machine: Machine,
  name: string,
  workingDirectory: string,
  searchPath: string | undefined,
): Program {
  if (!name.includes('/')) return named(machine, name) ?? searched(machine, name, searchPath) ?? { kind: 'missing' }
  const path = resolvePath(workingDirectory, name)
  // An image may have a program anywhere: `/agnhost`.
  const own = machine.programs.get(path)
  if (own !== undefined) return { kind: 'command', command: own }
  const script = scriptFile(machine, path)
  if (script !== undefined) return script
  const slash = path.lastIndexOf('/')
  if (PROGRAM_DIRECTORIES.has(path.slice(0, slash))) {
    return named(machine, path.slice(slash + 1)) ?? { kind: 'missing' }
  }
  return machine.files.list(path) === undefined ? { kind: 'missing' } : { kind: 'denied' }
}

/** Where `which` and `command -v` say a program is. */
export function programPath(machine: Machine, name: string, searchPath: string | undefined): string | undefined {
  const directory = SHELLS.has(name) || CORE.has(name) ? '/bin' : '/usr/bin'
  if (named(machine, name) !== undefined) return `${directory}/${name}`
  const found = searched(machine, name, searchPath)
  return found?.kind === 'script' ? found.path : undefined
}

const CORE: ReadonlySet<string> = new Set(
  'cat ls mkdir rm cp mv touch pwd date hostname sleep echo true false grep sed ps mktemp'.split(' '),
)

function named(machine: Machine, name: string): Program | undefined {
  const command = machine.programs.get(name)
  if (command === undefined) return undefined
  if (!SHELLS.has(name)) return { kind: 'command', command }
  return { kind: 'shell', dialect: name === 'ash' || name === 'dash' || name === 'bash' ? name : machine.sh }
}

function searched(machine: Machine, name: string, searchPath: string | undefined): Program | undefined {
  for (const directory of (searchPath ?? '/usr/local/bin:/usr/bin:/bin').split(':')) {
    const found = directory === '' ? undefined : scriptFile(machine, resolvePath(directory, name))
    if (found?.kind === 'script') return found
  }
  return undefined
}

function scriptFile(machine: Machine, path: string): Program | undefined {
  const content = machine.files.read(path)
  if (content === undefined) return undefined
  const mode = machine.files.status?.(path)?.mode ?? 0o755
  if ((mode & 0o111) === 0) return { kind: 'denied' }
  const firstLine = new TextDecoder().decode(content.subarray(0, 256)).split('\n')[0] ?? ''
  const shebang = /^#!\s*(\S+)\s*(.*)$/.exec(firstLine)
  if (shebang === null) return { kind: 'script', interpreter: ['/bin/sh'], path }
  const argument = (shebang[2] ?? '').trim()
  return { kind: 'script', interpreter: [shebang[1] ?? '', ...(argument === '' ? [] : [argument])], path }
}

/** Runs a program in `process` to its exit status. */
export async function runProgram(
  process: Process,
  program: Program,
  argv: readonly string[],
  environment: ReadonlyMap<string, string>,
): Promise<number> {
  const name = argv[0] ?? ''
  switch (program.kind) {
    case 'shell':
      return runShellProgram(process, program.dialect, argv, environment)
    case 'script': {
      const { interpreter, path } = program
      const found = resolveProgram(process.machine, interpreter[0] ?? '', '/', environment.get('PATH'))
      if (found.kind === 'script' || found.kind === 'missing' || found.kind === 'denied') {
        await writeDescriptor(
          process,
          2,
          `${process.machine.sh === 'bash' ? 'bash' : 'sh'}: ${name}: Exec format error (${interpreter[0]})\n`,
        )
        return 126
      }
      return runProgram(process, found, [...interpreter, path, ...argv.slice(1)], environment)
    }
    case 'command':
      return runCommand(process, program.command, argv, environment)
    case 'missing':
      return 127
    case 'denied':
      return 126
  }
}

async function runCommand(
  process: Process,
  command: Command,
  argv: readonly string[],
  environment: ReadonlyMap<string, string>,
): Promise<number> {
  const turn = process.machine.step(process)
  if (turn !== undefined) await turn
  try {
    return await command(new ProcessContext(process, argv, environment))
  } catch (error) {
    if (!(error instanceof ShellFileError)) throw error
    if (process.descriptors.get(2) !== undefined) {
      await writeDescriptor(process, 2, `${argv[0]}: ${error.path === '' ? '' : `${error.path}: `}${error.message}\n`)
    }
    return 1
  }
}
