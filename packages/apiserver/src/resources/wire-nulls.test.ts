import { describe, expect, it } from 'vitest'
import { withWireNulls } from './wire-nulls.ts'

const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }

const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' }
const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' }
const statefulSet = { apiVersion: 'apps/v1', kind: 'StatefulSet' }
const resource = { kind: 'Bucket', name: 'b' }
const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob' }

const ephemeral = { ephemeral: { volumeClaimTemplate: { spec: { dataSourceRef: resource } } } }

describe('fields that are null on the wire', () => {
  it.each([
    ['an EndpointSlice without anything', { ...slice, endpoints: [] }, { ...slice, endpoints: null, ports: null }],
    [
      'an Event without times',
      { apiVersion: 'v1', kind: 'Event', eventTime: 't' },
      { apiVersion: 'v1', kind: 'Event', eventTime: 't', firstTimestamp: null, lastTimestamp: null },
    ],
    [
      'a LimitRange without anything',
      { apiVersion: 'v1', kind: 'LimitRange' },
      { apiVersion: 'v1', kind: 'LimitRange', spec: { limits: null } },
    ],
    [
      'a LimitRange of no limits',
      { apiVersion: 'v1', kind: 'LimitRange', spec: { limits: [] } },
      { apiVersion: 'v1', kind: 'LimitRange', spec: { limits: null } },
    ],
    [
      'a pod condition nobody probed',
      { apiVersion: 'v1', kind: 'Pod', status: { conditions: [{ type: 'Ready', lastTransitionTime: 't' }] } },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        status: { conditions: [{ type: 'Ready', lastTransitionTime: 't', lastProbeTime: null }] },
      },
    ],
    ['a Role without rules', { ...role, rules: [] }, { ...role, rules: null }],
    [
      'an Ingress of resources of the core group',
      {
        ...ingress,
        spec: { defaultBackend: { resource }, rules: [{ http: { paths: [{ backend: { resource } }] } }, {}] },
      },
      {
        ...ingress,
        spec: {
          defaultBackend: { resource: { ...resource, apiGroup: null } },
          rules: [{ http: { paths: [{ backend: { resource: { ...resource, apiGroup: null } } }] } }, {}],
        },
      },
    ],
    [
      'a StatefulSet filled from a claim, with volumes of nothing',
      {
        ...statefulSet,
        spec: {
          template: { spec: { volumes: [{ name: 'a', projected: {} }, ephemeral] } },
          volumeClaimTemplates: [{ spec: { dataSource: resource } }],
        },
      },
      {
        ...statefulSet,
        spec: {
          template: {
            spec: {
              volumes: [
                { name: 'a', projected: { sources: null } },
                {
                  ephemeral: { volumeClaimTemplate: { spec: { dataSourceRef: { ...resource, apiGroup: null } } } },
                },
              ],
            },
          },
          volumeClaimTemplates: [{ spec: { dataSource: { ...resource, apiGroup: null } } }],
        },
      },
    ],
    [
      'a CronJob with a policy of no rules',
      { ...cronJob, spec: { jobTemplate: { spec: { podFailurePolicy: {} } } } },
      { ...cronJob, spec: { jobTemplate: { spec: { podFailurePolicy: { rules: null } } } } },
    ],
  ])('%s', (_, object, expected) => {
    expect(withWireNulls(object)).toEqual(expected)
  })

  it('a projected volume of a pod without sources', () => {
    const pod = (projected: object): object => ({ apiVersion: 'v1', kind: 'Pod', spec: { volumes: [{ projected }] } })
    expect(withWireNulls({ ...pod({ sources: [] }) })).toEqual(pod({ sources: null }))
    expect(withWireNulls({ ...pod({ defaultMode: 1 }) })).toEqual(pod({ defaultMode: 1, sources: null }))
  })

  it('leaves alone what has them all', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', status: { phase: 'Pending' } }
    expect(withWireNulls(pod)).toBe(pod)
  })
})
