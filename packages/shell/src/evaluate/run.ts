// The evaluator: walks lists, `&&`/`||`, pipelines and background jobs, and hands each command to its kind. Jumps (`break`,
// `return`) are state of the shell that each loop looks at; `exit` and signals unwind as ProcessExit.

import type { AndOr, CommandNode, Pipeline, PipelineNode, Statement } from 'unbash'
import { assertNever } from '@podwire/engine'
import { createPipe } from '../process/pipe.ts'
import { NullDevice } from '../process/plain-files.ts'
import type { Process } from '../process/process.ts'
import { SIGINT, SIGQUIT } from '../process/signals.ts'
import { runArithmeticCommand, runArithmeticFor, runCase, runFor, runIf, runSelect, runWhile } from './compound.ts'
import { runConditional } from './conditional.ts'
import { closeSubstitutionEnds } from './process-substitution.ts'
import { withRedirects } from './redirect.ts'
import type { Shell } from './shell.ts'
import { runToEnd } from './shell-end.ts'
import { runSimple } from './simple-command.ts'
import { ERR_TRAP, runErrTrap, runTraps } from './traps.ts'
import { waitFor, waitForAll } from './wait.ts'

export async function runList(shell: Shell, statements: readonly Statement[]): Promise<number> {
  for (const statement of statements) {
    if (statement.background === true) shell.status = startBackground(shell, statement)
    else if (statement.command.type === 'AndOr') await runAndOr(shell, statement.command)
    else await runPipelineNode(shell, statement.command)
    if (shell.process.pending.length > 0) await runTraps(shell)
    if (shell.jump !== undefined) break
  }
  return shell.status
}

async function runAndOr(shell: Shell, node: AndOr): Promise<number> {
  for (const [place, command] of node.commands.entries()) {
    const operator = node.operators[place - 1]
    if (operator === '&&' && shell.status !== 0) continue
    if (operator === '||' && shell.status === 0) continue
    const last = place === node.commands.length - 1
    if (!last) shell.errexitMuted++
    try {
      await runPipelineNode(shell, command)
    } finally {
      if (!last) shell.errexitMuted--
    }
    if (shell.jump !== undefined) break
  }
  return shell.status
}

async function runPipelineNode(shell: Shell, node: PipelineNode): Promise<number> {
  if (node.type === 'Pipeline') return runPipeline(shell, node)
  await runCommandNode(shell, node, false)
  shell.pipeStatus = [shell.status]
  return shell.status
}

async function runPipeline(shell: Shell, node: Pipeline): Promise<number> {
  const negated = node.prefixes.filter((prefix) => prefix.type === 'Negation').length % 2 === 1
  const timed = node.prefixes.find((prefix) => prefix.type === 'Time')
  if (timed !== undefined && shell.dialect === 'dash') return (shell.status = await notFound(shell, 'time'))
  const startedUs = shell.machine.engine.clock.now()
  if (negated) shell.errexitMuted++
  try {
    const only = node.commands.length === 1 ? node.commands[0] : undefined
    if (only !== undefined) {
      await runCommandNode(shell, only, false)
      shell.pipeStatus = [shell.status]
    } else if (node.commands.length > 1) await runStages(shell, node)
    else shell.status = 0
  } finally {
    if (negated) shell.errexitMuted--
  }
  if (timed !== undefined) await reportTime(shell, startedUs, timed.posix !== undefined || shell.dialect !== 'bash')
  if (negated && shell.jump === undefined) shell.status = shell.status === 0 ? 1 : 0
  return shell.status
}

async function reportTime(shell: Shell, startedUs: number, posix: boolean): Promise<void> {
  const seconds = (shell.machine.engine.clock.now() - startedUs) / 1_000_000
  if (posix) return shell.write(2, `real ${seconds.toFixed(2)}\nuser 0.00\nsys 0.00\n`)
  const minutes = Math.floor(seconds / 60)
  await shell.write(2, `\nreal\t${minutes}m${(seconds - minutes * 60).toFixed(3)}s\nuser\t0m0.000s\nsys\t0m0.000s\n`)
}

/** Several commands at once, each in a process of its own, joined by pipes. */
async function runStages(shell: Shell, node: Pipeline): Promise<void> {
  const children: Process[] = []
  let group: number | undefined
  let input = undefined
  for (const [place, command] of node.commands.entries()) {
    const child = shell.process.fork()
    if (shell.interactive) child.group = group ??= child.pid
    const pipe = place < node.commands.length - 1 ? createPipe(shell.machine.engine) : undefined
    if (input !== undefined) child.descriptors.set(0, input)
    if (pipe !== undefined) {
      child.descriptors.set(1, pipe.writer)
      if (node.operators[place] === '|&') child.descriptors.set(2, pipe.writer.retain())
    }
    input = pipe?.reader
    const stage = shell.fork(child)
    children.push(child)
    child.start(() => runToEnd(stage, () => runCommandNode(stage, command, true)))
  }
  const statuses = await inForeground(shell, group, () => waitForAll(shell, children))
  shell.pipeStatus = statuses
  const failed = shell.options.pipefail ? statuses.findLast((status) => status !== 0) : undefined
  shell.status = failed ?? statuses.at(-1) ?? 0
  await checkFailure(shell)
}

/** Ctrl-C goes to `group` while `work` runs. */
export async function inForeground<T>(shell: Shell, group: number | undefined, work: () => Promise<T>): Promise<T> {
  const { terminal } = shell
  if (terminal === undefined || group === undefined) return work()
  terminal.foregroundGroup = group
  try {
    return await work()
  } finally {
    terminal.foregroundGroup = shell.process.group
  }
}

function startBackground(shell: Shell, statement: Statement): number {
  const child = shell.process.fork()
  const copy = shell.fork(child)
  if (shell.interactive) child.group = child.pid
  else {
    child.setDisposition(SIGINT, 'ignore')
    child.setDisposition(SIGQUIT, 'ignore')
    child.descriptors.set(0, new NullDevice())
  }
  const { command } = statement
  child.start(() =>
    runToEnd(copy, () => {
      if (command.type === 'AndOr') return runAndOr(copy, command)
      return command.type === 'Pipeline' ? runPipeline(copy, command) : runCommandNode(copy, command, true)
    }),
  )
  shell.lastBackground = child.pid
  shell.jobs.push(child)
  return 0
}

/** @param last the process has nothing more to do afterwards: a program may take its place */
export async function runCommandNode(shell: Shell, node: CommandNode, last: boolean): Promise<number> {
  const turn = shell.machine.step(shell.process)
  if (turn !== undefined) await turn
  if (shell.options.noexec) return 0
  shell.position = node.pos
  const ends = shell.substitutionEnds.length
  shell.status = await dispatch(shell, node, last)
  if (shell.substitutionEnds.length > ends) closeSubstitutionEnds(shell, ends)
  if (shell.status !== 0 && shell.jump === undefined && checksErrexit(node)) await checkFailure(shell)
  return shell.status
}

function checksErrexit(node: CommandNode): boolean {
  if (node.type === 'Redirected') return checksErrexit(node.command)
  return (
    node.type === 'Command' ||
    node.type === 'Subshell' ||
    node.type === 'TestCommand' ||
    node.type === 'ArithmeticCommand'
  )
}

/** A command failed where nobody asks for its status: the ERR trap, then `set -e`. */
async function checkFailure(shell: Shell): Promise<void> {
  if (shell.status === 0 || shell.errexitMuted > 0) return
  const handler = shell.callDepth === 0 ? shell.traps.get(ERR_TRAP) : undefined
  if (handler !== undefined && handler !== '') await runErrTrap(shell, handler)
  if (shell.options.errexit) shell.exit(shell.status)
}

async function dispatch(shell: Shell, node: CommandNode, last: boolean): Promise<number> {
  switch (node.type) {
    case 'Command':
      return runSimple(shell, node, last)
    case 'Redirected':
      return withRedirects(shell, node.redirects, () => runCommandNode(shell, node.command, false))
    case 'Subshell':
      return runSubshell(shell, node.body.commands)
    case 'BraceGroup':
      return runList(shell, node.body.commands)
    case 'If':
      return runIf(shell, node)
    case 'For':
      return runFor(shell, node)
    case 'While':
      return runWhile(shell, node)
    case 'Case':
      return runCase(shell, node)
    case 'ArithmeticFor':
      return runArithmeticFor(shell, node)
    case 'ArithmeticCommand':
      if (shell.dialect === 'dash') return notFound(shell, node.body.trim())
      return runArithmeticCommand(shell, node)
    case 'TestCommand':
      if (shell.dialect === 'dash') return notFound(shell, '[[')
      return runConditional(shell, node.expression)
    case 'Function':
      shell.functions = new Map(shell.functions).set(node.name.value, { node, place: shell.place })
      return 0
    case 'Select':
      return runSelect(shell, node)
    case 'Coproc':
      return shell.fail('coproc: not simulated')
    default:
      return assertNever(node, 'command')
  }
}

/** dash reads bash's constructs as the names of programs. */
async function notFound(shell: Shell, name: string): Promise<number> {
  await shell.complain(`${name}: not found`)
  return 127
}

async function runSubshell(shell: Shell, statements: readonly Statement[]): Promise<number> {
  const child = shell.process.fork()
  const group = shell.interactive ? (child.group = child.pid) : undefined
  const copy = shell.fork(child)
  child.start(() => runToEnd(copy, () => runList(copy, statements)))
  return inForeground(shell, group, () => waitFor(shell, child))
}
