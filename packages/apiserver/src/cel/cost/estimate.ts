// What an expression can cost at most, judged by its types and the limits of its schema. Source: cel-go checker/cost.go.

import { callOf, typeOfPart, type Checked } from '../check/checked.ts'
import type {
  Call,
  Comprehension,
  Expression,
  ListLiteral,
  LiteralValue,
  MapLiteral,
  Select,
} from '../syntax/expression.ts'
import { characterCount } from '../run/values.ts'
import { isOptional, paramAt, type Type, type TypeKind } from '../types/type.ts'
import { callEstimate, type CallEstimate, type CostNode } from './call-estimates.ts'
import { LIST_CREATE_COST, MAP_CREATE_COST, STRUCT_CREATE_COST } from './constants.ts'
import { exactly, NOTHING, plus, times, union, UNKNOWN, type Range } from './ranges.ts'

/** Where a value comes from: a variable, then fields, `@items`, `@keys`, `@values`. */
export type Path = readonly string[]

/** The size of what a path leads to; undefined when that is not known. */
export type SizeAt = (path: Path) => Range | undefined

export function estimateCost(checked: Checked, sizeAt: SizeAt): Range {
  return new Estimator(checked, sizeAt).cost(checked.expression)
}

interface EntrySize {
  readonly container: 'list' | 'map'
  readonly key: Range
  readonly value: Range
}

/** A variable of a loop, or a value with a name. */
interface Local {
  readonly path: Path | undefined
  readonly size: Range | undefined
  readonly entries: EntrySize | undefined
}

const ACCUMULATOR = '@result'

class Estimator {
  readonly #checked: Checked
  readonly #sizeAt: SizeAt
  readonly #paths = new Map<Expression, Path>()
  readonly #sizes = new Map<Expression, Range>()
  readonly #entries = new Map<Expression, EntrySize>()
  readonly #locals = new Map<string, Local[]>()

  constructor(checked: Checked, sizeAt: SizeAt) {
    this.#checked = checked
    this.#sizeAt = sizeAt
  }

  cost(expression: Expression): Range {
    const name = this.#checked.names.get(expression) ?? this.#checked.typeNames.get(expression)
    if (name !== undefined) return this.#name(expression, name)
    switch (expression.kind) {
      case 'literal':
      case 'identifier':
        return NOTHING
      case 'select':
        return this.#select(expression)
      case 'call':
        return this.#call(expression)
      case 'list':
        return this.#list(expression)
      case 'map':
        return this.#map(expression)
      case 'struct':
        return plus(exactly(STRUCT_CREATE_COST), ...expression.fields.map(({ value }) => this.cost(value)))
      case 'comprehension':
        return isBinding(expression) ? this.#binding(expression) : this.#loop(expression)
    }
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1)
  }

  #push(name: string, local: Local): void {
    const known = this.#locals.get(name)
    if (known === undefined) this.#locals.set(name, [local])
    else known.push(local)
  }

  #pop(name: string): void {
    this.#locals.get(name)?.pop()
  }

  #name(expression: Expression, name: string): Range {
    const local = this.#local(name)
    const path = local === undefined ? [name] : local.path
    if (path !== undefined) this.#paths.set(expression, path)
    return exactly(1)
  }

  #pathOf(expression: Expression): Path | undefined {
    const name = this.#checked.names.get(expression)
    const local = name === undefined ? undefined : this.#local(name)
    return local === undefined ? this.#paths.get(expression) : local.path
  }

  #select(select: Select): Range {
    const cost = this.cost(select.operand)
    if (select.test) return cost
    const { kind } = typeOfPart(this.#checked, select.operand)
    this.#paths.set(select, [...(this.#pathOf(select.operand) ?? []), select.field])
    return kind === 'map' || kind === 'struct' ? plus(cost, exactly(1)) : cost
  }

  #node(expression: Expression): CostNode {
    const path = this.#pathOf(expression)
    return {
      path: path?.[0] === ACCUMULATOR ? undefined : path,
      type: typeOfPart(this.#checked, expression),
      size: this.#size(expression),
      literal: expression.kind === 'literal' ? expression.value : undefined,
    }
  }

  #call(call: Call): Range {
    const { name, target, args, overloads } = callOf(this.#checked, call)
    if (name === 'dyn' && args[0] !== undefined) {
      const cost = this.cost(args[0])
      this.#copySizes(call, args[0])
      return plus(exactly(1), cost)
    }
    const argCosts = args.map((arg) => this.cost(arg))
    const nodes = args.map((arg) => this.#node(arg))
    const targetCost = target === undefined ? NOTHING : this.cost(target)
    const receiver = target === undefined ? undefined : this.#node(target)
    let cost: Range | undefined
    let size: Range | undefined
    for (const { id } of overloads) {
      const estimate = this.#estimate(call, { name, id, receiver, args: nodes }, argCosts, args)
      cost = cost === undefined ? estimate.cost : union(cost, estimate.cost)
      if (estimate.size !== undefined) size = size === undefined ? estimate.size : union(size, estimate.size)
      if ((id === 'index_list' || id === 'index_map') && args[0] !== undefined) {
        size = this.#entriesOf(args[0])?.value
        this.#paths.set(call, [...(this.#pathOf(args[0]) ?? []), id === 'index_list' ? '@items' : '@values'])
      }
      size ??= this.#size(call)
    }
    if (size !== undefined) this.#sizes.set(call, size)
    return plus(targetCost, cost ?? NOTHING)
  }

  #estimate(
    call: Call,
    asked: Parameters<typeof callEstimate>[0],
    argCosts: readonly Range[],
    args: readonly Expression[],
  ): CallEstimate {
    const [first = NOTHING, second = NOTHING, third = NOTHING] = argCosts
    switch (asked.id) {
      case 'logical_and':
      case 'logical_or':
        return { cost: { min: first.min, max: plus(first, second).max } }
      case 'conditional':
        this.#mergeEntries(call, args[1], args[2])
        return {
          cost: plus(first, union(second, third)),
          size: union(this.#sizeOrUnknown(args[1]), this.#sizeOrUnknown(args[2])),
        }
    }
    if (asked.id.startsWith('add_')) this.#mergeEntries(call, args[0], args[1])
    const estimate = callEstimate(asked, this.#sizeAt)
    return { ...estimate, cost: plus(estimate.cost, ...argCosts) }
  }

  /** What holds for the entries of both holds for those of the result. */
  #mergeEntries(result: Expression, a: Expression | undefined, b: Expression | undefined): void {
    const left = a === undefined ? undefined : this.#entriesOf(a)
    const right = b === undefined ? undefined : this.#entriesOf(b)
    if (left === undefined || right === undefined) return
    this.#entries.set(result, { ...left, key: union(left.key, right.key), value: union(left.value, right.value) })
  }

  #list(list: ListLiteral): Range {
    const { elements } = list
    const costs = elements.map((element) => this.cost(element))
    const value = elements.reduce(
      (all, element) => union(all, this.#sizeOrUnknown(element)),
      emptyUnion(elements.length),
    )
    this.#entries.set(list, { container: 'list', key: exactly(1), value })
    return plus(exactly(LIST_CREATE_COST), ...costs)
  }

  #map(map: MapLiteral): Range {
    const costs: Range[] = []
    let key = emptyUnion(map.entries.length)
    let value = key
    for (const entry of map.entries) {
      costs.push(this.cost(entry.key), this.cost(entry.value))
      key = union(key, this.#sizeOrUnknown(entry.key))
      value = union(value, this.#sizeOrUnknown(entry.value))
    }
    this.#entries.set(map, { container: 'map', key, value })
    return plus(exactly(MAP_CREATE_COST), ...costs)
  }

  #binding(loop: Comprehension): Range {
    const { range, init, accumulator, result } = loop
    const cost = plus(this.cost(range), this.cost(init))
    this.#push(accumulator, this.#localOf(init))
    const inside = this.cost(result)
    this.#pop(accumulator)
    this.#copySizes(loop, result)
    return plus(cost, inside)
  }

  #localOf(init: Expression): Local {
    return { path: this.#pathOf(init), size: this.#size(init), entries: this.#entriesOf(init) }
  }

  #loop(loop: Comprehension): Range {
    const { range, init, accumulator, variable, second, condition, step, result } = loop
    const before = plus(this.cost(range), this.cost(init))
    this.#push(accumulator, this.#localOf(init))
    this.#pushVariables(loop)
    const turn = plus(this.cost(condition), this.cost(step))
    this.#pop(variable)
    if (second !== undefined) this.#pop(second)
    const after = this.cost(result)
    this.#pop(accumulator)
    const count = this.#sizeOrUnknown(range)
    this.#sizeOfLoop(loop, count)
    return plus(before, after, times(count, turn))
  }

  #sizeOfLoop(loop: Comprehension, count: Range): void {
    const { init, step } = loop
    if (init.kind === 'literal') {
      const size = this.#size(init)
      if (size !== undefined) this.#sizes.set(loop, size)
    } else if (init.kind === 'list' || init.kind === 'map') {
      this.#sizes.set(loop, count)
      const entries = this.#entriesOf(step)
      if (entries !== undefined) this.#entries.set(loop, entries)
    }
  }

  #pushVariables({ range, variable, second }: Comprehension): void {
    const entries = this.#entriesOf(range)
    const container = entries?.container ?? typeOfPart(this.#checked, range).kind
    const path = this.#pathOf(range) ?? []
    const isList = container === 'list'
    const at = (name: string, part: string, size: Range | undefined): void =>
      this.#push(name, { path: [...path, part], size, entries: undefined })
    if (second === undefined) at(variable, isList ? '@items' : '@keys', isList ? entries?.value : entries?.key)
    else {
      at(variable, isList ? '@indices' : '@keys', entries?.key)
      at(second, isList ? '@items' : '@values', entries?.value)
    }
  }

  #copySizes(to: Expression, from: Expression): void {
    const size = this.#size(from)
    const entries = this.#entriesOf(from)
    if (size !== undefined) this.#sizes.set(to, size)
    if (entries !== undefined) this.#entries.set(to, entries)
  }

  #sizeOrUnknown(expression: Expression | undefined): Range {
    return (expression === undefined ? undefined : this.#size(expression)) ?? UNKNOWN
  }

  #size(expression: Expression): Range | undefined {
    const known = this.#sizes.get(expression) ?? writtenSize(expression)
    if (known !== undefined) return known
    const path = this.#pathOf(expression)
    const declared = path === undefined ? undefined : this.#sizeAt(path)
    if (declared !== undefined) {
      this.#sizes.set(expression, declared)
      return declared
    }
    if (isScalar(typeOfPart(this.#checked, expression))) return exactly(1)
    const name = this.#checked.names.get(expression)
    return name === undefined ? undefined : this.#local(name)?.size
  }

  #entriesOf(expression: Expression): EntrySize | undefined {
    const known = this.#entries.get(expression)
    if (known !== undefined) return known
    const name = this.#checked.names.get(expression)
    return name === undefined ? undefined : this.#local(name)?.entries
  }
}

function emptyUnion(count: number): Range {
  return count === 0 ? NOTHING : { min: Infinity, max: 0 }
}

/** A value with a name: a loop over nothing. */
function isBinding({ range, condition, accumulator }: Comprehension): boolean {
  const isEmpty = range.kind === 'list' && range.elements.length === 0
  return isEmpty && condition.kind === 'literal' && condition.value === false && accumulator !== '__result__'
}

function writtenSize(expression: Expression): Range | undefined {
  switch (expression.kind) {
    case 'literal':
      return exactly(literalSize(expression.value))
    case 'list':
      return exactly(expression.elements.length)
    case 'map':
      return exactly(expression.entries.length)
    default:
      return undefined
  }
}

function literalSize(value: LiteralValue): number {
  if (typeof value === 'string') return characterCount(value)
  return value instanceof Uint8Array ? value.length : 1
}

const SCALARS: ReadonlySet<TypeKind> = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint'])

function isScalar(type: Type): boolean {
  return SCALARS.has(type.kind) || (isOptional(type) && isScalar(paramAt(type, 0)))
}
