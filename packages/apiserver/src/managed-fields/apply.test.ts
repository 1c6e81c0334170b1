// Server-side apply from request to answer; the facts are those recorded from kube-apiserver 1.36.

import { describe, expect, it } from 'vitest'
import type { Deployment, Service } from '../objects/index.ts'
import { configMaps, deployments, services } from '../resources/served-types.ts'
import { owners, refusal, TestServer } from './server.suite.ts'

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'img:1' }] } }
const identity = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } }

function deployment(spec: object): Readonly<Record<string, unknown>> {
  return { ...identity, spec }
}

function whole(replicas?: number): Readonly<Record<string, unknown>> {
  return deployment({
    ...(replicas === undefined ? {} : { replicas }),
    selector: { matchLabels: { app: 'web' } },
    template,
  })
}

function map(data: object | undefined, metadata: object = {}): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', ...metadata },
    ...(data === undefined ? {} : { data }),
  }
}

const templateFields = {
  'f:metadata': { 'f:labels': { 'f:app': {} } },
  'f:spec': { 'f:containers': { 'k:{"name":"main"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
}

function deployed(): TestServer {
  const server = new TestServer()
  server.apply(deployments, whole(2), 'fieldManager=one')
  return server
}

function replicas(object: object): number | undefined {
  return (object as Deployment).spec.replicas
}

describe('apply', () => {
  it('creates what is missing and owns what it says', () => {
    const created = new TestServer().apply(deployments, whole(2), 'fieldManager=one')
    expect(owners(created)).toEqual({
      'one Apply': { 'f:spec': { 'f:replicas': {}, 'f:selector': {}, 'f:template': templateFields } },
    })
  })

  it('stores nothing when applied again, even later', async () => {
    const server = deployed()
    const before = server.server.store.revision
    await server.tick()
    server.apply(deployments, whole(2), 'fieldManager=one')
    expect(server.server.store.revision).toBe(before)
  })

  it('refuses to change what another owns', () => {
    const server = deployed()
    expect(refusal(() => server.apply(deployments, deployment({ replicas: 9 }), 'fieldManager=two'))).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas',
      reason: 'Conflict',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.replicas' }],
      },
      code: 409,
    })
    const both = deployment({ replicas: 9, template: { spec: { containers: [{ name: 'main', image: 'x:9' }] } } })
    expect(refusal(() => server.apply(deployments, both, 'fieldManager=two')).message).toBe(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.replicas\n- .spec.template.spec.containers[name="main"].image',
    )
  })

  it('takes over by force, shares equal values, and removes a field with its last owner', () => {
    const server = deployed()
    const nine = deployment({ replicas: 9 })
    const forced = server.apply(deployments, nine, 'fieldManager=two&force=true')
    expect(owners(forced)['one Apply']).toEqual({ 'f:spec': { 'f:selector': {}, 'f:template': templateFields } })
    const shared = server.apply(deployments, nine, 'fieldManager=three')
    expect(owners(shared)['three Apply']).toEqual(owners(shared)['two Apply'])
    expect(shared.metadata.managedFields?.find(({ manager }) => manager === 'three')?.time).toBeUndefined()
    expect(replicas(server.apply(deployments, deployment({}), 'fieldManager=two'))).toBe(9)
    const last = server.apply(deployments, deployment({}), 'fieldManager=three')
    expect(replicas(last)).toBe(1)
    expect(owners(last)['three Apply']).toEqual({ 'f:spec': {} })
  })

  it('adds and removes list items by their keys', () => {
    const server = deployed()
    const side = (containers: readonly object[]): object => ({ template: { spec: { containers } } })
    server.apply(
      deployments,
      deployment(side([{ name: 'side', image: 's:1', ports: [{ containerPort: 80 }] }])),
      'fieldManager=four',
    )
    const moved = server.apply(
      deployments,
      deployment(side([{ name: 'side', image: 's:1', ports: [{ containerPort: 81 }] }])),
      'fieldManager=four',
    )
    expect((moved as Deployment).spec.template.spec?.containers[1]?.ports).toEqual([
      { containerPort: 81, protocol: 'TCP' },
    ])
    const gone = server.apply(deployments, deployment({}), 'fieldManager=four')
    expect((gone as Deployment).spec.template.spec?.containers.map(({ name }) => name)).toEqual(['main'])
  })

  it('loses fields to updates, which conflict from then on', () => {
    const server = deployed()
    const updated = server.merge(deployments, 'web', { spec: { replicas: 6 } })
    expect(owners(updated)['tester Update']).toEqual({ 'f:spec': { 'f:replicas': {} } })
    expect(refusal(() => server.apply(deployments, whole(1), 'fieldManager=one')).message).toBe(
      'Apply failed with 1 conflict: conflict with "tester" using apps/v1: .spec.replicas',
    )
  })

  it('through /status owns nothing but status', () => {
    const server = deployed()
    const status = { conditions: [{ type: 'Available', status: 'True' }] }
    const applied = server.apply(deployments, { ...identity, status }, 'fieldManager=ctl', 'status')
    expect(owners(applied)['ctl Apply/status']).toEqual({
      'f:status': { 'f:conditions': { 'k:{"type":"Available"}': { '.': {}, 'f:status': {}, 'f:type': {} } } },
    })
    const emptied = server.apply(deployments, deployment({ replicas: 50 }), 'fieldManager=ctl', 'status')
    expect(owners(emptied)['ctl Apply/status']).toBeUndefined()
    expect(replicas(emptied)).toBe(2)
  })

  it('through /scale splits the replicas from who updated them, even where they stay; appliers keep them', () => {
    const server = deployed()
    server.merge(deployments, 'web', { spec: { replicas: 6, paused: true } }, 'fieldManager=u')
    server.merge(deployments, 'web', { spec: { replicas: 6 } }, 'fieldManager=s', 'scale')
    const { managedFields = [] } = server.call({ verb: 'get', type: deployments, name: 'web' }).metadata
    const entries = managedFields.filter(({ manager }) => manager === 'u')
    expect(entries.map(({ time, fieldsV1 }) => [time !== undefined, fieldsV1])).toEqual([
      [false, { 'f:spec': { 'f:replicas': {} } }],
      [true, { 'f:spec': { 'f:paused': {} } }],
    ])
    const applied = deployed()
    applied.merge(deployments, 'web', { spec: { replicas: 2 } }, 'fieldManager=s', 'scale')
    const same = applied.call({ verb: 'get', type: deployments, name: 'web' })
    expect(owners(same)['one Apply']).toMatchObject({ 'f:spec': { 'f:replicas': {} } })
  })

  it('through /scale moves the replicas, without a time', () => {
    const server = deployed()
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'web' }, spec: { replicas: 5 } }
    expect(refusal(() => server.apply(deployments, scale, 'fieldManager=s', 'scale')).message).toContain(
      'conflict with "one": .spec.replicas',
    )
    server.apply(deployments, scale, 'fieldManager=s&force=true', 'scale')
    const scaled = server.call({ verb: 'get', type: deployments, name: 'web' })
    expect(owners(scaled)).toMatchObject({ 's Apply/scale': { 'f:spec': { 'f:replicas': {} } } })
    expect(owners(scaled)['one Apply']).toEqual({ 'f:spec': { 'f:selector': {}, 'f:template': templateFields } })
    server.merge(deployments, 'web', { spec: { replicas: 3 } }, 'fieldManager=hpa', 'scale')
    const again = server.call({ verb: 'get', type: deployments, name: 'web' })
    expect(owners(again)['s Apply/scale']).toBeUndefined()
    expect(owners(again)['hpa Update/scale']).toEqual({ 'f:spec': { 'f:replicas': {} } })
    expect(again.metadata.managedFields?.find(({ manager }) => manager === 'hpa')).toMatchObject({
      apiVersion: 'apps/v1',
    })
  })

  it('leaves what it still names, empty', () => {
    const server = new TestServer()
    const secured = (securityContext: object): Readonly<Record<string, unknown>> => {
      const containers = [{ name: 'main', image: 'img:1', securityContext }]
      return deployment({ selector: { matchLabels: { app: 'web' } }, template: { ...template, spec: { containers } } })
    }
    server.apply(deployments, secured({ runAsUser: 1 }), 'fieldManager=one')
    const emptied = server.apply(deployments, secured({}), 'fieldManager=one') as Deployment
    expect(emptied.spec.template.spec?.containers[0]?.securityContext).toEqual({})
  })

  it('answers a dry run and stores nothing', () => {
    const server = new TestServer()
    const dry = server.apply(deployments, whole(2), 'fieldManager=x&dryRun=All')
    expect(owners(dry)).toHaveProperty(['x Apply'])
    expect(refusal(() => server.call({ verb: 'get', type: deployments, name: 'web' })).code).toBe(404)
  })
})

describe('an apply is refused', () => {
  it.each([
    [
      'another version',
      { ...identity, apiVersion: 'apps/v1beta1' },
      400,
      'invalid object type: apps/v1beta1, Kind=Deployment',
    ],
    ['no kind', { metadata: { name: 'web' } }, 400, 'invalid object type: /, Kind='],
    ['no version', { kind: 'Deployment', metadata: { name: 'web' } }, 400, 'invalid object type: /, Kind=Deployment'],
    [
      'another namespace',
      { ...identity, metadata: { name: 'web', namespace: 'other' } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'managedFields',
      { ...identity, metadata: { name: 'web', managedFields: [] } },
      400,
      'metadata.managedFields must be nil',
    ],
    [
      'an unknown field',
      { ...identity, foo: 1 },
      500,
      'failed to create typed patch object (/web; apps/v1, Kind=Deployment): .foo: field not declared in schema',
    ],
    [
      'a stale version',
      { ...identity, metadata: { name: 'web', resourceVersion: '1' } },
      409,
      'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [
      'an invalid result',
      deployment({ replicas: -1 }),
      422,
      'Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
  ])('%s', (_, config, code, message) => {
    expect(refusal(() => deployed().apply(deployments, config, 'fieldManager=x&force=true'))).toMatchObject({
      code,
      message,
    })
  })

  it('without a manager, or with another name, a uid to create, or broken YAML', () => {
    const server = new TestServer()
    const send =
      (body: unknown, query = 'fieldManager=m') =>
      (): unknown =>
        server.call({
          verb: 'patch',
          type: configMaps,
          name: 'a',
          contentType: 'application/apply-patch+yaml',
          body,
          query,
        })
    expect(refusal(send(map({}), '')).message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )
    expect(refusal(send(map({}, { name: 'b' }))).message).toBe(
      'the name of the object (b) does not match the name on the URL (a)',
    )
    expect(refusal(send(map({}, { uid: '1' }))).message).toBe(
      'Operation cannot be fulfilled on configmaps "a": uid mismatch: the provided object specified uid 1, and no existing object was found',
    )
    expect(refusal(send('a: [')).message).toBe(
      'error decoding YAML: error converting YAML to JSON: yaml: line 1: did not find expected node content',
    )
    expect(refusal(send('- 1')).code).toBe(400)
  })

  it('a force that is no apply, and a manager that cannot be printed', () => {
    const server = deployed()
    expect(refusal(() => server.merge(deployments, 'web', {}, 'force=true')).message).toContain(
      'force: Forbidden: may not be specified for non-apply patch',
    )
    expect(refusal(() => server.merge(deployments, 'web', {}, 'fieldManager=a%07b')).message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\ab": invalid character U+0007 (at position 1)',
    )
  })

  it('duplicate keys: strict refuses, warn warns', () => {
    const server = new TestServer()
    const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: "1"\n  x: "2"\n'
    const send = (query: string): unknown =>
      server.call({
        verb: 'patch',
        type: configMaps,
        name: 'a',
        contentType: 'application/apply-patch+yaml',
        body,
        query,
      })
    expect(refusal(() => send('fieldManager=m&fieldValidation=Strict')).message).toContain(
      'error strict decoding YAML: ',
    )
    send('fieldManager=m')
    expect(server.warnings).toEqual(['line 6: key "x" already set in map'])
  })
})

describe('the first apply', () => {
  it('shares values with who created the object, and conflicts where they differ', () => {
    const server = new TestServer()
    server.call({ verb: 'create', type: configMaps, body: map({ x: '1', y: '2' }), query: 'fieldManager=creator' })
    server.apply(configMaps, map({ x: '1' }), 'fieldManager=m')
    expect(refusal(() => server.apply(configMaps, map({ x: '5', y: '7' }), 'fieldManager=m')).message).toBe(
      'Apply failed with 2 conflicts: conflicts with "creator" using v1:\n- .data.x\n- .data.y',
    )
    const forced = server.apply(configMaps, map({ x: '5' }), 'fieldManager=m&force=true')
    expect(owners(forced)['creator Update']).toEqual({ 'f:data': { '.': {}, 'f:y': {} } })
    const emptied = server.apply(configMaps, map(undefined), 'fieldManager=m')
    expect(emptied).toMatchObject({ data: { y: '2' } })
    expect(Object.keys(owners(emptied))).toEqual(['creator Update'])
  })

  it('of an object nobody was recorded for gives the rest to before-first-apply', () => {
    const server = new TestServer()
    server.call({ verb: 'create', type: configMaps, body: map({ y: '2' }) })
    const reset = server.merge(configMaps, 'a', { metadata: { managedFields: [{}] } })
    expect(reset.metadata).not.toHaveProperty('managedFields')
    expect(server.merge(configMaps, 'a', { data: { w: '1' } }).metadata).not.toHaveProperty('managedFields')
    expect(owners(server.apply(configMaps, map({ z: '1' }), 'fieldManager=n'))).toEqual({
      'before-first-apply Update': { 'f:data': { '.': {}, 'f:w': {}, 'f:y': {} } },
      'n Apply': { 'f:data': { 'f:z': {} } },
    })
  })

  it('of an object created in process likewise', () => {
    const server = new TestServer()
    server.server.client.create(configMaps, { metadata: { name: 'a', namespace: 'default' }, data: { x: '1' } })
    expect(Object.keys(owners(server.apply(configMaps, map({ z: '1' }), 'fieldManager=n')))).toEqual([
      'n Apply',
      'before-first-apply Update',
    ])
  })
})

describe('kubectl', () => {
  const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
  const applied = (data: object): object => ({ [LAST_APPLIED]: `${JSON.stringify(map(data, { annotations: {} }))}\n` })

  it('takes over what its client-side apply set, and renews the annotation', () => {
    const server = new TestServer()
    const first = map({ x: '1' }, { annotations: applied({ x: '1' }) })
    server.call({ verb: 'create', type: configMaps, body: first, query: 'fieldManager=kubectl-client-side-apply' })
    expect(refusal(() => server.apply(configMaps, map({ x: '2' }), 'fieldManager=other')).code).toBe(409)
    const taken = server.apply(configMaps, map({ x: '<2>' }), 'fieldManager=kubectl')
    expect(taken).toMatchObject({ data: { x: '<2>' } })
    const renewed = taken.metadata.annotations?.[LAST_APPLIED] ?? ''
    expect(renewed).toContain('"x":"\\u003c2\\u003e"')
    expect(JSON.parse(renewed)).toEqual(map({ x: '<2>' }))
  })

  it('does not take over what somebody changed since', () => {
    const server = new TestServer()
    const first = map({ x: '1' }, { annotations: applied({ x: '1' }) })
    server.call({ verb: 'create', type: configMaps, body: first, query: 'fieldManager=kubectl-client-side-apply' })
    server.merge(configMaps, 'a', { data: { x: '7' } }, 'fieldManager=kubectl-edit')
    expect(refusal(() => server.apply(configMaps, map({ x: '2' }), 'fieldManager=kubectl')).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.x',
    )
  })
})

it('renames a service port when its number changes', () => {
  const server = new TestServer()
  const service = (port: number, selector: object): Readonly<Record<string, unknown>> => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's' },
    spec: { selector, ports: [{ port, name: 'a' }] },
  })
  server.apply(services, service(80, { a: 'b' }), 'fieldManager=m')
  const changed = server.apply(services, service(82, { c: 'd' }), 'fieldManager=m') as Service
  expect(changed.spec.ports).toEqual([{ name: 'a', port: 82, protocol: 'TCP', targetPort: 82 }])
  expect(changed.spec.selector).toEqual({ c: 'd' })
})
