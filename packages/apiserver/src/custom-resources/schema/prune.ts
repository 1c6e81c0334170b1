// Fields a schema does not have are dropped from custom objects, and listed. Source: apiextensions-apiserver
// pkg/apiserver/schema/pruning/algorithm.go.

import { compareText } from '@podwire/engine'
import {
  additionalOf,
  asItems,
  childPath,
  isEmbeddedResource,
  isRecord,
  itemsOf,
  keepsUnknownFields,
  propertyOf,
  type MutableRecord,
  type Schema,
} from './walk.ts'

const META_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])

/**
 * Edits `value` in place.
 * @param options.root the value is a whole object, whose apiVersion, kind and metadata stay
 * @returns the paths of what was dropped, sorted
 */
export function prune(
  value: unknown,
  schema: Schema | undefined,
  options: { readonly root: boolean },
): readonly string[] {
  const pruning = new Pruning()
  if (options.root) pruning.visit(value, { ...schema, 'x-kubernetes-embedded-resource': true }, '')
  else pruning.visit(value, schema, '')
  return pruning.dropped.sort(compareText)
}

class Pruning {
  readonly dropped: string[] = []

  visit(value: unknown, schema: Schema | undefined, path: string): void {
    const keeps = schema !== undefined && keepsUnknownFields(schema)
    const items = asItems(value)
    if (items !== undefined) {
      const itemSchema = itemsOf(schema)
      for (const [index, item] of items.entries()) {
        if (keeps) this.#skip(item, itemSchema, `${path}[${index}]`)
        else this.visit(item, itemSchema, `${path}[${index}]`)
      }
    } else if (isRecord(value)) {
      if (keeps) this.#skip(value, schema, path)
      else this.#members(value, schema, path)
    }
  }

  #members(value: MutableRecord, schema: Schema | undefined, path: string): void {
    for (const key of Object.keys(value)) {
      if (schema !== undefined && isEmbeddedResource(schema) && META_FIELDS.has(key)) continue
      const known = propertyOf(schema, key)
      if (known !== undefined || hasAdditional(schema)) {
        this.visit(value[key], known ?? additionalOf(schema), childPath(path, key))
      } else {
        if (!META_FIELDS.has(key) || path !== '') this.dropped.push(childPath(path, key))
        delete value[key]
      }
    }
  }

  /** Where unknown fields are kept, what the schema does know is still pruned inside. */
  #skip(value: unknown, schema: Schema | undefined, path: string): void {
    if (schema === undefined) return
    const items = asItems(value)
    if (items !== undefined) {
      const itemSchema = itemsOf(schema)
      for (const [index, item] of items.entries()) this.#skip(item, itemSchema, `${path}[${index}]`)
    }
    if (!isRecord(value)) return
    for (const key of Object.keys(value)) {
      if (isEmbeddedResource(schema) && META_FIELDS.has(key)) continue
      const known = propertyOf(schema, key)
      if (known !== undefined || hasAdditional(schema)) {
        this.visit(value[key], known ?? additionalOf(schema), childPath(path, key))
      }
    }
  }
}

function hasAdditional(schema: Schema | undefined): boolean {
  const additional = schema?.additionalProperties
  return additional !== undefined && additional !== false
}
