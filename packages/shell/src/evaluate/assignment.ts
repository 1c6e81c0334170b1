// Variable assignments: `name=value`, `name+=value`, `name[i]=value`, `name=(…)`.

import type { Assignment } from 'unbash'
import { expandArithmeticText, expandText, expandWords } from '../expand/word.ts'
import type { Shell } from './shell.ts'

/** Carries out one assignment and returns the text it assigned. A readonly variable ends the script. */
export async function assign(shell: Shell, node: Assignment): Promise<string> {
  const { variables } = shell
  const { name, value, append } = node
  if (value.type === 'ArrayValue') {
    const items = await expandWords(shell, value.elements)
    const before = append === true ? variables.value(name) : undefined
    const elements = new Map(typeof before === 'string' ? [[0, before]] : before)
    const start = elements.size === 0 ? 0 : Math.max(...elements.keys()) + 1
    for (const [place, item] of items.entries()) elements.set(start + place, item)
    if (!variables.set(name, elements)) await readonlyFailure(shell, name)
    return items.join(' ')
  }
  const added = await expandText(shell, value, true)
  if (node.index !== undefined) {
    const index = Number(await expandArithmeticText(shell, await expandText(shell, node.index)))
    const before = variables.value(name)
    const element = append === true && typeof before !== 'string' ? (before?.get(index) ?? '') : ''
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

export async function readonlyFailure(shell: Shell, name: string): Promise<never> {
  return shell.fail(shell.dialect === 'bash' ? `${name}: readonly variable` : `${name}: is read only`)
}
