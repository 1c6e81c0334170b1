// The table of a custom kind: additionalPrinterColumns, or the age. Source: apiextensions-apiserver
// pkg/registry/customresource/tableconvertor, pkg/apiserver/helpers.go (the default columns).

import type { CustomResourceColumnDefinition } from '../objects/index.ts'
import type { Column } from '../resources/resource.ts'
import { AGE_DESCRIPTION, nameColumn } from '../resources/tables/columns.ts'
import { age } from '../resources/tables/human-duration.ts'
import { goJson } from '../objects/go-json.ts'
import { goNumber } from '../validation/go-number.ts'
import { parseGoTime } from '../validation/go-time.ts'
import { findJsonPath } from './json-path/find.ts'
import { JsonPathError, type Path } from './json-path/nodes.ts'
import { parseJsonPath } from './json-path/parse.ts'
import { sortedKeys } from './schema/sorted-keys.ts'

const AGE: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  description: '',
  jsonPath: '.metadata.creationTimestamp',
}

const SCALE: readonly CustomResourceColumnDefinition[] = [
  { name: 'Desired', type: 'integer', description: 'Number of desired replicas', jsonPath: '.spec.replicas' },
  { name: 'Available', type: 'integer', description: 'Number of actual replicas', jsonPath: '.status.replicas' },
  AGE,
]

/** The table of a custom kind's /scale. */
export function scaleColumns(): readonly Column[] {
  return columnsOf(SCALE)
}

/** The name, then what the definition declares. A path that cannot be read leaves out its column and all after it. */
export function columnsOf(definitions: readonly CustomResourceColumnDefinition[] | undefined): readonly Column[] {
  const columns: Column[] = [nameColumn()]
  const declared = definitions === undefined || definitions.length === 0 ? [AGE] : definitions
  for (const definition of declared) {
    const path = readPath(definition.jsonPath)
    if (path === undefined) break
    columns.push(columnOf(definition, path))
  }
  return columns
}

function readPath(text: string): Path | undefined {
  try {
    return parseJsonPath(text)
  } catch (error) {
    if (error instanceof JsonPathError) return undefined
    throw error
  }
}

function columnOf(definition: CustomResourceColumnDefinition, path: Path): Column {
  const { name, type, format = '', description = '', priority = 0, jsonPath } = definition
  const byDefault =
    definition === AGE ? AGE_DESCRIPTION : `Custom resource definition column (in JSONPath format): ${jsonPath}`
  return {
    name,
    type: type as Column['type'],
    format,
    description: description === '' ? byDefault : description,
    priority,
    cell: (object, { clock }) => {
      const [value] = found(path, object)
      if (value === undefined) return null
      return type === 'string' ? printed(value) : typedCell(type, value, (time) => age(time, clock))
    },
  }
}

function found(path: Path, object: unknown): readonly unknown[] {
  try {
    return findJsonPath(path, object)
  } catch (error) {
    if (error instanceof JsonPathError) return []
    throw error
  }
}

/** A value in a column of texts. */
function printed(value: unknown): string {
  if (value === null) return '<no value>'
  if (typeof value === 'object') return goJson(sortedKeys(value))
  return typeof value === 'number' ? goNumber(value) : String(value)
}

function typedCell(type: string, value: unknown, ageOf: (time: string) => string): ReturnType<Column['cell']> {
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : typeof value === 'bigint' ? value : null
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'date':
      if (typeof value !== 'string') return null
      return typeof parseGoTime(value) === 'object' ? ageOf(value) : '<invalid>'
    default:
      return null
  }
}
