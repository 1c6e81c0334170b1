// ControllerRevisions: what a DaemonSet or StatefulSet looked like at a revision. Source: kubernetes apps/validation
// ValidateControllerRevision, printers printControllerRevision.

import type { ControllerRevision } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import { controllerRevisions } from '../served-types.ts'
import { NONE } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { validateNonNegative } from './workload-validation.ts'

function validate(revision: ControllerRevision): readonly FieldError[] {
  const errors: FieldError[] = []
  if (revision.data === undefined) errors.push(required('data', 'data is mandatory'))
  validateNonNegative(revision.revision, 'revision', errors)
  return errors
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
    validateUpdate: (revision, old) =>
      sameValue(revision.data, old.data) ? [] : [invalid('data', revision.data, 'field is immutable')],
  },
})
