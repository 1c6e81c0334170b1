// PersistentVolumes and their claims, rule by rule: paths and texts as kube-apiserver 1.36 has them.

import { describe, expect, it } from 'vitest'
import { create, refusal, testContext, update, updateStatus } from '../strategy-run.suite.ts'
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
      'a path of no known type',
      { hostPath: { path: '/a', type: 'Pipe' } },
      'spec.hostPath.type: Unsupported value: "Pipe": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
    ],
    [
      'a disk without name, spelled as the server does',
      { ...none, gcePersistentDisk: { pdName: '', partition: 300 } },
      '[spec.persistentDisk.pdName: Required value, spec.persistentDisk.partition: Invalid value: 300: must be between 1 and 255, inclusive]',
    ],
    [
      'iSCSI with secrets of no name and bad names',
      {
        ...none,
        iscsi: { targetPortal: 'p', iqn: 'x', lun: 0, initiatorName: 'y', chapAuthSession: true, secretRef: {} },
      },
      '[spec.iscsi.iqn: Invalid value: "x": must be valid format, spec.iscsi.secretRef.name: Required value, spec.iscsi.initiatorname: Invalid value: "y": must be valid format]',
    ],
    [
      'a portal too long for its initiator',
      {
        ...none,
        iscsi: {
          targetPortal: 'p'.repeat(63),
          iqn: 'iqn.2001-04.com.e:a',
          lun: 0,
          initiatorName: 'iqn.2001-04.com.e:a',
        },
      },
      `spec.iscsi.targetportal: Invalid value: "${'p'.repeat(63)}": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.`,
    ],
    [
      'secrets in no namespace',
      { ...none, cinder: { volumeID: 'v', secretRef: { name: 's' } } },
      'spec.cinder.secretRef.namespace: Required value',
    ],
    [
      'a share in no namespace',
      { ...none, azureFile: { secretName: 's', shareName: '', secretNamespace: '' } },
      '[spec.azureFile.shareName: Required value, spec.azureFile.secretNamespace: Required value]',
    ],
    [
      'endpoints in a namespace that is none',
      { ...none, glusterfs: { endpoints: 'e', path: 'p', endpointsNamespace: '' } },
      'spec.glusterfs.endpointsNamespace: Invalid value: "": if the endpointnamespace is set, it must be a valid namespace name',
    ],
    [
      'a flexible volume, even beside another',
      { flexVolume: { driver: '' } },
      'spec.flexVolume.driver: Required value',
    ],
    [
      'StorageOS without volume',
      { ...none, storageos: { secretRef: { name: 's' } } },
      '[spec.storageos.volumeName: Required value, spec.storageos.secretRef.namespace: Required value]',
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

describe('the nodes of a PersistentVolume', () => {
  const nodes = (key: string, value = 'a'): object => ({
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [value] }] }] },
  })
  const change = (nodeAffinity: object): string => {
    const old = create(persistentVolume, volume({ nodeAffinity: nodes('beta.kubernetes.io/os') }))
    return shortened(refusal(() => update(persistentVolume, old, volume({ nodeAffinity }), testContext())))
  }

  it('may be named by the successor of a label, and stay otherwise', () => {
    expect(change(nodes('kubernetes.io/os'))).toBe('')
    expect(change(nodes('kubernetes.io/os', 'b'))).toBe(
      'nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"kubernetes.io/os","Operator":"In","Values":["b"]}],"MatchFields":null}]}}: field is immutable, except for updating from beta label to GA',
    )
  })
})

it('a PersistentVolume has the defaults of its source', () => {
  const { spec } = create(persistentVolume, volume({ hostPath: undefined, rbd: { monitors: ['m'], image: 'i' } }))
  expect(spec.rbd).toEqual({ monitors: ['m'], image: 'i', pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' })
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
    ['may lose attributes that it does not have yet', 'Bound', { volumeAttributesClassName: undefined }, ''],
  ])('%s', (_, phase, spec, expected) => {
    expect(change(phase, spec)).toBe(expected)
  })

  it('keeps attributes it has', () => {
    const status = { phase: 'Bound', currentVolumeAttributesClassName: 'gold' }
    const with_ = (volumeAttributesClassName?: string): object => ({ ...claim({ volumeAttributesClassName }), status })
    const before = { ...create(persistentVolumeClaim, with_('gold')), status }
    const changed = (name?: string): string =>
      shortened(refusal(() => update(persistentVolumeClaim, before, with_(name), testContext())))
    const text = 'is forbidden when status.currentVolumeAttributesClassName is not nil'
    expect(changed()).toBe(`spec.volumeAttributesClassName: Forbidden: update to nil ${text}`)
    expect(changed('')).toBe(`spec.volumeAttributesClassName: Forbidden: update to empty string ${text}`)
    expect(changed('silver')).toBe('')
  })

  it('moves its class from the annotation to the field, and nowhere else', () => {
    const beta = 'volume.beta.kubernetes.io/storage-class'
    const metadata = { annotations: { [beta]: 'fast' } }
    const before = create(persistentVolumeClaim, { metadata, ...claim({}) })
    const changed = (object: object): string =>
      firstLine(refusal(() => update(persistentVolumeClaim, before, object, testContext())))
    expect(changed(claim({ storageClassName: 'fast' }))).toBe('')
    expect(changed({ metadata: { annotations: { [beta]: 'slow' } }, ...claim({}) })).toBe(
      `metadata.annotations.${beta}: Invalid value: "slow": field is immutable`,
    )
    expect(changed({ metadata, ...claim({ storageClassName: 'slow' }) })).toBe(fixed)
  })
})

describe('the status of a PersistentVolumeClaim is refused for', () => {
  const claimed = create(persistentVolumeClaim, claim({}))
  it.each<[string, object, string]>([
    [
      'a state there is not',
      { allocatedResourceStatuses: { storage: 'Growing' } },
      'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
    ],
    [
      'other resources',
      { allocatedResources: { cpu: '1' } },
      'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
    ],
    [
      'less than none',
      { allocatedResources: { storage: '-1' } },
      'status.allocatedResources[storage]: Invalid value: -1: must be a valid resource quantity',
    ],
  ])('%s', (_, status, expected) => {
    expect(shortened(refusal(() => updateStatus(persistentVolumeClaim, claimed, status)))).toBe(expected)
  })
})

it('data of another namespace is not asked for', () => {
  const dataSourceRef = { kind: 'PersistentVolumeClaim', name: 'a', namespace: 'other' }
  const { spec } = create(persistentVolumeClaim, claim({ dataSourceRef }))
  expect([spec.dataSource, spec.dataSourceRef]).toEqual([undefined, undefined])
})

it('both spellings of where data comes from say the same', () => {
  const dataSourceRef = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' }
  expect(create(persistentVolumeClaim, claim({ dataSourceRef })).spec).toMatchObject({
    dataSource: dataSourceRef,
    dataSourceRef,
  })
})
