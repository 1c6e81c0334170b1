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

/** @returns `value` itself when it lacks nothing */
function withParts(value: Fields, schema: ObjectSchema): Fields {
  const missing: Record<string, unknown> = {}
  for (const [name, zero] of rulesOf(schema).required) if (!Object.hasOwn(value, name)) missing[name] = zero
  for (const [name, { ref, type, pointer, list, map }] of schema.fields) {
    const isPart = type === 'object' && ref !== undefined && pointer !== true && list !== true && map !== true
    if (isPart && value[name] === undefined) missing[name] = withParts({}, schemaOf(ref))
  }
  return Object.keys(missing).length === 0 ? value : { ...value, ...missing }
}
