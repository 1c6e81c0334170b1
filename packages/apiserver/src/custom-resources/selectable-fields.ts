// Field selectors of a custom kind. Source: apiextensions-apiserver pkg/registry/customresource/strategy.go (selectableFields).

import type { SelectableField } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { goNumber } from '../validation/go-number.ts'
import { findJsonPath } from './json-path/find.ts'
import { JsonPathError } from './json-path/nodes.ts'
import { parseJsonPath } from './json-path/parse.ts'

/** `spec.color` → how its value reads as text; empty where there is none. */
export function selectableFieldsOf(
  fields: readonly SelectableField[],
): Readonly<Record<string, (object: KubeObject) => string>> {
  return Object.fromEntries(
    fields.map(({ jsonPath }) => {
      const path = parseJsonPath(jsonPath)
      return [jsonPath.replace(/^\./, ''), (object: KubeObject) => textOf(() => findJsonPath(path, object))]
    }),
  )
}

function textOf(find: () => readonly unknown[]): string {
  try {
    const [value] = find()
    // A definition may select texts, numbers and booleans only; what is none of them equals nothing.
    if (value === undefined || value === null || typeof value === 'object') return ''
    return typeof value === 'number' ? goNumber(value) : String(value)
  } catch (error) {
    if (error instanceof JsonPathError) return ''
    throw error
  }
}
