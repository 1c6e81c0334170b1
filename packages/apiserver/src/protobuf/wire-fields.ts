// The fields of a message as protobuf sees them: by number, and some of them in messages whose fields stand in the parent's JSON.

import { findSchema, schemaOf, type FieldSchema, type ObjectSchema } from '../schema/index.ts'
import { findMetaSchema } from './meta-schemas.ts'

export interface WireField {
  readonly name: string
  readonly schema: FieldSchema
  /** The wire type it has; undefined: numbers of a list come one by one or packed. */
  readonly wireType: number | undefined
}

/** Fields of one message by number, in ascending order; a nested node is a message whose fields stand in the parent's JSON. */
export type WireNode = Map<number, WireField | WireNode>

const nodes = new WeakMap<ObjectSchema, WireNode>()

export function wireNodeOf(schema: ObjectSchema): WireNode {
  const known = nodes.get(schema)
  if (known !== undefined) return known
  const root: WireNode = new Map()
  for (const [name, field] of schema.fields) {
    let node = root
    field.proto.forEach((number, depth) => {
      if (depth === field.proto.length - 1) {
        node.set(number, { name, schema: field, wireType: wireTypeOf(field) })
        return
      }
      const next = node.get(number)
      const inlined: WireNode = next instanceof Map ? next : new Map()
      node.set(number, inlined)
      node = inlined
    })
  }
  const sorted = inOrder(root)
  nodes.set(schema, sorted)
  return sorted
}

function wireTypeOf({ type, list, map }: FieldSchema): number | undefined {
  const isNumber = type === 'bool' || type === 'int32' || type === 'int64' || type === 'double'
  if (map === true || !isNumber) return 2
  return list === true ? undefined : type === 'double' ? 1 : 0
}

function inOrder(node: WireNode): WireNode {
  const entries = [...node].sort(([a], [b]) => a - b)
  return new Map(entries.map(([number, entry]) => [number, entry instanceof Map ? inOrder(entry) : entry]))
}

/** Of types that are stored, and of those that only travel (PartialObjectMetadata, discovery). */
export function findWireSchema(name: string): ObjectSchema | undefined {
  return findSchema(name) ?? findMetaSchema(name)
}

export function wireSchemaOf(name: string): ObjectSchema {
  return findMetaSchema(name) ?? schemaOf(name)
}
