// Types of expressions, and how messages print them. Source: cel-go common/types/types.go, checker/format.go.

export type TypeKind =
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  /** A type of a library: optional_type, net.IP. */
  | 'opaque'
  /** A type variable. */
  | 'param'
  | 'string'
  | 'struct'
  | 'timestamp'
  /** The type of types. */
  | 'type'
  | 'uint'

export interface Type {
  readonly kind: TypeKind
  readonly name: string
  readonly params: readonly Type[]
}

function simple(kind: TypeKind, name: string = kind): Type {
  return { kind, name, params: [] }
}

export const BOOL = simple('bool')
export const BYTES = simple('bytes')
export const DOUBLE = simple('double')
export const DURATION = simple('duration')
export const DYN = simple('dyn')
export const ERROR = simple('error', '!error!')
export const INT = simple('int')
export const NULL = simple('null')
export const STRING = simple('string')
export const TIMESTAMP = simple('timestamp')
export const TYPE = simple('type')
export const UINT = simple('uint')

export function listOf(element: Type): Type {
  return { kind: 'list', name: 'list', params: [element] }
}

export function mapOf(key: Type, value: Type): Type {
  return { kind: 'map', name: 'map', params: [key, value] }
}

export function optionalOf(value: Type): Type {
  return { kind: 'opaque', name: 'optional_type', params: [value] }
}

export function typeOf(type: Type): Type {
  return { kind: 'type', name: 'type', params: [type] }
}

export function structNamed(name: string): Type {
  return simple('struct', name)
}

export function opaqueNamed(name: string): Type {
  return simple('opaque', name)
}

export function param(name: string): Type {
  return simple('param', name)
}

/** The n-th part of a list, a map, an optional value. */
export function paramAt(type: Type, index: number): Type {
  return type.params[index] ?? DYN
}

export function isOptional({ kind, name }: Type): boolean {
  return kind === 'opaque' && name === 'optional_type'
}

export function isDynOrError({ kind }: Type): boolean {
  return kind === 'dyn' || kind === 'error'
}

export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length) return false
  return a.params.every((inner, index) => sameType(inner, paramAt(b, index)))
}

/** `map(string, list(int))` */
export function printType({ name, params }: Type): string {
  return params.length === 0 ? name : `${name}(${params.map(printType).join(', ')})`
}

const NAMED: ReadonlyMap<string, Type> = new Map(
  [BOOL, BYTES, DOUBLE, DURATION, DYN, INT, NULL, STRING, TIMESTAMP, TYPE, UINT].map((type) => [type.name, type]),
)
const parsed = new Map<string, Type>()

/** A type as declarations write it: `list<T>`, `optional<kubernetes.URL>`; one capital letter is a variable. */
export function readType(text: string): Type {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const made = readAnew(text)
  parsed.set(text, made)
  return made
}

function readAnew(text: string): Type {
  const [, name = text, inside] = /^([^<]+)<(.*)>$/.exec(text) ?? []
  if (inside !== undefined) {
    const params = splitParams(inside).map(readType)
    return name === 'optional'
      ? optionalOf(params[0] ?? DYN)
      : { kind: name === 'map' ? 'map' : name === 'type' ? 'type' : 'list', name, params }
  }
  if (/^[A-Z]$/.test(name)) return param(name)
  return NAMED.get(name) ?? (name.startsWith('net.') ? opaqueNamed(name) : structNamed(name))
}

function splitParams(text: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (const [index, char] of [...text].entries()) {
    if (char === '<') depth++
    else if (char === '>') depth--
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, index).trim())
      start = index + 1
    }
  }
  return [...parts, text.slice(start).trim()]
}
