// The spec of a definition.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (validateCustomResourceDefinitionSpec). What upstream
// tolerates in definitions that older servers stored cannot be stored here, so it is not tolerated either.

import type { CustomResourceDefinitionVersion, CustomResourceSubresources } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../../validation/field-errors.ts'
import { dns1035Label, dnsSubdomain } from '../../../validation/names.ts'
import { sameValue } from '../../compare.ts'
import type { InternalSpec } from '../internal-definition.ts'
import { printedVersions } from '../internal-print.ts'
import { validateColumns } from './columns.ts'
import { validateConversion } from './conversion.ts'
import { requireNames, validateNames } from './names.ts'
import { validateRootSchema } from './root-schema.ts'
import { hasDefault, someSchema } from './schema-walk.ts'
import { validateSelectableFields } from './selectable-fields.ts'
import { structuralError } from './structural-form.ts'
import { validateSubresources } from './subresources.ts'
import { validateVersion } from './versions.ts'

export function validateSpec(spec: InternalSpec, path: string): readonly FieldError[] {
  return [
    ...validateGroup(spec.group, `${path}.group`),
    ...validateScope(spec.scope, `${path}.scope`),
    ...requireSchemas(spec, path),
    ...validatePruning(spec, path),
    ...validateVersions(spec, path),
    ...requireNames(spec.names, `${path}.names`),
    ...validateNames(spec.names, `${path}.names`),
    ...validateShared(spec, path),
    ...validateConverting(spec, path),
  ]
}

function validateGroup(group: string, path: string): readonly FieldError[] {
  if (group === '') return [required(path)]
  const problems = dnsSubdomain(group)
  if (problems.length > 0) return [invalid(path, group, problems.join(','))]
  return group.includes('.') ? [] : [invalid(path, group, 'should be a domain with at least one dot')]
}

const SCOPES = ['Cluster', 'Namespaced']

function validateScope(scope: string, path: string): readonly FieldError[] {
  if (scope === '') return [required(path)]
  return SCOPES.includes(scope) ? [] : [notSupported(path, scope, SCOPES)]
}

function requireSchemas({ validation, versions = [] }: InternalSpec, path: string): readonly FieldError[] {
  if (validation?.openAPIV3Schema !== undefined) return []
  return versions.flatMap(({ schema }, index) =>
    schema?.openAPIV3Schema === undefined ? [required(`${path}.versions[${index}].schema.openAPIV3Schema`)] : [],
  )
}

function validatePruning(spec: InternalSpec, path: string): readonly FieldError[] {
  const { validation, versions = [], preserveUnknownFields } = spec
  const schemas = [validation, ...versions.map(({ schema }) => schema)].map((found) => found?.openAPIV3Schema)
  const hasDefaults = schemas.some((schema) => schema !== undefined && someSchema(schema, hasDefault))
  if (!preserveUnknownFields || !hasDefaults) return []
  return [invalid(`${path}.preserveUnknownFields`, true, 'must be false in order to use defaults in the schema')]
}

function validateVersions(spec: InternalSpec, path: string): readonly FieldError[] {
  const { versions = [], version: first } = spec
  const errors: FieldError[] = []
  for (const [index, version] of versions.entries()) {
    const at = `${path}.versions[${index}]`
    const problems = dns1035Label(version.name)
    if (problems.length > 0) errors.push(invalid(`${at}.name`, version.name, problems.join(',')))
    errors.push(...validateVersion(version, hasStatus(subresourcesOf(spec, version)), at))
  }
  const refuse = (text: string): void => {
    errors.push(invalid(`${path}.versions`, printedVersions(spec.versions), text))
  }
  errors.push(...validateExclusive(spec, path))
  for (const text of identicalFields(versions)) refuse(text)
  const names = new Set(versions.map(({ name }) => name))
  if (names.size < versions.length) refuse('must contain unique version names')
  if (versions.filter(({ storage }) => storage).length !== 1) {
    refuse('must have exactly one version marked as storage version')
  }
  const problems = first === '' ? [] : dns1035Label(first)
  if (problems.length > 0) errors.push(invalid(`${path}.version`, first, problems.join(',')))
  return errors
}

/** The first version of that name counts. */
function subresourcesOf(
  { subresources, versions = [] }: InternalSpec,
  { name }: CustomResourceDefinitionVersion,
): CustomResourceSubresources | undefined {
  if (versions.every((version) => version.subresources === undefined)) return subresources
  return versions.find((version) => version.name === name)?.subresources
}

function hasStatus(subresources: CustomResourceSubresources | undefined): boolean {
  return subresources?.status !== undefined
}

/** Cannot both be so when they come from one spec; told as upstream tells it. */
function validateExclusive(spec: InternalSpec, path: string): readonly FieldError[] {
  const { versions = [] } = spec
  const pairs = [
    ['validation', 'schemas', spec.validation !== undefined && versions.some(({ schema }) => schema !== undefined)],
    [
      'subresources',
      'subresources',
      spec.subresources !== undefined && versions.some(({ subresources }) => subresources !== undefined),
    ],
  ] as const
  return pairs
    .filter(([, , both]) => both)
    .map(([field, what]) =>
      forbiddenField(`${path}.${field}`, `top-level and per-version ${what} are mutually exclusive`),
    )
}

function identicalFields(versions: readonly CustomResourceDefinitionVersion[]): readonly string[] {
  const fields = [
    ['schema', 'schemas', 'validation'],
    ['subresources', 'subresources', 'subresources'],
    ['additionalPrinterColumns', 'additionalPrinterColumns', 'additionalPrinterColumns'],
  ] as const
  return fields
    .filter(([field]) => {
      const first = versions[0]?.[field]
      const says = Array.isArray(first) ? first.length > 0 : first !== undefined
      return says && versions.every((version) => sameValue(version[field], first))
    })
    .map(
      ([, what, top]) =>
        `per-version ${what} may not all be set to identical values (top-level ${top} should be used instead)`,
    )
}

/** What all versions have in common. */
function validateShared(spec: InternalSpec, path: string): readonly FieldError[] {
  const { validation, subresources, additionalPrinterColumns = [], selectableFields = [], versions = [] } = spec
  const anyStatus = hasStatus(subresources) || versions.some((version) => hasStatus(version.subresources))
  const errors = [
    ...validateRootSchema(validation, anyStatus, `${path}.validation`),
    ...validateSubresources(subresources, `${path}.subresources`),
    ...validateColumns(additionalPrinterColumns, `${path}.additionalPrinterColumns`),
  ]
  if (selectableFields.length === 0) return errors
  const fieldsPath = `${path}.selectableFields`
  if (validation === undefined) {
    return [...errors, invalid(fieldsPath, '', 'may only be set when validations.schema is included')]
  }
  const schema = validation.openAPIV3Schema ?? {}
  const unreadable = structuralError(schema)
  if (unreadable !== undefined) return [...errors, invalid(`${path}.schema.openAPIV3Schema`, '', unreadable)]
  return [...errors, ...validateSelectableFields(selectableFields, schema, fieldsPath)]
}

function validateConverting({ conversion, preserveUnknownFields }: InternalSpec, path: string): readonly FieldError[] {
  const at = `${path}.conversion`
  const { strategy } = conversion
  const keeps = strategy !== 'None' && preserveUnknownFields
  return [
    ...(keeps ? [invalid(`${at}.strategy`, strategy, 'must be None if spec.preserveUnknownFields is true')] : []),
    ...validateConversion(conversion, at),
  ]
}
