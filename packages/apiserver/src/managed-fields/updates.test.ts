// managedFields of creates, PUTs and patches, and what holds for every history of writes.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../objects/kube-object.ts'
import { configMaps, deployments, pods, services } from '../resources/served-types.ts'
import { StatusError } from '../status/status-error.ts'
import { owners, refusal, TestServer } from './server.suite.ts'

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }

describe('an update', () => {
  it('owns what the user sent and the defaults, but nothing the server allocates', () => {
    const body = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }
    expect(owners(new TestServer().call({ verb: 'create', type: services, body }))).toEqual({
      'tester Update': {
        'f:spec': {
          'f:internalTrafficPolicy': {},
          'f:ports': {
            '.': {},
            'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {}, 'f:targetPort': {} },
          },
          'f:sessionAffinity': {},
          'f:type': {},
        },
      },
    })
  })

  it('takes fields from others and drops those who own nothing any more', () => {
    const server = new TestServer()
    server.call({
      verb: 'create',
      type: configMaps,
      body: { ...configMap, data: { x: '1' } },
      query: 'fieldManager=one',
    })
    server.merge(configMaps, 'a', { data: { x: '2' } }, 'fieldManager=two')
    const put = server.call({
      verb: 'update',
      type: configMaps,
      name: 'a',
      body: { ...configMap, data: { x: '2', y: '1' } },
      query: 'fieldManager=three',
    })
    expect(owners(put)).toEqual({
      'one Update': { 'f:data': {} },
      'two Update': { 'f:data': { 'f:x': {} } },
      'three Update': { 'f:data': { 'f:y': {} } },
    })
    const bare = server.call({
      verb: 'update',
      type: configMaps,
      name: 'a',
      body: configMap,
      query: 'fieldManager=three',
    })
    expect(bare.metadata).not.toHaveProperty('managedFields')
  })

  it('through /status is told apart', () => {
    const server = new TestServer()
    server.call({
      verb: 'create',
      type: pods,
      body: { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    })
    const patched = server.merge(pods, 'p', { status: { phase: 'Running' } }, '', 'status')
    expect(owners(patched)['tester Update/status']).toEqual({ 'f:status': { 'f:phase': {} } })
  })

  it('may edit managedFields itself', () => {
    const server = new TestServer()
    const created = server.call({ verb: 'create', type: configMaps, body: { ...configMap, data: { x: '1' } } })
    const [entry] = created.metadata.managedFields ?? []
    const edited = server.merge(configMaps, 'a', { metadata: { managedFields: [{ ...entry, manager: 'renamed' }] } })
    expect(Object.keys(owners(edited))).toEqual(['renamed Update'])
    const broken = server.merge(configMaps, 'a', {
      metadata: { managedFields: [{ ...entry, fieldsType: 'FieldsV2' }] },
    })
    expect(broken.metadata.managedFields).toEqual(edited.metadata.managedFields)
    const idle = { ...entry, fieldsV1: { 'x:of a later release': {} } }
    const emptied = server.merge(configMaps, 'a', { metadata: { managedFields: [idle] } })
    expect(emptied.metadata).not.toHaveProperty('managedFields')
  })

  it.each([
    ['the fieldManager parameter', 'fieldManager=me', 'me'],
    ['the User-Agent up to its slash', '', 'tester'],
  ])('is named by %s', (_, query, manager) => {
    const created = new TestServer().call({
      verb: 'create',
      type: configMaps,
      body: { ...configMap, data: { x: '1' } },
      query,
    })
    expect(created.metadata.managedFields?.[0]?.manager).toBe(manager)
  })

  it('keeps ten update entries and merges the oldest', async () => {
    const server = new TestServer()
    let last: KubeObject = server.call({
      verb: 'create',
      type: configMaps,
      body: { ...configMap, data: { base: '0' } },
      query: 'fieldManager=m0',
    })
    for (let number = 1; number <= 12; number++) {
      await server.tick()
      last = server.merge(configMaps, 'a', { data: { [`k${number}`]: 'v' } }, `fieldManager=m${number}`)
    }
    const names = last.metadata.managedFields?.map(({ manager }) => manager)
    expect(names).toEqual(['ancient-changes', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'm11', 'm12'])
    expect(owners(last)['ancient-changes Update']).toEqual({
      'f:data': { '.': {}, 'f:base': {}, 'f:k1': {}, 'f:k2': {}, 'f:k3': {} },
    })
  })

  it('in process is recorded under the client’s name, for objects that are recorded at all', () => {
    const server = new TestServer()
    server.call({ verb: 'create', type: configMaps, body: { ...configMap, data: { x: '1' } } })
    const ref = { namespace: 'default', name: 'a' }
    const changed = server.server.clientNamed('kube-controller-manager').modify(configMaps, ref, (draft) => {
      draft.data = { x: '2' }
    })
    expect(owners(changed)['kube-controller-manager Update']).toEqual({ 'f:data': { 'f:x': {} } })
    const { client } = server.server
    const plain = client.create(configMaps, { metadata: { name: 'plain', namespace: 'default' }, data: { x: '1' } })
    expect(plain.metadata).not.toHaveProperty('managedFields')
    const named = client.create(
      configMaps,
      { metadata: { name: 'named', namespace: 'default' }, data: { x: '1' } },
      { fieldManager: 'me' },
    )
    expect(Object.keys(owners(named))).toEqual(['me Update'])
  })
})

const NEVER_OWNED = [
  'f:name',
  'f:namespace',
  'f:creationTimestamp',
  'f:uid',
  'f:generation',
  'f:managedFields',
  'f:resourceVersion',
  '.',
]

interface Owned {
  readonly [element: string]: Owned
}

/** What must hold for every object, whatever was done to it. */
function checkOwners(object: KubeObject): void {
  for (const entry of object.metadata.managedFields ?? []) {
    const fields = entry.fieldsV1 as Owned
    expect(Object.keys(fields).length).toBeGreaterThan(0)
    expect(fields).not.toHaveProperty('f:apiVersion')
    expect(fields).not.toHaveProperty('f:kind')
    for (const name of NEVER_OWNED) expect(Object.keys(fields['f:metadata'] ?? {})).not.toContain(name)
  }
}

const container = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'c'),
    image: fc.constantFrom('i:1', 'i:2'),
    args: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }),
  },
  { requiredKeys: ['name', 'image'] },
)
const config = fc.record({
  labels: fc.dictionary(fc.constantFrom('l', 'm'), fc.constantFrom('1', '2')),
  replicas: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  containers: fc.uniqueArray(container, { selector: ({ name }) => name, minLength: 1, maxLength: 3 }),
})
type Config = typeof config extends fc.Arbitrary<infer Value> ? Value : never

function manifest({ labels, replicas, containers }: Config): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers } },
    },
  }
}

describe('for all configurations', () => {
  it('applying twice changes nothing', () => {
    fc.assert(
      fc.property(config, (one) => {
        const server = new TestServer()
        const first = server.apply(deployments, manifest(one), 'fieldManager=m')
        checkOwners(first)
        expect(server.apply(deployments, manifest(one), 'fieldManager=m')).toBe(first)
      }),
      { seed: 3, numRuns: 60 },
    )
  })

  it('what one manager applies last is what a first apply makes, whatever it applied before', () => {
    fc.assert(
      fc.property(config, config, (before, after) => {
        const server = new TestServer()
        server.apply(deployments, manifest(before), 'fieldManager=m')
        const changed = server.apply(deployments, manifest(after), 'fieldManager=m')
        const fresh = new TestServer().apply(deployments, manifest(after), 'fieldManager=m')
        expect((changed as unknown as { spec: unknown }).spec).toEqual((fresh as unknown as { spec: unknown }).spec)
        expect(changed.metadata.labels ?? {}).toEqual(fresh.metadata.labels ?? {})
        expect(owners(changed)).toEqual(owners(fresh))
      }),
      { seed: 4, numRuns: 60 },
    )
  })

  it('a forced apply has its way, after which it conflicts with nobody, and others own none of its changes', () => {
    fc.assert(
      fc.property(config, config, (one, two) => {
        const server = new TestServer()
        server.apply(deployments, manifest(one), 'fieldManager=one')
        const forced = server.apply(deployments, manifest(two), 'fieldManager=two&force=true')
        checkOwners(forced)
        expect(server.apply(deployments, manifest(two), 'fieldManager=two')).toBe(forced)
        const mixed = server.merge(deployments, 'web', { metadata: { labels: { l: '3' } } })
        checkOwners(mixed)
        expect(owners(mixed)['two Apply']).not.toHaveProperty(['f:metadata', 'f:labels', 'f:l'])
      }),
      { seed: 5, numRuns: 60 },
    )
  })
})

it('refuses hostile managedFields without harm', () => {
  const server = new TestServer()
  server.call({ verb: 'create', type: configMaps, body: { ...configMap, data: { x: '1' } } })
  const sent = [
    {
      manager: 'x',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { __proto__x: {}, 'f:__proto__': {} },
    },
  ]
  expect(Object.keys(owners(server.merge(configMaps, 'a', { metadata: { managedFields: sent } })))).toEqual([
    'tester Update',
  ])
  expect(refusal(() => server.merge(configMaps, 'a', { metadata: { managedFields: 'x' } })).code).toBe(422)
})

it('answers every configuration with an object or a Status', () => {
  const key = fc.constantFrom(
    'name',
    'labels',
    'finalizers',
    'ownerReferences',
    'managedFields',
    '__proto__',
    'constructor',
    'uid',
    'x',
  )
  const spec = fc.dictionary(
    fc.constantFrom('replicas', 'selector', 'template', 'strategy', 'containers', 'ports', '__proto__', ''),
    fc.jsonValue({ maxDepth: 4 }),
  )
  const body = fc.record({
    apiVersion: fc.constantFrom<unknown>('apps/v1', 'apps/v1', 'v1', 1),
    kind: fc.constant('Deployment'),
    metadata: fc.oneof(fc.dictionary(key, fc.jsonValue({ maxDepth: 3 })), fc.constant(null)),
    spec: fc.oneof(spec, fc.jsonValue()),
  })
  const server = new TestServer()
  server.apply(
    deployments,
    manifest({ labels: {}, replicas: 1, containers: [{ name: 'a', image: 'i:1' }] }),
    'fieldManager=m',
  )
  fc.assert(
    fc.property(body, fc.boolean(), (sent, force) => {
      const contentType = 'application/apply-patch+yaml'
      const query = `fieldManager=f&force=${String(force)}`
      try {
        checkOwners(server.call({ verb: 'patch', type: deployments, name: 'web', contentType, body: sent, query }))
      } catch (error) {
        expect(error).toBeInstanceOf(StatusError)
      }
    }),
    { seed: 6, numRuns: 2000 },
  )
})
