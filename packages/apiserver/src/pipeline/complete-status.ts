// A status is a struct by value, and so are some of its parts: they are there, with their zeros, whatever a client sent.

import { rulesOf } from '../decode/index.ts'
import { type ObjectSchema, schemaOf } from '../schema/index.ts'
import type { Write } from './write.ts'

type Fields = Readonly<Record<string, unknown>>

/** Before defaults: some fill in what is empty. */
export function completeStatus({ resource, object }: Write): void {
  if (resource.custom !== undefined) return
  const ref = schemaOf(resource.schema).fields.get('status')?.ref
  if (ref !== undefined) object.status = withParts((object.status ?? {}) as Fields, schemaOf(ref))
}

/** A field that is always there, and what it is where nobody says so. */
type Part = readonly [name: string, zero: () => unknown]

/** Looked up at every write, and the schemas' alone. */
const partsOfSchema = new WeakMap<ObjectSchema, readonly Part[]>()

function partsOf(schema: ObjectSchema): readonly Part[] {
  let parts = partsOfSchema.get(schema)
  if (parts === undefined) {
    const byValue = [...schema.fields].flatMap(([name, { ref, type, pointer, list, map }]): readonly Part[] => {
      const isPart = type === 'object' && ref !== undefined && pointer !== true && list !== true && map !== true
      return isPart ? [[name, () => withParts({}, schemaOf(ref))]] : []
    })
    parts = [...[...rulesOf(schema).required].map(([name, zero]): Part => [name, () => zero]), ...byValue]
    partsOfSchema.set(schema, parts)
  }
  return parts
}

/** @returns `value` itself when it lacks nothing */
function withParts(value: Fields, schema: ObjectSchema): Fields {
  let missing: Record<string, unknown> | undefined
  for (const [name, zero] of partsOf(schema)) if (value[name] === undefined) (missing ??= {})[name] = zero()
  return missing === undefined ? value : { ...value, ...missing }
}
