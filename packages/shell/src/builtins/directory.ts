// cd, pwd, and bash's pushd, popd and dirs.

import type { Dialect } from '../dialect.ts'
import { resolvePath } from '../files/path.ts'
import type { Shell } from '../evaluate/shell.ts'

export async function changeDirectory(shell: Shell, args: readonly string[]): Promise<number> {
  const operands = args.filter((arg) => arg !== '-L' && arg !== '-P' && arg !== '--')
  const back = operands[0] === '-'
  const target = back ? shell.variables.text('OLDPWD') : (operands[0] ?? shell.variables.text('HOME') ?? '/root')
  if (target === undefined) {
    await shell.complain(shell.dialect === 'bash' ? 'cd: OLDPWD not set' : "cd: can't cd to -")
    return 1
  }
  const { process, machine } = shell
  const path = resolvePath(process.workingDirectory, target)
  if (machine.files.list(path) === undefined) {
    const reason = machine.files.read(path) === undefined ? 'No such file or directory' : 'Not a directory'
    await shell.complain(`cd: ${failureText(shell.dialect, target, reason)}`)
    return shell.dialect === 'bash' ? 1 : 2
  }
  shell.variables.set('OLDPWD', process.workingDirectory, true)
  process.workingDirectory = path
  shell.variables.set('PWD', path, true)
  if (back) await shell.write(1, `${path}\n`)
  return 0
}

function failureText(dialect: Dialect, target: string, reason: string): string {
  if (dialect === 'bash') return `${target}: ${reason}`
  return dialect === 'dash' ? `can't cd to ${target}` : `can't cd to ${target}: ${reason}`
}

export async function printDirectory(shell: Shell): Promise<number> {
  await shell.write(1, `${shell.process.workingDirectory}\n`)
  return 0
}

/** `pushd DIR`, `popd`, `dirs`: the present directory is the top of the stack. */
export async function directoryStack(shell: Shell, args: readonly string[], name: string): Promise<number> {
  if (shell.dialect !== 'bash') {
    await shell.complain(`${name}: not found`)
    return 127
  }
  const before = shell.process.workingDirectory
  if (name === 'pushd') {
    const target = args[0] ?? shell.directories.at(-1)
    if (target === undefined) {
      await shell.complain('pushd: no other directory')
      return 1
    }
    if ((await changeDirectory(shell, [target])) !== 0) return 1
    shell.directories = [...(args[0] === undefined ? shell.directories.slice(0, -1) : shell.directories), before]
  } else if (name === 'popd') {
    const target = shell.directories.at(-1)
    if (target === undefined) {
      await shell.complain('popd: directory stack empty')
      return 1
    }
    if ((await changeDirectory(shell, [target])) !== 0) return 1
    shell.directories = shell.directories.slice(0, -1)
  }
  const home = shell.variables.text('HOME') ?? '/root'
  const shown = [shell.process.workingDirectory, ...[...shell.directories].reverse()]
  const short = (path: string): string =>
    path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
  await shell.write(1, `${shown.map(short).join(' ')}\n`)
  return 0
}
