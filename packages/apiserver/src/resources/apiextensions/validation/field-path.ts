// A path from a schema to one of its fields, as rules (`fieldPath`) and selectable fields name it: `.spec.ports['a.b']`.
// Source: apiextensions-apiserver pkg/apiserver/schema/cel/validation.go (ValidFieldPath).

import { propertySchema, type Schema } from './schema-walk.ts'

export interface FoundField {
  /** As error paths print it: `spec.ports[a.b]`. */
  readonly path: string
  /** The first step alone. */
  readonly root: string
  /** undefined behind additionalProperties without a schema. */
  readonly schema: Schema | undefined
}

interface Options {
  /** `['name']` is understood. */
  readonly brackets: boolean
}

/** @returns the field, or why there is none */
export function findField(text: string, schema: Schema, { brackets }: Options): FoundField | string {
  const tokens = tokensOf(text)
  let found: FoundField = { path: '', root: '', schema }
  for (let i = 0; i < tokens.length;) {
    const delimiter = tokens[i] ?? ''
    const name = tokens[i + 1]
    if (delimiter !== '.' && delimiter !== '[') return `expected [ or . but got: ${delimiter}`
    if (delimiter === '[' && !brackets) return 'array notation is not allowed'
    if (name === undefined) return 'unexpected end of JSON path'
    const step = delimiter === '.' ? { name } : unquoted(name)
    if (typeof step === 'string') return step
    const next = descend(found, step.name)
    if (typeof next === 'string') return next
    found = next
    if (delimiter === '[') {
      const end = tokens[i + 2]
      if (end === undefined) return 'unexpected end of JSON path'
      if (end !== ']') return `expected ] but got ${end}`
    }
    i += delimiter === '[' ? 3 : 2
  }
  return found
}

/** `.`, `[` and `]` alone, quoted texts whole, everything between them. */
function tokensOf(text: string): readonly string[] {
  return text.match(/'(?:[^'\\]|\\.)*'|[.[\]]|'[^]*$|[^.[\]]+/g) ?? []
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ["'", "'"],
  ['\\', '\\'],
])

function unquoted(token: string): { readonly name: string } | string {
  if (!/^'[^]*'$/.test(token) || token.length < 2) return `expected single quoted string but got ${token}`
  let wrong: string | undefined
  const name = token.slice(1, -1).replace(/\\(.)/g, (escape, char: string) => {
    const meant = ESCAPES.get(char)
    if (meant === undefined) wrong = `invalid string literal: invalid escape char ${escape}`
    return meant ?? ''
  })
  return wrong ?? { name }
}

function descend({ path, root, schema }: FoundField, name: string): FoundField | string {
  const nowhere = 'does not refer to a valid field'
  const { properties, additionalProperties } = schema ?? {}
  if (properties === undefined) {
    if (additionalProperties === undefined) return nowhere
    const inner = typeof additionalProperties === 'object' ? additionalProperties : undefined
    return { path: `${path}[${name}]`, root: root === '' ? name : root, schema: inner }
  }
  const property = schema === undefined ? undefined : propertySchema(schema, name)
  if (property === undefined) return nowhere
  return { path: path === '' ? name : `${path}.${name}`, root: root === '' ? name : root, schema: property }
}
