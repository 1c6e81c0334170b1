// How workloads roll out, rule by rule: paths and texts as kube-apiserver 1.36 has them.

import { describe, expect, it, test } from 'vitest'
import type { KubeObject } from '../../objects/kube-object.ts'
import type { Resource } from '../resource.ts'
import { create, refusal, testContext, update, updateStatus } from '../strategy-run.suite.ts'
import { podDisruptionBudget } from '../policy/pod-disruption-budget.ts'
import { daemonSet } from './daemon-set.ts'
import { deployment } from './deployment.ts'
import { statefulSet } from './stateful-set.ts'

const labels = { app: 'a' }
const workload = (spec: object): object => ({
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    ...spec,
  },
})
const shortened = (message: string): string => message.replace(/^\w+\S* "x" is invalid: /, '')
const refused = <T extends KubeObject>(resource: Resource<T>, spec: object): string =>
  shortened(refusal(() => create(resource, workload(spec))))

const PERCENT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"

describe('a Deployment is refused for', () => {
  const rolling = (rollingUpdate: object): object => ({ strategy: { type: 'RollingUpdate', rollingUpdate } })
  it.each<[string, object, string]>([
    [
      'no way forward',
      rolling({ maxSurge: 0, maxUnavailable: '0%' }),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
    ],
    [
      'missing more than all',
      rolling({ maxUnavailable: '101%' }),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
    [
      'no percentage',
      rolling({ maxSurge: 'few' }),
      `spec.strategy.rollingUpdate.maxSurge: Invalid value: "few": ${PERCENT}`,
    ],
    [
      'recreating bit by bit',
      { strategy: { type: 'Recreate', rollingUpdate: {} } },
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      'waiting less than is needed',
      { minReadySeconds: 10, progressDeadlineSeconds: 5 },
      'spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds',
    ],
  ])('%s', (_, spec, expected) => {
    expect(refused(deployment, spec)).toBe(expected)
  })

  it('forgetting how often names met', () => {
    const made = create(deployment, workload({}))
    const old = { ...made, status: { collisionCount: 2 } }
    expect(shortened(refusal(() => updateStatus(deployment, old, { collisionCount: 1 })))).toBe(
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    )
  })
})

describe('a DaemonSet is refused for', () => {
  const rolling = (rollingUpdate: object): object => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } })
  it.each<[string, object, string]>([
    [
      'both at once',
      rolling({ maxSurge: 1, maxUnavailable: 1 }),
      'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
    ],
    [
      'neither',
      rolling({ maxSurge: 0, maxUnavailable: 0 }),
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
    ],
    [
      'a way it does not know',
      { updateStrategy: { type: 'Now' } },
      'spec.updateStrategy: Unsupported value: {"Type":"Now","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
    ],
  ])('%s', (_, spec, expected) => {
    expect(refused(daemonSet, spec)).toBe(expected)
  })
})

const data = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
}
const mounting = (name: string, volumes?: readonly object[]): object => ({
  metadata: { labels },
  spec: { containers: [{ name: 'c', image: 'i', volumeMounts: [{ name, mountPath: '/data' }] }], volumes },
})

describe('a StatefulSet is refused for', () => {
  const rolling = (rollingUpdate: object): object => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } })
  it.each<[string, object, string]>([
    [
      'a partition below zero',
      rolling({ partition: -1 }),
      'spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'ordinals below zero',
      { ordinals: { start: -1 } },
      'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'another order',
      { podManagementPolicy: 'Random' },
      "spec.podManagementPolicy: Invalid value: \"Random\": must be 'OrderedReady' or 'Parallel'",
    ],
    [
      'claims kept half',
      { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Keep' } },
      'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Keep": supported values: "Retain", "Delete"',
    ],
    [
      'claims that ask for nothing',
      { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] },
      '[spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required, spec.volumeClaimTemplates[0].spec.resources[storage]: Required value]',
    ],
    [
      'mounting what no claim and no volume is called',
      { template: mounting('logs'), volumeClaimTemplates: [data] },
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "logs"',
    ],
    [
      'its own volumes, which come after those of its claims',
      {
        template: mounting('data', [
          { name: 'data', emptyDir: {} },
          { name: 'b', emptyDir: {}, secret: { secretName: 's' } },
        ]),
        volumeClaimTemplates: [data],
      },
      'spec.template.spec.volumes[1].secret: Forbidden: may not specify more than 1 volume type',
    ],
  ])('%s', (_, spec, expected) => {
    expect(refused(statefulSet, spec)).toBe(expected)
  })

  it('not for mounting its claims, nor later for what it asked of them', () => {
    const made = create(statefulSet, workload({ template: mounting('data'), volumeClaimTemplates: [data] }))
    expect(made.spec.template.spec?.volumes).toBeUndefined()
    expect(update(statefulSet, made, { spec: { ...made.spec, replicas: 2 } }, testContext()).spec.replicas).toBe(2)
  })
})

test('a StatefulSet loses maxUnavailable, whose gate is off', () => {
  const rollingUpdate = { maxUnavailable: 0, partition: 1 }
  const { spec } = create(statefulSet, workload({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } }))
  expect(spec.updateStrategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition: 1 } })
})

describe('the status of a PodDisruptionBudget is refused for', () => {
  const old = create(podDisruptionBudget, { spec: { minAvailable: 1 } })
  const good = { type: 'A', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'R', message: '' }
  it.each<[string, object, string]>([
    [
      'counts below zero',
      { disruptionsAllowed: -1 },
      'status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0',
    ],
    ['a condition twice', { conditions: [good, good] }, 'status.conditions[1].type: Duplicate value: "A"'],
    [
      'a condition of nothing',
      { conditions: [{}] },
      `[status.conditions[0].type: Invalid value: "": name part must be non-empty, status.conditions[0].type: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'), status.conditions[0].status: Unsupported value: "": supported values: "False", "True", "Unknown", status.conditions[0].lastTransitionTime: Required value, status.conditions[0].reason: Required value]`,
    ],
    [
      'a condition of half a truth',
      { conditions: [{ ...good, status: 'Half' }] },
      'status.conditions[0].status: Unsupported value: "Half": supported values: "False", "True", "Unknown"',
    ],
  ])('%s', (_, status, expected) => {
    expect(shortened(refusal(() => updateStatus(podDisruptionBudget, old, status)))).toBe(expected)
  })
})

it('a StatefulSet drops maxUnavailable, whose feature gate is off in 1.36', () => {
  const rollingUpdate = { partition: 1, maxUnavailable: 0 }
  const made = create(statefulSet, workload({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } }))
  expect(made.spec.updateStrategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition: 1 } })
})
