// In which order the errors of an update are listed, kind by kind. Facts: recorded from 1.36.2 and upstream's strategies.

import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../objects/kube-object.ts'
import type { FieldError } from '../validation/field-error.ts'
import type { Strategy } from './resource.ts'
import { daemonSet } from './apps/daemon-set.ts'
import { testContext } from './strategy-run.suite.ts'
import {
  CHANGES_FIRST,
  FIELDS_FIRST,
  statusErrors,
  updateErrors,
  WHOLE_THEN_UPDATE,
  type UpdateCheck,
} from './update-checks.ts'

const old = {
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: 't' },
}
const DAEMON_SETS = daemonSet.strategy.updateChecks
const error = (field: string): FieldError => ({ reason: 'FieldValueInvalid', field, body: 'x' })

function order(updateChecks: readonly UpdateCheck[] | undefined, metadata: object): string {
  const strategy: Strategy<KubeObject> = {
    validate: () => [error('whole')],
    validateUpdate: () => [error('changes')],
    validateStatusUpdate: () => [error('status')],
    ...(updateChecks === undefined ? {} : { updateChecks }),
  }
  const next = { ...old, metadata: { ...old.metadata, ...metadata } }
  return updateErrors({ strategy }, next, old, testContext())
    .map(({ field }) => field.replace('metadata.', ''))
    .join(' ')
}

describe('updates', () => {
  it.each<[string, readonly UpdateCheck[] | undefined, object, string]>([
    ['usually', undefined, {}, 'whole changes'],
    ['a label', undefined, { labels: { a: 'b c' } }, 'labels labels labels labels whole changes'],
    ['ConfigMaps', CHANGES_FIRST, { labels: { a: 'b c' } }, 'labels labels labels changes labels whole'],
    ['Deployments', FIELDS_FIRST, { labels: { a: 'b c' } }, 'labels labels labels whole changes'],
    ['DaemonSets', DAEMON_SETS, { labels: { a: 'b c' } }, 'labels labels labels changes whole'],
    ['RoleBindings', WHOLE_THEN_UPDATE, { labels: { a: 'b c' } }, 'labels labels labels whole labels changes'],
    ['Jobs', WHOLE_THEN_UPDATE, { uid: 'v' }, 'uid whole uid changes'],
    ['LimitRanges', ['meta', 'whole'], { finalizers: ['a b'] }, 'finalizers finalizers finalizers[0] whole'],
    ['Deployments again', FIELDS_FIRST, { finalizers: ['a'] }, 'finalizers[0] whole changes'],
  ])('%s', (_, checks, metadata, expected) => {
    expect(order(checks, metadata)).toBe(expected)
  })

  it('lists metadata before the status', () => {
    const strategy: Strategy<KubeObject> = { validateStatusUpdate: () => [error('status')] }
    const next = { ...old, metadata: { ...old.metadata, uid: 'v' } }
    expect(statusErrors({ strategy }, next, old, testContext()).map(({ field }) => field)).toEqual([
      'metadata.uid',
      'metadata.uid',
      'status',
    ])
  })
})
