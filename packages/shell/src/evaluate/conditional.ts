// bash's `[[ … ]]`: no splitting, patterns on the right of == and !=, regular expressions on the right of =~.

import type { TestExpression } from 'unbash'
import { escapePattern, matchesPattern } from '../expand/pattern.ts'
import { expandArithmeticText, expandPattern, expandText } from '../expand/word.ts'
import { binaryTest, unaryTest } from '../builtins/test-operators.ts'
import type { Shell } from './shell.ts'

export async function runConditional(shell: Shell, node: TestExpression): Promise<number> {
  return (await holds(shell, node)) ? 0 : 1
}

async function holds(shell: Shell, node: TestExpression): Promise<boolean> {
  switch (node.type) {
    case 'TestGroup':
      return holds(shell, node.expression)
    case 'TestNot':
      return (node.negations.length % 2 === 1) !== (await holds(shell, node.operand))
    case 'TestLogical': {
      const stopAt = node.operator === '||'
      for (const operand of node.operands) if ((await holds(shell, operand)) === stopAt) return stopAt
      return !stopAt
    }
    case 'TestUnary': {
      const text = await expandText(shell, node.operand)
      if (node.operator === '-v') return shell.variables.has(text)
      return (
        unaryTest(shell.process, node.operator, text) ?? shell.fail(`[[: ${node.operator}: unary operator expected`)
      )
    }
    case 'TestBinary':
      return binaryHolds(shell, node)
  }
}

async function binaryHolds(
  shell: Shell,
  node: Extract<TestExpression, { readonly type: 'TestBinary' }>,
): Promise<boolean> {
  const left = await expandText(shell, node.left)
  if (node.operator === '==' || node.operator === '=' || node.operator === '!=') {
    return matchesPattern(left, await expandPattern(shell, node.right)) === (node.operator !== '!=')
  }
  if (node.operator === '=~') return matchesRegularExpression(shell, left, node.right)
  const right = await expandText(shell, node.right)
  if (/^-(eq|ne|lt|le|gt|ge)$/.test(node.operator)) {
    const numbers = [await expandArithmeticText(shell, left), await expandArithmeticText(shell, right)]
    return binaryTest(shell.process, node.operator, String(numbers[0]), String(numbers[1])) === true
  }
  const result = binaryTest(shell.process, node.operator, left, right)
  if (typeof result === 'boolean') return result
  return shell.fail(`[[: ${node.operator}: binary operator expected`)
}

async function matchesRegularExpression(
  shell: Shell,
  text: string,
  word: Extract<TestExpression, { readonly type: 'TestBinary' }>['right'],
): Promise<boolean> {
  const source = word.parts === undefined ? word.text : await regularExpression(shell, word)
  let match: RegExpExecArray | null
  try {
    match = new RegExp(source.replaceAll('[:digit:]', '0-9').replaceAll('[:alpha:]', 'a-zA-Z'), 's').exec(text)
  } catch {
    return shell.fail(`[[: ${source}: invalid regular expression`, 2)
  }
  if (match === null) shell.variables.unset('BASH_REMATCH')
  else shell.variables.set('BASH_REMATCH', new Map(match.map((group, index) => [index, group ?? ''])))
  return match !== null
}

/** Quoted parts stand for themselves. */
async function regularExpression(
  shell: Shell,
  word: Extract<TestExpression, { readonly type: 'TestBinary' }>['right'],
): Promise<string> {
  let source = ''
  for (const part of word.parts ?? []) {
    const text = await expandText(shell, {
      type: 'Word',
      text: part.text,
      value: part.text,
      pos: 0,
      end: 0,
      parts: [part],
    })
    const quoted = part.type === 'DoubleQuoted' || part.type === 'SingleQuoted' || part.type === 'AnsiCQuoted'
    source += quoted ? escapePattern(text).replace(/[.^$]/g, '\\$&') : part.type === 'Literal' ? part.text : text
  }
  return source
}
