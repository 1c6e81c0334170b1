// What clients are told and shown of what the admission plugins do: texts of kube-apiserver 1.36.2, asked through the handler.

import { describe, expect, test } from 'vitest'
import { owners, refusal, TestServer } from '../managed-fields/server.suite.ts'
import type { ResourceQuota } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import {
  configMaps,
  deployments,
  namespaces,
  persistentVolumeClaims,
  pods,
  resourceQuotas,
  serviceAccounts,
} from '../resources/served-types.ts'

const labels = { a: 'b' }
const doubled = [
  { name: 'x', value: '1' },
  { name: 'x', value: '2' },
]

describe('ResourceQuota', () => {
  test('what a write uses is booked by the server itself', () => {
    const server = new TestServer()
    const quota = { metadata: { name: 'q' }, spec: { hard: { configmaps: '2' } } }
    server.call({ verb: 'create', type: resourceQuotas, body: quota })
    const status = { hard: { configmaps: '2' }, used: { configmaps: '0' } }
    const body = { ...quota, status }
    server.call({ verb: 'update', type: resourceQuotas, name: 'q', subresource: 'status', body })
    server.call({ verb: 'create', type: configMaps, body: { metadata: { name: 'c' } } })
    const booked = server.call({ verb: 'get', type: resourceQuotas, name: 'q' })
    expect((booked as ResourceQuota).status?.used).toEqual({ configmaps: '1' })
    expect(owners(booked)).toMatchInlineSnapshot(`
      {
        "kube-apiserver Update/status": {
          "f:status": {
            "f:used": {
              "f:configmaps": {},
            },
          },
        },
        "tester Update": {
          "f:spec": {
            "f:hard": {
              ".": {},
              "f:configmaps": {},
            },
          },
        },
        "tester Update/status": {
          "f:status": {
            "f:hard": {
              ".": {},
              "f:configmaps": {},
            },
            "f:used": {},
          },
        },
      }
    `)
  })

  test('a selector is printed as it was sent', () => {
    const matchExpressions = [
      { scopeName: 'PriorityClass', operator: 'Exists', values: [] },
      { scopeName: 'PriorityClass', operator: 'Exists' },
    ]
    const body = { metadata: { name: 'q' }, spec: { hard: { configmaps: '1' }, scopeSelector: { matchExpressions } } }
    const { message } = refusal(() => new TestServer().call({ verb: 'create', type: resourceQuotas, body }))
    expect(message).toContain(
      'spec.scopeSelector.matchExpressions: Invalid value: {"MatchExpressions":[' +
        '{"ScopeName":"PriorityClass","Operator":"Exists","Values":[]},' +
        '{"ScopeName":"PriorityClass","Operator":"Exists","Values":null}]}: unsupported scope applied to resource',
    )
  })
})

describe('warnings of subresources', () => {
  test('PodSecurity says what it thinks of an ephemeral container', () => {
    const server = new TestServer()
    const { name } = server.call({ verb: 'get', type: namespaces, name: 'default' }).metadata
    const marked = { metadata: { labels: { 'pod-security.kubernetes.io/warn': 'baseline' } } }
    server.call({ verb: 'patch', type: namespaces, name, body: marked, contentType: 'application/merge-patch+json' })
    server.call({
      verb: 'create',
      type: pods,
      body: { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    })
    server.warnings.length = 0
    server.call({
      ...{ verb: 'patch', type: pods, name: 'p', subresource: 'ephemeralcontainers' },
      body: { spec: { ephemeralContainers: [{ name: 'e', image: 'i', securityContext: { privileged: true } }] } },
      contentType: 'application/strategic-merge-patch+json',
    })
    expect(server.warnings).toEqual([
      'would violate PodSecurity "baseline:latest": privileged (container "e" must not set securityContext.privileged=true)',
    ])
  })

  test('a scaled workload is looked at again', () => {
    const server = new TestServer()
    const containers = [{ name: 'c', image: 'i', env: doubled }]
    const spec = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } }
    server.call({ verb: 'create', type: deployments, body: { metadata: { name: 'd' }, spec } })
    const said = [...server.warnings]
    server.warnings.length = 0
    const body = { spec: { replicas: 2 } }
    const scale = { verb: 'patch', type: deployments, name: 'd', subresource: 'scale', body } as const
    server.call({ ...scale, contentType: 'application/merge-patch+json' })
    expect(server.warnings).toEqual(said)
  })
})

describe('ServiceAccount', () => {
  const secretEnv = (name: string): object => ({
    env: [{ name: 'E', valueFrom: { secretKeyRef: { name, key: 'k' } } }],
  })
  const limited = (annotation: string): TestServer => {
    const server = new TestServer()
    const metadata = { name: 'lim', annotations: { 'kubernetes.io/enforce-mountable-secrets': annotation } }
    const body = { metadata, secrets: [{ name: 's1' }], imagePullSecrets: [{ name: 'p1' }] }
    server.call({ verb: 'create', type: serviceAccounts, body })
    return server
  }
  const create = (server: TestServer, spec: object, container: object = {}): string => {
    const containers = [{ name: 'c', image: 'i', ...container }]
    const body = { metadata: { name: 'p' }, spec: { serviceAccountName: 'lim', containers, ...spec } }
    try {
      server.call({ verb: 'create', type: pods, body })
      return 'ok'
    } catch {
      return refusal(() => server.call({ verb: 'create', type: pods, body })).message ?? ''
    }
  }
  const not = (what: string): string =>
    `pods "p" is forbidden: ${what} is not allowed because service account lim does not reference that`

  test.each<[string, string, object, object, string]>([
    ['its own', 'true', {}, secretEnv('s1'), 'ok'],
    [
      'a volume',
      'true',
      { volumes: [{ name: 'v', secret: { secretName: 'x' } }] },
      {},
      `${not('volume with secret.secretName="x"')} secret`,
    ],
    [
      'a variable',
      '1',
      {},
      secretEnv('x'),
      `${not('container c with envVar E referencing secret.secretName="x"')} secret`,
    ],
    [
      'all of one',
      'T',
      {},
      { envFrom: [{ secretRef: { name: 'x' } }] },
      `${not('container c with envFrom referencing secret.secretName="x"')} secret`,
    ],
    [
      'init containers first',
      'true',
      { initContainers: [{ name: 'i', image: 'i', ...secretEnv('y') }] },
      secretEnv('x'),
      `${not('init container i with envVar E referencing secret.secretName="y"')} secret`,
    ],
    [
      'another to pull with',
      'true',
      { imagePullSecrets: [{ name: 'p1' }, { name: 'p2' }] },
      {},
      `${not('imagePullSecrets[1].name="p2"')} imagePullSecret`,
    ],
    [
      'before a class is looked for',
      'true',
      { priorityClassName: 'none' },
      secretEnv('x'),
      `${not('container c with envVar E referencing secret.secretName="x"')} secret`,
    ],
    ['unlimited', 'no', {}, secretEnv('x'), 'ok'],
  ])('limits the Secrets a pod may use: %s', (_, annotation, spec, container, expected) => {
    expect(create(limited(annotation), spec, container)).toBe(expected)
  })

  test('and those of ephemeral containers, in a bare text', () => {
    const server = limited('true')
    create(server, {})
    const body = { spec: { ephemeralContainers: [{ name: 'e', image: 'i', ...secretEnv('x') }] } }
    const contentType = 'application/strategic-merge-patch+json'
    const call = {
      verb: 'patch',
      type: pods,
      name: 'p',
      subresource: 'ephemeralcontainers',
      body,
      contentType,
    } as const
    const { code, reason, message } = refusal(() => server.call(call))
    expect([code, reason ?? '']).toEqual([500, ''])
    expect(message).toBe(
      'ephemeral container e with envVar E referencing secret.secretName="x" is not allowed because service account lim does not reference that secret',
    )
  })

  test.each<[string, object, string]>([
    [
      'an account, before its class is looked for',
      { serviceAccountName: 'x', priorityClassName: 'none' },
      'service accounts',
    ],
    ['a Secret', { imagePullSecrets: [{ name: 'x' }] }, 'secrets'],
  ])('a mirror pod may not refer to %s', (_, spec, what) => {
    const metadata = { name: 'p', annotations: { 'kubernetes.io/config.mirror': 'x' } }
    const body = { metadata, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }], ...spec } }
    const { message } = refusal(() => new TestServer().call({ verb: 'create', type: pods, body }))
    expect(message).toBe(`pods "p" is forbidden: a mirror pod may not reference ${what}`)
  })

  test('a reference without a name is none', () => {
    const metadata = { name: 'p', annotations: { 'kubernetes.io/config.mirror': 'x' } }
    const spec = { nodeName: 'n', containers: [{ name: 'c', image: 'i' }], imagePullSecrets: [{}] }
    expect(new TestServer().call({ verb: 'create', type: pods, body: { metadata, spec } }).kind).toBe('Pod')
  })
})

test('a bound claim does not grow, and changes else', () => {
  const server = new TestServer()
  const size = (storage: string): object => ({ resources: { requests: { storage } } })
  const spec = { accessModes: ['ReadWriteOnce'], volumeName: 'v', ...size('2Gi') }
  server.call({ verb: 'create', type: persistentVolumeClaims, body: { metadata: { name: 'd' }, spec } })
  server.merge(persistentVolumeClaims, 'd', { status: { phase: 'Bound' } }, '', 'status')
  const { message } = refusal(() => server.merge(persistentVolumeClaims, 'd', { spec: size('3Gi') }))
  expect(message).toBe(
    'persistentvolumeclaims "d" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  )
  expect(server.merge(persistentVolumeClaims, 'd', { metadata: { labels } }).metadata.labels).toEqual(labels)
})

test('a namespace that goes away names what was to be made by the beginning of its name', () => {
  const { client, registry, requestHandler } = new TestServer().server
  client.create(namespaces, { metadata: { name: 'old' }, spec: { finalizers: ['a.b/hold'] } })
  client.delete(namespaces, { name: 'old' })
  const request = {
    verb: 'create',
    resource: registry.byType<KubeObject>(configMaps),
    namespace: 'old',
    query: new URLSearchParams(),
    user: { name: 'test', groups: ['system:masters'] },
    userAgent: 'tester',
    warn: () => {},
    body: { contentType: 'application/json', bytes: Buffer.from('{"metadata":{"generateName":"g-"}}') },
  } as const
  expect(refusal(() => requestHandler.handle(request)).message).toBe(
    'configmaps "g-" is forbidden: unable to create new content in namespace old because it is being terminated',
  )
})
