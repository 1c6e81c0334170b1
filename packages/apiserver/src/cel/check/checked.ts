// An expression with the type of each part, and what its names and calls turned out to mean.

import type { Overload } from '../functions/function-table.ts'
import type { Call, Expression } from '../syntax/expression.ts'
import { DYN, type Type } from '../types/type.ts'

/** A call as it is run: `sets.contains(a, b)` has no receiver. */
export interface CheckedCall {
  readonly name: string
  readonly target: Expression | undefined
  readonly args: readonly Expression[]
  /** More than one where types are only known at run time. */
  readonly overloads: readonly Overload[]
}

export interface Checked {
  readonly expression: Expression
  readonly types: ReadonlyMap<Expression, Type>
  readonly calls: ReadonlyMap<Call, CheckedCall>
  /** Variables by what names them: dotted names are one name. */
  readonly names: ReadonlyMap<Expression, string>
  /** Types that are spoken of by name. */
  readonly typeNames: ReadonlyMap<Expression, string>
}

export function typeOfPart({ types }: Checked, expression: Expression): Type {
  return types.get(expression) ?? DYN
}

export function callOf({ calls }: Checked, call: Call): CheckedCall {
  return calls.get(call) ?? { name: call.name, target: call.target, args: call.args, overloads: [] }
}
