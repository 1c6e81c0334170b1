// cd and pwd.

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
    await shell.complain(shell.dialect === 'bash' ? `cd: ${target}: ${reason}` : `cd: can't cd to ${target}: ${reason}`)
    return shell.dialect === 'bash' ? 1 : 2
  }
  shell.variables.set('OLDPWD', process.workingDirectory, true)
  process.workingDirectory = path
  shell.variables.set('PWD', path, true)
  if (back) await shell.write(1, `${path}\n`)
  return 0
}

export async function printDirectory(shell: Shell): Promise<number> {
  await shell.write(1, `${shell.process.workingDirectory}\n`)
  return 0
}
