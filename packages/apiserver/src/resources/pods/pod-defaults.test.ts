import { describe, expect, it } from 'vitest'
import type { PodSpec } from '../../objects/index.ts'
import { podTemplate } from '../core/pod-template.ts'
import { create, refusal } from '../strategy-run.suite.ts'
import { defaultPullPolicy, imageTag } from './image-reference.ts'
import { pod } from './pod.ts'
import { container, init, volume } from './validation/refusals.suite.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`

describe('images', () => {
  it.each([
    ['nginx', 'latest'],
    ['nginx:latest', 'latest'],
    ['nginx:1', '1'],
    ['host:5000/nginx', 'latest'],
    ['host:5000/nginx:2', '2'],
    ['localhost/a/b', 'latest'],
    ['[::1]:5000/a:3', '3'],
    [`nginx@${DIGEST}`, ''],
    [`nginx:latest@${DIGEST}`, 'latest'],
    ['nginx@sha256:abab', ''],
    ['Nginx', ''],
    [' nginx', ''],
    ['', ''],
    ['a'.repeat(64), ''],
  ])('the tag of %s is %j', (image, tag) => {
    expect(imageTag(image)).toBe(tag)
  })

  it('are pulled always for a moving tag', () => {
    expect(['x', `x:latest@${DIGEST}`, 'x:1', 'X'].map(defaultPullPolicy)).toEqual([
      'Always',
      'Always',
      'IfNotPresent',
      'IfNotPresent',
    ])
  })
})

const made = (spec: object, metadata: object = {}): PodSpec =>
  create(pod, {
    metadata: { name: 'p', ...metadata },
    spec: { automountServiceAccountToken: false, ...container({}), ...spec },
  }).spec

describe('defaults', () => {
  it.each<readonly [string, object, (spec: PodSpec) => unknown, unknown]>([
    [
      'an Azure disk',
      volume({ azureDisk: { diskName: 'd', diskURI: 'https://x' } }),
      (spec) => spec.volumes?.[0]?.azureDisk,
      {
        diskName: 'd',
        diskURI: 'https://x',
        cachingMode: 'ReadWrite',
        fsType: 'ext4',
        readOnly: false,
        kind: 'Shared',
      },
    ],
    [
      'a block device of ceph',
      volume({ rbd: { monitors: ['m'], image: 'i' } }),
      (spec) => spec.volumes?.[0]?.rbd,
      { monitors: ['m'], image: 'i', pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
    ],
    [
      'an image as a volume',
      volume({ image: { reference: 'x' } }),
      (spec) => spec.volumes?.[0]?.image,
      { reference: 'x', pullPolicy: 'Always' },
    ],
    [
      'a claim',
      volume({
        ephemeral: {
          volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } } },
        },
      }),
      (spec) => spec.volumes?.[0]?.ephemeral?.volumeClaimTemplate?.spec.volumeMode,
      'Filesystem',
    ],
    [
      'amounts finer than a thousandth',
      container({ resources: { requests: { cpu: '100u', memory: '1n' } } }),
      (spec) => spec.containers[0]?.resources,
      { requests: { cpu: '1m', memory: '1m' } },
    ],
    [
      'ports of init containers on the host',
      { hostNetwork: true, ...init({ ports: [{ containerPort: 7 }] }) },
      (spec) => spec.initContainers?.[0]?.ports,
      [{ containerPort: 7, hostPort: 7, protocol: 'TCP' }],
    ],
    [
      'a file of variables',
      {
        ...container({ env: [{ name: 'A', valueFrom: { fileKeyRef: { key: 'A', path: 'p', volumeName: 'v' } } }] }),
        ...volume({ emptyDir: {} }),
      },
      (spec) => spec.containers[0]?.env?.[0]?.valueFrom?.fileKeyRef?.optional,
      false,
    ],
    [
      'requests of the pod from its containers',
      { ...container({ resources: { requests: { cpu: '1' } } }), resources: { limits: { cpu: '2', memory: '1Gi' } } },
      (spec) => spec.resources?.requests,
      { cpu: '1', memory: '1Gi' },
    ],
    [
      'huge pages of the pod',
      {
        ...container({ resources: { limits: { 'hugepages-2Mi': '2Mi', cpu: '1' } } }),
        resources: { requests: { cpu: '1' } },
      },
      (spec) => spec.resources?.limits,
      { 'hugepages-2Mi': '2Mi' },
    ],
    [
      'no stop signal',
      container({ lifecycle: { stopSignal: 'SIGINT' } }),
      (spec) => spec.containers[0]?.lifecycle,
      undefined,
    ],
    ['no group', { schedulingGroup: { podGroupName: 'g' } }, (spec) => spec.schedulingGroup, undefined],
  ])('%s', (_, spec, pick, expected) => {
    expect(pick(made(spec))).toEqual(expected)
  })

  it.each<readonly [string, object, string]>([
    ['nothing', {}, 'BestEffort'],
    ['one request', container({ resources: { requests: { cpu: '1' } } }), 'Burstable'],
    ['both limits', container({ resources: { limits: { cpu: '1', memory: '1Gi' } } }), 'Guaranteed'],
    [
      'both limits of the pod, whatever the containers say',
      { ...container({ resources: { requests: { cpu: '1' } } }), resources: { limits: { cpu: '1', memory: '1Gi' } } },
      'Guaranteed',
    ],
  ])('the class of a pod that asks for %s', (_, spec, qosClass) => {
    const object = { metadata: { name: 'p' }, spec: { automountServiceAccountToken: false, ...container({}), ...spec } }
    expect(create(pod, object).status?.qosClass).toBe(qosClass)
  })
})

describe('labels of the pod', () => {
  it('narrow its selectors', () => {
    const term = { topologyKey: 'z', labelSelector: {}, matchLabelKeys: ['a', 'none'], mismatchLabelKeys: ['b'] }
    const constraint = { maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule' }
    const spec = made(
      {
        affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
        topologySpreadConstraints: [
          { ...constraint, labelSelector: { matchLabels: { x: 'y' } }, matchLabelKeys: ['a'] },
        ],
      },
      { labels: { a: '1', b: '2' } },
    )
    expect(spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0]?.labelSelector).toEqual({
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['1'] },
        { key: 'b', operator: 'NotIn', values: ['2'] },
      ],
    })
    expect(spec.topologySpreadConstraints?.[0]?.labelSelector).toEqual({
      matchLabels: { x: 'y' },
      matchExpressions: [{ key: 'a', operator: 'In', values: ['1'] }],
    })
  })
})

describe('annotations for init containers, of before they had a field', () => {
  it.each<readonly [string, object, object | undefined]>([
    ['alone', { 'pod.beta.kubernetes.io/init-containers': '[]' }, undefined],
    ['beside others', { 'pod.alpha.kubernetes.io/init-container-statuses': '[]', a: 'b' }, { a: 'b' }],
  ])('are dropped: %s', (_, annotations, kept) => {
    const made = create(pod, { metadata: { name: 'p', annotations }, spec: container({}) })
    expect(made.metadata.annotations).toEqual(kept)
    const template = create(podTemplate, { template: { metadata: { annotations }, spec: container({}) } }).template
    expect(template?.metadata?.annotations).toEqual(kept)
  })
})

describe('AppArmor annotations', () => {
  const key = 'container.apparmor.security.beta.kubernetes.io/main'
  it.each<readonly [string, string, object, unknown]>([
    ['become fields', 'localhost/a', {}, { type: 'Localhost', localhostProfile: 'a' }],
    [
      'leave what the pod says already',
      'unconfined',
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      undefined,
    ],
  ])('%s', (_, annotation, spec, profile) => {
    const [main] = made(spec, { annotations: { [key]: annotation } }).containers
    expect(main?.securityContext?.appArmorProfile).toEqual(profile)
  })
})

describe('a mirror pod may not refer to', () => {
  const metadata = { name: 'p', annotations: { 'kubernetes.io/config.mirror': 'x' } }
  const admitted = (spec: object): string =>
    refusal(() => create(pod, { metadata, spec: { nodeName: 'n', ...container({}), ...spec } }))
  const secrets = 'a mirror pod may not reference secrets'
  it.each<readonly [string, object, string]>([
    ['an account', { serviceAccountName: 'default' }, 'a mirror pod may not reference service accounts'],
    ['a secret to pull with', { imagePullSecrets: [{ name: 's' }] }, secrets],
    [
      'a secret in a variable',
      container({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }),
      secrets,
    ],
    ['a secret of variables', container({ envFrom: [{ secretRef: { name: 's' } }] }), secrets],
    ['a secret in a volume', volume({ secret: { secretName: 's' } }), secrets],
    ['a secret of a driver', volume({ csi: { driver: 'd', nodePublishSecretRef: { name: 's' } } }), secrets],
    ['a secret of a disk', volume({ cinder: { volumeID: 'v', secretRef: { name: 's' } } }), secrets],
    ['a secret among others', volume({ projected: { sources: [{ secret: { name: 's' } }] } }), secrets],
    [
      'a token',
      volume({ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
      'a mirror pod may not use ServiceAccountToken volume projections',
    ],
  ])('%s', (_, spec, problem) => {
    expect(admitted(spec)).toBe(`pods "p" is forbidden: ${problem}`)
  })

  it('nothing else', () => {
    expect(admitted(volume({ hostPath: { path: '/a' } }))).toBe('')
  })
})
