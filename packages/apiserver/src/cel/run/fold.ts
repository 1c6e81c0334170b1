// Loops over lists and maps, which all macros are. Source: cel-go interpreter/interpretable.go (evalFold, folder).

import { growingMap, settleMap } from '../functions/lists.ts'
import type { Comprehension } from '../syntax/expression.ts'
import type { Frame } from './frame.ts'
import { growingList, settleList } from './list-kinds.ts'
import { CelError, isList, isMap, typeNameOf, type Value } from './values.ts'

type Step = (frame: Frame) => Value

interface Parts {
  readonly range: Step
  readonly init: Step
  readonly condition: Step
  readonly step: Step
  readonly result: Step
}

export function fold(loop: Comprehension, parts: Parts): Step {
  return isBinding(loop) ? binding(loop, parts) : looping(loop, parts)
}

/** A value with a name: a loop over nothing. */
function isBinding({ range, condition, accumulator }: Comprehension): boolean {
  const isEmpty = range.kind === 'list' && range.elements.length === 0
  return isEmpty && condition.kind === 'literal' && condition.value === false && accumulator !== '@result'
}

function binding({ accumulator }: Comprehension, { init, result }: Parts): Step {
  return (frame) => result(frame.with(accumulator, () => init(frame)))
}

function looping({ accumulator, variable, second, init: initial }: Comprehension, parts: Parts): Step {
  const grows = initial.kind === 'list' ? growingList : initial.kind === 'map' ? growingMap : undefined
  return (frame) => {
    const range = parts.range(frame)
    if (range instanceof CelError) return range
    const outer = frame.with(accumulator, grows === undefined ? parts.init(frame) : grows())
    const single = outer.with(variable, null)
    const inner = second === undefined ? single : single.with(second, null)
    const turn = (key: Value, element: Value): boolean => {
      single.value = key
      inner.value = element
      if (parts.condition(inner) === false) return false
      outer.value = parts.step(inner)
      return true
    }
    if (isList(range)) {
      for (const [index, item] of range.entries()) {
        if (!turn(second === undefined ? item : BigInt(index), item)) break
      }
    } else if (isMap(range)) {
      for (const [key, value] of range) if (!turn(key, second === undefined ? key : value)) break
    } else return new CelError(`got '${goTypeOf(range)}', expected iterable type`)
    settle(outer.value)
    return parts.result(outer)
  }
}

function settle(value: Frame['value']): void {
  if (typeof value === 'function') return
  if (isList(value)) settleList(value)
  else if (isMap(value)) settleMap(value)
}

/** What upstream calls the type of a value. */
function goTypeOf(value: Value): string {
  const name = typeNameOf(value).replace(/^.*\./, '').replace('null_type', 'null')
  return `types.${name.charAt(0).toUpperCase()}${name.slice(1)}`
}
