// Variable assignments: `name=value`, `name+=value`, `name[i]=value`, `name=(…)`.

import type { Assignment, Word } from 'unbash'
import { expandArithmeticText, expandText, expandWords } from '../expand/word.ts'
import { parseScript } from '../parse/parse.ts'
import { AssociativeArray } from './associative-array.ts'
import { LineError, type Shell } from './shell.ts'
import type { Value } from './variables.ts'

/** Carries out one assignment and returns the text it assigned. A readonly variable ends the script. */
export async function assign(shell: Shell, node: Assignment): Promise<string> {
  const { variables } = shell
  const { name, value, append } = node
  if (value.type === 'ArrayValue') return assignArray(shell, name, value.elements, append === true)
  const added = await expandText(shell, value, true)
  if (node.index !== undefined) {
    const before = variables.value(name)
    const index = await elementIndex(shell, before, await expandText(shell, node.index))
    const element = append === true ? elementOf(before, index) : ''
    if (!variables.setElement(name, index, element + added)) await readonlyFailure(shell, name)
    return added
  }
  const text = append === true ? (variables.text(name) ?? '') + added : added
  const present = variables.value(name)
  const done =
    present !== undefined && typeof present !== 'string'
      ? variables.setElement(name, 0, text)
      : variables.set(name, text, shell.options.allexport ? true : undefined)
  if (!done) await readonlyFailure(shell, name)
  return text
}

/** `(…)`: words in turn, and `[index]=value`. */
async function assignArray(shell: Shell, name: string, words: readonly Word[], append: boolean): Promise<string> {
  const { variables } = shell
  if (shell.dialect === 'dash') await shell.fail('Syntax error: "(" unexpected')
  const before = variables.value(name)
  const items: string[] = []
  if (before instanceof AssociativeArray) {
    let array = append ? before : new AssociativeArray()
    let key: string | undefined
    for (const word of words) {
      const element = indexedElement(word)
      if (element !== undefined) {
        const value = await expandText(shell, element.value, true)
        array = array.with(await expandText(shell, element.index), value)
        items.push(value)
        continue
      }
      // bash 5.1 and later: keys and values in turn.
      for (const item of await expandWords(shell, [word])) {
        items.push(item)
        if (key === undefined) key = item
        else {
          array = array.with(key, item)
          key = undefined
        }
      }
    }
    if (key !== undefined) array = array.with(key, '')
    if (!variables.set(name, array)) await readonlyFailure(shell, name)
    return items.join(' ')
  }
  const kept = append ? before : undefined
  const elements = new Map<number, string>(typeof kept === 'string' ? [[0, kept]] : kept)
  let next = elements.size === 0 ? 0 : Math.max(...elements.keys()) + 1
  for (const word of words) {
    const element = indexedElement(word)
    if (element !== undefined) next = Number(await expandArithmeticText(shell, await expandText(shell, element.index)))
    const found =
      element === undefined ? await expandWords(shell, [word]) : [await expandText(shell, element.value, true)]
    for (const item of found) elements.set(next++, item)
    items.push(...found)
  }
  const inOrder = new Map([...elements].sort((a, b) => a[0] - b[0]))
  if (!variables.set(name, inOrder)) await readonlyFailure(shell, name)
  return items.join(' ')
}

/** `[2]=x`, `[a b]="c d"` inside parentheses: read as the assignment to an element that it stands for. */
function indexedElement(word: Word): { readonly index: Word; readonly value: Word } | undefined {
  if (!/^\[.+\]=/s.test(word.text)) return undefined
  const command = parseScript(`_${word.text}`).commands[0]?.command
  const assignment = command?.type === 'Command' ? command.prefix[0] : undefined
  if (assignment?.type !== 'Assignment' || assignment.index === undefined || assignment.value.type !== 'Word') {
    return undefined
  }
  return { index: assignment.index, value: assignment.value }
}

/** What stands between brackets: a key as it is, or arithmetic; negative indexes count from the end. */
export async function elementIndex(shell: Shell, value: Value | undefined, text: string): Promise<number | string> {
  if (value instanceof AssociativeArray) return text
  const index = Number(await expandArithmeticText(shell, text))
  if (index >= 0 || value === undefined || typeof value === 'string') return index
  return Math.max(-1, ...value.keys()) + 1 + index
}

function elementOf(value: Value | undefined, index: number | string): string {
  if (value instanceof AssociativeArray) return value.get(String(index)) ?? ''
  if (typeof value === 'string') return index === 0 ? value : ''
  return value?.get(Number(index)) ?? ''
}

export async function readonlyFailure(shell: Shell, name: string): Promise<never> {
  if (shell.dialect !== 'bash') return shell.fail(`${name}: is read only`)
  await shell.complain(`${name}: readonly variable`)
  throw new LineError(1)
}
