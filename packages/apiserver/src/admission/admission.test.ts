// What the admission plugins fill in and refuse, on a server of its own.

import { Engine, SECOND, VirtualTimeDriver } from '@podwire/engine'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Container, LimitRangeItem, Pod, ResourceQuota, Service } from '../objects/index.ts'
import type { KubeObject, NewObject } from '../objects/kube-object.ts'
import {
  configMaps,
  deployments,
  ingressClasses,
  ingresses,
  limitRanges,
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  priorityClasses,
  resourceQuotas,
  services,
} from '../resources/served-types.ts'
import { createApiServer, type ApiServer } from '../server.ts'
import { StatusError } from '../status/status-error.ts'

let engine: Engine
let server: ApiServer
let time: VirtualTimeDriver

beforeEach(() => {
  engine = new Engine({ seed: 1 })
  server = createApiServer({ engine })
  time = new VirtualTimeDriver(engine)
  server.client.create(namespaces, { metadata: { name: 'lab' }, spec: {} })
})

function refusal(work: () => unknown): string {
  try {
    work()
    return 'ok'
  } catch (error) {
    if (error instanceof StatusError) return error.message
    throw error
  }
}

type Shape = Partial<Container>

function podOf(
  containers: readonly Shape[],
  spec: Partial<Pod['spec']> = {},
  metadata: object = { name: 'p' },
): NewObject<Pod> {
  const named = containers.map((container, index) => ({ name: `c${index}`, image: 'i', ...container }))
  return {
    metadata: { namespace: 'lab', ...metadata } as NewObject<Pod>['metadata'],
    spec: { ...spec, containers: named },
  }
}

const create = (...args: Parameters<typeof podOf>): Pod => server.client.create(pods, podOf(...args))
const needs = (requests?: Record<string, string>, limits?: Record<string, string>): Shape => ({
  resources: { ...(requests === undefined ? {} : { requests }), ...(limits === undefined ? {} : { limits }) },
})

describe('Priority', () => {
  beforeEach(() => {
    server.client.create(priorityClasses, { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' })
  })

  test('comes from the named class', () => {
    const { priority, preemptionPolicy } = create([{}], { priorityClassName: 'high' }).spec
    expect([priority, preemptionPolicy]).toEqual([1000, 'Never'])
    expect(create([{}], {}, { name: 'q' }).spec).toMatchObject({
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
    })
  })

  test('or from the global default, of which there is one', () => {
    server.client.create(priorityClasses, { metadata: { name: 'usual' }, value: 7, globalDefault: true })
    expect(create([{}]).spec).toMatchObject({ priorityClassName: 'usual', priority: 7 })
    const second = { metadata: { name: 'other' }, value: 8, globalDefault: true }
    expect(refusal(() => server.client.create(priorityClasses, second))).toBe(
      'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
    )
    const again = server.client.get(priorityClasses, { name: 'usual' })
    expect(refusal(() => server.client.update(priorityClasses, { ...again, description: 'x' }))).toBe('ok')
  })

  test.each<[string, Partial<Pod['spec']>, string]>([
    ['a class nobody knows', { priorityClassName: 'gone' }, 'no PriorityClass with name gone was found'],
    [
      'another number',
      { priorityClassName: 'high', priority: 5 },
      'the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name',
    ],
    [
      'another policy',
      { priorityClassName: 'high', preemptionPolicy: 'PreemptLowerPriority' },
      'the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name',
    ],
  ])('%s', (_, spec, why) => {
    expect(refusal(() => create([{}], spec))).toBe(`pods "p" is forbidden: ${why}`)
    // A name that is to be generated is not known yet.
    expect(refusal(() => create([{}], spec, { generateName: 'web-' }))).toBe(`pods "web-" is forbidden: ${why}`)
  })
})

describe('LimitRanger', () => {
  function limit(name: string, ...limits: readonly LimitRangeItem[]): void {
    server.client.create(limitRanges, { metadata: { namespace: 'lab', name }, spec: { limits } })
  }

  test('fills in what containers leave out, and says so', () => {
    limit('l', { type: 'Container', default: { cpu: '500m', memory: '1Gi' }, defaultRequest: { cpu: '100m' } })
    const { spec, metadata } = create([{}, needs({ cpu: '1' }, { cpu: '2' })], {
      initContainers: [{ name: 'init', image: 'i', ...needs({ memory: '1Mi' }) }],
    })
    expect(spec.containers.map(({ resources }) => resources)).toEqual([
      { requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: '500m', memory: '1Gi' } },
      { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '1Gi' } },
    ])
    expect(metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu, memory request for container c0; cpu, memory limit for container c0; ' +
        'memory request for container c1; memory limit for container c1; ' +
        'cpu request for init container init; cpu, memory limit for init container init',
    })
  })

  test.each<[string, LimitRangeItem, readonly Shape[], string]>([
    [
      'inside',
      { type: 'Container', min: { cpu: '100m' }, max: { cpu: '1' } },
      [needs({ cpu: '100m' }, { cpu: '1' })],
      'ok',
    ],
    [
      'below',
      { type: 'Container', min: { cpu: '100m' } },
      [needs({ cpu: '50m' }, { cpu: '1' })],
      'minimum cpu usage per Container is 100m, but request is 50m',
    ],
    [
      'above, twice',
      { type: 'Container', max: { memory: '1Gi', cpu: '1' } },
      [needs({}, { cpu: '1500m', memory: '2048Mi' })],
      '[maximum cpu usage per Container is 1, but limit is 1500m, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
    ],
    [
      'nothing said of a pod’s limit',
      { type: 'Pod', max: { cpu: '1' } },
      [needs({ cpu: '1' })],
      'maximum cpu usage per Pod is 1.  No limit is specified',
    ],
    [
      'containers together',
      { type: 'Pod', max: { cpu: '1' } },
      [needs({}, { cpu: '600m' }), needs({}, { cpu: '600m' })],
      'maximum cpu usage per Pod is 1, but limit is 1200m',
    ],
    [
      'beside the pod’s own, of which cpu and memory count',
      { type: 'Pod', max: { cpu: '1', 'hugepages-2Mi': '2Mi' } },
      [needs({}, { cpu: '600m', 'hugepages-2Mi': '4Mi', memory: '1Gi' }), needs({}, { cpu: '600m' })],
      '[maximum cpu usage per Pod is 1, but limit is 1200m, maximum hugepages-2Mi usage per Pod is 2Mi, but limit is 4Mi]',
    ],
    [
      'too far above the request',
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      [needs({ cpu: '100m' }, { cpu: '250m' })],
      'cpu max limit to request ratio per Container is 2, but provided ratio is 2.500000',
    ],
    [
      'no request to compare',
      { type: 'Container', maxLimitRequestRatio: { memory: '2' } },
      [{}],
      'memory max limit to request ratio per Container is 2, but no request is specified or request is 0',
    ],
  ])('%s', (_, item, containers, why) => {
    limit('l', item)
    expect(refusal(() => create(containers))).toBe(why === 'ok' ? 'ok' : `pods "p" is forbidden: ${why}`)
  })

  test('overhead counts for nothing', () => {
    limit('l', { type: 'Pod', max: { cpu: '1' } })
    expect(refusal(() => create([needs({}, { cpu: '900m' })], { overhead: { cpu: '200m' } }))).toBe(
      'pods "p" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    )
  })

  test('claims are bounded by what they request', () => {
    limit('l', { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } })
    const claim = (storage: string): unknown =>
      server.client.create(persistentVolumeClaims, {
        metadata: { namespace: 'lab', name: 'c' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
      })
    expect(refusal(() => claim('3Gi'))).toBe(
      'persistentvolumeclaims "c" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    )
    expect(refusal(() => claim('500Mi'))).toBe(
      'persistentvolumeclaims "c" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 500Mi',
    )
    expect(refusal(() => claim('1Gi'))).toBe('ok')
  })
})

describe('DefaultIngressClass', () => {
  const add = (name: string, annotations: Record<string, string> = {}): unknown =>
    server.client.create(ingressClasses, { metadata: { name, annotations }, spec: { controller: 'a.io/c' } })
  const DEFAULT = { 'ingressclass.kubernetes.io/is-default-class': 'true' }
  const classOf = (
    name: string,
    more: { ingressClassName?: string } = {},
    annotations: Record<string, string> = {},
  ): unknown =>
    server.client.create(ingresses, {
      metadata: { namespace: 'lab', name, annotations },
      spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } }, ...more },
    }).spec?.ingressClassName

  test('the newest default, then by name; said classes and the old annotation stay', async () => {
    add('plain')
    expect(classOf('none')).toBeUndefined()
    add('b', DEFAULT)
    add('a', DEFAULT)
    expect(classOf('one')).toBe('a')
    await time.advance(SECOND)
    add('z', DEFAULT)
    expect(classOf('newest')).toBe('z')
    expect(classOf('said', { ingressClassName: 'plain' })).toBe('plain')
    expect(classOf('old', {}, { 'kubernetes.io/ingress.class': 'nginx' })).toBeUndefined()
  })

  test('before 1.25 two defaults refuse every Ingress without a class', () => {
    const { client } = createApiServer({ engine: new Engine({ seed: 1 }), kubernetesVersion: { major: 1, minor: 24 } })
    client.create(namespaces, { metadata: { name: 'lab' }, spec: {} })
    for (const name of ['a', 'b']) {
      client.create(ingressClasses, { metadata: { name, annotations: DEFAULT }, spec: { controller: 'a.io/c' } })
    }
    const spec = { defaultBackend: { service: { name: 's', port: { number: 80 } } } }
    expect(refusal(() => client.create(ingresses, { metadata: { namespace: 'lab', name: 'x' }, spec }))).toBe(
      'ingresses.networking.k8s.io "x" is forbidden: Internal error occurred: 2 default IngressClasses were found, only 1 allowed',
    )
    expect(
      refusal(() =>
        client.create(ingresses, {
          metadata: { namespace: 'lab', name: 'y' },
          spec: { ...spec, ingressClassName: 'a' },
        }),
      ),
    ).toBe('ok')
  })
})

describe('ResourceQuota', () => {
  /** As the controller leaves it. */
  function quota(
    name: string,
    hard: Record<string, string>,
    used: Record<string, string>,
    spec: ResourceQuota['spec'] = {},
  ): void {
    const made = server.client.create(resourceQuotas, { metadata: { namespace: 'lab', name }, spec: { ...spec, hard } })
    server.client.update(resourceQuotas, { ...made, status: { hard, used } }, { subresource: 'status' })
  }
  const usedOf = (name: string): unknown => server.client.get(resourceQuotas, { namespace: 'lab', name }).status?.used

  test('books what is created, and refuses what does not fit', () => {
    quota('q', { pods: '2', 'requests.cpu': '1' }, { pods: '0', 'requests.cpu': '0' })
    expect(refusal(() => create([needs({ cpu: '600m' })]))).toBe('ok')
    expect(usedOf('q')).toEqual({ pods: '1', 'requests.cpu': '600m' })
    expect(refusal(() => create([needs({ cpu: '600m' })], {}, { name: 'q' }))).toBe(
      'pods "q" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    )
    expect(refusal(() => create([{}], {}, { name: 'r' }))).toBe(
      'pods "r" is forbidden: failed quota: q: must specify requests.cpu for: c0',
    )
    expect(usedOf('q')).toEqual({ pods: '1', 'requests.cpu': '600m' })
  })

  test('a dry run and a name that is taken book nothing', () => {
    quota('q', { configmaps: '5', 'count/configmaps': '5' }, { configmaps: '0', 'count/configmaps': '0' })
    const map = { metadata: { namespace: 'lab', name: 'm' } }
    server.client.create(configMaps, map, { dryRun: true })
    expect(usedOf('q')).toEqual({ configmaps: '0', 'count/configmaps': '0' })
    server.client.create(configMaps, map)
    expect(refusal(() => server.client.create(configMaps, map))).toContain('already exists')
    expect(usedOf('q')).toEqual({ configmaps: '1', 'count/configmaps': '1' })
  })

  test('a quota the controller has not seen stops nothing; one without numbers everything', () => {
    server.client.create(resourceQuotas, { metadata: { namespace: 'lab', name: 'new' }, spec: { hard: { pods: '0' } } })
    expect(refusal(() => create([{}]))).toBe('ok')
    quota('q', { pods: '9' }, {})
    expect(refusal(() => create([{}], {}, { name: 'q' }))).toBe(
      'pods "q" is forbidden: status unknown for quota: q, resources: pods',
    )
  })

  test.each<[string, Partial<Service['spec']>, Record<string, string>]>([
    ['ClusterIP', {}, { services: '1', 'services.nodeports': '0', 'services.loadbalancers': '0' }],
    ['NodePort', { type: 'NodePort' }, { services: '1', 'services.nodeports': '2', 'services.loadbalancers': '0' }],
    [
      'LoadBalancer',
      { type: 'LoadBalancer' },
      { services: '1', 'services.nodeports': '2', 'services.loadbalancers': '1' },
    ],
    [
      'LoadBalancer without ports',
      { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false },
      { services: '1', 'services.nodeports': '0', 'services.loadbalancers': '1' },
    ],
  ])('Services: %s', (_, spec, expected) => {
    const none = { services: '0', 'services.nodeports': '0', 'services.loadbalancers': '0' }
    quota('q', { services: '9', 'services.nodeports': '9', 'services.loadbalancers': '9' }, none)
    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 81 },
    ]
    server.client.create(services, { metadata: { namespace: 'lab', name: 's' }, spec: { ports, ...spec } })
    expect(usedOf('q')).toEqual(expected)
  })

  test('an update is charged for what it adds', () => {
    quota('q', { 'services.nodeports': '1' }, { 'services.nodeports': '0' })
    const ref = { namespace: 'lab', name: 's' }
    server.client.create(services, { metadata: ref, spec: { ports: [{ port: 80 }] } })
    server.client.modify(services, ref, (draft) => void (draft.spec.type = 'NodePort'))
    expect(usedOf('q')).toEqual({ 'services.nodeports': '1' })
    const more = (): unknown =>
      server.client.modify(services, ref, (draft) => {
        draft.spec.ports = [
          { name: 'a', port: 80 },
          { name: 'b', port: 81 },
        ]
      })
    expect(refusal(more)).toBe(
      'services "s" is forbidden: exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
    )
  })

  test.each<[string, ResourceQuota['spec'], Partial<Pod['spec']>, Shape, string]>([
    ['best effort', { scopes: ['BestEffort'] }, {}, {}, '1'],
    ['not best effort', { scopes: ['BestEffort'] }, {}, needs({ cpu: '1' }), '0'],
    ['with a deadline', { scopes: ['Terminating'] }, { activeDeadlineSeconds: 5 }, {}, '1'],
    ['without one', { scopes: ['NotTerminating'] }, { activeDeadlineSeconds: 5 }, {}, '0'],
    [
      'of a class',
      {
        scopeSelector: {
          matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['system-node-critical'] }],
        },
      },
      { priorityClassName: 'system-node-critical' },
      {},
      '1',
    ],
    [
      'of another class',
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['x'] }] } },
      { priorityClassName: 'system-node-critical' },
      {},
      '0',
    ],
  ])('scopes: %s', (_, scope, spec, container, expected) => {
    quota('q', { pods: '9' }, { pods: '0' }, scope)
    create([container], spec)
    expect(usedOf('q')).toEqual({ pods: expected })
  })
})

describe('PodSecurity', () => {
  const label = (level: Record<string, string>): unknown =>
    server.client.modify(namespaces, { name: 'lab' }, (draft) => {
      draft.metadata.labels = Object.fromEntries(
        Object.entries(level).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]),
      )
    })

  test('pods are held to the level of their namespace', () => {
    label({ enforce: 'baseline' })
    expect(refusal(() => create([{}], { hostNetwork: true }))).toBe(
      'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    )
    expect(refusal(() => create([{}]))).toBe('ok')
    label({ enforce: 'restricted' })
    // What is there stays, and may change what counts for nothing.
    expect(
      refusal(() =>
        server.client.modify(
          pods,
          { namespace: 'lab', name: 'p' },
          (draft) => void (draft.metadata.labels = { a: 'b' }),
        ),
      ),
    ).toBe('ok')
  })

  test('labels that name no level are refused', () => {
    expect(refusal(() => label({ enforce: 'strict' }))).toBe(
      'Namespace "lab" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
    )
  })

  /** Warnings of a write through the other door. */
  function warnings(type: typeof namespaces | typeof deployments, body: object, name?: string): readonly string[] {
    const said: string[] = []
    server.requestHandler.handle({
      verb: name === undefined ? 'create' : 'patch',
      resource: server.registry.byType<KubeObject>(type),
      ...(name === undefined ? { namespace: 'lab' } : { name }),
      query: new URLSearchParams(),
      user: { name: 'root', groups: ['system:masters'] },
      userAgent: 'test',
      warn: (text) => said.push(text),
      body: {
        contentType: name === undefined ? 'application/json' : 'application/merge-patch+json',
        bytes: Buffer.from(JSON.stringify(body)),
      },
    })
    return said
  }

  test('controllers are warned of what their pods would violate', () => {
    label({ enforce: 'baseline' })
    const template = {
      metadata: { labels: { a: 'b' } },
      spec: { hostPID: true, containers: [{ name: 'c', image: 'i' }] },
    }
    const spec = { selector: { matchLabels: { a: 'b' } }, template }
    expect(warnings(deployments, { metadata: { name: 'd' }, spec })).toEqual([
      'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)',
    ])
  })

  test('raising a level names the pods that would not have been let in', () => {
    create([{}], { hostPID: true }, { name: 'a' })
    create([{}], { hostPID: true }, { name: 'b' })
    create([{}], { hostIPC: true, hostNetwork: true }, { name: 'c' })
    create([{}], {}, { name: 'good' })
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' }
    expect(warnings(namespaces, { metadata: { labels } }, 'lab')).toEqual([
      'existing pods in namespace "lab" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 2 other pods): host namespaces',
    ])
  })
})

test.each<[string, Partial<Pod['spec']>, string]>([
  ['none', { runtimeClassName: 'gvisor' }, 'pods "p" is forbidden: pod rejected: RuntimeClass "gvisor" not found'],
  ['no name', { runtimeClassName: '' }, 'resource name may not be empty'],
  ['a path', { runtimeClassName: 'a/b' }, 'invalid resource name "a/b": [may not contain \'/\']'],
  [
    'no overhead',
    { overhead: { cpu: '1' } },
    'pods "p" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
  ],
  [
    'nothing to say before the service account is found',
    { runtimeClassName: 'gvisor', priorityClassName: 'none', serviceAccountName: 'a/b' },
    'pods "p" is forbidden: error looking up service account lab/a/b: invalid resource name "a/b": [may not contain \'/\']',
  ],
])('RuntimeClass: there is %s', (_, spec, message) => {
  expect(refusal(() => create([{}], spec))).toBe(message)
})

describe('StorageObjectInUseProtection', () => {
  const storage = { accessModes: ['ReadWriteOnce'], hostPath: { path: '/srv' }, capacity: { storage: '1Gi' } }
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }

  test.each([
    { name: 'none', sent: undefined, stored: [] },
    { name: 'others', sent: ['example.test/mine'], stored: ['example.test/mine'] },
  ])('new claims and volumes with $name have a finalizer more', ({ sent, stored }) => {
    const { client } = server
    const metadata = { name: 'x', ...(sent === undefined ? {} : { finalizers: sent }) }
    const pvc = client.create(persistentVolumeClaims, { metadata: { ...metadata, namespace: 'lab' }, spec: claim })
    const pv = client.create(persistentVolumes, { metadata, spec: storage })
    expect(pvc.metadata.finalizers).toEqual([...stored, 'kubernetes.io/pvc-protection'])
    expect(pv.metadata.finalizers).toEqual([...stored, 'kubernetes.io/pv-protection'])
  })

  test('who has it gets it once, and may take it off', () => {
    const { client } = server
    const metadata = { name: 'x', namespace: 'lab', finalizers: ['kubernetes.io/pvc-protection', 'example.test/mine'] }
    const pvc = client.create(persistentVolumeClaims, { metadata, spec: claim })
    expect(pvc.metadata.finalizers).toEqual(metadata.finalizers)
    const bare = client.modify(persistentVolumeClaims, pvc.metadata, (draft) => {
      draft.metadata.finalizers = []
    })
    expect(bare.metadata.finalizers).toEqual([])
  })
})
