// A checked expression made ready to run: each part is a function of the variables it is run with, and pays for what it does.
// Errors are values: `||` and `&&` go on with what they have, everything else hands them on. Source: cel-go
// interpreter/planner.go, interpretable.go, attributes.go, runtimecost.go.

import { actualCallCost } from '../cost/actual.ts'
import { LIST_CREATE_COST, MAP_CREATE_COST, SELECT_COST } from '../cost/constants.ts'
import { callOf, type Checked, type CheckedCall } from '../check/checked.ts'
import { regexpOf } from '../functions/conversions.ts'
import { library } from '../functions/library.ts'
import type { Overload } from '../functions/function-table.ts'
import type { Call, Comprehension, Expression, ListLiteral, MapLiteral, Select } from '../syntax/expression.ts'
import { at, field, isThere } from './access.ts'
import { equal, isOtherThanSchema } from './compare.ts'
import { fold } from './fold.ts'
import type { Frame } from './frame.ts'
import {
  CelError,
  keyOf,
  NO_OVERLOAD,
  Optional,
  typeNameOf,
  TypeValue,
  type CelMap,
  type MapKey,
  type Value,
} from './values.ts'

export type Step = (frame: Frame) => Value

export interface Plan {
  readonly run: Step
  /** Present for variables and what is selected from them: the value before its last unit is paid. */
  readonly unpaid?: Step
  /** Known beforehand, and free. */
  readonly constant?: Value
}

/** The expression cannot be run at all. */
export class PlanError extends Error {
  override readonly name = 'PlanError'
}

/** @throws PlanError for conversions of literals that must fail */
export function plan(checked: Checked): Step {
  return new Planner(checked).plan(checked.expression).run
}

function constant(value: Value): Plan {
  return { run: () => value, constant: value }
}

/** Pays one unit for reading it. */
function attribute(unpaid: Step): Plan {
  return {
    unpaid,
    run: (frame) => {
      const value = unpaid(frame)
      frame.meter.pay(SELECT_COST)
      return value
    },
  }
}

const CONVERSIONS: ReadonlySet<string> = new Set([
  ...['bool', 'bytes', 'double', 'duration', 'dyn', 'int', 'string', 'timestamp', 'type', 'uint'],
])

const PATTERNS: ReadonlySet<string> = new Set(['matches', 'find', 'findAll'])

function readable(pattern: string): void {
  const regexp = regexpOf(pattern)
  if (regexp instanceof CelError) throw new PlanError(regexp.message)
}

class Planner {
  readonly #checked: Checked

  constructor(checked: Checked) {
    this.#checked = checked
  }

  plan(expression: Expression): Plan {
    const type = this.#checked.typeNames.get(expression)
    if (type !== undefined) return constant(new TypeValue(type))
    const name = this.#checked.names.get(expression)
    if (name !== undefined) return attribute((frame) => frame.find(name))
    switch (expression.kind) {
      case 'literal':
        return constant(expression.value)
      case 'select':
        return this.#select(expression)
      case 'call':
        return this.#call(expression)
      case 'list':
        return this.#list(expression)
      case 'map':
        return this.#map(expression)
      case 'comprehension':
        return this.#comprehension(expression)
      case 'identifier':
      case 'struct':
        return constant(NO_OVERLOAD)
    }
  }

  #select({ operand, field: name, test }: Select): Plan {
    const holder = holderOf(this.plan(operand))
    if (test) {
      return {
        run: (frame) => {
          const value = holder(frame)
          frame.meter.pay(SELECT_COST)
          return value instanceof CelError ? value : isThere(value, name)
        },
      }
    }
    return this.#qualified(holder, (value) => field(value, name))
  }

  #qualified(holder: Step, read: (value: Value) => Value): Plan {
    return attribute((frame) => {
      const value = holder(frame)
      if (value instanceof CelError) return value
      frame.meter.pay(SELECT_COST)
      return read(value)
    })
  }

  #call(call: Call): Plan {
    const checked = callOf(this.#checked, call)
    const { name, args, target } = checked
    const parts = [...(target === undefined ? [] : [target]), ...args].map((part) => this.plan(part))
    const [first = constant(null), second = constant(null), third = constant(null)] = parts
    switch (name) {
      case '_&&_':
        return { run: logic(first.run, second.run, false) }
      case '_||_':
        return { run: logic(first.run, second.run, true) }
      case '_?_:_':
        return { run: choice(first.run, holderOf(second), holderOf(third)) }
      case '_[_]':
      case '_[?_]':
        return this.#index(first, second, name === '_[?_]')
      case '_?._': {
        const key = second.constant
        const text = typeof key === 'string' ? key : ''
        return this.#qualified(holderOf(first), (value) => optionalField(value, text))
      }
      case 'or':
      case 'orValue':
        return { run: alternative(first.run, second.run, name === 'orValue') }
      case '_==_':
      case '_!=_':
        return { run: equality(first.run, second.run, name) }
      case '@not_strictly_false':
        return { run: notStrictlyFalse(first.run) }
      case '@in': {
        const list = second.constant
        if (Array.isArray(list)) return { run: membership(first.run, list as readonly Value[]) }
        break
      }
    }
    const pattern = PATTERNS.has(name) ? second.constant : undefined
    if (typeof pattern === 'string') readable(pattern)
    const made = {
      run: invocation(
        checked,
        parts.map(({ run }) => run),
      ),
    }
    return CONVERSIONS.has(name) && parts.length === 1 && first.constant !== undefined
      ? folded(checked, first.constant)
      : made
  }

  /** What the index costs depends on how it is known. */
  #index(holder: Plan, index: Plan, optional: boolean): Plan {
    const base = holderOf(holder)
    const extra = index.constant !== undefined || index.unpaid === undefined ? SELECT_COST : 0
    return attribute((frame) => {
      const value = base(frame)
      if (value instanceof CelError) return value
      const key = index.run(frame)
      frame.meter.pay(extra)
      return key instanceof CelError ? key : at(value, key, optional)
    })
  }

  #list({ elements, optionals }: ListLiteral): Plan {
    const plans = elements.map((element) => this.plan(element))
    if (optionals.size === 0 && plans.every((element) => element.constant !== undefined)) {
      return constant(plans.map((element) => element.constant ?? null))
    }
    return {
      run: (frame) => {
        const values: Value[] = []
        for (const [index, element] of plans.entries()) {
          const value = element.run(frame)
          if (value instanceof CelError) return value
          if (!optionals.has(index)) values.push(value)
          else if (!(value instanceof Optional))
            return new CelError('cannot initialize optional list element from non-optional value')
          else if (value.value !== undefined) values.push(value.value)
        }
        frame.meter.pay(LIST_CREATE_COST)
        return values
      },
    }
  }

  #map({ entries }: MapLiteral): Plan {
    const plans = entries.map(({ key, value, optional }) => ({
      key: this.plan(key),
      value: this.plan(value),
      optional,
    }))
    const make = (frame: Frame | undefined): Value => {
      const map = new Map<MapKey, Value>()
      for (const { key, value, optional } of plans) {
        const name = valueOf(key, frame)
        const inside = valueOf(value, frame)
        if (name instanceof CelError) return name
        if (inside instanceof CelError) return inside
        const plain = keyOf(name)
        if (plain === undefined) return new CelError('unsupported key type')
        if (!optional) map.set(plain, inside)
        else if (inside instanceof Optional && inside.value !== undefined) map.set(plain, inside.value)
      }
      frame?.meter.pay(MAP_CREATE_COST)
      return map satisfies CelMap
    }
    const isConstant = plans.every(
      ({ key, value, optional }) => key.constant !== undefined && value.constant !== undefined && !optional,
    )
    return isConstant ? constant(make(undefined)) : { run: make }
  }

  #comprehension(loop: Comprehension): Plan {
    const { range, init, condition, step, result } = loop
    const [a, b, c, d, e] = [
      this.plan(range),
      this.plan(init),
      this.plan(condition),
      this.plan(step),
      this.plan(result),
    ]
    return { run: fold(loop, { range: a.run, init: b.run, condition: c.run, step: d.run, result: e.run }) }
  }
}

/** What something is selected from: a variable's own unit is paid with the last selection. */
function holderOf({ unpaid, run }: Plan): Step {
  return unpaid ?? run
}

function valueOf(made: Plan, frame: Frame | undefined): Value {
  return frame === undefined ? (made.constant ?? null) : made.run(frame)
}

function optionalField(value: Value, name: string): Value {
  const inside = value instanceof Optional ? value.value : value
  if (inside === undefined || isThere(inside, name) !== true) return Optional.none
  return new Optional(field(inside, name))
}

/** @param decisive what one side alone decides */
function logic(left: Step, right: Step, decisive: boolean): Step {
  return (frame) => {
    const first = left(frame)
    if (first === decisive) return decisive
    const second = right(frame)
    if (second === decisive) return decisive
    if (first instanceof CelError) return first
    if (second instanceof CelError) return second
    return typeof first === 'boolean' && typeof second === 'boolean' ? !decisive : NO_OVERLOAD
  }
}

function choice(condition: Step, yes: Step, no: Step): Step {
  return (frame) => {
    const chosen = condition(frame)
    if (chosen instanceof CelError) return chosen
    return typeof chosen === 'boolean' ? (chosen ? yes : no)(frame) : NO_OVERLOAD
  }
}

function alternative(left: Step, right: Step, unwraps: boolean): Step {
  return (frame) => {
    const optional = left(frame)
    if (!(optional instanceof Optional)) return optional
    if (optional.value === undefined) return right(frame)
    return unwraps ? optional.value : optional
  }
}

function equality(left: Step, right: Step, name: '_!=_' | '_==_'): Step {
  const id = name === '_==_' ? 'equals' : 'not_equals'
  return (frame) => {
    const a = left(frame)
    const b = right(frame)
    frame.meter.pay(actualCallCost(name, id, [a, b], true))
    if (a instanceof CelError) return a
    if (b instanceof CelError) return b
    return isOtherThanSchema(a, b) ? NO_OVERLOAD : equal(a, b) === (name === '_==_')
  }
}

function notStrictlyFalse(argument: Step): Step {
  return (frame) => {
    const value = argument(frame)
    frame.meter.pay(1)
    return value !== false
  }
}

/** In a list of literals: found without going through it. */
function membership(item: Step, list: readonly Value[]): Step {
  const keys = new Set(list.map((value) => keyOf(value)))
  const isPlain = !keys.has(undefined)
  return (frame) => {
    const value = item(frame)
    if (value instanceof CelError) return value
    return isPlain ? keys.has(keyOf(value)) : list.some((other) => equal(other, value))
  }
}

function invocation(checked: CheckedCall, args: readonly Step[]): Step {
  const { name } = checked
  const candidates = candidatesOf(checked)
  return (frame) => {
    const values = args.map((arg) => arg(frame))
    const failed = values.find((value) => value instanceof CelError)
    const { result, id } =
      failed === undefined ? firstFitting(candidates, values, name) : { result: failed, id: candidates[0]?.id ?? '' }
    frame.meter.pay(actualCallCost(name, id, values, result))
    return result
  }
}

/** Where types are known too late, any overload of the name may be meant. */
function candidatesOf({ name, target, args, overloads }: CheckedCall): readonly Overload[] {
  if (overloads.length === 1) return overloads
  const count = args.length + (target === undefined ? 0 : 1)
  const all = library().find(name) ?? overloads
  return all.filter((overload) => overload.isMember === (target !== undefined) && overload.args.length === count)
}

function firstFitting(
  candidates: readonly Overload[],
  values: readonly Value[],
  name: string,
): { readonly result: Value; readonly id: string } {
  for (const { run, id } of candidates) {
    const result = run(...values)
    if (result !== NO_OVERLOAD) return { result, id }
  }
  return { result: noOverload(name, values), id: candidates[0]?.id ?? '' }
}

/** Functions that ask a value for an ability rather than for its type. */
const BY_ABILITY: ReadonlySet<string> = new Set(['size', 'sort', '@sortByAssociatedKeys'])

/** Functions that look at their arguments themselves. */
const UNGUARDED: ReadonlySet<string> = new Set([
  ...['contains', 'startsWith', 'endsWith', 'matches', 'containsIP', 'containsCIDR'],
])

function noOverload(name: string, values: readonly Value[]): CelError {
  if (UNGUARDED.has(name) || (/^[_!@-]/.test(name) && !BY_ABILITY.has(name))) return NO_OVERLOAD
  return new CelError(
    `no such overload: ${name}${BY_ABILITY.has(name) ? '' : `(${values.map(typeNameOf).join(', ')})`}`,
  )
}

function folded(checked: CheckedCall, value: Value): Plan {
  const { result } = firstFitting(candidatesOf(checked), [value], checked.name)
  if (result instanceof CelError) throw new PlanError(result.message)
  return constant(result)
}
