// A schema as CEL types, so that a rule that speaks of a field that is not there, or compares a number with a text, is refused
// with its definition. Source: apiserver pkg/cel/common/schemas.go (SchemaDeclType).

import type { Environment } from '@marcbachmann/cel-js'
import { additionalOf, isEmbeddedResource, itemsOf, type Schema } from '../schema/walk.ts'
import { escapeName } from './field-names.ts'
import { isVisible, withObjectFields } from './values.ts'

/** Declares the types of a schema in an environment, and names that of the schema itself. */
export class DeclaredTypes {
  readonly #environment: Environment
  #count = 0

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** @param isRoot the schema is a whole object's */
  nameOf(schema: Schema, isRoot: boolean): string {
    if (schema['x-kubernetes-int-or-string'] === true || schema.nullable === true) return 'dyn'
    switch (schema.type ?? '') {
      case 'object':
        return this.#object(isRoot || isEmbeddedResource(schema) ? withObjectFields(schema) : schema)
      case 'array': {
        const items = itemsOf(schema)
        return items === undefined || !isVisible(items) ? 'list<dyn>' : `list<${this.nameOf(items, false)}>`
      }
      case 'integer':
        return 'int'
      case 'number':
        return 'double'
      case 'boolean':
        return 'bool'
      case 'string':
        return stringType(schema.format ?? '')
      default:
        return 'dyn'
    }
  }

  #object(schema: Schema): string {
    const additional = additionalOf(schema)
    if (additional !== undefined) {
      return `map<string, ${isVisible(additional) ? this.nameOf(additional, false) : 'dyn'}>`
    }
    const fields: Record<string, string> = {}
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const escaped = escapeName(name)
      if (escaped !== undefined && isVisible(property)) fields[escaped] = this.nameOf(property, false)
    }
    const name = `Object${this.#count++}`
    this.#environment.registerType(name, { fields })
    this.#environment.registerOperator(`${name} == ${name}`, () => true)
    return name
  }
}

function stringType(format: string): string {
  switch (format) {
    case 'date':
    case 'date-time':
    case 'datetime':
      return 'google.protobuf.Timestamp'
    case 'duration':
      return 'google.protobuf.Duration'
    case 'byte':
      return 'bytes'
    default:
      return 'string'
  }
}
