// The functions expressions may call: each name has overloads for the types of its arguments. Source: cel-go common/decls.

import { readType, type Type } from '../types/type.ts'
import type { Value } from '../run/values.ts'

/** Arguments in order, the receiver first; never an error among them. */
export type Run = (...args: readonly Value[]) => Value

export interface Overload {
  readonly id: string
  /** Called on its first argument: `a.f(b)`. */
  readonly isMember: boolean
  readonly args: readonly Type[]
  readonly result: Type
  /** It has type variables. */
  readonly isGeneric: boolean
  readonly run: Run
}

export class FunctionTable {
  readonly #functions = new Map<string, Overload[]>()

  /** `f(a, b)`; names may have dots: `sets.contains`. */
  free(id: string, name: string, args: readonly string[], result: string, run: Run): this {
    return this.#add(name, { id, isMember: false, args, result, run })
  }

  /** `a.f(b)` */
  member(id: string, name: string, args: readonly string[], result: string, run: Run): this {
    return this.#add(name, { id, isMember: true, args, result, run })
  }

  #add(
    name: string,
    overload: Pick<Overload, 'id' | 'isMember' | 'run'> & { readonly args: readonly string[]; readonly result: string },
  ): this {
    const args = overload.args.map(readType)
    const result = readType(overload.result)
    const made = { ...overload, args, result, isGeneric: args.some(isGeneric) || isGeneric(result) }
    const known = this.#functions.get(name)
    if (known === undefined) this.#functions.set(name, [made])
    else known.push(made)
    return this
  }

  /** undefined: there is none of that name. */
  find(name: string): readonly Overload[] | undefined {
    return this.#functions.get(name)
  }
}

function isGeneric({ kind, params }: Type): boolean {
  return kind === 'param' || params.some(isGeneric)
}
