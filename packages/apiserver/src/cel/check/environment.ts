// What an expression may speak of: variables, the fields of objects, and types by their names. Source: cel-go checker/env.go,
// common/types/provider.go.

import { readType, structNamed, type Type } from '../types/type.ts'

export interface Environment {
  readonly variables: ReadonlyMap<string, Type>
  /** Fields of a struct type, by its name. undefined: there is no such type. */
  fieldsOf(structName: string): ReadonlyMap<string, Type> | undefined
}

const TYPE_NAMES: ReadonlyMap<string, Type> = new Map<string, Type>([
  ...['bool', 'bytes', 'double', 'int', 'string', 'uint', 'type', 'net.IP', 'net.CIDR'].map(
    (name) => [name, readType(name)] as const,
  ),
  ...['kubernetes.URL', 'kubernetes.Quantity', 'kubernetes.Semver', 'kubernetes.NamedFormat'].map(
    (name) => [name, structNamed(name)] as const,
  ),
  ['list', readType('list<dyn>')],
  ['map', readType('map<dyn, dyn>')],
  ['null_type', readType('null')],
  ['optional_type', readType('optional<dyn>')],
  ['google.protobuf.Timestamp', readType('timestamp')],
  ['google.protobuf.Duration', readType('duration')],
])

/** The type that a name stands for. */
export function typeNamed(name: string): Type | undefined {
  return TYPE_NAMES.get(name)
}
