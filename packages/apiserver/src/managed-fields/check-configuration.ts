// Checks an applied configuration against its type before anything is merged. The texts are the real library's.
// Source: structured-merge-diff typed/validate.go, helpers.go.

import { isRecord } from '../objects/is-record.ts'
import { goValue, goValueSyntax, goValueType } from './go-values.ts'
import { printElement } from './path-element.ts'
import {
  fieldType,
  itemElement,
  settle,
  type ListType,
  type MapType,
  type ScalarType,
  type StructType,
  type ValueType,
} from './value-type.ts'

/** What is wrong, as one text; undefined when nothing is. */
export function checkConfiguration(type: ValueType, value: unknown): string | undefined {
  return problemsOf(type, value, false)
}

const fine = new WeakMap<object, WeakSet<ValueType>>()

/** Of an object that exists, whose lists may have an item twice. */
export function checkObject(type: ValueType, object: object): string | undefined {
  const types = fine.get(object) ?? new WeakSet<ValueType>()
  if (types.has(type)) return undefined
  const problem = problemsOf(type, object, true)
  if (problem === undefined && Object.isFrozen(object)) fine.set(object, types.add(type))
  return problem
}

function problemsOf(type: ValueType, value: unknown, duplicates: boolean): string | undefined {
  const problems: string[] = []
  new Check(problems, duplicates).visit(type, value, '')
  if (problems.length <= 1) return problems[0]
  return ['errors:', ...problems.map((problem) => `  ${problem}`)].join('\n')
}

class Check {
  readonly #problems: string[]
  readonly #duplicates: boolean

  constructor(problems: string[], duplicates: boolean) {
    this.#problems = problems
    this.#duplicates = duplicates
  }

  visit(given: ValueType, value: unknown, path: string): void {
    const type = settle(given, value)
    if (value === null || value === undefined || type.kind === 'any') return
    if (type.kind === 'scalar') this.#scalar(type, value, path)
    else if (type.kind === 'list') this.#list(type, value, path)
    else this.#map(type, value, path)
  }

  #scalar({ scalar }: ScalarType, value: unknown, path: string): void {
    switch (scalar) {
      case 'numeric':
        if (typeof value !== 'number' && typeof value !== 'bigint')
          this.#say(path, `expected numeric (int or float), got ${goValueType(value)}`)
        break
      case 'string':
        if (typeof value !== 'string') this.#say(path, `expected string, got ${goValueSyntax(value)}`)
        break
      case 'boolean':
        if (typeof value !== 'boolean') this.#say(path, `expected boolean, got ${goValue(value)}`)
        break
      case 'untyped':
        if (typeof value === 'object') this.#say(path, `expected any scalar, got ${goValue(value)}`)
    }
  }

  #list(type: ListType, value: unknown, path: string): void {
    if (!Array.isArray(value)) return this.#say(path, `expected list, got ${goValue(value)}`)
    const seen = new Set<string>()
    for (const [index, item] of value.entries()) {
      const element = type.relation === 'atomic' ? `i:${index}` : itemElement(type, item)
      if (typeof element !== 'string') return this.#say(path, `element ${index}: ${element.why}`)
      if (seen.has(element) && !this.#duplicates) this.#say(path, `duplicate entries for key ${printElement(element)}`)
      seen.add(element)
      this.visit(type.element, item, path + printElement(element))
    }
  }

  #map(type: MapType | StructType, value: unknown, path: string): void {
    if (!isRecord(value)) return this.#say(path, `expected map, got ${goValue(value)}`)
    for (const key of Object.keys(value)) {
      const inner = fieldType(type, key)
      // The real server stops at the first unknown field of a struct.
      if (inner === undefined) return this.#say(`${path}.${key}`, 'field not declared in schema')
      this.visit(inner, value[key], `${path}.${key}`)
    }
  }

  #say(path: string, problem: string): void {
    this.#problems.push(path === '' ? problem : `${path}: ${problem}`)
  }
}
