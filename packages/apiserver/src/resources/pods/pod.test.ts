// Facts: answers recorded from a real API server (1.36.2).

import { describe, expect, it } from 'vitest'
import type { Pod, PodStatus } from '../../objects/index.ts'
import { create, refusal, testContext, update } from '../strategy-run.suite.ts'
import { pod } from './pod.ts'

const one = (container: object, spec: object = {}): object => ({
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'main', image: 'img:1', ...container }], ...spec },
})

describe('defaults and admission', () => {
  it('complete a minimal pod', () => {
    const made = create(pod, { metadata: { name: 'web' }, spec: { containers: [{ name: 'main', image: 'nginx' }] } })
    const volume = made.spec.volumes?.[0]?.name ?? ''
    expect(volume).toMatch(/^kube-api-access-[a-z0-9]{5}$/)
    expect(made.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' })
    expect(made.spec).toEqual({
      volumes: [
        {
          name: volume,
          projected: {
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
              {
                downwardAPI: {
                  items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
                },
              },
            ],
            defaultMode: 420,
          },
        },
      ],
      containers: [
        {
          name: 'main',
          image: 'nginx',
          resources: {},
          volumeMounts: [{ name: volume, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'Always',
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
      enableServiceLinks: true,
    })
  })

  it('change nothing the second time', () => {
    const context = testContext()
    const made = create(pod, one({ readinessProbe: { httpGet: { port: 80 } } }), context)
    const again = structuredClone(made)
    pod.strategy.defaults?.(again as Parameters<NonNullable<typeof pod.strategy.defaults>>[0], context)
    expect(again).toEqual(made)
  })

  it.each([
    ['x:latest', 'Always'],
    ['x:1', 'IfNotPresent'],
    ['host:5000/x', 'Always'],
    ['x@sha256:ab', 'IfNotPresent'],
  ])('image %s is pulled %s', (image, policy) => {
    expect(create(pod, one({ image })).spec.containers[0]?.imagePullPolicy).toBe(policy)
  })

  it.each([
    [{ limits: { cpu: '500m', memory: '64Mi' } }, 'Guaranteed'],
    [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1000m', memory: '1024Mi' } }, 'Guaranteed'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{}, 'BestEffort'],
  ])('resources %j are %s', (resources, qos) => {
    expect(create(pod, one({ resources })).status?.qosClass).toBe(qos)
  })

  it('refuses an account that does not exist', () => {
    expect(refusal(() => create(pod, one({}, { serviceAccountName: 'nobody' })))).toBe(
      'pods "p" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    )
  })

  it('mounts no token where none is wanted', () => {
    expect(create(pod, one({}, { automountServiceAccountToken: false })).spec).not.toHaveProperty('volumes')
  })
})

describe('what is refused', () => {
  const at = 'spec.containers[0]'
  it.each<[string, object, string]>([
    ['no containers', { metadata: { name: 'p' }, spec: {} }, 'spec.containers: Required value'],
    ['no image', one({ image: '' }), `${at}.image: Required value`],
    [
      'image with a space',
      one({ image: ' img' }),
      `${at}.image: Invalid value: " img": must not have leading or trailing whitespace`,
    ],
    ['container name with dots', one({ name: 'a.b' }), `${at}.name: Invalid value: "a.b": must not contain dots`],
    [
      'init name clash',
      one({}, { initContainers: [{ name: 'main', image: 'i' }] }),
      'spec.initContainers[0].name: Duplicate value: "main"',
    ],
    [
      'pull policy',
      one({ imagePullPolicy: 'Sometimes' }),
      `${at}.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"`,
    ],
    [
      'restart policy',
      one({}, { restartPolicy: 'Maybe' }),
      'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
    ],
    [
      'DNS None alone',
      one({}, { dnsPolicy: 'None' }),
      'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
    ],
    ['port 0', one({ ports: [{ containerPort: 0 }] }), `${at}.ports[0].containerPort: Required value`],
    [
      'host port twice',
      one({
        ports: [
          { containerPort: 1, hostPort: 80 },
          { containerPort: 2, hostPort: 80 },
        ],
      }),
      `${at}.ports[1].hostPort: Duplicate value: "TCP//80"`,
    ],
    [
      'host network port',
      one({ ports: [{ containerPort: 1, hostPort: 2 }] }, { hostNetwork: true }),
      `${at}.ports[0].hostPort: Invalid value: 2: must match \`containerPort\` when \`hostNetwork\` is true`,
    ],
    [
      'variable name',
      one({ env: [{ name: 'A=B' }] }),
      `${at}.env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='`,
    ],
    [
      'variable source',
      one({ env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
      `${at}.env[0].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`,
    ],
    [
      'field path',
      one({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.foo' } } }] }),
      `${at}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.foo": error converting fieldPath: field label not supported: spec.foo`,
    ],
    [
      'two volume sources',
      one({}, { volumes: [{ name: 'a', emptyDir: {}, hostPath: { path: '/' } }] }),
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
    ],
    [
      'mount of nothing',
      one({ volumeMounts: [{ name: 'x', mountPath: '/x' }] }),
      `${at}.volumeMounts[0].name: Not found: "x"`,
    ],
    [
      'limit below request',
      one({ resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }),
      `${at}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
    ],
    [
      'probe without handler',
      one({ livenessProbe: {} }),
      `${at}.livenessProbe: Required value: must specify a handler type`,
    ],
    [
      'sleep beyond grace',
      one({ lifecycle: { preStop: { sleep: { seconds: 31 } } } }),
      `${at}.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)`,
    ],
    [
      'ephemeral containers',
      one({}, { ephemeralContainers: [{ name: 'e', image: 'i' }] }),
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ],
    [
      'toleration',
      one({}, { tolerations: [{ key: 'a', operator: 'X' }] }),
      'spec.tolerations[0].operator: Unsupported value: "X": supported values: "Equal", "Exists"',
    ],
    [
      'deadline',
      one({}, { activeDeadlineSeconds: 0 }),
      'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
    ],
  ])('%s', (_, object, message) => {
    expect(refusal(() => create(pod, object))).toBe(`Pod "p" is invalid: ${message}`)
  })
})

describe('what is warned about', () => {
  it.each<[string, object, string]>([
    [
      'ports',
      one({ ports: [{ containerPort: 1 }, { containerPort: 1 }] }),
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
    ],
    [
      'variables',
      one({
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      }),
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ],
    [
      'dots in the name',
      { ...one({}), metadata: { name: 'a.b' } },
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ],
  ])('%s', (_, object, warning) => {
    const context = testContext()
    create(pod, object, context)
    expect(context.warnings).toEqual([warning])
  })
})

describe('updates', () => {
  const context = testContext()
  const old = create(pod, one({}), context)
  const changed = (spec: object): object => ({ ...old, spec: { ...old.spec, ...spec } })

  it('may change image and deadline, which counts as a generation', () => {
    const made = update(
      pod,
      old,
      changed({ containers: [{ ...old.spec.containers[0], image: 'img:2' }], activeDeadlineSeconds: 9 }),
      context,
    )
    expect(pod.strategy.bumpsGeneration?.(made, old)).toBe(true)
  })

  it('keep the spec itself when nothing changed, default tolerations sent or not', () => {
    const made = update(pod, old, changed({ tolerations: undefined }), context)
    expect(made.spec).toBe(old.spec)
    expect(pod.strategy.bumpsGeneration?.(made, old)).toBe(false)
  })

  it.each<[string, object, string]>([
    [
      'add a container',
      { containers: [...old.spec.containers, { name: 'b', image: 'i' }] },
      'Pod "p" is invalid: spec.containers: Forbidden: pod updates may not add or remove containers',
    ],
    [
      'move',
      { nodeName: 'n1' },
      'Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`',
    ],
    [
      'change policy',
      { restartPolicy: 'Never' },
      `
  ],
  "EphemeralContainers": null,
- "RestartPolicy": "Always",
+ "RestartPolicy": "Never",
  "TerminationGracePeriodSeconds": 30,
  "ActiveDeadlineSeconds": null,
  "DNSPolicy": "ClusterFirst",
`.slice(1),
    ],
  ])('may not %s', (_, spec, message) => {
    expect(refusal(() => update(pod, old, changed(spec), context))).toContain(message)
  })
})

describe('the table', () => {
  const row = (status: Partial<PodStatus>, spec: object = {}, metadata: object = {}): readonly unknown[] => {
    const object = { ...create(pod, one({}, spec)), status } as Pod
    const shown = { ...object, metadata: { ...object.metadata, ...metadata } }
    return pod.columns.slice(1, 4).map((column) => column.cell(shown, testContext()))
  }
  const state = (fields: object): object => ({
    name: 'main',
    image: 'i',
    imageID: '',
    ready: false,
    restartCount: 0,
    ...fields,
  })
  const statuses = (...containers: object[]): Partial<PodStatus> => ({
    phase: 'Running',
    containerStatuses: containers as unknown as NonNullable<PodStatus['containerStatuses']>,
  })

  const ended = (at: string): object => ({ terminated: { exitCode: 0, finishedAt: `2025-12-31T${at}:00Z` } })

  it.each<[string, readonly unknown[], readonly unknown[]]>([
    ['pending', row({ phase: 'Pending' }), ['0/1', 'Pending', '0']],
    ['running', row(statuses(state({ ready: true, state: { running: {} } }))), ['1/1', 'Running', '0']],
    [
      'crashing',
      row(
        statuses(
          state({
            restartCount: 3,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 1, finishedAt: '2025-12-31T23:55:00Z' } },
          }),
        ),
      ),
      ['0/1', 'CrashLoopBackOff', '3 (5m ago)'],
    ],
    ['killed', row(statuses(state({ state: { terminated: { exitCode: 137, signal: 9 } } }))), ['0/1', 'Signal:9', '0']],
    ['left', row(statuses(state({ state: { terminated: { exitCode: 3 } } }))), ['0/1', 'ExitCode:3', '0']],
    [
      'initialising',
      row(
        {
          phase: 'Pending',
          initContainerStatuses: [state({ name: 'i', state: { running: {} } })] as unknown as NonNullable<
            PodStatus['initContainerStatuses']
          >,
        },
        {
          initContainers: [
            { name: 'i', image: 'i' },
            { name: 'j', image: 'i' },
          ],
        },
      ),
      ['0/1', 'Init:0/2', '0'],
    ],
    [
      'started again, its init container later than itself',
      row(
        {
          ...statuses(state({ restartCount: 2, ready: true, state: { running: {} }, lastState: ended('23:55') })),
          initContainerStatuses: [
            state({ name: 'i', restartCount: 5, state: ended('23:58'), lastState: ended('23:57') }),
          ] as unknown as NonNullable<PodStatus['initContainerStatuses']>,
        },
        { initContainers: [{ name: 'i', image: 'i' }] },
      ),
      ['1/1', 'Running', '2 (5m ago)'],
    ],
    ['evicted', row({ phase: 'Failed', reason: 'Evicted' }), ['0/1', 'Evicted', '0']],
    [
      'gated',
      row({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
      ['0/1', 'SchedulingGated', '0'],
    ],
    [
      'going',
      row({ phase: 'Running' }, {}, { deletionTimestamp: '2026-01-01T00:00:30Z' }),
      ['0/1', 'Terminating', '0'],
    ],
  ])('%s', (_, cells, expected) => {
    expect(cells).toEqual(expected)
  })
})
