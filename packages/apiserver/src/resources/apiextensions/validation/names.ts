// Names of a definition: those it asks for and those it was given.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (ValidateCustomResourceDefinitionNames).

import type { CustomResourceDefinitionNames } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid, required } from '../../../validation/field-errors.ts'
import { dns1035Label } from '../../../validation/names.ts'

const MIXED_CASE = 'may have mixed case, but should otherwise match: '

export function validateNames(names: CustomResourceDefinitionNames, path: string): readonly FieldError[] {
  const errors: FieldError[] = []
  const check = (field: string, name: string, text = name, prefix = ''): void => {
    const problems = dns1035Label(text)
    if (problems.length > 0) errors.push(invalid(`${path}.${field}`, name, prefix + problems.join(',')))
  }
  const { plural, singular = '', kind, listKind = '', shortNames = [], categories = [] } = names
  if (plural !== '') check('plural', plural)
  if (singular !== '') check('singular', singular)
  if (kind !== '') check('kind', kind, kind.toLowerCase(), MIXED_CASE)
  if (listKind !== '') check('listKind', listKind, listKind.toLowerCase(), MIXED_CASE)
  for (const [index, name] of shortNames.entries()) check(`shortNames[${index}]`, name)
  if (kind !== '' && kind === listKind) {
    errors.push(invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same'))
  }
  for (const [index, category] of categories.entries()) check(`categories[${index}]`, category)
  return errors
}

/** What a spec must say, and a status need not. */
export function requireNames(names: CustomResourceDefinitionNames, path: string): readonly FieldError[] {
  const fields = ['plural', 'singular', 'kind', 'listKind'] as const
  return fields.filter((field) => (names[field] ?? '') === '').map((field) => required(`${path}.${field}`))
}
