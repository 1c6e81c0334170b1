// Finds schemas by name. Each is parsed when it is first asked for, so that starting a cluster parses none.

import { invariant } from '@podwire/engine'
import { legacySchemaTexts } from './generated/legacy-schemas.ts'
import { schemaTexts } from './generated/schemas.ts'
import { describeLegacy } from './legacy-descriptions.ts'
import type { Descriptions, FieldSchema, ObjectSchema } from './object-schema.ts'

const parsed = new Map<string, ObjectSchema>()

/** Finds a schema by name, e.g. `io.k8s.api.core.v1.Pod`. */
export function findSchema(name: string): ObjectSchema | undefined {
  const known = parsed.get(name)
  if (known !== undefined) return known
  const text = schemaTexts.get(name) ?? legacySchemaTexts.get(name)
  if (text === undefined) return undefined
  const raw = JSON.parse(text) as { readonly struct: string; readonly fields: Record<string, FieldSchema> }
  const schema: ObjectSchema = { name, struct: raw.struct, fields: new Map(Object.entries(raw.fields)) }
  parsed.set(name, schema)
  return schema
}

/** Like findSchema for names that come from the registry or from another schema. */
export function schemaOf(name: string): ObjectSchema {
  const schema = findSchema(name)
  invariant(schema !== undefined, `no schema ${name}`)
  return schema
}

/** Descriptions are large and only OpenAPI shows them: loaded on request, by schema name. */
export async function loadDescriptions(): Promise<(schemaName: string) => Descriptions | undefined> {
  const { descriptionTexts } = await import('./generated/descriptions.ts')
  const current = (schemaName: string): Descriptions | undefined => {
    const text = descriptionTexts.get(schemaName)
    return text === undefined ? undefined : (JSON.parse(text) as Descriptions)
  }
  return (schemaName) =>
    current(schemaName) ?? (legacySchemaTexts.has(schemaName) ? describeLegacy(schemaName, current) : undefined)
}
