// Versions of a definition: names, storage, deprecation, and those that objects were stored in.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (validateCustomResourceDefinitionVersion,
// ValidateCustomResourceDefinitionStoredVersions).

import type { CustomResourceDefinitionVersion } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid } from '../../../validation/field-errors.ts'
import { byteLength } from '../../../validation/names.ts'
import { validateColumns } from './columns.ts'
import { validateRootSchema } from './root-schema.ts'
import { validateSelectableFields } from './selectable-fields.ts'
import { structuralError } from './structural-form.ts'
import { validateSubresources } from './subresources.ts'

export function validateVersion(
  version: CustomResourceDefinitionVersion,
  hasStatus: boolean,
  path: string,
): readonly FieldError[] {
  const { schema, subresources, additionalPrinterColumns = [], selectableFields = [] } = version
  const errors = [
    ...validateDeprecation(version, `${path}.deprecationWarning`),
    ...validateRootSchema(schema, hasStatus, `${path}.schema`),
    ...validateSubresources(subresources, `${path}.subresources`),
    ...validateColumns(additionalPrinterColumns, `${path}.additionalPrinterColumns`),
  ]
  if (selectableFields.length === 0) return errors
  const root = schema?.openAPIV3Schema
  const fieldsPath = `${path}.selectableFields`
  if (root === undefined) {
    const text = 'may only be set when `version.schema.openAPIV3Schema` is not included'
    return [...errors, invalid(fieldsPath, '', text)]
  }
  const unreadable = structuralError(root)
  if (unreadable !== undefined) return [...errors, invalid(`${path}.schema.openAPIV3Schema`, '', unreadable)]
  return [...errors, ...validateSelectableFields(selectableFields, root, fieldsPath)]
}

const MAX_WARNING = 256
/** What Go's unicode.IsPrint does not print: controls, unassigned, and every space but the plain one. */
const UNPRINTABLE = /[^\P{C}]|[^\P{Z} ]/u

function validateDeprecation(
  { deprecated, deprecationWarning }: CustomResourceDefinitionVersion,
  path: string,
): readonly FieldError[] {
  if (deprecationWarning === undefined) return []
  if (deprecated !== true) return [invalid(path, deprecationWarning, 'can only be set for deprecated versions')]
  const errors: FieldError[] = []
  if (byteLength(deprecationWarning) > MAX_WARNING) {
    errors.push(invalid(path, deprecationWarning, `must be <= ${MAX_WARNING} characters long`))
  }
  if (deprecationWarning === '') errors.push(invalid(path, '', 'must not be an empty string'))
  const at = UNPRINTABLE.exec(deprecationWarning)?.index
  if (at !== undefined) {
    const index = byteLength(deprecationWarning.slice(0, at))
    const text = `must only contain printable UTF-8 characters; non-printable character found at index ${index}`
    errors.push(invalid(path, deprecationWarning, text))
  }
  return errors
}

export function validateStoredVersions(
  stored: readonly string[] | undefined,
  versions: readonly CustomResourceDefinitionVersion[],
  path: string,
): readonly FieldError[] {
  if (stored === undefined || stored.length === 0)
    return [invalid(path, stored, 'must have at least one stored version')]
  const errors: FieldError[] = []
  const unseen = new Map(stored.map((name, index) => [name, index]))
  for (const { name, storage } of versions) {
    if (storage && !unseen.has(name)) errors.push(invalid(path, stored, `must have the storage version ${name}`))
    unseen.delete(name)
  }
  for (const [name, index] of unseen) {
    const text =
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a ` +
      `storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`
    errors.push(invalid(`${path}[${index}]`, name, text))
  }
  return errors
}
