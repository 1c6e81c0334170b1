// A whole definition, when it is created, changed, and when its status is.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (ValidateCustomResourceDefinition,
// ValidateCustomResourceDefinitionUpdate, ValidateUpdateCustomResourceDefinitionStatus).

import type { CustomResourceDefinition } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid } from '../../../validation/field-errors.ts'
import { validateApproval } from '../api-approval.ts'
import { isConditionTrue } from '../conditions.ts'
import { toInternal } from '../internal-definition.ts'
import { validateCaBundle } from './conversion.ts'
import { validateNames } from './names.ts'
import { validateSpec } from './spec.ts'
import { validateStoredVersions } from './versions.ts'

export function validateNewDefinition(definition: CustomResourceDefinition): readonly FieldError[] {
  return [
    ...validateName(definition),
    ...validateSpec(toInternal(definition.spec), 'spec'),
    ...validateRest(definition, undefined),
  ]
}

export function validateChangedDefinition(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition,
): readonly FieldError[] {
  return [
    ...validateSpec(toInternal(definition.spec), 'spec'),
    ...validateCaBundle(definition.spec, old, 'spec.conversion.webhookClientConfig.caBundle'),
    ...validateImmutable(definition, old),
    ...validateRest(definition, old),
  ]
}

export function validateDefinitionStatus({ status }: CustomResourceDefinition): readonly FieldError[] {
  const names = status?.acceptedNames
  return names === undefined ? [] : validateNames(names, 'status.acceptedNames')
}

function validateName({ metadata, spec }: CustomResourceDefinition): readonly FieldError[] {
  const name = `${spec.names.plural}.${spec.group}`
  const text = 'must be spec.names.plural+"."+spec.group'
  const { generateName = '' } = metadata
  return [
    ...(generateName === '' || generateName === name ? [] : [invalid('metadata.generateName', generateName, text)]),
    ...(metadata.name === '' || metadata.name === name ? [] : [invalid('metadata.name', metadata.name, text)]),
  ]
}

function validateImmutable({ spec }: CustomResourceDefinition, old: CustomResourceDefinition): readonly FieldError[] {
  const immutable = (path: string, now: string, before: string): readonly FieldError[] =>
    now === before ? [] : [invalid(path, now, 'field is immutable')]
  const { names } = old.spec
  return [
    // Where objects are stored follows from these.
    ...(isConditionTrue(old, 'Established')
      ? [
          ...immutable('spec.scope', spec.scope, old.spec.scope),
          ...immutable('spec.names.kind', spec.names.kind, names.kind),
        ]
      : []),
    ...immutable('spec.group', spec.group, old.spec.group),
    ...immutable('spec.names.plural', spec.names.plural, names.plural),
  ]
}

function validateRest(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): readonly FieldError[] {
  const { spec, status } = definition
  const versions = (spec.versions as CustomResourceDefinition['spec']['versions'] | undefined) ?? []
  return [
    ...validateDefinitionStatus(definition),
    ...validateStoredVersions(status?.storedVersions, versions, 'status.storedVersions'),
    ...validateApproval(definition, old),
    ...(spec.preserveUnknownFields === true ? [invalid('spec.preserveUnknownFields', true, PRESERVE)] : []),
  ]
}

const PRESERVE =
  'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'
