// Expressions as they are read: macros are expanded into comprehensions, operators are calls of functions such as `_+_`.
// Source: cel-go common/ast, common/operators.

import type { Uint } from '../run/values.ts'

interface Placed {
  /** Where messages say it is: an offset into the text, at an operator, a dot or an opening bracket. */
  readonly at: number
}

export type LiteralValue = null | boolean | bigint | Uint | number | string | Uint8Array

export interface Literal extends Placed {
  readonly kind: 'literal'
  readonly value: LiteralValue
}

export interface Identifier extends Placed {
  readonly kind: 'identifier'
  readonly name: string
}

export interface Select extends Placed {
  readonly kind: 'select'
  readonly operand: Expression
  readonly field: string
  /** has(): asks only whether it is there. */
  readonly test: boolean
}

export interface Call extends Placed {
  readonly kind: 'call'
  readonly name: string
  readonly target: Expression | undefined
  readonly args: readonly Expression[]
}

export interface ListLiteral extends Placed {
  readonly kind: 'list'
  readonly elements: readonly Expression[]
  /** Indices of elements that are optional values: `[?a]`. */
  readonly optionals: ReadonlySet<number>
}

export interface MapEntry extends Placed {
  readonly key: Expression
  readonly value: Expression
  readonly optional: boolean
}

export interface MapLiteral extends Placed {
  readonly kind: 'map'
  readonly entries: readonly MapEntry[]
}

export interface StructField extends Placed {
  readonly value: Expression
}

export interface StructLiteral extends Placed {
  readonly kind: 'struct'
  readonly typeName: string
  readonly fields: readonly StructField[]
}

export interface Comprehension extends Placed {
  readonly kind: 'comprehension'
  readonly range: Expression
  readonly variable: string
  /** Two-variable macros: the element, while `variable` is its index or key. */
  readonly second: string | undefined
  readonly accumulator: string
  readonly init: Expression
  readonly condition: Expression
  readonly step: Expression
  readonly result: Expression
}

export type Expression = Literal | Identifier | Select | Call | ListLiteral | MapLiteral | StructLiteral | Comprehension

/** What stands right inside. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'identifier':
      return []
    case 'select':
      return [expression.operand]
    case 'call':
      return expression.target === undefined ? expression.args : [expression.target, ...expression.args]
    case 'list':
      return expression.elements
    case 'map':
      return expression.entries.flatMap(({ key, value }) => [key, value])
    case 'struct':
      return expression.fields.map(({ value }) => value)
    case 'comprehension': {
      const { range, init, condition, step, result } = expression
      return [range, init, condition, step, result]
    }
  }
}

/** The same anew, for macros that say their target twice. */
export function copyOf(expression: Expression): Expression {
  switch (expression.kind) {
    case 'literal':
    case 'identifier':
      return { ...expression }
    case 'select':
      return { ...expression, operand: copyOf(expression.operand) }
    case 'call': {
      const { target, args } = expression
      return { ...expression, target: target === undefined ? undefined : copyOf(target), args: args.map(copyOf) }
    }
    case 'list':
      return { ...expression, elements: expression.elements.map(copyOf) }
    case 'map': {
      const entries = expression.entries.map((entry) => ({
        ...entry,
        key: copyOf(entry.key),
        value: copyOf(entry.value),
      }))
      return { ...expression, entries }
    }
    case 'struct':
      return { ...expression, fields: expression.fields.map((field) => ({ ...field, value: copyOf(field.value) })) }
    case 'comprehension': {
      const { range, init, condition, step, result } = expression
      const [a, b, c, d, e] = [copyOf(range), copyOf(init), copyOf(condition), copyOf(step), copyOf(result)]
      return { ...expression, range: a, init: b, condition: c, step: d, result: e }
    }
  }
}
