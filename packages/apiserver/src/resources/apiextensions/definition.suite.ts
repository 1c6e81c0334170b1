// Test support: a definition that is fine, changed where a test says so.

import type { JSONSchemaProps } from '../../objects/index.ts'
import { StatusError } from '../../status/status-error.ts'
import { create } from '../strategy-run.suite.ts'
import { customResourceDefinition } from './custom-resource-definition.ts'

type Fields = Readonly<Record<string, unknown>>

/** One version `v1`, served and stored, of kind Widget. */
export function versionOf(schema: JSONSchemaProps | undefined, change: Fields = {}): Fields {
  return {
    name: 'v1',
    served: true,
    storage: true,
    ...(schema === undefined ? {} : { schema: { openAPIV3Schema: schema } }),
    ...change,
  }
}

const NAMES = { plural: 'widgets', kind: 'Widget' }

export function definitionOf(spec: Fields = {}, metadata: Fields = {}): Fields {
  const { names = {}, ...others } = spec
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com', ...metadata },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { ...NAMES, ...(names as Fields) },
      versions: [versionOf({ type: 'object' })],
      ...others,
    },
  }
}

/** The definition whose one version has this schema. */
export function withSchema(schema: JSONSchemaProps, change: Fields = {}): Fields {
  return definitionOf({ versions: [versionOf(schema, change)] })
}

/** The definition whose root has these properties. */
export function withProperties(properties: Readonly<Record<string, JSONSchemaProps>>): Fields {
  return withSchema({ type: 'object', properties })
}

/** `field: body` of every error. */
export function errorsOf(definition: object): readonly string[] {
  try {
    create(customResourceDefinition, definition)
    return []
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return (error.status.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`)
  }
}
