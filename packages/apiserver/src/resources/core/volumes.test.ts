// PersistentVolumes and their claims, rule by rule: paths and texts as kube-apiserver 1.36 has them.

import { describe, expect, it } from 'vitest'
import { create, refusal, testContext, update } from '../strategy-run.suite.ts'
import { persistentVolumeClaim } from './persistent-volume-claim.ts'
import { persistentVolume } from './persistent-volume.ts'

const shortened = (message: string): string => message.replace(/^\w+ "x" is invalid: /, '')
const firstLine = (message: string): string => shortened(message).split('\n')[0] ?? ''
const volume = (spec: object): object => ({
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/data' }, ...spec },
})
const claim = (spec: object): object => ({
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
})

describe('a PersistentVolume is refused for', () => {
  const none = { hostPath: undefined }
  it.each<[string, object, string]>([
    [
      'no modes, no capacity',
      { accessModes: [], capacity: {} },
      '[spec.accessModes: Required value, spec.capacity: Required value, spec.capacity: Unsupported value: {}: supported values: "storage"]',
    ],
    [
      'no capacity to speak of',
      { capacity: { storage: '0' } },
      'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
    ],
    ['no source', none, 'spec: Required value: must specify a volume type'],
    [
      'two sources',
      { nfs: { server: 's', path: '/' } },
      'spec.nfs: Forbidden: may not specify more than 1 volume type',
    ],
    [
      'a path upwards',
      { hostPath: { path: '/a/../b' } },
      'spec.hostPath.path: Invalid value: "/a/../b": must not contain \'..\'',
    ],
    [
      'a recycled root',
      { hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' },
      "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ],
    [
      'a local path of no node',
      { ...none, local: { path: '/a' } },
      'spec.nodeAffinity: Required value: Local volume requires node affinity',
    ],
    [
      'nodes nobody can be',
      { ...none, local: { path: '/a' }, nodeAffinity: { required: { nodeSelectorTerms: [] } } },
      'spec.nodeAffinity.required.nodeSelectorTerms: Required value: must have at least one node selector term',
    ],
    [
      'a driver without volume',
      { ...none, csi: { driver: 'csi.example.com' } },
      'spec.csi.volumeHandle: Required value',
    ],
    [
      'a mode that stays alone',
      { accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'] },
      'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
    ],
    [
      'attributes of no driver',
      { volumeAttributesClassName: 'gold' },
      'spec.csi: Required value: has to be specified when using volumeAttributesClassName',
    ],
  ])('%s', (_, spec, expected) => {
    expect(shortened(refusal(() => create(persistentVolume, volume(spec))))).toBe(expected)
  })

  it('another source or mode than it had', () => {
    const old = create(persistentVolume, volume({}))
    const changed = volume({ hostPath: { path: '/other' }, volumeMode: 'Block' })
    expect(
      shortened(refusal(() => update(persistentVolume, old, changed, testContext()))).replace(
        /after creation\n[^]*?, volumeMode/,
        'after creation, volumeMode',
      ),
    ).toBe(
      '[spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation, volumeMode: Invalid value: "Block": field is immutable]',
    )
  })
})

it('a PersistentVolume notes when it got its phase', () => {
  expect(create(persistentVolume, volume({})).status).toEqual({
    phase: 'Pending',
    lastPhaseTransitionTime: '2026-01-01T00:00:00Z',
  })
})

describe('a PersistentVolumeClaim is refused for', () => {
  it.each<[string, object, string]>([
    [
      'no modes and no request',
      { accessModes: [], resources: {} },
      '[spec.accessModes: Required value: at least 1 access mode is required, spec.resources[storage]: Required value]',
    ],
    [
      'data of what has no group and is no claim',
      { dataSourceRef: { kind: 'Pod', name: 'p' } },
      '[spec.dataSource: Invalid value: "Pod": must be \'PersistentVolumeClaim\' when referencing the default apiGroup, spec.dataSourceRef: Invalid value: "Pod": must be \'PersistentVolumeClaim\' when referencing the default apiGroup]',
    ],
    [
      'data of two sources',
      {
        dataSource: { kind: 'PersistentVolumeClaim', name: 'a' },
        dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'b' },
      },
      'spec: Invalid value: {}: must match dataSourceRef',
    ],
    [
      'a mode there is not',
      { volumeMode: 'Tape' },
      'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
    ],
  ])('%s', (_, spec, expected) => {
    expect(shortened(refusal(() => create(persistentVolumeClaim, claim(spec))))).toBe(expected)
  })
})

describe('a changed PersistentVolumeClaim', () => {
  const asking = (storage: string): object => ({ resources: { requests: { storage } } })
  const old = create(persistentVolumeClaim, claim({ volumeName: 'pv' }))
  const change = (phase: string, spec: object): string => {
    const status = { phase, capacity: { storage: '1Gi' } }
    const changed = { ...claim({ volumeName: 'pv', ...spec }), status }
    return firstLine(refusal(() => update(persistentVolumeClaim, { ...old, status }, changed, testContext())))
  }
  const fixed =
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

  it.each<[string, string, object, string]>([
    ['grows when it is bound', 'Bound', asking('2Gi'), ''],
    ['does not before', 'Pending', asking('2Gi'), fixed],
    [
      'never shrinks below what is there',
      'Bound',
      asking('512Mi'),
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ],
    ['keeps its volume', 'Bound', { volumeName: 'other' }, fixed],
    ['may be given a class', 'Pending', { storageClassName: 'fast' }, ''],
  ])('%s', (_, phase, spec, expected) => {
    expect(change(phase, spec)).toBe(expected)
  })
})

it('both spellings of where data comes from say the same', () => {
  const dataSourceRef = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' }
  expect(create(persistentVolumeClaim, claim({ dataSourceRef })).spec).toMatchObject({
    dataSource: dataSourceRef,
    dataSourceRef,
  })
})
