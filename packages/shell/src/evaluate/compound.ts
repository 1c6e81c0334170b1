// if, for, while, until, case, and bash's select, (( )) and for (( )).

import type { ArithmeticCommand, ArithmeticFor, Case, For, If, Select, Statement, While } from 'unbash'
import { read } from '../builtins/read.ts'
import { matchesPattern } from '../expand/pattern.ts'
import { expandArithmetic, expandPattern, expandText, expandWords } from '../expand/word.ts'
import { runList } from './run.ts'
import type { Shell } from './shell.ts'

async function condition(shell: Shell, statements: readonly Statement[]): Promise<number> {
  shell.errexitMuted++
  try {
    return await runList(shell, statements)
  } finally {
    shell.errexitMuted--
  }
}

export async function runIf(shell: Shell, node: If): Promise<number> {
  const branches = [{ clause: node.clause, then: node.then }, ...node.elif]
  for (const branch of branches) {
    const status = await condition(shell, branch.clause.commands)
    if (shell.jump !== undefined) return shell.status
    if (status === 0) return runList(shell, branch.then.commands)
  }
  if (node.else !== undefined) return runList(shell, node.else.commands)
  return 0
}

/** True when the loop goes on. */
function nextRound(shell: Shell): boolean {
  const { jump } = shell
  if (jump === undefined) return true
  if (jump.kind === 'return') return false
  if (jump.levels > 1) {
    jump.levels--
    return false
  }
  shell.jump = undefined
  return jump.kind === 'continue'
}

async function inLoop(shell: Shell, body: () => Promise<number>): Promise<number> {
  shell.loopDepth++
  try {
    return await body()
  } finally {
    shell.loopDepth--
  }
}

export async function runFor(shell: Shell, node: For): Promise<number> {
  const items = node.wordlist === undefined ? shell.positional : await expandWords(shell, node.wordlist)
  return inLoop(shell, async () => {
    let status = 0
    for (const item of items) {
      await step(shell)
      if (!shell.variables.set(node.name.value, item)) await shell.fail(`${node.name.value}: is read only`)
      status = await runList(shell, node.body.commands)
      if (!nextRound(shell)) break
    }
    return status
  })
}

/** A menu on standard error, and a round for each line of standard input. */
export async function runSelect(shell: Shell, node: Select): Promise<number> {
  if (shell.dialect !== 'bash') return shell.fail('select: not found', 127)
  const items = node.wordlist === undefined ? shell.positional : await expandWords(shell, node.wordlist)
  const menu = items
    .map((item, index) => `${String(index + 1).padStart(String(items.length).length)}) ${item}\n`)
    .join('')
  return inLoop(shell, async () => {
    let status = 0
    let shown = false
    while (items.length > 0) {
      await step(shell)
      await shell.write(2, `${shown ? '' : menu}${shell.variables.text('PS3') ?? '#? '}`)
      shown = true
      if ((await read(shell, ['REPLY'])) !== 0) {
        await shell.write(1, '\n')
        return 1
      }
      const reply = shell.variables.text('REPLY') ?? ''
      if (reply.trim() === '') {
        shown = false
        continue
      }
      const chosen = /^\s*\d+\s*$/.test(reply) ? items[Number(reply) - 1] : undefined
      shell.variables.set(node.name.value, chosen ?? '')
      status = await runList(shell, node.body.commands)
      if (!nextRound(shell)) break
    }
    return status
  })
}

export async function runWhile(shell: Shell, node: While): Promise<number> {
  return inLoop(shell, async () => {
    let status = 0
    for (;;) {
      await step(shell)
      const test = await condition(shell, node.clause.commands)
      if (shell.jump !== undefined) {
        if (nextRound(shell)) continue
        break
      }
      if ((test === 0) !== (node.kind === 'while')) break
      status = await runList(shell, node.body.commands)
      if (!nextRound(shell)) break
    }
    return status
  })
}

async function step(shell: Shell): Promise<void> {
  const turn = shell.machine.step(shell.process)
  if (turn !== undefined) await turn
}

export async function runCase(shell: Shell, node: Case): Promise<number> {
  const text = await expandText(shell, node.word)
  let status = 0
  let fallThrough = false
  for (const item of node.items) {
    if (!fallThrough && !(await matchesAny(shell, text, item.pattern))) continue
    shell.status = 0
    status = await runList(shell, item.body.commands)
    if (shell.jump !== undefined || item.terminator === ';;' || item.terminator === undefined) return status
    fallThrough = item.terminator === ';&'
  }
  return status
}

async function matchesAny(shell: Shell, text: string, patterns: Case['items'][number]['pattern']): Promise<boolean> {
  for (const pattern of patterns) {
    if (matchesPattern(text, await expandPattern(shell, pattern))) return true
  }
  return false
}

export async function runArithmeticCommand(shell: Shell, node: ArithmeticCommand): Promise<number> {
  return (await expandArithmetic(shell, node.expression, node.body)) === 0n ? 1 : 0
}

export async function runArithmeticFor(shell: Shell, node: ArithmeticFor): Promise<number> {
  const evaluate = (part: ArithmeticFor['test']): Promise<bigint> => expandArithmetic(shell, part, '')
  return inLoop(shell, async () => {
    let status = 0
    await evaluate(node.initialize)
    while (node.test === undefined || (await evaluate(node.test)) !== 0n) {
      await step(shell)
      status = await runList(shell, node.body.commands)
      if (!nextRound(shell)) break
      await evaluate(node.update)
    }
    return status
  })
}
