// hostname, id, whoami, uname, ps, which, tty, stty size, nproc, clear. Containers run as root on one Linux x86-64.
// Refused by name: hostname -i/-I (a network tool outside knows addresses), setting the host name.

import type { Command } from '../command.ts'
import { ProcessContext } from '../evaluate/process-context.ts'
import { programPath } from '../evaluate/program.ts'
import { TerminalFile } from '../terminal/terminal.ts'
import { usageError } from './input.ts'
import { parseOptions } from './options.ts'

export const hostname: Command = async (context) => {
  const [flag] = context.args
  if (flag === undefined || flag === '-f' || flag === '--fqdn') await context.stdout.write(`${context.hostname}\n`)
  else if (flag === '-s') await context.stdout.write(`${context.hostname.split('.')[0]}\n`)
  else if (flag === '-d') await context.stdout.write(`${context.hostname.split('.').slice(1).join('.')}\n`)
  else return usageError(context, `${flag}: not simulated`)
  return 0
}

export const id: Command = async (context) => {
  const options = parseOptions(context.args, 'ugnrG')
  if ('problem' in options) return usageError(context, options.problem)
  const one = options.has('u', 'g', 'G')
  await context.stdout.write(one ? (options.has('n') ? 'root\n' : '0\n') : 'uid=0(root) gid=0(root) groups=0(root)\n')
  return 0
}

export const whoami: Command = async (context) => {
  await context.stdout.write('root\n')
  return 0
}

export const uname: Command = async (context) => {
  const options = parseOptions(context.args, 'asnrvmopi')
  if ('problem' in options) return usageError(context, options.problem)
  const fields: readonly (readonly [string, string])[] = [
    ['s', 'Linux'],
    ['n', context.hostname],
    ['r', '6.1.0-podwire'],
    ['v', '#1 SMP PREEMPT_DYNAMIC'],
    ['m', 'x86_64'],
    ['o', 'GNU/Linux'],
  ]
  const all = options.has('a')
  const chosen = fields.filter(([flag]) => all || options.has(flag) || (flag === 'm' && options.has('p', 'i')))
  const shown = chosen.length === 0 ? ['Linux'] : chosen.map(([, value]) => value)
  await context.stdout.write(`${shown.join(' ')}\n`)
  return 0
}

/** busybox's columns; `ps aux` and `ps -ef` get those of procps. */
export const ps: Command = async (context) => {
  const wide = context.args.some((arg) => /^-?(ef|aux|axu|e|A)$/.test(arg))
  const rows = context.processes.list()
  const now = context.engine.clock.now()
  const clock = context.engine.clock.wallTimeMs()
  const lines = rows.map((row) => {
    const command = row.commandLine.join(' ')
    if (!wide) return `${String(row.pid).padStart(5)} root      0:00 ${command}`
    const started = new Date(clock - Math.floor((now - row.startedUs) / 1000)).toISOString().slice(11, 16)
    return `root     ${String(row.pid).padStart(7)} ${String(row.parentPid).padStart(7)}  0 ${started} ?        00:00:00 ${command}`
  })
  const heading = wide ? 'UID          PID    PPID  C STIME TTY          TIME CMD' : 'PID   USER     TIME  COMMAND'
  await context.stdout.write(`${heading}\n${lines.map((line) => `${line}\n`).join('')}`)
  return 0
}

export const which: Command = async (context) => {
  if (!(context instanceof ProcessContext)) return 1
  let status = 0
  for (const name of context.args.filter((arg) => !arg.startsWith('-'))) {
    const path = programPath(context.process.machine, name, context.environment.get('PATH'))
    if (path === undefined) status = 1
    else await context.stdout.write(`${path}\n`)
  }
  return status
}

function terminalOf(context: Parameters<Command>[0]): TerminalFile | undefined {
  const file = context instanceof ProcessContext ? context.process.descriptors.get(0) : undefined
  return file instanceof TerminalFile ? file : undefined
}

export const tty: Command = async (context) => {
  const found = terminalOf(context) !== undefined
  await context.stdout.write(found ? '/dev/pts/0\n' : 'not a tty\n')
  return found ? 0 : 1
}

export const stty: Command = async (context) => {
  const terminal = terminalOf(context)
  if (terminal === undefined) return usageError(context, "'standard input': Inappropriate ioctl for device")
  if (context.args[0] !== 'size') return usageError(context, `${context.args.join(' ') || 'settings'}: not simulated`)
  const { rows, columns } = terminal.device.size
  await context.stdout.write(`${rows} ${columns}\n`)
  return 0
}

export const nproc: Command = async (context) => {
  await context.stdout.write('2\n')
  return 0
}

export const clear: Command = async (context) => {
  await context.stdout.write('\x1b[H\x1b[J')
  return 0
}
