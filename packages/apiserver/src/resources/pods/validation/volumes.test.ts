import { describe, expect, it } from 'vitest'
import { container, errorsOf, type Row, volume } from './refusals.suite.ts'

const v = 'spec.volumes[0]'
const m = 'spec.containers[0].volumeMounts'
const mount = (fields: object, more: object = {}): object => ({
  ...volume({ emptyDir: {} }),
  ...container({ volumeMounts: [{ name: 'v', mountPath: '/m', ...fields }], ...more }),
})
const claim = (spec: object): object => volume({ ephemeral: { volumeClaimTemplate: { spec } } })
const STORAGE = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }

describe('volumes', () => {
  it.each<Row>([
    [
      'too small',
      volume({ emptyDir: { sizeLimit: '-1' } }),
      [`${v}.emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity`],
    ],
    [
      'an odd host path',
      volume({ hostPath: { path: '/a/../b', type: 'Disk' } }),
      [
        `${v}.hostPath.path: Invalid value: "/a/../b": must not contain '..'`,
        `${v}.hostPath.type: Unsupported value: "Disk": supported values: "", "BlockDevice", "CharDevice", "Directory", ` +
          '"DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      ],
    ],
    [
      'git',
      volume({ gitRepo: { directory: '/x' } }),
      [
        `${v}.gitRepo.repository: Required value`,
        `${v}.gitRepo.directory: Invalid value: "/x": must be a relative path`,
      ],
    ],
    [
      'a disk',
      volume({ gcePersistentDisk: { partition: 256 } }),
      [
        `${v}.persistentDisk.pdName: Required value`,
        `${v}.persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive`,
      ],
    ],
    [
      'nfs',
      volume({ nfs: { path: 'x' } }),
      [`${v}.nfs.server: Required value`, `${v}.nfs.path: Invalid value: "x": must be an absolute path`],
    ],
    [
      'iscsi',
      volume({ iscsi: { targetPortal: 'a', iqn: 'x', lun: 300, chapAuthSession: true, initiatorName: 'iqn.bad' } }),
      [
        `${v}.iscsi.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa`,
        `${v}.iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive`,
        `${v}.iscsi.secretRef: Required value`,
        `${v}.iscsi.initiatorname: Invalid value: "iqn.bad": must be valid format`,
      ],
    ],
    ['ceph', volume({ rbd: {} }), [`${v}.rbd.monitors: Required value`, `${v}.rbd.image: Required value`]],
    [
      'flocker',
      volume({ flocker: { datasetName: 'a/b', datasetUUID: 'u' } }),
      [
        `${v}.flocker: Invalid value: "resource": datasetName and datasetUUID can not be specified simultaneously`,
        `${v}.flocker.datasetName: Invalid value: "a/b": must not contain '/'`,
      ],
    ],
    [
      'quobyte',
      volume({ quobyte: { registry: 'nohost' } }),
      [
        `${v}.quobyte.registry: Invalid value: "nohost": must be a host:port pair or multiple pairs separated by commas`,
        `${v}.quobyte.volume: Required value`,
      ],
    ],
    [
      'fibre channel',
      volume({ fc: { targetWWNs: ['a'], wwids: ['b'] } }),
      [
        `${v}.fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously`,
        `${v}.fc.lun: Required value: lun is required if targetWWNs is specified`,
      ],
    ],
    [
      'an Azure disk',
      volume({ azureDisk: { diskName: 'a', diskURI: 'x', kind: 'Managed', cachingMode: 'All' } }),
      [
        `${v}.azureDisk.cachingMode: Unsupported value: "All": supported values: "None", "ReadOnly", "ReadWrite"`,
        `${v}.azureDisk.diskURI: Unsupported value: "x": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"`,
      ],
    ],
    [
      'flex',
      volume({ flexVolume: { driver: '', options: { 'kubernetes.io/x': 'y' } } }),
      [
        `${v}.flexVolume.driver: Required value`,
        `${v}.flexVolume.options[kubernetes.io/x]: Invalid value: "kubernetes.io/x": kubernetes.io and k8s.io namespaces are reserved`,
      ],
    ],
    [
      'csi',
      volume({ csi: { driver: 'a'.repeat(64), nodePublishSecretRef: {} } }),
      [
        `${v}.csi.driver: Too long: may not be more than 63 bytes`,
        `${v}.csi.nodePublishSecretRef.name: Required value`,
      ],
    ],
    ['csi without a driver', volume({ csi: {} }), [`${v}.csi.driver: Required value`]],
    [
      'a claim of which nothing is said',
      volume({ ephemeral: { volumeClaimTemplate: { metadata: { uid: 'u' } } } }),
      [
        `${v}.ephemeral.volumeClaimTemplate.metadata.uID: Forbidden: cannot be set`,
        `${v}.ephemeral.volumeClaimTemplate.spec.accessModes: Required value: at least 1 access mode is required`,
        `${v}.ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value`,
      ],
    ],
    [
      'an image',
      volume({ image: { pullPolicy: 'X' } }),
      [
        `${v}.image.reference: Required value`,
        `${v}.image.pullPolicy: Unsupported value: "X": supported values: "Always", "IfNotPresent", "Never"`,
      ],
    ],
    [
      "two kinds in the server's order",
      volume({ secret: { secretName: 's' }, emptyDir: {}, downwardAPI: {}, cephfs: { monitors: ['a'] } }),
      [
        `${v}.secret: Forbidden: may not specify more than 1 volume type`,
        `${v}.cephFS: Forbidden: may not specify more than 1 volume type`,
        `${v}.downwarAPI: Forbidden: may not specify more than 1 volume type`,
      ],
    ],
    [
      'files of the pod',
      volume({
        downwardAPI: {
          items: [
            { path: '..x', fieldRef: { fieldPath: 'spec.nodeName' } },
            { path: 'a' },
            { path: 'b', resourceFieldRef: { resource: 'limits.cpu' } },
          ],
        },
      }),
      [
        `${v}.downwardAPI.path: Invalid value: "..x": must not start with '..'`,
        `${v}.downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"`,
        `${v}.downwardAPI: Required value: one of fieldRef and resourceFieldRef is required`,
        `${v}.downwardAPI.resourceFieldRef.containerName: Required value`,
      ],
    ],
    [
      'several sources',
      volume({
        projected: {
          defaultMode: -1,
          sources: [
            {
              secret: { items: [{ key: 'k', path: 'x' }] },
              configMap: { name: 'c', items: [{ key: 'k', path: 'x' }] },
            },
            { serviceAccountToken: { path: '/t', expirationSeconds: 5 } },
          ],
        },
      }),
      [
        `${v}.projected.defaultMode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive`,
        `${v}.projected.sources[0].secret.name: Required value`,
        `${v}.projected: Invalid value: "c": conflicting duplicate paths`,
        `${v}.projected.sources[0]: Forbidden: may not specify more than 1 volume type per source`,
        `${v}.projected.sources[1].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes`,
        `${v}.projected.path: Invalid value: "/t": must be a relative path`,
      ],
    ],
    ['a claim of nothing', volume({ ephemeral: {} }), [`${v}.ephemeral.volumeClaimTemplate: Required value`]],
    ['a claim', claim(STORAGE), []],
    [
      'a bad claim',
      claim({
        accessModes: ['ReadWriteOncePod', 'ReadOnlyMany'],
        volumeMode: 'Tape',
        dataSource: { kind: 'X', name: 'n' },
      }),
      [
        `${v}.ephemeral.volumeClaimTemplate.spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes`,
        `${v}.ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value`,
        `${v}.ephemeral.volumeClaimTemplate.spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"`,
        `${v}.ephemeral.volumeClaimTemplate.spec.dataSource: Invalid value: "X": must be 'PersistentVolumeClaim' when referencing the default apiGroup`,
      ],
    ],
    [
      'a claim somebody else makes',
      {
        volumes: [
          { name: 'a', ephemeral: { volumeClaimTemplate: { spec: STORAGE } } },
          { name: 'b', persistentVolumeClaim: { claimName: 'p-a' } },
        ],
      },
      [
        'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "p-a": must not reference a PVC that gets created for an ephemeral volume',
      ],
    ],
    ['what is gone with its gate', volume({ projected: { sources: [{ clusterTrustBundle: { path: 'x' } }] } }), []],
  ])('%s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors)
  })
})

describe('mounts and devices', () => {
  it.each<Row>([
    [
      'no propagation without privileges',
      mount({ mountPropagation: 'Bidirectional' }),
      [`${m}.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`],
    ],
    [
      'propagation with them',
      mount({ mountPropagation: 'Bidirectional' }, { securityContext: { privileged: true } }),
      [],
    ],
    [
      'an unknown propagation',
      mount({ mountPropagation: 'X' }),
      [`${m}.mountPropagation: Unsupported value: "X": supported values: "Bidirectional", "HostToContainer", "None"`],
    ],
    [
      'read only all the way',
      mount({ recursiveReadOnly: 'Enabled', mountPropagation: 'HostToContainer' }),
      [
        `${m}.recursiveReadOnly: Forbidden: may only be specified when readOnly is true`,
        `${m}.recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified`,
      ],
    ],
    [
      'two ways into it',
      mount({ subPath: '../a', subPathExpr: 'b' }),
      [
        `${m}.subPath: Invalid value: "../a": must not contain '..'`,
        `${m}[0].subPathExpr: Invalid value: "b": subPathExpr and subPath are mutually exclusive`,
      ],
    ],
    [
      'a directory as a device',
      {
        ...volume({ emptyDir: {} }),
        ...container({
          volumeDevices: [
            { name: 'v', devicePath: '/a/../b' },
            { name: 'w', devicePath: '' },
          ],
        }),
      },
      [
        'spec.containers[0].volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
        `spec.containers[0].volumeDevices[0].devicePath: Invalid value: "/a/../b": can not contain backsteps ('..')`,
        'spec.containers[0].volumeDevices[1].name: Not found: "w"',
        'spec.containers[0].volumeDevices[1].devicePath: Required value',
      ],
    ],
    [
      'both',
      {
        ...volume({ persistentVolumeClaim: { claimName: 'c' } }),
        ...container({
          volumeMounts: [{ name: 'v', mountPath: '/d' }],
          volumeDevices: [{ name: 'v', devicePath: '/d' }],
        }),
      },
      [
        `${m}[0].name: Invalid value: "v": must not already exist in volumeDevices`,
        `${m}[0].mountPath: Invalid value: "/d": must not already exist as a path in volumeDevices`,
        'spec.containers[0].volumeDevices[0].name: Invalid value: "v": must not already exist in volumeMounts',
        'spec.containers[0].volumeDevices[0].devicePath: Invalid value: "/d": must not already exist as a path in volumeMounts',
      ],
    ],
  ])('%s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors)
  })
})
