// Macros: calls that are read as something else, most of them as loops over a list or a map. Source: cel-go parser/macro.go,
// cel/library.go (optMap), ext/comprehensions.go (two variables), ext/lists.go (sortBy).

import { copyOf, type Comprehension, type Expression, type LiteralValue } from './expression.ts'

const ACCUMULATOR = '@result'
const FORMER_ACCUMULATOR = '__result__'

/** A macro with arguments it cannot have. */
export class MacroError extends Error {
  override readonly name = 'MacroError'
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

type Args = readonly Expression[]
type Expand = (make: Maker, target: Expression, args: Args) => Expression

/** Makes expressions that stand where the macro stands. */
class Maker {
  readonly at: number

  constructor(at: number) {
    this.at = at
  }

  literal(value: LiteralValue): Expression {
    return { kind: 'literal', at: this.at, value }
  }

  name(name: string): Expression {
    return { kind: 'identifier', at: this.at, name }
  }

  get accumulator(): Expression {
    return this.name(ACCUMULATOR)
  }

  call(name: string, ...args: Args): Expression {
    return { kind: 'call', at: this.at, name, target: undefined, args }
  }

  member(name: string, target: Expression, ...args: Args): Expression {
    return { kind: 'call', at: this.at, name, target, args }
  }

  list(...elements: Args): Expression {
    return { kind: 'list', at: this.at, elements, optionals: new Set() }
  }

  loop(
    range: Expression,
    [variable, second]: Variables,
    parts: Pick<Comprehension, 'condition' | 'init' | 'result' | 'step'>,
    accumulator = ACCUMULATOR,
  ): Expression {
    return { kind: 'comprehension', at: this.at, range, variable, second, accumulator, ...parts }
  }

  /** Gives a value a name inside an expression. */
  bind(name: string, value: Expression, inside: Expression): Expression {
    const parts = { init: value, condition: this.literal(false), step: this.name(name), result: inside }
    return this.loop(this.list(), ['#unused', undefined], parts, name)
  }

  /** `step` where the filter holds; else things stay as they are. */
  where(filter: Expression | undefined, step: Expression): Expression {
    return filter === undefined ? step : this.call('_?_:_', filter, step, this.accumulator)
  }
}

type Variables = readonly [first: string, second: string | undefined]

const RECEIVER_MACROS: ReadonlyMap<string, Expand> = new Map<string, Expand>([
  ['all/2', (make, range, [name, predicate]) => all(make, range, [simpleName(name), undefined], predicate)],
  ['exists/2', (make, range, [name, predicate]) => exists(make, range, [simpleName(name), undefined], predicate)],
  ['exists_one/2', (make, range, [name, predicate]) => one(make, range, [simpleName(name), undefined], predicate)],
  ['existsOne/2', (make, range, [name, predicate]) => one(make, range, [simpleName(name), undefined], predicate)],
  ['map/2', (make, range, [name, transform]) => map(make, range, identifier(name), undefined, transform)],
  ['map/3', (make, range, [name, filter, transform]) => map(make, range, identifier(name), filter, transform)],
  ['filter/2', (make, range, [name, filter]) => map(make, range, identifier(name), filter, name)],
  ['all/3', (make, range, [i, v, predicate]) => all(make, range, twoNames(i, v), predicate)],
  ['exists/3', (make, range, [i, v, predicate]) => exists(make, range, twoNames(i, v), predicate)],
  ['exists_one/3', (make, range, [i, v, predicate]) => one(make, range, twoNames(i, v), predicate)],
  ['existsOne/3', (make, range, [i, v, predicate]) => one(make, range, twoNames(i, v), predicate)],
  ...[3, 4].flatMap((count): readonly (readonly [string, Expand])[] => [
    [`transformList/${count}`, transformList],
    [`transformMap/${count}`, transformMap],
    [`transformMapEntry/${count}`, transformMapEntry],
  ]),
  ['optMap/2', optMap],
  ['optFlatMap/2', optFlatMap],
  ['sortBy/2', sortBy],
])

/** undefined: a call like any other. @throws MacroError */
export function expandMacro(
  at: number,
  name: string,
  target: Expression | undefined,
  args: Args,
): Expression | undefined {
  if (target === undefined) return name === 'has' && args.length === 1 ? has(at, given(args[0])) : undefined
  return RECEIVER_MACROS.get(`${name}/${args.length}`)?.(new Maker(at), target, args)
}

/** As many arguments as the macro's name counts are there. */
function given(argument: Expression | undefined): Expression {
  return argument ?? { kind: 'literal', at: 0, value: null }
}

function has(at: number, argument: Expression): Expression {
  if (argument.kind !== 'select') throw new MacroError(argument.at, 'invalid argument to has() macro')
  return { kind: 'select', at, operand: argument.operand, field: argument.field, test: true }
}

function nameOf(argument: Expression | undefined, problem: string): string {
  const expression = given(argument)
  if (expression.kind !== 'identifier') throw new MacroError(expression.at, problem)
  const { name, at } = expression
  if (name === ACCUMULATOR || name === FORMER_ACCUMULATOR) {
    throw new MacroError(at, 'iteration variable overwrites accumulator variable')
  }
  return name
}

function simpleName(argument: Expression | undefined): string {
  return nameOf(argument, 'argument must be a simple name')
}

function identifier(argument: Expression | undefined): string {
  return nameOf(argument, 'argument is not an identifier')
}

function twoNames(first: Expression | undefined, second: Expression | undefined): Variables {
  const names: Variables = [simpleName(first), simpleName(second)]
  if (names[0] === names[1]) throw new MacroError(given(second).at, `duplicate variable name: ${names[0]}`)
  return names
}

function all(make: Maker, range: Expression, variables: Variables, predicate: Expression | undefined): Expression {
  return make.loop(range, variables, {
    init: make.literal(true),
    condition: make.call('@not_strictly_false', make.accumulator),
    step: make.call('_&&_', make.accumulator, given(predicate)),
    result: make.accumulator,
  })
}

function exists(make: Maker, range: Expression, variables: Variables, predicate: Expression | undefined): Expression {
  return make.loop(range, variables, {
    init: make.literal(false),
    condition: make.call('@not_strictly_false', make.call('!_', make.accumulator)),
    step: make.call('_||_', make.accumulator, given(predicate)),
    result: make.accumulator,
  })
}

function one(make: Maker, range: Expression, variables: Variables, predicate: Expression | undefined): Expression {
  return make.loop(range, variables, {
    init: make.literal(0n),
    condition: make.literal(true),
    step: make.where(given(predicate), make.call('_+_', make.accumulator, make.literal(1n))),
    result: make.call('_==_', make.accumulator, make.literal(1n)),
  })
}

function map(
  make: Maker,
  range: Expression,
  variable: string,
  filter: Expression | undefined,
  transform: Expression | undefined,
): Expression {
  return make.loop(range, [variable, undefined], {
    init: make.list(),
    condition: make.literal(true),
    step: make.where(filter, make.call('_+_', make.accumulator, make.list(given(transform)))),
    result: make.accumulator,
  })
}

function filterAndTransform(args: Args): { readonly filter: Expression | undefined; readonly transform: Expression } {
  return args.length === 4
    ? { filter: args[2], transform: given(args[3]) }
    : { filter: undefined, transform: given(args[2]) }
}

function transformList(make: Maker, range: Expression, args: Args): Expression {
  const variables = twoNames(args[0], args[1])
  const { filter, transform } = filterAndTransform(args)
  return make.loop(range, variables, {
    init: make.list(),
    condition: make.literal(true),
    step: make.where(filter, make.call('_+_', make.accumulator, make.list(transform))),
    result: make.accumulator,
  })
}

function intoMap(
  make: Maker,
  range: Expression,
  args: Args,
  insert: (transform: Expression, key: string) => Expression,
): Expression {
  const variables = twoNames(args[0], args[1])
  const { filter, transform } = filterAndTransform(args)
  return make.loop(range, variables, {
    init: { kind: 'map', at: make.at, entries: [] },
    condition: make.literal(true),
    step: make.where(filter, insert(transform, variables[0])),
    result: make.accumulator,
  })
}

function transformMap(make: Maker, range: Expression, args: Args): Expression {
  return intoMap(make, range, args, (transform, key) =>
    make.call('cel.@mapInsert', make.accumulator, make.name(key), transform),
  )
}

function transformMapEntry(make: Maker, range: Expression, args: Args): Expression {
  return intoMap(make, range, args, (transform) => make.call('cel.@mapInsert', make.accumulator, transform))
}

function boundName(argument: Expression | undefined, macro: string): string {
  const expression = given(argument)
  if (expression.kind === 'identifier') return expression.name
  throw new MacroError(expression.at, `${macro}() variable name must be a simple identifier`)
}

function optMap(make: Maker, target: Expression, [name, transform]: Args): Expression {
  const variable = boundName(name, 'optMap')
  const bound = make.bind(variable, make.member('value', copyOf(target)), given(transform))
  const mapped = make.call('optional.of', bound)
  return make.call('_?_:_', make.member('hasValue', target), mapped, make.call('optional.none'))
}

function optFlatMap(make: Maker, target: Expression, [name, transform]: Args): Expression {
  const variable = boundName(name, 'optFlatMap')
  const bound = make.bind(variable, make.member('value', copyOf(target)), given(transform))
  return make.call('_?_:_', make.member('hasValue', target), bound, make.call('optional.none'))
}

const SORTED = '@__sortBy_input__'

function sortBy(make: Maker, target: Expression, [name, key]: Args): Expression {
  if (target.kind === 'literal' || target.kind === 'map' || target.kind === 'struct') {
    const text = 'sortBy can only be applied to a list, identifier, comprehension, call or select expression'
    throw new MacroError(target.at, text)
  }
  const keys = map(make, make.name(SORTED), identifier(name), undefined, key)
  return make.bind(SORTED, target, make.member('@sortByAssociatedKeys', make.name(SORTED), keys))
}
