import { describe, expect, it } from 'vitest'
import { withWireNulls } from './wire-nulls.ts'

const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }

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
