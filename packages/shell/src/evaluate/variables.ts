// Shell variables: values (text, indexed or associative arrays), export and readonly marks, local scopes of functions. A copy for
// a subshell costs nothing until one side writes.

import { AssociativeArray } from './associative-array.ts'

export type Value = string | ReadonlyMap<number, string> | AssociativeArray

interface Variable {
  readonly value: Value | undefined
  readonly exported: boolean
  readonly readonly: boolean
}

/** What a variable was before `local` hid it. */
type Saved = ReadonlyMap<string, Variable | undefined>

export class Variables {
  #map: Map<string, Variable>
  #shared = false
  #environment: ReadonlyMap<string, string> | undefined
  readonly #scopes: Map<string, Variable | undefined>[] = []

  constructor(environment: ReadonlyMap<string, string> = new Map()) {
    this.#map = new Map()
    for (const [name, value] of environment) this.#map.set(name, { value, exported: true, readonly: false })
  }

  copy(): Variables {
    const copy = new Variables()
    copy.#map = this.#map
    copy.#environment = this.#environment
    copy.#shared = true
    this.#shared = true
    for (const scope of this.#scopes) copy.#scopes.push(new Map(scope))
    return copy
  }

  value(name: string): Value | undefined {
    return this.#map.get(name)?.value
  }

  /** Text of a variable; of an array, its element 0. */
  text(name: string): string | undefined {
    const value = this.#map.get(name)?.value
    if (value === undefined || typeof value === 'string') return value
    return value instanceof AssociativeArray ? value.get('0') : value.get(0)
  }

  has(name: string): boolean {
    return this.#map.get(name)?.value !== undefined
  }

  isReadonly(name: string): boolean {
    return this.#map.get(name)?.readonly === true
  }

  /** False when it is readonly. */
  set(name: string, value: Value, exported?: boolean): boolean {
    const before = this.#map.get(name)
    if (before?.readonly === true) return false
    this.#write(name, { value, exported: exported ?? before?.exported ?? false, readonly: false })
    return true
  }

  /** @param index of an indexed array, or key of an associative one */
  setElement(name: string, index: number | string, value: string): boolean {
    const before = this.value(name)
    if (before instanceof AssociativeArray) return this.set(name, before.with(String(index), value))
    const elements = new Map(typeof before === 'string' ? [[0, before]] : before)
    elements.set(Number(index), value)
    return this.set(name, new Map([...elements].sort((a, b) => a[0] - b[0])))
  }

  unset(name: string): boolean {
    if (this.isReadonly(name)) return false
    this.#own().delete(name)
    this.#environment = undefined
    return true
  }

  mark(name: string, marks: { readonly exported?: boolean; readonly readonly?: boolean }): void {
    const before = this.#map.get(name)
    this.#write(name, {
      value: before?.value,
      exported: marks.exported ?? before?.exported ?? false,
      readonly: marks.readonly ?? before?.readonly ?? false,
    })
  }

  /** Exported variables, in the order they came. */
  environment(): ReadonlyMap<string, string> {
    if (this.#environment !== undefined) return this.#environment
    const environment = new Map<string, string>()
    for (const [name, variable] of this.#map) {
      if (variable.exported && typeof variable.value === 'string') environment.set(name, variable.value)
    }
    this.#environment = environment
    return environment
  }

  /** Names by code unit. */
  names(): readonly string[] {
    return [...this.#map.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }

  exportedNames(): readonly string[] {
    return this.names().filter((name) => this.#map.get(name)?.exported === true)
  }

  readonlyNames(): readonly string[] {
    return this.names().filter((name) => this.isReadonly(name))
  }

  get inFunction(): boolean {
    return this.#scopes.length > 0
  }

  enterScope(): void {
    this.#scopes.push(new Map())
  }

  leaveScope(): void {
    this.restore(this.#scopes.pop() ?? new Map())
  }

  /** Hides a variable until the function returns. */
  makeLocal(name: string): void {
    const scope = this.#scopes.at(-1)
    if (scope === undefined || scope.has(name)) return
    const before = this.#map.get(name)
    scope.set(name, before)
    this.#write(name, { value: undefined, exported: before?.exported ?? false, readonly: false })
  }

  /** Remembers variables, to be put back by `restore`. */
  save(names: readonly string[]): Saved {
    return new Map(names.map((name) => [name, this.#map.get(name)]))
  }

  restore(saved: Saved): void {
    for (const [name, variable] of saved) {
      if (variable === undefined) this.#own().delete(name)
      else this.#own().set(name, variable)
    }
    this.#environment = undefined
  }

  #write(name: string, variable: Variable): void {
    if (variable.exported || this.#map.get(name)?.exported === true) this.#environment = undefined
    this.#own().set(name, variable)
  }

  #own(): Map<string, Variable> {
    if (this.#shared) {
      this.#map = new Map(this.#map)
      this.#shared = false
    }
    return this.#map
  }
}
