// What a JSONPath finds in an object. Source: client-go util/jsonpath/jsonpath.go with AllowMissingKeys: a field that is not
// there finds nothing; an index that is out of range, or of what is no list, is an error.

import { asItems, isRecord } from '../schema/walk.ts'
import { JsonPathError, type Node, type Operator, type Path } from './nodes.ts'
import { jsonText } from '../../objects/json-text.ts'

/** @throws JsonPathError */
export function findJsonPath(path: Path, value: unknown): readonly unknown[] {
  let found: readonly unknown[] = [value]
  for (const node of path) found = step(node, found)
  return found
}

type Of<Type extends Node['type']> = Extract<Node, { readonly type: Type }>

function step(node: Node, values: readonly unknown[]): readonly unknown[] {
  switch (node.type) {
    case 'field':
      return values.flatMap((value) => (isRecord(value) && Object.hasOwn(value, node.name) ? [value[node.name]] : []))
    case 'wildcard':
      return values.flatMap(children)
    case 'recursive':
      return values.flatMap(descendants)
    case 'array':
      return values.flatMap((value) => slice(node, value))
    case 'filter':
      return values.flatMap((value) => filter(node, value))
    case 'union':
      return node.paths.flatMap((path) => values.flatMap((value) => findJsonPath(path, value)))
    case 'value':
      return values.map(() => node.value)
  }
}

function children(value: unknown): readonly unknown[] {
  return asItems(value) ?? (isRecord(value) ? Object.values(value) : [])
}

/** The value itself and everything in it. */
function descendants(value: unknown): readonly unknown[] {
  return [value, ...children(value).flatMap(descendants)]
}

function listOf(value: unknown, what: string): readonly unknown[] {
  const items = asItems(value)
  if (items === undefined) throw new JsonPathError(`${jsonText(value)} is not array or slice${what}`)
  return items
}

function slice({ from, to, step = 1, single }: Of<'array'>, value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return []
  const items = listOf(value, '')
  if (items.length === 0) return []
  const start = from === undefined ? 0 : from < 0 ? from + items.length : from
  if (start < 0 || start >= items.length) {
    throw new JsonPathError(`array index out of bounds: index ${start}, length ${items.length}`)
  }
  if (single && from !== undefined) return [items[start]]
  const end = to === undefined ? items.length : Math.min(to < 0 ? to + items.length : to, items.length)
  if (step <= 0) throw new JsonPathError('step must be > 0')
  return items.slice(start, Math.max(start, end)).filter((_, index) => index % step === 0)
}

function filter({ left, operator, right }: Of<'filter'>, value: unknown): readonly unknown[] {
  return listOf(value, ' and cannot be filtered').filter((item) => {
    const lefts = findJsonPath(left, item)
    if (operator === 'exists') return lefts.length > 0
    const rights = findJsonPath(right, item)
    if (lefts.length === 0 || rights.length === 0) return false
    if (lefts.length > 1 || rights.length > 1) throw new JsonPathError('can only compare one element at a time')
    return compare(operator, lefts[0], rights[0])
  })
}

function compare(operator: Operator, left: unknown, right: unknown): boolean {
  if (isNumber(left) && isNumber(right)) return ordered(operator, left < right ? -1 : left > right ? 1 : 0)
  if (typeof left !== typeof right) throw new JsonPathError('incompatible types for comparison')
  if (typeof left === 'string' && typeof right === 'string')
    return ordered(operator, left < right ? -1 : left > right ? 1 : 0)
  if (typeof left === 'boolean' && (operator === '==' || operator === '!='))
    return (left === right) === (operator === '==')
  throw new JsonPathError('invalid type for comparison')
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function ordered(operator: Operator, difference: number): boolean {
  switch (operator) {
    case '==':
      return difference === 0
    case '!=':
      return difference !== 0
    case '<':
      return difference < 0
    case '<=':
      return difference <= 0
    case '>':
      return difference > 0
    case '>=':
      return difference >= 0
    case 'exists':
      return true
  }
}
