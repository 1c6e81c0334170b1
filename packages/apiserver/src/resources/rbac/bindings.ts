// RoleBindings and ClusterRoleBindings. Source: kubernetes rbac/v1/defaults.go, rbac/validation, printers printRoleBinding.

import type { ClusterRoleBinding, RoleBinding } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { defineResource } from '../define-resource.ts'
import type { Column, Mutable } from '../resource.ts'
import { clusterRoleBindings, roleBindings } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { WHOLE_THEN_UPDATE } from '../update-checks.ts'
import {
  defaultRoleRef,
  defaultSubject,
  validateRoleRef,
  validateRoleRefUpdate,
  validateSubjects,
} from './rule-validation.ts'

type Binding = RoleBinding | ClusterRoleBinding

function defaults(binding: Mutable<RoleBinding> | Mutable<ClusterRoleBinding>): void {
  binding.roleRef ??= { kind: '', name: '' }
  defaultRoleRef(binding.roleRef)
  for (const subject of binding.subjects ?? []) defaultSubject(subject)
}

function subjectsColumn<T extends Binding>(name: string, kind: string, description: string): Column<T> {
  return column<T>(name, { description, wide: true }, ({ subjects }) =>
    (subjects ?? [])
      .filter((subject) => subject.kind === kind)
      .map((subject) => (kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name}` : subject.name))
      .join(', '),
  )
}

function columns<T extends Binding>(roleDescription: string, what: string): readonly Column<T>[] {
  return [
    nameColumn<T>(),
    column<T>('Role', { description: roleDescription }, ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
    ageColumn<T>(),
    subjectsColumn<T>('Users', 'User', `Users in the ${what}`),
    subjectsColumn<T>('Groups', 'Group', `Groups in the ${what}`),
    subjectsColumn<T>('ServiceAccounts', 'ServiceAccount', `ServiceAccounts in the ${what}`),
  ]
}

function validate(binding: Binding, kinds: readonly string[], namespaced: boolean): readonly FieldError[] {
  const errors: FieldError[] = []
  validateRoleRef(binding.roleRef, kinds, errors)
  validateSubjects(binding.subjects, namespaced, errors)
  return errors
}

export const roleBinding = defineResource<RoleBinding>({
  type: roleBindings,
  singular: 'rolebinding',
  schema: 'io.k8s.api.rbac.v1.RoleBinding',
  nameRule: 'path-segment',
  createOnUpdate: true,
  columns: columns(
    'RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace. If the RoleRef cannot ' +
      'be resolved, the Authorizer must return an error.',
    'roleBinding',
  ),
  strategy: {
    defaults,
    validate: (binding) => validate(binding, ['Role', 'ClusterRole'], true),
    validateUpdate: ({ roleRef }, { roleRef: old }) => validateRoleRefUpdate(roleRef, old),
    updateChecks: WHOLE_THEN_UPDATE,
  },
})

export const clusterRoleBinding = defineResource<ClusterRoleBinding>({
  type: clusterRoleBindings,
  singular: 'clusterrolebinding',
  schema: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  nameRule: 'path-segment',
  createOnUpdate: true,
  columns: columns(
    'RoleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer ' +
      'must return an error.',
    'clusterRoleBinding',
  ),
  strategy: {
    defaults,
    validate: (binding) => validate(binding, ['ClusterRole'], false),
    validateUpdate: ({ roleRef }, { roleRef: old }) => validateRoleRefUpdate(roleRef, old),
    updateChecks: WHOLE_THEN_UPDATE,
  },
})
