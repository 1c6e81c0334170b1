// wait, jobs, kill. Stopping and continuing jobs is not simulated: `kill -STOP` is refused by name.

import type { Dialect } from '../dialect.ts'
import type { Shell } from '../evaluate/shell.ts'
import { Interrupted, type Process } from '../process/process.ts'
import { runTraps } from '../evaluate/traps.ts'
import { signalName, signalNames, signalNumber, stopsProcess } from '../process/signals.ts'

function findJob(shell: Shell, text: string): Process | undefined {
  if (!text.startsWith('%')) return shell.jobs.find((job) => String(job.pid) === text)
  const name = text.slice(1)
  if (name === '' || name === '+' || name === '%') return shell.jobs.at(-1)
  if (name === '-') return shell.jobs.at(-2)
  if (/^\d+$/.test(name)) return shell.jobs[Number(name) - 1]
  return shell.jobs.findLast((job) => job.commandLine.join(' ').startsWith(name))
}

/** Waits so that a signal with a handler ends it: 128 + n, after the handler. */
async function waitOrSignal<T>(shell: Shell, promise: Promise<T>): Promise<T | { readonly interrupted: number }> {
  try {
    return await shell.process.block(promise, undefined, true)
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    await runTraps(shell)
    return { interrupted: 128 + error.signal }
  }
}

export async function wait(shell: Shell, args: readonly string[]): Promise<number> {
  if (args[0] === '-n') {
    const running = shell.jobs.filter((job) => job.alive)
    if (running.length === 0) return 127
    const done = await waitOrSignal(shell, Promise.race(running.map((job) => job.exited())))
    return typeof done === 'number' ? done : done.interrupted
  }
  if (args.length === 0) {
    const done = await waitOrSignal(shell, Promise.all(shell.jobs.map((job) => job.exited())))
    if ('interrupted' in done) return done.interrupted
    shell.jobs = []
    return 0
  }
  let status = 0
  for (const text of args) {
    const job = findJob(shell, text)
    if (job === undefined) {
      if (shell.dialect === 'bash') await shell.complain(`wait: pid ${text} is not a child of this shell`)
      status = 127
      continue
    }
    const done = await waitOrSignal(shell, job.exited())
    if (typeof done !== 'number') return done.interrupted
    shell.waitedFor.add(job.pid)
    status = done
  }
  return status
}

export async function jobs(shell: Shell, args: readonly string[]): Promise<number> {
  for (const [index, job] of shell.jobs.entries()) {
    if (shell.waitedFor.has(job.pid)) continue
    if (args.includes('-p')) await shell.write(1, `${job.pid}\n`)
    else {
      const state = job.alive ? 'Running' : job.status === 0 ? 'Done' : `Exit ${job.status}`
      const current = index === shell.jobs.length - 1 ? '+' : index === shell.jobs.length - 2 ? '-' : ' '
      await shell.write(
        1,
        `[${index + 1}]${current}  ${state.padEnd(24)}${job.commandLine.join(' ')}${job.alive && shell.dialect === 'bash' ? ' &' : ''}\n`,
      )
    }
  }
  shell.jobs = shell.jobs.filter((job) => job.alive)
  return 0
}

export async function kill(shell: Shell, args: readonly string[]): Promise<number> {
  let rest = args
  let signal = 15
  const [first = '', second] = args
  if (first === '-l' || first === '-L') return listSignals(shell, second)
  if (first === '-s' || first === '-n') {
    signal = signalNumber(second ?? '') ?? -1
    rest = args.slice(2)
  } else if (/^-./.test(first) && first !== '--') {
    signal = signalNumber(first.slice(1)) ?? -1
    rest = args.slice(1)
  }
  if (rest[0] === '--') rest = rest.slice(1)
  if (signal < 0) {
    const name = first === '-s' || first === '-n' ? second : first.slice(1)
    await shell.complain(
      shell.dialect === 'bash' ? `kill: ${name}: invalid signal specification` : `kill: bad signal name '${name}'`,
    )
    return 1
  }
  if (stopsProcess(signal)) {
    await shell.complain(`kill: stopping processes (${signalName(signal)}) is not simulated`)
    return 1
  }
  if (rest.length === 0) {
    await shell.complain('kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]')
    return 2
  }
  let status = 0
  for (const text of rest) if (!(await killOne(shell, text, signal))) status = 1
  return status
}

const NO_SUCH_PROCESS: Readonly<Record<Dialect, (pid: number) => string>> = {
  ash: (pid) => `can't kill pid ${pid}: No such process`,
  // With a line's end of its own.
  dash: () => 'No such process\n',
  bash: (pid) => `(${pid}) - No such process`,
}

async function killOne(shell: Shell, text: string, signal: number): Promise<boolean> {
  const { table } = shell.machine
  const bash = shell.dialect === 'bash'
  if (text.startsWith('%')) {
    const job = findJob(shell, text)
    if (job === undefined) await shell.complain(`kill: ${text}: no such job`)
    else job.signal(signal)
    return job !== undefined
  }
  if (!/^-?\d+$/.test(text)) {
    await shell.complain(
      bash ? `kill: ${text}: arguments must be process or job IDs` : `kill: invalid number '${text}'`,
    )
    return false
  }
  const pid = Number(text)
  if (pid === -1) {
    for (const entry of table.list())
      if (entry.pid !== 1 && entry.pid !== shell.process.pid) entry.signal(signal, false)
    return true
  }
  if (pid <= 0) {
    table.signalGroup(pid === 0 ? shell.process.group : -pid, signal)
    return true
  }
  const entry = table.get(pid)
  if (entry !== undefined) {
    entry.signal(signal, false)
    return true
  }
  // A child that ended and was not waited for is a zombie: signalling it succeeds.
  if (shell.jobs.some((job) => job.pid === pid && !shell.waitedFor.has(pid))) return true
  await shell.complain(`kill: ${NO_SUCH_PROCESS[shell.dialect](pid)}`)
  return false
}

async function listSignals(shell: Shell, which: string | undefined): Promise<number> {
  if (which === undefined) {
    const lines = signalNames().map((name, index) => `${String(index + 1).padStart(2)}) SIG${name}`)
    await shell.write(1, `${lines.join('\n')}\n`)
    return 0
  }
  const status = /^\d+$/.test(which) ? Number(which) : 0
  const number = signalNumber(status > 128 ? String(status - 128) : which)
  const shown = number === undefined ? '' : status > 0 ? signalName(number) : String(number)
  await shell.write(1, `${shown}\n`)
  return shown === '' ? 1 : 0
}
