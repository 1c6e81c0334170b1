// What a call can cost, by the sizes of its arguments. Source: cel-go checker/cost.go (functionCost), apiserver
// pkg/cel/library/cost.go (EstimateCallCost), cel-go ext/lists.go and ext/sets.go (estimators).

import type { LiteralValue } from '../syntax/expression.ts'
import type { Type } from '../types/type.ts'
import { CALL_COST, LIST_CREATE_COST, REGEX_FACTOR, TRAVERSAL_FACTOR } from './constants.ts'
import { exactly, plus, scaled, times, UNKNOWN, type Range } from './ranges.ts'

/** An argument as costs see it. */
export interface CostNode {
  readonly path: readonly string[] | undefined
  readonly type: Type
  readonly size: Range | undefined
  /** undefined: it is no literal. */
  readonly literal: LiteralValue | undefined
}

export interface CallEstimate {
  /** Without that of its arguments. */
  readonly cost: Range
  /** Of the result. */
  readonly size?: Range | undefined
}

interface AskedCall {
  readonly name: string
  readonly id: string
  readonly receiver: CostNode | undefined
  readonly args: readonly CostNode[]
}

interface Sized extends AskedCall {
  /** The receiver first. */
  readonly all: readonly CostNode[]
  /** Of the n-th argument, the receiver not counted. */
  readonly size: (index: number) => Range
  readonly receiverSize: Range
  readonly sizeAt: (path: readonly string[]) => Range | undefined
}

type Estimate = (call: Sized) => CallEstimate

const ONE: CallEstimate = { cost: exactly(CALL_COST) }
const one: Estimate = () => ONE

export function callEstimate(call: AskedCall, sizeAt: (path: readonly string[]) => Range | undefined): CallEstimate {
  const sizeOf = (node: CostNode | undefined): Range => node?.size ?? UNKNOWN
  const sized: Sized = {
    ...call,
    all: call.receiver === undefined ? call.args : [call.receiver, ...call.args],
    size: (index) => sizeOf(call.args[index]),
    receiverSize: sizeOf(call.receiver),
    sizeAt,
  }
  return (BY_OVERLOAD.get(call.id) ?? BY_NAME.get(call.name) ?? BY_STANDARD.get(call.id) ?? one)(sized)
}

/** One unit, a new list, and as much for each of its items. */
function allocating(factor: number, size: Range): CallEstimate {
  return { cost: plus(scaled(size, factor), exactly(CALL_COST + LIST_CREATE_COST)), size }
}

function literalInt(node: CostNode | undefined, otherwise: number): number {
  if (typeof node?.literal !== 'bigint') return otherwise
  return node.literal < 0n ? 0 : Number(node.literal)
}

function setEstimate(factor: number): Estimate {
  return ({ size }) => ({ cost: plus(scaled(times(size(0), size(1)), factor), exactly(CALL_COST)) })
}

const TEXT_FACTOR = 2 + TRAVERSAL_FACTOR
const ORDERED = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes']

function sortFactor(type: string): number {
  return type === 'string' || type === 'bytes' ? TEXT_FACTOR : 2
}

const BY_OVERLOAD: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  [
    'list_slice',
    ({ args, receiverSize }) => {
      const count = literalInt(args[1], receiverSize.max) - literalInt(args[0], 0)
      return allocating(1, exactly(count < 0 ? Infinity : count))
    },
  ],
  ['list_flatten', ({ receiverSize }) => allocating(1, receiverSize)],
  ['list_flatten_int', ({ args, receiverSize }) => allocating(literalInt(args[0], Infinity), receiverSize)],
  ['lists_range', ({ args }) => allocating(1, exactly(literalInt(args[0], Infinity)))],
  ['list_reverse', ({ receiverSize }) => allocating(1, receiverSize)],
  ['list_distinct', ({ receiverSize }) => allocating(2, times(receiverSize, receiverSize))],
  ...ORDERED.flatMap((type): readonly (readonly [string, Estimate])[] => [
    [`list_${type}_sort`, ({ receiverSize }) => allocating(sortFactor(type), times(receiverSize, receiverSize))],
    [`list_${type}_sortByAssociatedKeys`, ({ size }) => allocating(sortFactor(type), times(size(0), size(0)))],
  ]),
  ['list_sets_contains_list', setEstimate(1)],
  ['list_sets_intersects_list', setEstimate(1)],
  ['list_sets_equivalent_list', setEstimate(2)],
])

function traversal(times: number, ofResult: 'none' | 'same' = 'none'): Estimate {
  return ({ size }) => ({
    cost: scaled(size(0), times * TRAVERSAL_FACTOR),
    size: ofResult === 'same' ? size(0) : undefined,
  })
}

const sameText: Estimate = ({ receiverSize }) => ({ cost: scaled(receiverSize, TRAVERSAL_FACTOR), size: receiverSize })

/** One unit for each item, and going through it where it is a text. */
const eachItem: Estimate = ({ receiver, receiverSize, sizeAt }) => {
  const element = receiver?.type.params[0]
  if (receiver === undefined || element === undefined) return { cost: scaled(receiverSize, TRAVERSAL_FACTOR) }
  const isText = element.kind === 'string' || element.kind === 'bytes'
  const text = isText ? scaled(itemSize(receiver, sizeAt), TRAVERSAL_FACTOR) : exactly(0)
  return { cost: times(receiverSize, plus(exactly(CALL_COST), text)) }
}

function itemSize({ path }: CostNode, sizeAt: Sized['sizeAt']): Range {
  return (path === undefined ? undefined : sizeAt([...path, '@items'])) ?? UNKNOWN
}

function regexp(text: Range, pattern: Range): Range {
  return times(scaled(plus(text, exactly(1)), TRAVERSAL_FACTOR), scaled(pattern, REGEX_FACTOR))
}

const find: Estimate = ({ receiverSize, size }) => ({
  cost: regexp(receiverSize, size(0)),
  size: { min: 0, max: receiverSize.max },
})

/** Bytes of an address. */
const ADDRESS: Range = { min: 4, max: 16 }

function rangeEstimate(ofText: string, masks: boolean): Estimate {
  return ({ id, size }) => {
    const compared = scaled(plus(ADDRESS, ADDRESS), TRAVERSAL_FACTOR)
    const masked = masks ? plus(scaled(ADDRESS, TRAVERSAL_FACTOR), exactly(1)) : exactly(0)
    const read = id === ofText ? scaled(size(0), TRAVERSAL_FACTOR) : exactly(0)
    return { cost: plus(compared, masked, read) }
  }
}

const MAX_FORMAT_SIZE = 64
const MAX_FORMAT_PATTERN = 128

const equality: Estimate = (call) => {
  const [left, right] = call.all
  if (left !== undefined && left.type === right?.type) {
    switch (left.type.name) {
      case 'net.IP':
      case 'net.CIDR':
      case 'kubernetes.Quantity':
      case 'kubernetes.Semver':
        return ONE
      case 'kubernetes.NamedFormat':
        return { cost: scaled({ min: 1, max: MAX_FORMAT_SIZE }, TRAVERSAL_FACTOR) }
      case 'kubernetes.URL':
        return { cost: scaled({ min: 1, max: right.size?.max ?? 1 }, TRAVERSAL_FACTOR) }
    }
  }
  return comparison(call)
}

const comparison: Estimate = ({ size }) => {
  const max = Math.min(size(0).max, size(1).max)
  return { cost: scaled({ min: max > 0 ? 1 : 0, max }, TRAVERSAL_FACTOR) }
}

const replace: Estimate = ({ receiverSize: whole, size }) => {
  const [from, to] = [size(0), size(1)]
  const count = { min: 0, max: 0 }
  const kept = { min: 0, max: 0 }
  if (from.min === 0) {
    count.max = whole.max + 1
    kept.max = whole.max
  } else if (to.max <= from.min) kept.max = whole.max
  else count.max = Math.ceil(whole.max / from.min)
  if (from.max === 0) {
    count.min = whole.min + 1
    kept.min = whole.min
  } else if (from.max <= to.min) kept.min = whole.min
  else count.min = Math.ceil(whole.min / from.max)
  return { cost: scaled(whole, 2 * TRAVERSAL_FACTOR), size: plus(times(count, to), kept) }
}

const split: Estimate = ({ receiverSize, args }) => ({
  cost: scaled(receiverSize, 2 * TRAVERSAL_FACTOR),
  size: { min: 0, max: splitMax(args[1], receiverSize.max) },
})

function splitMax(limit: CostNode | undefined, otherwise: number): number {
  if (typeof limit?.literal !== 'bigint') return otherwise
  // A limit below nothing is none; upstream reads it as the largest number.
  return limit.literal < 0n ? Infinity : Number(limit.literal)
}

const join: Estimate = ({ receiver, receiverSize: list, args, size, sizeAt }) => {
  const items = receiver === undefined ? exactly(0) : times(list, itemSize(receiver, sizeAt))
  const between = { min: Math.max(0, list.min - 1), max: Math.max(0, list.max - 1) }
  const whole = args.length === 0 ? items : plus(items, times(size(0), between))
  return { cost: scaled(whole, TRAVERSAL_FACTOR), size: whole }
}

const BY_NAME: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ...['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'].map((name) => [name, eachItem] as const),
  ['url', traversal(1, 'same')],
  ...['lowerAscii', 'upperAscii', 'substring', 'trim'].map((name) => [name, sameText] as const),
  ['replace', replace],
  ['split', split],
  ['join', join],
  ['find', find],
  ['findAll', find],
  ...['cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity', 'semver', 'isSemver'].map(
    (name) => [name, traversal(1)] as const,
  ),
  ['ip', (call) => (call.id === 'cidr_ip' ? ONE : traversal(1)(call))],
  ['ip.isCanonical', traversal(2)],
  ['containsIP', rangeEstimate('cidr_contains_ip_string', false)],
  ['containsCIDR', rangeEstimate('cidr_contains_cidr_string', true)],
  ['validate', ({ size }) => ({ cost: scaled(scaled(size(0), TRAVERSAL_FACTOR), MAX_FORMAT_PATTERN * REGEX_FACTOR) })],
  ['_==_', equality],
])

const addTexts: Estimate = ({ size }) => {
  const whole = plus(size(0), size(1))
  return { cost: scaled(whole, TRAVERSAL_FACTOR), size: whole }
}

const BY_STANDARD: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ['string_format', ({ receiverSize }) => ({ cost: scaled(receiverSize, TRAVERSAL_FACTOR) })],
  [
    'string_to_bytes',
    ({ size }) => ({ cost: scaled(size(0), TRAVERSAL_FACTOR), size: { min: size(0).min, max: size(0).max * 4 } }),
  ],
  [
    'bytes_to_string',
    ({ size }) => ({
      cost: scaled(size(0), TRAVERSAL_FACTOR),
      size: { min: Math.floor(size(0).min / 4), max: size(0).max },
    }),
  ],
  [
    'strings_quote',
    ({ size }) => ({
      cost: scaled(size(0), TRAVERSAL_FACTOR),
      size: { min: size(0).min + 2, max: size(0).max * 2 + 2 },
    }),
  ],
  ['starts_with_string', traversal(1)],
  ['ends_with_string', traversal(1)],
  ['in_list', ({ size }) => ({ cost: size(1) })],
  ['matches_string', ({ receiverSize, size }) => ({ cost: regexp(receiverSize, size(0)) })],
  [
    'contains_string',
    ({ receiverSize, size }) => ({
      cost: times(scaled(receiverSize, TRAVERSAL_FACTOR), scaled(size(0), TRAVERSAL_FACTOR)),
    }),
  ],
  ['add_string', addTexts],
  ['add_bytes', addTexts],
  ['add_list', ({ size }) => ({ cost: exactly(CALL_COST), size: plus(size(0), size(1)) })],
  ...['less', 'greater', 'less_equals', 'greater_equals'].flatMap((order) =>
    ['string', 'bytes'].map((type) => [`${order}_${type}`, comparison] as const),
  ),
  ['equals', comparison],
  ['not_equals', comparison],
])
