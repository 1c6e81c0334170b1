// Checks the types of an expression, and tells everything that is wrong with them. Source: cel-go checker/checker.go, errors.go.

import { library } from '../functions/library.ts'
import type { Overload } from '../functions/function-table.ts'
import { Uint } from '../run/values.ts'
import type {
  Call,
  Comprehension,
  Expression,
  ListLiteral,
  LiteralValue,
  MapLiteral,
  Select,
  StructLiteral,
} from '../syntax/expression.ts'
import type { Problem } from '../syntax/problem.ts'
import {
  BOOL,
  BYTES,
  DOUBLE,
  DYN,
  ERROR,
  INT,
  isDynOrError,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  param,
  paramAt,
  printType,
  sameType,
  STRING,
  typeOf,
  UINT,
  type Type,
  type TypeKind,
} from '../types/type.ts'
import {
  assign,
  assignAll,
  mostGeneral,
  substitute,
  unwrapOptional,
  wrapOptional,
  type Substitutions,
} from '../types/unify.ts'
import type { Checked, CheckedCall } from './checked.ts'
import { typeNamed, type Environment } from './environment.ts'

/** @returns the checked expression, or all that is wrong with it */
export function check(expression: Expression, environment: Environment): Checked | readonly Problem[] {
  const checker = new Checker(environment)
  checker.check(expression, undefined)
  return checker.problems.length > 0 ? checker.problems : checker.checked(expression)
}

/** Variables of loops, the innermost first. */
interface Scope {
  readonly name: string
  readonly type: Type
  readonly outer: Scope | undefined
}

class Checker {
  readonly problems: Problem[] = []
  readonly #environment: Environment
  readonly #types = new Map<Expression, Type>()
  readonly #calls = new Map<Call, CheckedCall>()
  readonly #names = new Map<Expression, string>()
  readonly #typeNames = new Map<Expression, string>()
  #known: Substitutions = new Map()
  #variables = 0

  constructor(environment: Environment) {
    this.#environment = environment
  }

  checked(expression: Expression): Checked {
    const types = new Map([...this.#types].map(([part, type]) => [part, substitute(this.#known, type, true)]))
    return { expression, types, calls: this.#calls, names: this.#names, typeNames: this.#typeNames }
  }

  check(expression: Expression, scope: Scope | undefined): Type {
    const type = this.#typeOf(expression, scope)
    this.#types.set(expression, type)
    return type
  }

  #typeOf(expression: Expression, scope: Scope | undefined): Type {
    switch (expression.kind) {
      case 'literal':
        return typeOfLiteral(expression.value)
      case 'identifier': {
        const found = this.#lookUp(expression, expression.name, scope)
        return found ?? this.#undeclared(expression, expression.name)
      }
      case 'select':
        return this.#select(expression, scope)
      case 'call':
        return this.#call(expression, scope)
      case 'list':
        return this.#list(expression, scope)
      case 'map':
        return this.#map(expression, scope)
      case 'struct':
        return this.#struct(expression, scope)
      case 'comprehension':
        return this.#comprehension(expression, scope)
    }
  }

  #say({ at }: { readonly at: number }, message: string): void {
    this.problems.push({ at, message })
  }

  #undeclared(expression: Expression, name: string): Type {
    this.#say(expression, `undeclared reference to '${name}' (in container '')`)
    return ERROR
  }

  #mismatch(expression: Expression, expected: Type, actual: Type): void {
    this.#say(expression, `expected type '${printType(expected)}' but found '${printType(actual)}'`)
  }

  /** undefined: nothing has that name. */
  #lookUp(expression: Expression, dotted: string, scope: Scope | undefined): Type | undefined {
    const name = dotted.replace(/^\./, '')
    for (let at = dotted === name ? scope : undefined; at !== undefined; at = at.outer) {
      if (at.name !== name) continue
      this.#names.set(expression, name)
      return at.type
    }
    const variable = this.#environment.variables.get(name)
    if (variable !== undefined) {
      this.#names.set(expression, name)
      return variable
    }
    const type = typeNamed(name)
    if (type === undefined) return undefined
    this.#typeNames.set(expression, name)
    return typeOf(type)
  }

  #newVariable(): Type {
    return param(`_var${this.#variables++}`)
  }

  #assigns(target: Type, given: Type): boolean {
    const known = assign(this.#known, target, given)
    if (known !== undefined) this.#known = known
    return known !== undefined
  }

  #resolved(type: Type): Type {
    return substitute(this.#known, type, false)
  }

  #select(select: Select, scope: Scope | undefined): Type {
    const name = select.test ? undefined : qualifiedName(select)
    const found = name === undefined ? undefined : this.#lookUp(select, name, scope)
    if (found !== undefined) return found
    const type = this.#field(select, select.operand, select.field, false, scope)
    return select.test ? BOOL : this.#resolved(type)
  }

  #field(at: Expression, operand: Expression, field: string, wraps: boolean, scope: Scope | undefined): Type {
    const { type, optional } = unwrapOptional(this.#resolved(this.check(operand, scope)))
    return wrapOptional(this.#fieldType(at, type, field), optional || wraps)
  }

  #fieldType(at: Expression, type: Type, field: string): Type {
    switch (type.kind) {
      case 'map':
        return paramAt(type, 1)
      case 'struct': {
        const fields = this.#environment.fieldsOf(type.name)
        const found = fields?.get(field)
        if (fields === undefined) this.#say(at, `unexpected failed resolution of '${type.name}'`)
        else if (found === undefined) this.#say(at, `undefined field '${field}'`)
        return found ?? ERROR
      }
      case 'param':
        this.#assigns(DYN, type)
        return DYN
      default:
        if (!isDynOrError(type)) this.#say(at, `type '${printType(type)}' does not support field selection`)
        return DYN
    }
  }

  #call(call: Call, scope: Scope | undefined): Type {
    const { name, args, target } = call
    if (name === '_?._') return this.#optionalField(call, scope)
    const argTypes = args.map((arg) => this.check(arg, scope))
    if (target !== undefined) {
      const prefix = qualifiedName(target)
      const dotted = prefix === undefined ? undefined : `${prefix.replace(/^\./, '')}.${name}`
      const overloads = dotted === undefined ? undefined : library().find(dotted)
      if (dotted !== undefined && overloads !== undefined) {
        return this.#resolve(call, { name: dotted, target: undefined, args, overloads }, argTypes)
      }
    }
    const receiver = target === undefined ? [] : [this.check(target, scope)]
    const plain = target === undefined ? name.replace(/^\./, '') : name
    const overloads = library().find(plain)
    if (overloads === undefined) return this.#undeclared(call, name)
    return this.#resolve(call, { name: plain, target, args, overloads }, [...receiver, ...argTypes])
  }

  #optionalField(call: Call, scope: Scope | undefined): Type {
    const [operand, field] = call.args
    if (operand === undefined || field?.kind !== 'literal' || typeof field.value !== 'string') return ERROR
    const type = this.#field(call, operand, field.value, true, scope)
    this.#types.set(field, STRING)
    this.#calls.set(call, { name: call.name, target: undefined, args: call.args, overloads: [OPTIONAL_FIELD] })
    return this.#resolved(type)
  }

  #resolve(call: Call, candidate: CheckedCall, argTypes: readonly Type[]): Type {
    const { name, target, overloads } = candidate
    if (name === '_&&_' || name === '_||_') return this.#logic(call, candidate, argTypes)
    const matching: Overload[] = []
    let result: Type | undefined
    for (const overload of overloads) {
      if (overload.isMember !== (target !== undefined)) continue
      const { args, result: type } = overload.isGeneric ? this.#instance(overload) : overload
      const known = assignAll(this.#known, argTypes, args)
      if (known === undefined) continue
      this.#known = known
      matching.push(overload)
      const given = this.#resolved(type)
      if (result === undefined) result = given
      else if (result.kind !== 'dyn' && !sameType(given, result)) result = DYN
    }
    if (result === undefined) {
      const types = argTypes.map((type) => printType(substitute(this.#known, type, true)))
      const signature =
        target === undefined ? `(${types.join(', ')})` : `${types[0] ?? ''}.(${types.slice(1).join(', ')})`
      this.#say(call, `found no matching overload for '${name}' applied to '${signature}'`)
      return ERROR
    }
    this.#calls.set(call, { ...candidate, overloads: matching })
    return result
  }

  #logic(call: Call, candidate: CheckedCall, argTypes: readonly Type[]): Type {
    const wrong = argTypes.flatMap((type, index) => (this.#assigns(type, BOOL) ? [] : [index]))
    for (const index of wrong) this.#mismatch(candidate.args[index] ?? call, BOOL, argTypes[index] ?? DYN)
    this.#calls.set(call, candidate)
    return wrong.length > 0 ? ERROR : BOOL
  }

  /** The overload with type variables of its own. */
  #instance({ args, result }: Overload): { readonly args: readonly Type[]; readonly result: Type } {
    const fresh = new Map<string, Type>()
    const renew = (type: Type): Type => {
      if (type.kind !== 'param') return type.params.length === 0 ? type : { ...type, params: type.params.map(renew) }
      const known = fresh.get(type.name)
      if (known !== undefined) return known
      const variable = this.#newVariable()
      fresh.set(type.name, variable)
      return variable
    }
    return { args: args.map(renew), result: renew(result) }
  }

  /** The common type of what went before and what comes next; dyn where they have none. */
  #join(previous: Type | undefined, current: Type): Type {
    if (previous === undefined) return current
    return this.#assigns(previous, current) ? mostGeneral(previous, current) : DYN
  }

  #list({ elements, optionals }: ListLiteral, scope: Scope | undefined): Type {
    let joined: Type | undefined
    for (const [index, element] of elements.entries()) {
      const type = this.#unwrapped(element, this.check(element, scope), optionals.has(index))
      joined = this.#join(joined, type)
    }
    return listOf(joined ?? this.#newVariable())
  }

  #unwrapped(at: Expression, type: Type, optional: boolean): Type {
    if (!optional) return type
    const inside = unwrapOptional(type)
    if (!inside.optional && type.kind !== 'dyn') this.#mismatch(at, optionalOf(type), type)
    return inside.type
  }

  #map({ entries }: MapLiteral, scope: Scope | undefined): Type {
    let keys: Type | undefined
    let values: Type | undefined
    for (const { key, value, optional } of entries) {
      keys = this.#join(keys, this.check(key, scope))
      values = this.#join(values, this.#unwrapped(value, this.check(value, scope), optional))
    }
    return mapOf(keys ?? this.#newVariable(), values ?? this.#newVariable())
  }

  #struct(struct: StructLiteral, scope: Scope | undefined): Type {
    const { typeName, fields } = struct
    const named = this.#lookUp(struct, typeName, scope)
    const type = named?.kind === 'type' ? paramAt(named, 0) : undefined
    const isMessage = type !== undefined && MESSAGE_TYPES.has(type.kind)
    if (named === undefined) return this.#undeclared(struct, typeName)
    if (type === undefined) this.#say(struct, `'${printType(named)}' is not a type`)
    else if (!isMessage) this.#say(struct, `'${printType(type)}' is not a message type`)
    for (const { at, value } of fields) {
      this.check(value, scope)
      this.#say({ at }, `unexpected failed resolution of '${typeName}'`)
    }
    return isMessage ? type : ERROR
  }

  #comprehension(loop: Comprehension, scope: Scope | undefined): Type {
    const { range, init, variable, second, accumulator } = loop
    const rangeType = this.check(range, scope)
    const accumulated = this.check(init, scope)
    const outer: Scope = { name: accumulator, type: accumulated, outer: scope }
    const [first, other] = this.#elements(loop, this.#resolved(rangeType))
    const single: Scope = { name: variable, type: second === undefined ? (first ?? DYN) : (other ?? DYN), outer }
    const inner = second === undefined ? single : { name: second, type: first ?? DYN, outer: single }
    this.#asserts(loop.condition, this.check(loop.condition, inner), BOOL)
    this.#asserts(loop.step, this.check(loop.step, inner), accumulated)
    return this.#resolved(this.check(loop.result, outer))
  }

  #asserts(expression: Expression, type: Type, wanted: Type): void {
    if (!this.#assigns(wanted, type)) this.#mismatch(expression, wanted, type)
  }

  /** Types of elements, and of indices or keys; of a map with one variable the keys are the elements. */
  #elements({ range, second }: Comprehension, type: Type): readonly [element: Type, key: Type] {
    switch (type.kind) {
      case 'list':
        return [paramAt(type, 0), INT]
      case 'map':
        return second === undefined ? [paramAt(type, 0), DYN] : [paramAt(type, 1), paramAt(type, 0)]
      case 'dyn':
      case 'error':
      case 'param':
        this.#assigns(DYN, type)
        return [DYN, DYN]
      default: {
        const what = `expression of type '${printType(type)}' cannot be range of a comprehension`
        this.#say(range, `${what} (must be list, map, or dynamic)`)
        return [ERROR, ERROR]
      }
    }
  }
}

/** Types that upstream takes for messages: of them nothing can be set. */
const MESSAGE_TYPES: ReadonlySet<TypeKind> = new Set(['timestamp', 'duration', 'null', 'list', 'map'])

const OPTIONAL_FIELD: Overload = {
  id: 'select_optional_field',
  isMember: false,
  args: [DYN, STRING],
  result: optionalOf(DYN),
  isGeneric: false,
  run: () => null,
}

/** `a.b.c` as one name; undefined for anything else. */
function qualifiedName(expression: Expression): string | undefined {
  if (expression.kind === 'identifier') return expression.name
  if (expression.kind !== 'select' || expression.test) return undefined
  const prefix = qualifiedName(expression.operand)
  return prefix === undefined ? undefined : `${prefix}.${expression.field}`
}

function typeOfLiteral(value: LiteralValue): Type {
  if (value === null) return NULL
  if (value instanceof Uint) return UINT
  if (value instanceof Uint8Array) return BYTES
  switch (typeof value) {
    case 'bigint':
      return INT
    case 'boolean':
      return BOOL
    case 'number':
      return DOUBLE
    default:
      return STRING
  }
}
