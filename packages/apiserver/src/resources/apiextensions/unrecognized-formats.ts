// Warnings about formats that no validation knows: they are stored and have no effect.
// Source: apiextensions-apiserver pkg/registry/customresourcedefinition/strategy.go, pkg/apiserver/validation/formats.go.

import type { CustomResourceDefinition } from '../../objects/index.ts'
import { quote } from '../../validation/field-errors.ts'
import { toInternal } from './internal-definition.ts'
import { someSchema, type Schema } from './validation/schema-walk.ts'

/** Without hyphens, as names of formats are compared. */
const TEXT_FORMATS: ReadonlySet<string> = new Set([
  ...['bsonobjectid', 'uri', 'email', 'hostname', 'ipv4', 'ipv6', 'cidr', 'mac', 'uuid', 'uuid3', 'uuid4', 'uuid5'],
  ...['isbn', 'isbn10', 'isbn13', 'creditcard', 'ssn', 'hexcolor', 'rgbcolor', 'byte', 'password', 'date', 'duration'],
  ...['datetime', 'k8sshortname', 'k8slongname'],
])

/** @param old formats that were there before are not told again */
export function warnAboutFormats(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
  warn: (text: string) => void,
): void {
  const known = new Set(old === undefined ? [] : unrecognizedFormats(old))
  for (const format of unrecognizedFormats(definition)) {
    if (!known.has(format)) warn(`unrecognized format ${quote(format)}`)
  }
}

function unrecognizedFormats({ spec }: CustomResourceDefinition): readonly string[] {
  const { validation, versions = [] } = toInternal(spec)
  const found: string[] = []
  for (const schema of [validation, ...versions.map((version) => version.schema)]) {
    if (schema?.openAPIV3Schema === undefined) continue
    someSchema(schema.openAPIV3Schema, (inner) => {
      if (!isRecognized(inner)) found.push(inner.format ?? '')
      return false
    })
  }
  return found
}

function isRecognized({ type = '', format = '' }: Schema): boolean {
  if (format === '') return true
  switch (type) {
    case '':
    case 'string':
      return TEXT_FORMATS.has(format.replace(/-/g, ''))
    case 'integer':
      return format === 'int32' || format === 'int64'
    case 'number':
      return format === 'float' || format === 'double'
    default:
      return false
  }
}
