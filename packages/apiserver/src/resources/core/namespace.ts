// Namespaces. The finalizer `kubernetes` in spec keeps a deleted namespace until its content is gone; /finalize takes it
// away. Source: kubernetes registry/core/namespace.

import type { Namespace } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid } from '../../validation/field-errors.ts'
import { validateFinalizerName } from '../../validation/object-meta.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable } from '../resource.ts'
import { namespaces } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { WHOLE_THEN_UPDATE } from '../update-checks.ts'

const NAME_LABEL = 'kubernetes.io/metadata.name'
const FINALIZER = 'kubernetes'

function defaults(namespace: Mutable<Namespace>): void {
  if (namespace.status !== undefined) namespace.status.phase ||= 'Active'
  const { name } = namespace.metadata
  if (name === undefined || name === '') return
  namespace.metadata.labels = { ...namespace.metadata.labels, [NAME_LABEL]: name }
}

function prepareForCreate(namespace: Mutable<Namespace>): void {
  defaults(namespace)
  namespace.status = { phase: 'Active' }
  const finalizers = namespace.spec?.finalizers ?? []
  namespace.spec = {
    ...namespace.spec,
    finalizers: finalizers.includes(FINALIZER) ? finalizers : [...finalizers, FINALIZER],
  }
}

function validate(namespace: Namespace): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const finalizer of namespace.spec?.finalizers ?? []) {
    validateFinalizerName(finalizer, 'spec.finalizers', errors)
  }
  return errors
}

/** /finalize takes the finalizers, and metadata as any update does. */
function finalized({ metadata, spec }: Namespace, old: Namespace): Namespace {
  const { labels: _l, annotations: _a, finalizers: _f, ownerReferences: _o, ...kept } = old.metadata
  const { labels, annotations, finalizers, ownerReferences } = metadata
  return {
    ...old,
    metadata: {
      ...kept,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    spec: { ...old.spec, finalizers: spec?.finalizers ?? [] },
  }
}

function validateFinalize({ spec }: Namespace): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const [index, finalizer] of (spec?.finalizers ?? []).entries()) {
    validateFinalizerName(finalizer, `spec.finalizers[${index}]`, errors)
  }
  return errors
}

function validateStatusUpdate(namespace: Namespace): readonly FieldError[] {
  const phase = namespace.status?.phase ?? ''
  const deleting = namespace.metadata.deletionTimestamp !== undefined
  if (!deleting && phase !== 'Active') {
    return [invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")]
  }
  if (deleting && phase !== 'Terminating') {
    return [invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")]
  }
  return []
}

export const namespace = defineResource<Namespace>({
  type: namespaces,
  singular: 'namespace',
  shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  schema: 'io.k8s.api.core.v1.Namespace',
  nameRule: 'dns-label',
  status: true,
  subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  selectableFields: { 'status.phase': (object) => object.status?.phase ?? '' },
  columns: [
    nameColumn(),
    column('Status', { description: 'The status of the namespace' }, (object) => object.status?.phase ?? ''),
    ageColumn(),
  ],
  strategy: {
    defaults,
    prepareForCreate,
    // spec.finalizers change only through /finalize.
    prepareForUpdate: (object, old) => {
      object.spec = { ...old.spec } as Mutable<Namespace>['spec']
    },
    validate,
    validateStatusUpdate,
    partialUpdates: { finalize: { merge: finalized, validate: validateFinalize } },
    updateChecks: WHOLE_THEN_UPDATE,
  },
})
