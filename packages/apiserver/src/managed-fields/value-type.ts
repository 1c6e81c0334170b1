// How apply sees the fields of a kind: scalars, lists that are atomic, sets or keyed, maps and structs that are granular or
// atomic. Derived from the schema tables; custom resources bring their own (custom-resources/merge-type.ts). Source:
// structured-merge-diff schema/elements.go; kube-openapi's conversion of x-kubernetes-list-type, -list-map-keys and -map-type.

import { compareKeys } from '@podwire/engine'
import { isRecord } from '../objects/is-record.ts'
import { quote } from '../validation/field-errors.ts'
import { goFields, schemaOf, type FieldSchema, type ObjectSchema } from '../schema/index.ts'
import { keyElement, valueElement, type PathElement } from './path-element.ts'

/** A type as it is for given values. */
export type SettledType = ScalarType | AnyType | ListType | MapType | StructType

export type ValueType = SettledType | DeducedType

export interface ScalarType {
  readonly kind: 'scalar'
  readonly scalar: 'string' | 'numeric' | 'boolean' | 'untyped'
}

/** Any JSON, owned as a whole (RawExtension, FieldsV1). */
interface AnyType {
  readonly kind: 'any'
}

export interface ListType {
  readonly kind: 'list'
  readonly relation: 'atomic' | 'set' | 'map'
  /** As declared; empty unless keyed. */
  readonly keys: readonly string[]
  readonly element: ValueType
}

export interface MapType {
  readonly kind: 'map'
  readonly atomic: boolean
  readonly element: ValueType
}

export interface StructType {
  readonly kind: 'struct'
  readonly atomic: boolean
  /** Nobody described its fields: any may be there. */
  readonly isOpen?: boolean
  readonly fields: StructFields
}

export interface StructFields {
  /** undefined when the struct may not have such a field. */
  type(name: string): ValueType | undefined
  /** False for fields that are merely allowed. */
  declares(name: string): boolean
  /** The value of a key that may be left out of a keyed item. */
  keyDefault(name: string): unknown
}

/** Whatever the value is: a scalar, a list or a map. */
export interface DeducedType {
  readonly kind: 'deduced'
  readonly list: ListType
  readonly map: MapType | StructType
}

const UNTYPED: ScalarType = { kind: 'scalar', scalar: 'untyped' }
/** Of values that are of different shapes: none of them can be gone into together. */
export const MIXED: ScalarType = { kind: 'scalar', scalar: 'untyped' }

/** The type a deduced one has for these values; the first that says anything decides, and where they disagree it is a leaf. */
export function settle(type: ValueType, value: unknown, other?: unknown): SettledType {
  if (type.kind !== 'deduced') return type
  const shape = shapeOf(value) ?? shapeOf(other)
  if ((shapeOf(other) ?? shape) !== shape) return MIXED
  return shape === 'list' ? type.list : shape === 'map' ? type.map : UNTYPED
}

function shapeOf(value: unknown): 'list' | 'map' | 'scalar' | undefined {
  if (value === undefined || value === null) return undefined
  return Array.isArray(value) ? 'list' : typeof value === 'object' ? 'map' : 'scalar'
}

// Structs owned as a whole (+structType=atomic on the Go type; the schema tables know only what fields say).
const ATOMIC_STRUCTS: ReadonlySet<string> = new Set([
  'io.k8s.api.autoscaling.v1.CrossVersionObjectReference',
  ...[
    'ConfigMapKeySelector',
    'EndpointAddress',
    'EndpointPort',
    'FileKeySelector',
    'LocalObjectReference',
    'NodeSelector',
    'NodeSelectorTerm',
    'ObjectFieldSelector',
    'ObjectReference',
    'ResourceFieldSelector',
    'ScopeSelector',
    'SecretKeySelector',
    'SecretReference',
    'TopologySelectorTerm',
    'TypedLocalObjectReference',
  ].map((name) => `io.k8s.api.core.v1.${name}`),
  'io.k8s.api.discovery.v1.EndpointPort',
  'io.k8s.api.networking.v1.ServiceBackendPort',
  'io.k8s.api.rbac.v1.RoleRef',
  'io.k8s.api.rbac.v1.Subject',
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
  'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference',
])

/** Values of keys that may be left out of a keyed item, by struct and field, where they are not Go's zeros. */
const KEY_DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['ContainerPort.protocol', 'TCP'],
  ['LocalObjectReference.name', ''],
  ['ServicePort.protocol', 'TCP'],
])

const structs = new Map<string, StructType>()

/** The type of a whole object, by the name of its schema. */
export function structType(schemaName: string): StructType {
  const known = structs.get(schemaName)
  if (known !== undefined) return known
  const fields = fieldsOf(schemaOf(schemaName))
  const type: StructType = { kind: 'struct', atomic: ATOMIC_STRUCTS.has(schemaName), fields }
  structs.set(schemaName, type)
  return type
}

/** A field that Go always writes has its zero for a default. */
function zeroKey(schema: ObjectSchema, name: string): unknown {
  const go = goFields(schema).get(name)
  const field = schema.fields.get(name)
  if (go === undefined || field === undefined || go.pointer || go.omitEmpty) return undefined
  return field.type === 'string' ? '' : field.type === 'int32' || field.type === 'int64' ? 0 : undefined
}

function fieldsOf(schema: ObjectSchema): StructFields {
  const { struct, fields } = schema
  const types = new Map<string, ValueType>()
  return {
    type(name) {
      const known = types.get(name)
      if (known !== undefined) return known
      const field = fields.get(name)
      if (field === undefined) return undefined
      const made = typeOfField(field)
      types.set(name, made)
      return made
    },
    declares: (name) => fields.has(name),
    keyDefault: (name) => KEY_DEFAULTS.get(`${struct}.${name}`) ?? zeroKey(schema, name),
  }
}

/** The type of a field or map value; undefined when the struct has no such field. */
export function fieldType(type: StructType | MapType, name: string): ValueType | undefined {
  return type.kind === 'map' ? type.element : type.fields.type(name)
}

function typeOfField(field: FieldSchema): ValueType {
  const single = singleType(field)
  if (field.list === true) {
    return {
      kind: 'list',
      relation: field.listType ?? 'atomic',
      keys: field.listType === 'map' ? (field.listMapKeys ?? []) : [],
      element: single,
    }
  }
  return field.map === true ? { kind: 'map', atomic: field.mapType === 'atomic', element: single } : single
}

function singleType(field: FieldSchema): ValueType {
  switch (field.type) {
    case 'object': {
      if (field.ref === undefined) return { kind: 'any' }
      const struct = structType(field.ref)
      return field.structType === 'granular' && struct.atomic ? { ...struct, atomic: false } : struct
    }
    case 'raw':
    case 'json':
    case 'schema-or-array':
    case 'schema-or-bool':
    case 'schema-or-strings':
      return { kind: 'any' }
    case 'string':
    case 'bytes':
      return { kind: 'scalar', scalar: 'string' }
    case 'bool':
      return { kind: 'scalar', scalar: 'boolean' }
    case 'int32':
    case 'int64':
    case 'double':
      return { kind: 'scalar', scalar: 'numeric' }
    default:
      return { kind: 'scalar', scalar: 'untyped' }
  }
}

export interface Unidentified {
  readonly why: string
}

/** What tells an item of a set or keyed list from the others; otherwise why it has no identity. */
export function itemElement(type: ListType, item: unknown): PathElement | Unidentified {
  if (type.relation === 'set') return setElement(item)
  if (item === null) return { why: 'associative list with keys may not have a null element' }
  if (!isRecord(item)) return { why: 'associative list with keys may not have non-map elements' }
  const keys: [string, unknown][] = []
  for (const name of type.keys) {
    const value = Object.hasOwn(item, name) ? item[name] : keyDefault(type, name)
    // An item without one of its keys is another than any item that has it.
    if (value !== undefined) keys.push([name, value])
  }
  return keys.length === 0 && type.keys.length > 0 ? withoutKeys(type) : keyElement(keys.sort(compareKeys))
}

function withoutKeys({ keys }: ListType): Unidentified {
  const names = keys.map(quote).join(' ')
  const why = `an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`
  return { why: `associative list with keys has ${why}` }
}

function keyDefault({ element }: ListType, name: string): unknown {
  return element.kind === 'struct' ? element.fields.keyDefault(name) : undefined
}

function setElement(item: unknown): PathElement | Unidentified {
  if (isRecord(item)) return { why: "associative list without keys has an element that's a map type" }
  if (Array.isArray(item)) return { why: 'not supported: associative list with lists as elements' }
  if (item === null) return { why: "associative list without keys has an element that's an explicit null" }
  return valueElement(item)
}

/** The items of a list; undefined for null and everything that is none. */
export function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined
}

/** A field of a map that may be missing; never one of a prototype. */
export function valueAt(record: Readonly<Record<string, unknown>> | undefined, key: string): unknown {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined
}
