// Roles and ClusterRoles. Source: kubernetes rbac/validation, printers (no printer of their own: Name and Created At).

import type { ClusterRole, Role } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { validateLabelSelector } from '../../validation/labels.ts'
import { isUsable } from '../apps/workload-validation.ts'
import { defineResource } from '../define-resource.ts'
import { clusterRoles, roles } from '../served-types.ts'
import { createdAtColumn, nameColumn } from '../tables/columns.ts'
import { WHOLE_THEN_UPDATE } from '../update-checks.ts'
import { validateRules } from './rule-validation.ts'

export const role = defineResource<Role>({
  type: roles,
  singular: 'role',
  schema: 'io.k8s.api.rbac.v1.Role',
  nameRule: 'path-segment',
  createOnUpdate: true,
  columns: [nameColumn(), createdAtColumn()],
  strategy: {
    validate: ({ rules }) => {
      const errors: FieldError[] = []
      validateRules(rules, true, errors)
      return errors
    },
    updateChecks: WHOLE_THEN_UPDATE,
  },
})

function validateAggregation({ aggregationRule }: ClusterRole, errors: FieldError[]): void {
  if (aggregationRule === undefined) return
  const path = 'aggregationRule.clusterRoleSelectors'
  const { clusterRoleSelectors: selectors = [] } = aggregationRule
  if (selectors.length === 0) {
    errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'))
  }
  for (const [index, selector] of selectors.entries()) {
    validateLabelSelector(selector, `${path}[${index}]`, errors)
    // What could not be read is printed as nothing.
    if (!isUsable(selector)) errors.push(invalid(`${path}[${index}]`, null, 'invalid label selector.'))
  }
}

export const clusterRole = defineResource<ClusterRole>({
  type: clusterRoles,
  singular: 'clusterrole',
  schema: 'io.k8s.api.rbac.v1.ClusterRole',
  nameRule: 'path-segment',
  createOnUpdate: true,
  columns: [nameColumn(), createdAtColumn()],
  strategy: {
    validate: (object) => {
      const errors: FieldError[] = []
      validateRules(object.rules, false, errors)
      validateAggregation(object, errors)
      return errors
    },
    updateChecks: WHOLE_THEN_UPDATE,
  },
})
