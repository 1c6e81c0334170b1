// ControllerRevisions: what a DaemonSet or StatefulSet looked like at a revision. Source: kubernetes apps/validation
// ValidateControllerRevision, printers printControllerRevision.

import type { ControllerRevision } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import type { StrategyContext } from '../resource.ts'
import { controllerRevisions } from '../served-types.ts'
import { NONE } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { validateNonNegative } from './workload-validation.ts'

/** The minor version since which the data has to be an object. */
const OBJECTS_SINCE = 31

function validate({ revision }: ControllerRevision): readonly FieldError[] {
  const errors: FieldError[] = []
  validateNonNegative(revision, 'revision', errors)
  return errors
}

/** What there is to see of the data is only asked once, as it may never change. */
function validateCreate(
  { data }: Partial<ControllerRevision>,
  { kubernetesVersion }: StrategyContext,
): readonly FieldError[] {
  if (data === undefined || data === null) return [required('data', 'data is mandatory')]
  const isObject = typeof data === 'object' && !Array.isArray(data)
  if (isObject || kubernetesVersion.minor < OBJECTS_SINCE) return []
  return [required('data', 'data must be a valid JSON object')]
}

/** `kind/name` of the controlling owner. */
function controllerText({ metadata }: KubeObject): string {
  const owner = (metadata.ownerReferences ?? []).find((reference) => reference.controller === true)
  if (owner === undefined) return NONE
  const [group = '', version] = owner.apiVersion.split('/')
  const suffix = version === undefined ? '' : `.${group}`
  return `${owner.kind.toLowerCase()}${suffix}/${owner.name}`
}

export const controllerRevision = defineResource<ControllerRevision>({
  type: controllerRevisions,
  singular: 'controllerrevision',
  schema: 'io.k8s.api.apps.v1.ControllerRevision',
  columns: [
    nameColumn(),
    column('Controller', { description: 'Controller of the object' }, controllerText),
    column('Revision', { description: columnDescriptions['ControllerRevision.revision'] }, ({ revision }) => revision),
    ageColumn(),
  ],
  strategy: {
    validate,
    validateCreate,
    validateUpdate: (revision, old) =>
      sameValue(revision.data, old.data) ? [] : [invalid('data', revision.data, 'field is immutable')],
  },
})
