// How server-side apply sees the fields of a custom kind: its schema as a type. Source: kube-openapi pkg/schemaconv
// (openapi.go); what the builder adds to a schema (apiVersion, kind, metadata): apiextensions-apiserver
// pkg/controller/openapi/builder.

import {
  structType,
  type DeducedType,
  type ListType,
  type MapType,
  type ScalarType,
  type StructType,
  type ValueType,
} from '../managed-fields/value-type.ts'
import {
  additionalOf,
  isEmbeddedResource,
  itemsOf,
  keepsUnknownFields,
  propertyOf,
  type Schema,
} from './schema/walk.ts'

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
const STRING: ScalarType = { kind: 'scalar', scalar: 'string' }
const UNTYPED: ScalarType = { kind: 'scalar', scalar: 'untyped' }

/** What nobody described is owned as a whole: lists, and maps inside them. */
const UNTYPED_ATOMIC: DeducedType = {
  kind: 'deduced',
  list: { kind: 'list', relation: 'atomic', keys: [], element: UNTYPED },
  map: { kind: 'map', atomic: true, element: UNTYPED },
}

/** Described by its value alone: scalars and lists as a whole, maps key by key. */
const DEDUCED: DeducedType = {
  kind: 'deduced',
  list: { kind: 'list', relation: 'atomic', keys: [], element: UNTYPED_ATOMIC },
  get map(): MapType {
    return DEDUCED_MAP
  },
}
const DEDUCED_MAP: MapType = { kind: 'map', atomic: false, element: DEDUCED }

/** The type of whole objects of a kind. */
export function mergeTypeOf(schema: Schema | undefined): StructType {
  const whole: Schema = schema ?? { 'x-kubernetes-preserve-unknown-fields': true }
  return struct(whole, { whole: true, keeps: keepsUnknownFields(whole) })
}

interface Surroundings {
  /** apiVersion, kind and metadata are fields of its own. */
  readonly whole: boolean
  /** x-kubernetes-preserve-unknown-fields, here or further out. */
  readonly keeps: boolean
}

function typeOf(schema: Schema, outerKeeps: boolean): ValueType {
  const keeps = outerKeeps || keepsUnknownFields(schema)
  const surroundings: Surroundings = { whole: isEmbeddedResource(schema), keeps }
  switch (schema.type ?? '') {
    case 'object':
      return struct(schema, surroundings)
    case 'array':
      return list(schema, keeps)
    case 'integer':
    case 'number':
      return { kind: 'scalar', scalar: 'numeric' }
    case 'boolean':
      return { kind: 'scalar', scalar: 'boolean' }
    case 'string':
      return (schema.format ?? '') === '' || schema.format === 'byte' ? STRING : UNTYPED
    default:
      return { kind: 'deduced', list: list(schema, keeps), map: struct(schema, surroundings) }
  }
}

function list(schema: Schema, keeps: boolean): ListType {
  const relation = schema['x-kubernetes-list-type']
  const items = itemsOf(schema)
  return {
    kind: 'list',
    relation: relation === 'map' || relation === 'set' ? relation : 'atomic',
    keys: relation === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : [],
    element: items === undefined ? UNTYPED_ATOMIC : typeOf(items, keeps),
  }
}

function struct(schema: Schema, { whole, keeps }: Surroundings): StructType {
  const others = unknownFieldType(schema, keeps)
  const types = new Map<string, ValueType>()
  const typeOfField = (name: string): ValueType | undefined => {
    if (whole && name === 'metadata') return structType(OBJECT_META)
    if (whole && (name === 'apiVersion' || name === 'kind')) return STRING
    const property = propertyOf(schema, name)
    return property === undefined ? others : typeOf(property, keeps)
  }
  return {
    kind: 'struct',
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    ...(!whole && others !== undefined && Object.keys(schema.properties ?? {}).length === 0 && isUntyped(others)
      ? { isOpen: true }
      : {}),
    fields: {
      type(name) {
        const known = types.get(name)
        if (known !== undefined) return known
        const made = typeOfField(name)
        if (made !== undefined && made !== others) types.set(name, made)
        return made
      },
      declares: (name) =>
        propertyOf(schema, name) !== undefined || (whole && ['apiVersion', 'kind', 'metadata'].includes(name)),
      keyDefault: (name) => propertyOf(schema, name)?.default,
    },
  }
}

function isUntyped(type: ValueType): boolean {
  return type.kind === 'deduced' || (type.kind === 'scalar' && type.scalar === 'untyped')
}

/** undefined: there may be none. */
function unknownFieldType(schema: Schema, keeps: boolean): ValueType | undefined {
  const additional = additionalOf(schema)
  if (additional !== undefined) return typeOf(additional, keeps)
  if (schema.additionalProperties === true) return DEDUCED
  if (schema.additionalProperties === false) return undefined
  return keeps || Object.keys(schema.properties ?? {}).length === 0 ? DEDUCED : undefined
}
