// What a call costs when it is run. Source: cel-go interpreter/runtimecost.go (costCall), apiserver pkg/cel/library/cost.go
// (CallCost), cel-go ext/lists.go and ext/sets.go (trackers).

import { addressBytes } from '../kubernetes/addresses.ts'
import { FormatValue } from '../kubernetes/formats.ts'
import { isLibraryValue, isList, isMap, sizeOf, typeNameOf, type Value } from '../run/values.ts'
import { CALL_COST, LIST_CREATE_COST, REGEX_FACTOR, TRAVERSAL_FACTOR } from './constants.ts'

type CostOf = (args: readonly Value[], result: Value, id: string) => number

function size(args: readonly Value[], index: number): number {
  const value = args[index] ?? null
  return addressBytes(value) ?? sizeOf(value)
}

/** Goes through its n-th argument once, or a few times. */
function traversal(index: number, times = 1): CostOf {
  return (args) => Math.ceil(size(args, index) * times * TRAVERSAL_FACTOR)
}

const fixed: CostOf = () => CALL_COST
const whole: CostOf = ([list = null]) => valueTraversal(list)

function regexp(args: readonly Value[]): number {
  return Math.ceil((1 + size(args, 0)) * TRAVERSAL_FACTOR) * Math.ceil(size(args, 1) * REGEX_FACTOR)
}

function allocating(factor: number, items: number): number {
  return Math.trunc(items * factor) + CALL_COST + LIST_CREATE_COST
}

function selfComparison(index: number): CostOf {
  return (args) => {
    const list = args[index] ?? null
    const [first] = isList(list) ? list : []
    const isText = first !== undefined && ['string', 'bytes'].includes(typeNameOf(first))
    const items = size(args, index)
    return allocating(isText ? 2 + TRAVERSAL_FACTOR : 2, items * items)
  }
}

function setComparison(factor: number): CostOf {
  return (args) => CALL_COST + Math.trunc(size(args, 0) * size(args, 1) * factor)
}

const ofResult: CostOf = (_, result) => allocating(1, sizeOf(result))

const BY_NAME: ReadonlyMap<string, CostOf> = new Map<string, CostOf>([
  ...['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'].map((name) => [name, whole] as const),
  ...['url', 'lowerAscii', 'upperAscii', 'substring', 'trim'].map((name) => [name, traversal(0)] as const),
  ...['replace', 'split'].map((name) => [name, traversal(0, 2)] as const),
  ['join', (_, result) => Math.ceil(sizeOf(result) * 2 * TRAVERSAL_FACTOR)],
  ['find', regexp],
  ['findAll', regexp],
  ...['cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity', 'semver', 'isSemver'].map(
    (name) => [name, traversal(0)] as const,
  ),
  ['ip', (args, result, id) => (id === 'cidr_ip' ? CALL_COST : traversal(0)(args, result, id))],
  ['ip.isCanonical', traversal(0, 2)],
  ['containsIP', rangeCost('cidr_contains_ip_string', 0)],
  ['containsCIDR', rangeCost('cidr_contains_cidr_string', 1)],
  ['validate', formatCost],
  ['slice', ofResult],
  ['lists.range', ofResult],
  ['reverse', ofResult],
  ['flatten', (args) => allocating(typeof args[1] === 'bigint' ? Number(args[1]) : 1, size(args, 0))],
  ['distinct', selfComparison(0)],
  ['sort', selfComparison(0)],
  ['@sortByAssociatedKeys', selfComparison(1)],
  ['sets.contains', setComparison(1)],
  ['sets.intersects', setComparison(1)],
  ['sets.equivalent', setComparison(2)],
])

function rangeCost(ofText: string, masking: 0 | 1): CostOf {
  return (args, _, id) => {
    const range = size(args, 0)
    const compared = Math.ceil(2 * range * TRAVERSAL_FACTOR)
    const masked = masking === 1 ? Math.ceil(range * TRAVERSAL_FACTOR) + 1 : 0
    return compared + masked + (id === ofText ? Math.ceil(size(args, 1) * TRAVERSAL_FACTOR) : 0)
  }
}

function formatCost(args: readonly Value[]): number {
  const [format] = args
  const pattern = format instanceof FormatValue ? format.regexpSize : 0
  return Math.ceil((1 + size(args, 1)) * TRAVERSAL_FACTOR) * Math.ceil(pattern * REGEX_FACTOR)
}

const equality: CostOf = (args) => {
  const [left = null] = args
  if (isLibraryValue(left)) return CALL_COST
  return Math.ceil(Math.min(size(args, 0), size(args, 1)) * TRAVERSAL_FACTOR)
}

const BY_OVERLOAD: ReadonlyMap<string, CostOf> = new Map<string, CostOf>([
  ...[
    'starts_with_string',
    'ends_with_string',
    'string_to_bytes',
    'bytes_to_string',
    'strings_quote',
    'string_format',
  ].map((id) => [id, traversal(0)] as const),
  ['in_list', (args) => size(args, 1)],
  ...['less', 'greater', 'less_equals', 'greater_equals'].flatMap((order) =>
    ['string', 'bytes'].map((type) => [`${order}_${type}`, equality] as const),
  ),
  ['equals', equality],
  ['not_equals', equality],
  ...['add_string', 'add_bytes'].map(
    (id) => [id, (args: readonly Value[]) => Math.ceil((size(args, 0) + size(args, 1)) * TRAVERSAL_FACTOR)] as const,
  ),
  ['matches_string', regexp],
  ['contains_string', (args, result, id) => traversal(0)(args, result, id) * traversal(1)(args, result, id)],
])

/** @param args the receiver first */
export function actualCallCost(name: string, id: string, args: readonly Value[], result: Value): number {
  const costOf = BY_NAME.get(name) ?? BY_OVERLOAD.get(id) ?? fixed
  return costOf(args, result, id)
}

/** Going through a value and all that is in it. */
function valueTraversal(value: Value): number {
  if (typeof value === 'string') return Math.trunc(Buffer.byteLength(value) * TRAVERSAL_FACTOR)
  if (value instanceof Uint8Array) return Math.trunc(value.length * TRAVERSAL_FACTOR)
  if (isList(value)) return value.reduce((sum: number, item) => sum + valueTraversal(item), 0)
  if (!isMap(value)) return 1
  let sum = 0
  for (const [key, inner] of value) sum += valueTraversal(key) + valueTraversal(inner)
  return sum
}
