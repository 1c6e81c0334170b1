// JSON in texts of objects: in annotations, from before there was a field, and in secrets. Source: encoding/json Unmarshal.

import { JsonSyntaxError, scanJson } from '../decode/json-scanner.ts'

type Read<T> =
  { readonly value: T; readonly problem?: undefined } | { readonly value?: undefined; readonly problem: string }

/** An object of any keys; null is taken for an empty one. */
export function readObject(text: string, goType: string): Read<Readonly<Record<string, unknown>>> {
  return readKind(text, 'object', goType, {})
}

/** What the members of a list are: the struct's name and the type of each of its fields, in Go. */
export interface Members {
  readonly name: string
  readonly fields: Readonly<Record<string, string>>
}

/** A list of objects; null is taken for an empty one. */
export function readList<T>(text: string, members: Members): Read<readonly T[]> {
  const list = readKind<readonly T[]>(text, 'array', `[]core.${members.name}`, [])
  if (list.problem !== undefined) return list
  for (const member of list.value) {
    const problem = memberProblem(member, members)
    if (problem !== undefined) return { problem }
  }
  return { value: list.value.map((member) => member ?? ({} as T)) }
}

function memberProblem(member: unknown, { name, fields }: Members): string | undefined {
  if (member === null) return undefined
  if (kindOf(member) !== 'object') return unreadable(kindOf(member), `core.${name}`)
  for (const [field, goType] of Object.entries(fields)) {
    const kind = kindOf((member as Readonly<Record<string, unknown>>)[field])
    if (kind === 'undefined' || kind === 'null' || kind === (goType === '*int64' ? 'number' : 'string')) continue
    const goName = field.charAt(0).toUpperCase() + field.slice(1)
    return `json: cannot unmarshal ${kind} into Go struct field ${name}.${goName} of type ${goType.replace('*', '')}`
  }
  return undefined
}

function readKind<T>(text: string, kind: string, goType: string, empty: T): Read<T> {
  try {
    const { value } = scanJson(text)
    if (value === null) return { value: empty }
    return kindOf(value) === kind ? { value: value as T } : { problem: unreadable(kindOf(value), goType) }
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { problem: error.message }
    throw error
  }
}

const unreadable = (kind: string, goType: string): string =>
  `json: cannot unmarshal ${kind} into Go value of type ${goType}`

/** As Go's decoder calls it. */
function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}
