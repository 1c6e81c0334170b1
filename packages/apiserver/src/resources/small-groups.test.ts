// PriorityClasses, Leases, PodDisruptionBudgets and roles: texts and ways of kube-apiserver 1.36.

import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../objects/kube-object.ts'
import { refusal, TestServer } from '../managed-fields/server.suite.ts'
import type { ResourceType } from './resource-type.ts'
import {
  clusterRoleBindings,
  clusterRoles,
  controllerRevisions,
  deployments,
  ingresses,
  leases,
  limitRanges,
  podDisruptionBudgets,
  priorityClasses,
  roleBindings,
  roles,
  serviceCidrs,
} from './served-types.ts'

const server = new TestServer()
const made = (type: ResourceType, body: object): KubeObject => server.call({ verb: 'create', type, body })
const put = (type: ResourceType, name: string, body: object, subresource?: string): KubeObject => {
  const metadata = { name, ...('metadata' in body ? (body.metadata as object) : {}) }
  const at = subresource === undefined ? {} : { subresource }
  return server.call({ verb: 'update', type, name, body: { ...body, metadata }, ...at })
}
const priority = (name: string, fields: object): (() => KubeObject) => {
  return () => made(priorityClasses, { metadata: { name }, ...fields })
}
const RESERVED = "priority class names with 'system-' prefix are reserved for system use only. error: "

describe('PriorityClasses', () => {
  it.each<[string, () => unknown, string]>([
    [
      'a system class for all',
      priority('system-node-critical', { value: 2_000_001_000, globalDefault: true }),
      `metadata.name: Forbidden: ${RESERVED}globalDefault of system-node-critical PriorityClass must be false`,
    ],
    [
      'a system class of another value',
      priority('system-node-critical', { value: 1 }),
      `metadata.name: Forbidden: ${RESERVED}value of system-node-critical PriorityClass must be 2000001000`,
    ],
    [
      'a name of the system',
      priority('system-x', { value: 1 }),
      `metadata.name: Forbidden: ${RESERVED}system-x is not a known system priority class`,
    ],
    ['an empty policy', priority('a', { value: 1, preemptionPolicy: '' }), 'preemptionPolicy: Required value'],
  ])('%s', (_, call, text) => {
    expect(refusal(call).message).toContain(`is invalid: ${text}`)
  })

  it('keep their value', () => {
    made(priorityClasses, { metadata: { name: 'x' }, value: 1 })
    expect(refusal(() => put(priorityClasses, 'x', { value: 2 })).message).toBe(
      'PriorityClass.scheduling.k8s.io "x" is invalid: value: Forbidden: may not be changed in an update.',
    )
  })
})

it('a Lease may be held by nobody', () => {
  expect(made(leases, { metadata: { name: 'x' }, spec: { holderIdentity: '' } })).toMatchObject({
    spec: { holderIdentity: '' },
  })
})

it('a PodDisruptionBudget is only replaced by who knows its version', () => {
  const budget = made(podDisruptionBudgets, { metadata: { name: 'x' }, spec: { minAvailable: 1 } })
  const text =
    'poddisruptionbudgets.policy "x" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update'
  for (const subresource of [undefined, 'status']) {
    expect(refusal(() => put(podDisruptionBudgets, 'x', { spec: {} }, subresource)).message).toBe(text)
  }
  const { resourceVersion } = budget.metadata
  expect(put(podDisruptionBudgets, 'x', { metadata: { resourceVersion }, spec: { minAvailable: 2 } })).toMatchObject({
    spec: { minAvailable: 2 },
  })
})

it.each<[string, object, string]>([
  [
    'no data',
    { revision: -1 },
    '[revision: Invalid value: -1: must be greater than or equal to 0, data: Required value: data is mandatory]',
  ],
  ['a text', { revision: 1, data: 'x' }, 'data: Required value: data must be a valid JSON object'],
  ['a list', { revision: 1, data: [1] }, 'data: Required value: data must be a valid JSON object'],
])('a ControllerRevision of %s', (_, fields, text) => {
  expect(refusal(() => made(controllerRevisions, { metadata: { name: 'x' }, ...fields })).message).toBe(
    `ControllerRevision.apps "x" is invalid: ${text}`,
  )
})

it("a Scale's own metadata is checked", () => {
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  made(deployments, { metadata: { name: 'x' }, spec: { selector: { matchLabels: { a: 'b' } }, template } })
  const scale = { metadata: { labels: { a: 'b c' } }, spec: { replicas: -1 } }
  expect(refusal(() => put(deployments, 'x', scale, 'scale')).details?.causes?.map(({ field }) => field)).toEqual([
    'metadata.labels',
    'spec.replicas',
  ])
})

const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'new' }

it.each<[ResourceType, object]>([
  [roles, { rules: [] }],
  [clusterRoles, { rules: [] }],
  [roleBindings, { roleRef }],
  [clusterRoleBindings, { roleRef }],
  [limitRanges, { spec: { limits: [] } }],
])('a PUT makes what is not there: $resource', (type, body) => {
  expect(put(type, 'new', body).metadata).toMatchObject({ name: 'new' })
})

it.each<[ResourceType, object, object]>([
  [
    podDisruptionBudgets,
    { spec: {} },
    { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  ],
  [ingresses, { spec: { defaultBackend: { service: { name: 's', port: { number: 1 } } } } }, { loadBalancer: {} }],
  [serviceCidrs, { spec: { cidrs: ['10.200.0.0/24'] } }, {}],
])('a status without anything has its zeros: $resource', (type, body, status) => {
  made(type, { ...body, metadata: { name: 'zeros' } })
  expect(server.merge(type, 'zeros', { status: null }, '', 'status')).toMatchObject({ status })
  expect(server.merge(type, 'zeros', { status: {} }, '', 'status')).toMatchObject({ status })
})
