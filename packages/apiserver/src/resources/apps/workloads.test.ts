// Deployments, ReplicaSets, ReplicationControllers and their /scale. Facts: recorded from 1.36.2.

import { describe, expect, it } from 'vitest'
import { isScalable, scaleOf, validateScale, withScale } from '../autoscaling/scale.ts'
import { replicationController } from '../core/replication-controller.ts'
import { create, refusal, testContext, update } from '../strategy-run.suite.ts'
import { deployment } from './deployment.ts'
import { replicaSet } from './replica-set.ts'

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'img:1' }] } }
const web = (spec: object = {}): object => ({
  metadata: { name: 'web' },
  spec: { selector: { matchLabels: { app: 'web' } }, template, ...spec },
})

describe('defaults', () => {
  it('of a Deployment', () => {
    const { spec, status } = create(deployment, web())
    expect(status).toEqual({})
    expect(spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        spec: {
          restartPolicy: 'Always',
          dnsPolicy: 'ClusterFirst',
          terminationGracePeriodSeconds: 30,
          securityContext: {},
        },
      },
    })
    expect(spec.template.spec).not.toHaveProperty('enableServiceLinks')
  })

  it('of a ReplicationController come from its template', () => {
    const made = create(replicationController, { metadata: { name: 'web' }, spec: { template } })
    expect(made.spec.selector).toEqual({ app: 'web' })
    expect(made.metadata.labels).toEqual({ app: 'web' })
    expect(made.spec.replicas).toBe(1)
  })
})

describe('Deployments that are refused', () => {
  const mismatch =
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'
  it.each<[string, object, string]>([
    ['no selector', { selector: undefined }, `[spec.selector: Required value, ${mismatch}]`],
    ['empty selector', { selector: {} }, 'spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    ['other labels', { selector: { matchLabels: { app: 'x' } } }, mismatch],
    [
      'bad operator',
      { selector: { matchExpressions: [{ key: 'app', operator: 'Is' }] } },
      '[spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator, spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Is"}]}: invalid label selector]',
    ],
    [
      'restart policy',
      { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    ['negative replicas', { replicas: -1 }, 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [
      'strategy',
      { strategy: { type: 'Blue' } },
      'spec.strategy: Unsupported value: {"Type":"Blue","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
    ],
    [
      'Recreate with rolling',
      { strategy: { type: 'Recreate', rollingUpdate: {} } },
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      'no way to roll',
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
    [
      'deadline',
      { minReadySeconds: 10, progressDeadlineSeconds: 10 },
      'spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds',
    ],
  ])('%s', (_, spec, message) => {
    expect(refusal(() => create(deployment, web(spec)))).toBe(`Deployment.apps "web" is invalid: ${message}`)
  })

  it('for a changed selector', () => {
    const context = testContext()
    const old = create(deployment, web(), context)
    const labels = { app: 'web', b: 'c' }
    const changed = web({ selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } })
    expect(refusal(() => update(deployment, old, changed, context))).toBe(
      'Deployment.apps "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"web","b":"c"}}: field is immutable',
    )
  })
})

describe('generation', () => {
  const context = testContext()
  const old = create(deployment, web(), context)

  it.each<[string, object, boolean]>([
    ['spec', web({ replicas: 2 }), true],
    ['annotations', { ...web(), metadata: { name: 'web', annotations: { a: 'b' } } }, true],
    ['labels', { ...web(), metadata: { name: 'web', labels: { a: 'b' } } }, false],
  ])('%s', (_, object, bumps) => {
    expect(deployment.strategy.bumpsGeneration?.(update(deployment, old, object, context), old)).toBe(bumps)
  })
})

describe('scale', () => {
  const made = create(deployment, web({ replicas: 3 }))

  it('shows replicas and selector', () => {
    expect(isScalable(made)).toBe(true)
    expect(scaleOf(made)).toMatchObject({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web' },
      spec: { replicas: 3 },
      status: { replicas: 0, selector: 'app=web' },
    })
    expect(
      scaleOf(create(replicationController, { metadata: { name: 'web' }, spec: { template } })).status?.selector,
    ).toBe('app=web')
  })

  it('changes replicas alone', () => {
    const scale = { ...scaleOf(made), spec: { replicas: 1 } }
    expect(withScale(made, scale)).toEqual({ ...made, spec: { ...made.spec, replicas: 1 } })
    expect(validateScale({ ...scale, spec: { replicas: -1 } }, 'default')[0]?.body).toBe(
      'Invalid value: -1: must be greater than or equal to 0',
    )
  })
})

describe('tables', () => {
  const context = testContext()
  it('of a Deployment', () => {
    const object = {
      ...create(deployment, web({ replicas: 3 })),
      status: { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 },
    }
    expect(deployment.columns.map((column) => column.cell(object, context))).toEqual([
      'web',
      '1/3',
      2,
      1,
      '0s',
      'main',
      'img:1',
      'app=web',
    ])
  })

  it('of a ReplicaSet', () => {
    const object = { ...create(replicaSet, web()), status: { replicas: 1, readyReplicas: 1 } }
    expect(replicaSet.columns.map((column) => column.cell(object, context))).toEqual([
      'web',
      1,
      1,
      1,
      '0s',
      'main',
      'img:1',
      'app=web',
    ])
  })
})
