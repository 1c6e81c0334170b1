import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../objects/kube-object.ts'
import type { Service } from '../objects/index.ts'
import {
  clusterRoles,
  configMaps,
  customResourceDefinitions,
  deployments,
  endpointSlices,
  events,
  horizontalPodAutoscalers,
  ingresses,
  ipAddresses,
  jobs,
  namespaces,
  networkPolicies,
  nodes,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  podTemplates,
  priorityClasses,
  replicationControllers,
  roles,
  services,
} from '../resources/served-types.ts'
import { HandlerServer } from './handler.suite.ts'

const UID = '11111111-2222-3333-4444-555555555555'

describe('metadata that is the server’s', () => {
  test('what a kind without generations says of one stays from its creation on', () => {
    const server = new HandlerServer()
    const made = server.object('create', configMaps, { body: { metadata: { name: 'a', generation: 5 } } })
    expect(made.metadata.generation).toBe(5)
    const put = server.object('update', configMaps, { name: 'a', body: { metadata: { name: 'a', generation: 7 } } })
    expect(put.metadata.generation).toBe(5)
    server.object('create', configMaps, { body: { metadata: { name: 'b' } } })
    const none = server.object('update', configMaps, { name: 'b', body: { metadata: { name: 'b', generation: 7 } } })
    expect(none.metadata.generation).toBeUndefined()
  })

  test('an update never moves a deadline, and never sets one', () => {
    const server = new HandlerServer()
    server.object('create', configMaps, { body: { metadata: { name: 'a', finalizers: ['a.b/c'] } } })
    const body = { metadata: { name: 'a', finalizers: ['a.b/c'], deletionTimestamp: '2020-01-01T00:00:00Z' } }
    expect(server.status('update', configMaps, { name: 'a', body }).message).toContain('metadata.deletionTimestamp')
    const { metadata } = server.object('delete', configMaps, { name: 'a' })
    const put = server.object('update', configMaps, { name: 'a', body })
    expect(put.metadata.deletionTimestamp).toBe(metadata.deletionTimestamp)
  })

  test('what an update makes may be born deleting; what is posted may not', () => {
    const server = new HandlerServer()
    const metadata = { name: 'a', deletionTimestamp: '2020-01-01T00:00:00Z', deletionGracePeriodSeconds: 5 }
    const { deletionTimestamp, deletionGracePeriodSeconds } = metadata
    const deleting = { deletionTimestamp, deletionGracePeriodSeconds }
    const put = { metadata, spec: { ports: [{ port: 80 }] } }
    expect(server.object('update', services, { name: 'a', body: put }).metadata).toMatchObject(deleting)
    const contentType = 'application/apply-patch+yaml'
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, resourceVersion: '5' } }
    const applied = { name: 'a', query: 'fieldManager=x', contentType, body }
    expect(server.object('patch', configMaps, applied).metadata).toMatchObject(deleting)
    const posted = server.object('create', configMaps, { body: { metadata: { ...metadata, name: 'b' } } })
    expect(posted.metadata.deletionTimestamp).toBeUndefined()
    expect(posted.metadata.deletionGracePeriodSeconds).toBeUndefined()
  })

  test('a field behind a gate that is off goes, and is owned by who sent it', () => {
    const server = new HandlerServer()
    const containers = [
      { name: 'c', image: 'i', lifecycle: { stopSignal: 'SIGINT', preStop: { sleep: { seconds: 1 } } } },
    ]
    const template = { metadata: { name: 't' }, template: { metadata: {}, spec: { containers } } }
    const made = server.object('create', podTemplates, { body: template })
    expect(JSON.stringify(made)).not.toContain('"stopSignal"')
    expect(JSON.stringify(made.metadata.managedFields)).toContain('"f:stopSignal"')
  })

  test('a resource version is refused by the store, which a dry run does not get to', () => {
    const server = new HandlerServer()
    const body = { metadata: { name: 'a', resourceVersion: '5' } }
    expect(server.status('create', configMaps, { body })).toMatchObject({ code: 500 })
    expect(server.object('create', configMaps, { body, query: 'dryRun=All' }).metadata.name).toBe('a')
    expect(server.status('get', configMaps, { name: 'a' })).toMatchObject({ code: 404 })
  })

  test('a PUT that names a uid makes nothing, and a dry run says where it looked without the prefix', () => {
    const server = new HandlerServer()
    const spec = { ports: [{ port: 80 }] }
    const put = (query: string): string | undefined => {
      const body = { metadata: { name: 'a', uid: 'x' }, spec }
      return server.status('update', services, { name: 'a', body, query }).message
    }
    const conflict = (key: string, uid: string): string =>
      `Operation cannot be fulfilled on services "a": StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, ` +
      `AdditionalErrorMsg: Precondition failed: UID in precondition: x, UID in object meta: ${uid}`
    expect(put('')).toBe(conflict('/registry/services/specs/default/a', ''))
    const { uid } = server.object('create', services, { body: { metadata: { name: 'a' }, spec } }).metadata
    expect(put('dryRun=All')).toBe(conflict('/services/specs/default/a', uid))
  })

  test.each([
    ['abc', 'strconv.ParseUint: parsing "abc": invalid syntax'],
    ['99999999999999999999', 'strconv.ParseUint: parsing "99999999999999999999": value out of range'],
  ])(
    'a version that is no number is an error of the server, also where a PUT would create: %s',
    (resourceVersion, message) => {
      const server = new HandlerServer()
      server.object('create', configMaps, { body: { metadata: { name: 'a' } } })
      const body = { metadata: { name: 'a', resourceVersion } }
      expect(server.status('update', configMaps, { name: 'a', body })).toMatchObject({ code: 500, message })
      expect(server.status('update', services, { name: 'a', body })).toMatchObject({ code: 500, message })
    },
  )
})

describe('what an ExternalName hides', () => {
  const merge = 'application/merge-patch+json'
  const external = { type: 'ExternalName', externalName: 'a.b' }
  const specOf = (object: object): unknown => (object as Service).spec
  const started = (spec: object, patch: object): HandlerServer => {
    const server = new HandlerServer()
    server.object('create', services, { body: { metadata: { name: 'a' }, spec } })
    server.object('patch', services, { name: 'a', contentType: merge, body: { spec: patch } })
    return server
  }
  const patched = (server: HandlerServer, spec: object): unknown =>
    specOf(server.object('patch', services, { name: 'a', contentType: merge, body: { spec } }))

  test('its internal traffic policy is shown by the status alone, and counts again with the next type', () => {
    const server = started({ ports: [{ port: 80 }], internalTrafficPolicy: 'Local' }, external)
    const hidden = { internalTrafficPolicy: 'Local' }
    expect(specOf(server.object('get', services, { name: 'a' }))).not.toMatchObject(hidden)
    expect(specOf(server.list(services).items[0] ?? {})).not.toMatchObject(hidden)
    const status = { contentType: merge, body: { status: { conditions: [] } } }
    expect(specOf(server.object('patch', services, { name: 'a', subresource: 'status', ...status }))).toMatchObject(
      hidden,
    )
    expect(patched(server, { externalName: 'c.d' })).not.toMatchObject(hidden)
    const held = { metadata: { finalizers: ['a.b/c'] } }
    server.object('patch', services, { name: 'a', contentType: merge, body: held })
    server.object('delete', services, { name: 'a' })
    expect(patched(server, { type: 'ClusterIP' })).toMatchObject(hidden)
  })

  test('a write that changes nothing but what is hidden is a write, and its policy is checked', () => {
    const server = started({ ports: [{ port: 80 }] }, external)
    const before = server.object('get', services, { name: 'a' }).metadata.resourceVersion
    patched(server, { internalTrafficPolicy: 'Local' })
    const { metadata } = server.object('get', services, { name: 'a' })
    expect(metadata.resourceVersion).not.toBe(before)
    expect(JSON.stringify(metadata.managedFields)).toContain('f:internalTrafficPolicy')
    const wrong = { contentType: merge, body: { spec: { internalTrafficPolicy: 'x' } } }
    expect(server.status('patch', services, { name: 'a', ...wrong }).message).toContain('spec.internalTrafficPolicy')
  })

  test('an address it was given by clusterIP alone is shown in both fields, and is nobody’s', () => {
    const server = new HandlerServer()
    const mine = { metadata: { name: 'mine' }, spec: { ports: [{ port: 80 }], clusterIP: '10.96.0.9' } }
    server.object('create', services, { body: mine })
    server.object('create', services, { body: { metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] } } })
    const spec = { ...external, clusterIP: '10.96.0.9' }
    const put = server.object('update', services, { name: 'a', body: { metadata: { name: 'a' }, spec } })
    expect(specOf(put)).toMatchObject({ clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'] })
    server.object('delete', services, { name: 'a' })
    expect(server.object('get', ipAddresses, { name: '10.96.0.9' }).metadata.name).toBe('10.96.0.9')
    expect(server.status('create', services, { body: { ...mine, metadata: { name: 'b' } } }).code).toBe(422)
  })
})

const POD_SPEC = { containers: [{ name: 'c', image: 'i' }] }
const DEPLOYMENT = {
  metadata: { name: 'a' },
  spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: POD_SPEC } },
}
const KEY = 'StorageError: invalid object, Code: 4, Key: /registry'

describe('what the body of a subresource says of its own place', () => {
  const server = new HandlerServer()
  const { uid } = server.object('create', deployments, { body: DEPLOYMENT }).metadata
  const ofPod = server.object('create', pods, { body: { metadata: { name: 'a' }, spec: POD_SPEC } }).metadata.uid
  const merge = 'application/merge-patch+json'
  const conflict = `Precondition failed: UID in precondition: ${UID}, UID in object meta:`
  const unnamed = 'the name of the object (a based on URL) was undeterminable: name must be provided'
  const other = 'the name of the object (b) does not match the name on the URL (a)'
  test.each([
    ['a Scale without a name', deployments, 'scale', {}, unnamed],
    ['a Scale of another name', deployments, 'scale', { name: 'b' }, other],
    [
      'a Scale of another namespace',
      deployments,
      'scale',
      { name: 'a', namespace: 'b' },
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    ['a status without a name', deployments, 'status', {}, unnamed],
    ['ephemeral containers without a name', pods, 'ephemeralcontainers', {}, unnamed],
    [
      'a Scale of another uid',
      deployments,
      'scale',
      { name: 'a', uid: UID },
      `Operation cannot be fulfilled on deployments.apps "a": ${KEY}/deployments/default/a, ResourceVersion: 0, AdditionalErrorMsg: ${conflict} ${uid}`,
    ],
    [
      'a pod of another uid',
      pods,
      'ephemeralcontainers',
      { name: 'a', uid: UID },
      `Operation cannot be fulfilled on pods "a": ${KEY}/pods/default/a, ResourceVersion: 0, AdditionalErrorMsg: ${conflict} ${ofPod}`,
    ],
  ])('%s', (_, type, subresource, metadata, message) => {
    const body = { metadata, spec: subresource === 'ephemeralcontainers' ? POD_SPEC : {} }
    expect(server.status('update', type, { name: 'a', subresource, body }).message).toBe(message)
  })

  test.each([
    ['another name', { name: 'b' }, other],
    ['no name', { name: null }, unnamed],
    ['another uid', { uid: UID }, `Operation cannot be fulfilled on deployments/scale.apps "a": ${conflict} ${uid}`],
  ])('a patched Scale with %s', (_, metadata, message) => {
    const asked = { name: 'a', subresource: 'scale', contentType: merge, body: { metadata } }
    expect(server.status('patch', deployments, asked).message).toBe(message)
  })

  test.each([
    ['an eviction without a name', 'eviction', {}, 'name in URL does not match name in Eviction object'],
    [
      'an eviction of another namespace',
      'eviction',
      { name: 'a', namespace: 'b' },
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'a binding of another namespace',
      'binding',
      { name: 'a', namespace: 'b' },
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
  ])('%s', (_, subresource, metadata, message) => {
    const body = { metadata, target: { name: 'n' } }
    expect(server.status('create', pods, { name: 'a', subresource, body })).toMatchObject({ code: 400, message })
  })

  test('an eviction in the version before', () => {
    server.object('create', pods, { body: { metadata: { name: 'old' }, spec: POD_SPEC } })
    const body = { apiVersion: 'policy/v1beta1', kind: 'Eviction', metadata: { name: 'old' } }
    expect(server.status('create', pods, { name: 'old', subresource: 'eviction', body }).status).toBe('Success')
  })

  test('its own uid is fine', () => {
    const body = { metadata: { name: 'a', uid }, spec: { replicas: 2 } }
    expect(server.object('update', deployments, { name: 'a', subresource: 'scale', body })).toMatchObject({
      spec: { replicas: 2 },
    })
  })
})

test('who writes the status of a Deployment may annotate, and not label', () => {
  const server = new HandlerServer()
  server.object('create', deployments, { body: DEPLOYMENT })
  const metadata = { name: 'a', labels: { c: 'd' }, annotations: { e: 'f' } }
  const body = { metadata, spec: DEPLOYMENT.spec, status: { replicas: 1 } }
  const { metadata: after } = server.object('update', deployments, { name: 'a', subresource: 'status', body })
  expect([after.labels, after.annotations, after.generation]).toEqual([undefined, { e: 'f' }, 1])
})

describe('a body of another kind', () => {
  const legacy = 'pkg/api/legacyscheme/scheme.go:30'
  const differs = (data: string, expected: string): string =>
    `the API version in the data (${data}) does not match the expected API version (${expected})`
  test.each([
    [deployments, 'apps/v1beta2', 'Deployment', differs('apps/v1beta2', 'apps/v1')],
    [deployments, 'extensions/v1beta1', 'Deployment', differs('extensions/v1beta1', 'apps/v1')],
    [ingresses, 'extensions/v1beta1', 'Ingress', differs('extensions/v1beta1', 'networking.k8s.io/v1')],
    [
      horizontalPodAutoscalers,
      'autoscaling/v1',
      'HorizontalPodAutoscaler',
      differs('autoscaling/v1', 'autoscaling/v2'),
    ],
    [events, 'events.k8s.io/v1', 'Event', differs('events.k8s.io/v1', 'v1')],
    [
      configMaps,
      'v1',
      'Status',
      'Status in version "v1" cannot be handled as a ConfigMap: converting (v1.Status) to (core.ConfigMap): unknown conversion',
    ],
    [
      configMaps,
      'v1',
      'List',
      'List in version "v1" cannot be handled as a ConfigMap: converting (v1.List) to (core.ConfigMap): unknown conversion',
    ],
    [
      deployments,
      'apps/v1',
      'DeleteOptions',
      'DeleteOptions in version "v1" cannot be handled as a Deployment: converting (v1.DeleteOptions) to (apps.Deployment): unknown conversion',
    ],
    [
      deployments,
      'apps/v1',
      'Status',
      `Status in version "v1" cannot be handled as a Deployment: no kind "Status" is registered for version "apps/v1" in scheme "${legacy}"`,
    ],
    [
      customResourceDefinitions,
      'v1',
      'ConfigMap',
      'ConfigMap in version "v1" cannot be handled as a CustomResourceDefinition: no kind "ConfigMap" is registered for version "v1" in scheme "k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:55"',
    ],
  ])('%o takes no %s %s', (type, apiVersion, kind, message) => {
    const body = { apiVersion, kind, metadata: { name: 'a' } }
    expect(new HandlerServer().status('create', type, { body })).toMatchObject({ code: 400, message })
  })
})

describe('options of a write', () => {
  test.each([
    ['dryRun=All&dryRun=x', 'dryRun: Unsupported value: ["All","x"]: supported values: "All"'],
    ['dryRun=', 'dryRun: Unsupported value: [""]: supported values: "All"'],
    ['fieldValidation=x', 'fieldValidation: Unsupported value: "x": supported values: "", "Ignore", "Strict", "Warn"'],
    [
      'fieldManager=%07%07&fieldValidation=x&dryRun=x',
      '[fieldManager: Invalid value: "\\a\\a": invalid character U+0007 (at position 0), fieldManager: Invalid value: ' +
        '"\\a\\a": invalid character U+0007 (at position 1), dryRun: Unsupported value: ["x"]: supported values: "All", ' +
        'fieldValidation: Unsupported value: "x": supported values: "", "Ignore", "Strict", "Warn"]',
    ],
  ])('%s', (query, problems) => {
    const message = `CreateOptions.meta.k8s.io "" is invalid: ${problems}`
    expect(new HandlerServer().status('create', configMaps, { query, body: {} })).toMatchObject({ code: 422, message })
  })

  test('a media type is refused before the options of a create and after those of an update', () => {
    const asked = { name: 'a', contentType: 'text/plain', body: 'x', query: 'dryRun=x' }
    const { name: _, ...unnamed } = asked
    expect(new HandlerServer().status('create', configMaps, unnamed).code).toBe(415)
    expect(new HandlerServer().status('update', configMaps, asked).code).toBe(422)
  })
})

describe('DELETE', () => {
  test.each([
    ['gracePeriodSeconds=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      'propagationPolicy=x',
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "x": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
    [
      'propagationPolicy=Orphan&orphanDependents=true',
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    ],
  ])('?%s', (query, code, message) => {
    const server = new HandlerServer()
    server.object('create', configMaps, { body: { metadata: { name: 'a' } } })
    expect(server.status('delete', configMaps, { name: 'a', query })).toMatchObject({ code, message })
    expect(server.object('get', configMaps, { name: 'a' }).metadata.name).toBe('a')
  })

  test.each([
    [
      '{"gracePeriodSeconds":"x"}',
      'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    ],
    ['[', "couldn't get version/kind; json parse error: unexpected end of JSON input"],
    [
      '{"kind":{"toString":null}}',
      "couldn't get version/kind; json parse error: json: cannot unmarshal object into Go struct field .kind of type string",
    ],
    [
      '{"kind":"Pod","apiVersion":[1]}',
      "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go struct field .apiVersion of type string",
    ],
    [
      '{"kind":"Pod"}',
      'no kind "Pod" is registered for version "meta.k8s.io/v1" in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"',
    ],
    ['{"apiVersion":"a/b/c"}', 'unexpected GroupVersion string: a/b/c'],
    [
      '{"kind":"Pod","apiVersion":"v1"}',
      'no kind "Pod" is registered for version "v1" in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"',
    ],
  ])('with a body of %s', (body, message) => {
    expect(new HandlerServer().status('delete', configMaps, { name: 'a', body })).toMatchObject({ code: 400, message })
  })

  test.each([
    ['Background', ['a.b/c'], ['a.b/c']],
    ['Foreground', ['a.b/c'], ['a.b/c', 'foregroundDeletion']],
    ['Orphan', ['foregroundDeletion', 'a.b/c'], ['a.b/c', 'orphan']],
    [undefined, ['orphan', 'a.b/c'], ['orphan', 'a.b/c']],
  ])('with policy %s, finalizers %j become %j', (policy, before, after) => {
    const server = new HandlerServer()
    server.object('create', configMaps, { body: { metadata: { name: 'a', finalizers: before } } })
    const query = policy === undefined ? '' : `propagationPolicy=${policy}`
    expect(server.object('delete', configMaps, { name: 'a', query }).metadata.finalizers).toEqual(after)
  })

  test('a kind that orphans by default does so, unless told otherwise before', () => {
    const server = new HandlerServer()
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    for (const [name, finalizers] of [
      ['a', []],
      ['b', ['foregroundDeletion']],
    ] as const) {
      server.object('create', replicationControllers, { body: { metadata: { name, finalizers }, spec: { template } } })
    }
    expect(server.object('delete', replicationControllers, { name: 'a' }).metadata.finalizers).toEqual(['orphan'])
    expect(server.object('delete', replicationControllers, { name: 'b' }).metadata.finalizers).toEqual([
      'foregroundDeletion',
    ])
  })

  test('asked in the older way to collect dependents, it answers 202 while the object stays', () => {
    const server = new HandlerServer()
    server.object('create', configMaps, { body: { metadata: { name: 'a', finalizers: ['a.b/c'] } } })
    expect(server.ask('delete', configMaps, { name: 'a', query: 'orphanDependents=false' })).toMatchObject({
      code: 202,
    })
    expect(server.ask('delete', configMaps, { name: 'a' })).toMatchObject({ code: 200 })
  })

  test('preconditions name the kind, those of a namespace its resource', () => {
    const server = new HandlerServer()
    const { metadata } = server.object('create', configMaps, { body: { metadata: { name: 'a' } } })
    const wrong = server.status('delete', configMaps, { name: 'a', query: `uid=${UID}` })
    expect(wrong).toMatchObject({ code: 409, details: { name: 'a', kind: 'ConfigMap' } })
    expect(wrong.message).toContain(
      `the UID in the precondition (${UID}) does not match the UID in record (${metadata.uid})`,
    )
    const body = { preconditions: { uid: UID } }
    server.object('create', podDisruptionBudgets, { body: { metadata: { name: 'a' } } })
    expect(server.status('delete', podDisruptionBudgets, { name: 'a', body }).message).toMatch(
      /^Operation cannot be fulfilled on PodDisruptionBudget\.policy "a": the UID in the precondition/,
    )
    const message = server.status('delete', namespaces, { name: 'default', body }).message ?? ''
    expect(message).toMatch(
      /^Operation cannot be fulfilled on namespaces "default": Precondition failed: UID in precondition/,
    )
  })

  test('an object put under another name is refused before anybody looks for it, a patch is not', () => {
    const server = new HandlerServer()
    const elsewhere = { name: 'nowhere', body: { metadata: { name: 'a' } } }
    expect(server.status('update', configMaps, elsewhere)).toMatchObject({
      code: 400,
      message: 'the name of the object (a) does not match the name on the URL (nowhere)',
    })
    expect(
      server.status('patch', configMaps, { ...elsewhere, contentType: 'application/merge-patch+json' }),
    ).toMatchObject({ code: 404 })
  })

  test('what was deleted is shown whole of some kinds', () => {
    const server = new HandlerServer()
    server.object('create', podTemplates, { body: { metadata: { name: 'a' }, template: { spec: POD_SPEC } } })
    expect(server.object('delete', podTemplates, { name: 'a' })).toMatchObject({ kind: 'PodTemplate' })
  })

  test('a pod that is deleting may be hurried, and nothing else', () => {
    const server = new HandlerServer()
    server.object('create', pods, {
      body: { metadata: { name: 'p' }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } },
    })
    const grace = (query: string): unknown =>
      server.object('delete', pods, { name: 'p', query }).metadata.deletionGracePeriodSeconds
    expect(['', 'gracePeriodSeconds=60', 'gracePeriodSeconds=5', 'gracePeriodSeconds=-3'].map(grace)).toEqual([
      30, 30, 5, 1,
    ])
  })

  test('a namespace is terminating before it is gone, without a grace period', () => {
    const server = new HandlerServer()
    server.object('create', namespaces, { body: { metadata: { name: 'x' } } })
    const deleted = server.object('delete', namespaces, { name: 'x' })
    expect(deleted).toMatchObject({ status: { phase: 'Terminating' } })
    expect(deleted.metadata.deletionGracePeriodSeconds).toBeUndefined()
    server.object('create', namespaces, { body: { metadata: { name: 'y' } } })
    const older = server.object('delete', namespaces, { name: 'y', query: 'orphanDependents=false' })
    expect(older.metadata.finalizers).toEqual(['foregroundDeletion'])
  })

  test('a collection is answered as it was listed; a limit takes one page', () => {
    const server = new HandlerServer()
    for (const name of ['a', 'b', 'c']) server.object('create', configMaps, { body: { metadata: { name } } })
    const answer = server.ask('deletecollection', configMaps, { query: 'limit=2' })
    expect(answer).toMatchObject({ type: 'list', items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }] })
    expect(server.list(configMaps).items.map(({ metadata }) => metadata.name)).toEqual(['c'])
  })
})

describe('empty and absent lists', () => {
  const owned = (object: { metadata: { managedFields?: readonly { fieldsV1?: object }[] } }): object =>
    object.metadata.managedFields?.[0]?.fieldsV1 ?? {}

  test('policies of scaling set to nothing are no policies, none at all are the usual ones', () => {
    const autoscaler = (scaleUp: object): object => {
      const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' }
      return { metadata: { name: 'a' }, spec: { scaleTargetRef, maxReplicas: 2, behavior: { scaleUp } } }
    }
    const server = new HandlerServer()
    const body = autoscaler({ policies: [] })
    expect(server.status('create', horizontalPodAutoscalers, { body }).message).toBe(
      'HorizontalPodAutoscaler.autoscaling "a" is invalid: spec.behavior.scaleUp.policies: Required value: must specify at least one Policy',
    )
    server.object('create', horizontalPodAutoscalers, { body: autoscaler({}) })
  })

  test('who sets a list to nothing owns it, who leaves it out does not', () => {
    const server = new HandlerServer()
    expect(owned(server.object('create', roles, { body: { metadata: { name: 'a' }, rules: [] } }))).toEqual({
      'f:rules': {},
    })
    expect(owned(server.object('create', roles, { body: { metadata: { name: 'b' } } }))).toEqual({})
    const slice = { metadata: { name: 's' }, addressType: 'IPv4' }
    expect(owned(server.object('create', endpointSlices, { body: slice }))).toEqual({ 'f:addressType': {} })
    const ports = { ...slice, ports: [{ port: 1 }] }
    server.object('update', endpointSlices, { name: 's', body: ports })
    const put = server.object('update', endpointSlices, { name: 's', body: slice })
    expect(owned(put)).toEqual({ 'f:addressType': {}, 'f:ports': {} })
  })

  test('zeros of fields that Go leaves out are not there, those of pointers are', () => {
    const server = new HandlerServer()
    const spec = {
      hostname: '',
      priority: 0,
      hostNetwork: false,
      containers: [{ name: 'c', image: 'i', workingDir: '' }],
    }
    const made = server.object('create', pods, { body: { metadata: { name: 'p' }, spec } }) as unknown as {
      spec: object
    }
    expect(made.spec).toHaveProperty('priority', 0)
    for (const name of ['hostname', 'hostNetwork']) expect(made.spec).not.toHaveProperty(name)
  })
})

test('a node is tainted by whoever creates it from outside, and says all of its status', () => {
  const server = new HandlerServer()
  const node = server.object('create', nodes, {
    body: { metadata: { name: 'n' }, status: { nodeInfo: { osImage: 'x' } } },
  })
  expect(node).toMatchObject({
    spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] },
    status: { daemonEndpoints: { kubeletEndpoint: { Port: 0 } }, nodeInfo: { osImage: 'x', machineID: '' } },
  })
  expect(server.server.client.create(nodes, { metadata: { name: 'own' }, spec: {} }).spec.taints).toBeUndefined()
})

test('Jobs and cluster roles are deleted like anything else', () => {
  const server = new HandlerServer()
  server.object('create', clusterRoles, { body: { metadata: { name: 'r' }, rules: [] } })
  expect(server.status('delete', clusterRoles, { name: 'r' })).toMatchObject({
    status: 'Success',
    details: { name: 'r', group: 'rbac.authorization.k8s.io', kind: 'clusterroles' },
  })
  expect(server.status('delete', jobs, { name: 'nobody' }).code).toBe(404)
})

test('an event without a name is refused in the version it is written in', () => {
  const type = { ...events, group: 'events.k8s.io' }
  const refused = new HandlerServer().status('create', type, { body: { reportingController: '::1' } })
  expect(refused).toMatchObject({ code: 422, reason: 'Invalid' })
  expect(refused.message).toContain(
    'Event "" is invalid: [metadata.name: Required value: name or generateName is required',
  )
})

test('one PriorityClass is the default', () => {
  const server = new HandlerServer()
  const body = (name: string, globalDefault = true): object => ({ metadata: { name }, value: 1, globalDefault })
  server.object('create', priorityClasses, { body: body('a') })
  expect(server.status('create', priorityClasses, { body: body('b') })).toMatchObject({
    code: 403,
    message:
      'priorityclasses.scheduling.k8s.io "b" is forbidden: PriorityClass a is already marked as default. Only one default can exist',
  })
  server.object('create', priorityClasses, { body: body('b', false) })
  expect(server.status('update', priorityClasses, { name: 'b', body: body('b') }).code).toBe(403)
  server.object('update', priorityClasses, { name: 'a', body: body('a') })
})

describe('the status of what is missing', () => {
  const body = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }

  test('makes a Service, to which nothing is allocated', () => {
    const server = new HandlerServer()
    const asked = { name: 's', subresource: 'status', body }
    const tried = server.ask('update', services, { ...asked, query: 'dryRun=All' })
    expect(tried).toMatchObject({ type: 'object', code: 201 })
    expect(server.status('get', services, { name: 's' }).code).toBe(404)
    const made = server.ask('update', services, asked)
    expect(made).toMatchObject({ code: 201, object: { spec: { type: 'ClusterIP' }, status: { loadBalancer: {} } } })
    expect(JSON.stringify(made)).not.toContain('clusterIP')
    const contentType = 'application/apply-patch+yaml'
    const applied = { apiVersion: 'v1', kind: 'Service', ...body, metadata: { name: 't' } }
    const query = 'fieldManager=m'
    expect(
      server.ask('patch', services, { name: 't', subresource: 'status', contentType, query, body: applied }),
    ).toMatchObject({ code: 201 })
  })

  test.each([
    ['that is invalid', { metadata: { name: 's' }, spec: {} }, 422],
    ['that is meant to be another', { ...body, metadata: { name: 's', uid: UID } }, 409],
  ])('does not make one %s', (_what, sent, code) => {
    const server = new HandlerServer()
    expect(server.status('update', services, { name: 's', subresource: 'status', body: sent }).code).toBe(code)
  })

  test('is missing for every other kind', () => {
    const server = new HandlerServer()
    const asked = { name: 'p', subresource: 'status', body: { metadata: { name: 'p' }, spec: {} } }
    expect(server.status('update', pods, asked).code).toBe(404)
  })
})

describe('what is nothing and yet written', () => {
  const owned = (object: KubeObject): string =>
    JSON.stringify(object.metadata.managedFields?.map((entry) => entry.fieldsV1))
  const template = { spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never' } }

  test('is owned as null', () => {
    const server = new HandlerServer()
    const job = { metadata: { name: 'j' }, spec: { template, podFailurePolicy: {} } }
    expect(owned(server.object('create', jobs, { body: job }))).toContain('"f:podFailurePolicy":{".":{},"f:rules":{}}')
    const dataSourceRef = { kind: 'PersistentVolumeClaim', name: 'a' }
    const resources = { requests: { storage: '1Gi' } }
    const claim = { metadata: { name: 'c' }, spec: { accessModes: ['ReadWriteOnce'], resources, dataSourceRef } }
    expect(owned(server.object('create', persistentVolumeClaims, { body: claim }))).toContain('"f:apiGroup":{}')
  })

  test('inside a list is a change of the list', () => {
    const server = new HandlerServer()
    const tls = [{ hosts: [] }]
    const body = {
      metadata: { name: 'i' },
      spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } }, tls },
    }
    server.object('create', ingresses, { body, query: 'fieldManager=a' })
    const put = server.object('update', ingresses, { name: 'i', body, query: 'fieldManager=b' })
    expect(
      put.metadata.managedFields?.map((entry) => [entry.manager, JSON.stringify(entry.fieldsV1).includes('f:tls')]),
    ).toEqual([
      ['a', false],
      ['b', true],
    ])
  })

  test('is no change where a default takes its place', () => {
    const server = new HandlerServer()
    const body = { metadata: { name: 'p' }, spec: { podSelector: {}, policyTypes: [] } }
    server.object('create', networkPolicies, { body })
    expect(server.object('update', networkPolicies, { name: 'p', body }).metadata.generation).toBe(1)
  })

  test('is in a node’s status what Go holds by value, and no configuration', () => {
    const server = new HandlerServer()
    server.object('create', nodes, { body: { metadata: { name: 'n' } } })
    const body = { metadata: { name: 'n' }, status: { daemonEndpoints: {}, config: {} } }
    const put = server.object('update', nodes, { name: 'n', subresource: 'status', body })
    expect(put).toMatchObject({ status: { daemonEndpoints: { kubeletEndpoint: { Port: 0 } } } })
    expect(JSON.stringify(put)).not.toContain('"config"')
  })
})

describe('the finalizers of a namespace', () => {
  const finalize = (spec: object, metadata: object = {}): object => ({
    name: 'n',
    subresource: 'finalize',
    body: { metadata: { name: 'n', ...metadata }, spec },
  })

  test('are taken with the metadata of the request', () => {
    const server = new HandlerServer()
    server.object('create', namespaces, { body: { metadata: { name: 'n', labels: { old: '' } } } })
    const labels = { new: 'yes' }
    const put = server.object('update', namespaces, finalize({ finalizers: ['a.b/c'] }, { labels }))
    expect(put).toMatchObject({ spec: { finalizers: ['a.b/c'] } })
    expect(put.metadata.labels).toEqual({ new: 'yes', 'kubernetes.io/metadata.name': 'n' })
  })

  test('are refused one by one', () => {
    const server = new HandlerServer()
    server.object('create', namespaces, { body: { metadata: { name: 'n' } } })
    expect(server.status('update', namespaces, finalize({ finalizers: ['kubernetes', 'x'] })).message).toBe(
      'Namespace "n" is invalid: spec.finalizers[1]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
    )
  })
})

test.each([
  ['labels of none', { labels: {} }, '{}'],
  ['no labels', {}, 'null'],
])('a template with %s shows them as they were sent', (_, metadata, shown) => {
  const server = new HandlerServer()
  const template = { metadata, spec: { containers: [{ name: 'c', image: 'i' }] } }
  const body = { metadata: { name: 'a' }, spec: { selector: { matchLabels: { a: 'b' } }, template } }
  const { message } = server.status('create', deployments, { body })
  expect(message).toContain(`spec.template.metadata.labels: Invalid value: ${shown}: \`selector\` does not match`)
  const made = server.object('create', configMaps, { body: { metadata: { name: 'a', ...metadata } } })
  expect(made.metadata.labels).toBeUndefined()
})
