import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { messageOf, ServedCluster, widget, WIDGETS, widgets, withSpec, type Answer } from './served.suite.ts'

let cluster: ServedCluster

beforeEach(async () => {
  cluster = new ServedCluster()
  await cluster.start()
})

afterEach(() => cluster.close())

const SIMPLE = withSpec({ size: { type: 'integer' }, color: { type: 'string', default: 'red' } })
const STATUS = { subresources: { status: {} } }

function specOf({ body }: Answer): unknown {
  return body['spec']
}

function metaOf({ body }: Answer): Readonly<Record<string, unknown>> {
  return body['metadata'] as Readonly<Record<string, unknown>>
}

describe('a body', () => {
  beforeEach(() => cluster.define(widgets(SIMPLE)))

  test('is pruned with a warning, refused when strict, and pruned in silence when told to ignore', async () => {
    const body = widget('a', { size: 1, gone: 2 }, { more: 3 })
    expect(await cluster.post(body, '?fieldValidation=Strict')).toMatchObject({
      code: 400,
      body: {
        message:
          'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "more", unknown field "spec.gone"',
      },
    })
    const warned = await cluster.post(body)
    expect([warned.code, warned.warnings]).toEqual([201, ['unknown field "more"', 'unknown field "spec.gone"']])
    expect(specOf(warned)).toEqual({ size: 1, color: 'red' })
    const silent = await cluster.post(widget('b', { gone: 2 }), '?fieldValidation=Ignore')
    expect([silent.code, silent.warnings]).toEqual([201, []])
  })

  test('with keys that come twice says so before what is unknown', async () => {
    const text =
      '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"size":1,"size":2,"x":1}}'
    const answer = await cluster.post(text)
    expect(answer.warnings).toEqual(['duplicate field "spec.size"', 'unknown field "spec.x"'])
    expect(specOf(answer)).toEqual({ size: 2, color: 'red' })
  })

  test.each<[what: string, body: unknown, code: number, message: string]>([
    [
      'another kind',
      { apiVersion: 'example.com/v1', kind: 'Other', metadata: { name: 'x' } },
      422,
      'Other.example.com "x" is invalid: kind: Invalid value: "Other": must be Widget',
    ],
    [
      'another version',
      { apiVersion: 'example.com/v2', kind: 'Widget', metadata: { name: 'x' } },
      400,
      'the API version in the data (example.com/v2) does not match the expected API version (example.com/v1)',
    ],
    [
      'no kind',
      { apiVersion: 'example.com/v1', metadata: {} },
      400,
      `the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in ` +
        `'{"apiVersion":"example.com/v1","metadata":{}}' ({"apiVersion":"example.com/v1" ...)`,
    ],
    [
      'labels of a wrong type',
      { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'x', labels: { a: 1 } } },
      400,
      'Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal number into Go struct field ' +
        'ObjectMeta.labels of type string',
    ],
    [
      'a wrong type',
      widget('x', { size: 'large' }),
      422,
      'Widget.example.com "x" is invalid: spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    ],
  ])('of %s', async (_what, body, code, message) => {
    const answer = await cluster.post(body)
    expect([answer.code, messageOf(answer)]).toEqual([code, message])
  })

  test('of no JSON type the server writes is a media type error', async () => {
    const headers = { 'content-type': 'application/strategic-merge-patch+json' }
    await cluster.post(widget('a', {}))
    for (const path of [`${WIDGETS}/a`, `${WIDGETS}/missing`]) {
      const answer = await cluster.ask('PATCH', path, { headers, body: {} })
      expect([answer.code, messageOf(answer)]).toEqual([
        415,
        'the body of the request was in an unknown format - accepted media types include: ' +
          'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      ])
    }
  })
})

describe('an empty body has its media type', () => {
  const MAPS = '/api/v1/namespaces/default/configmaps'
  const unread = (why: string): string =>
    `the object provided is unrecognized (must be of type ConfigMap): ${why} (<empty>)`
  const noJson = "couldn't get version/kind; json parse error: unexpected end of JSON input"
  test.each([
    ['POST', '', 'application/json', 400, unread(noJson)],
    ['POST', '', undefined, 400, unread(noJson)],
    ['POST', '', 'application/vnd.kubernetes.protobuf', 400, unread('empty data')],
    [
      'POST',
      '',
      'application/yaml',
      422,
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    ['POST', '', 'text/plain', 415, 'the body of the request was in an unknown format'],
    ['PATCH', '/a', undefined, 415, '415: Unsupported Media Type'],
    ['PATCH', '/a', 'application/merge-patch+json', 400, 'error decoding patch: unexpected end of JSON input'],
    ['PATCH', '/a', 'application/strategic-merge-patch+json', 400, 'unexpected end of JSON input'],
    ['PATCH', '/a?fieldManager=m', 'application/apply-patch+yaml', 400, 'invalid object type: /, Kind='],
    ['DELETE', '/a', 'text/plain', 200, undefined],
    ['DELETE', '/a', 'application/vnd.kubernetes.protobuf', 200, undefined],
  ])('%s %s %s', async (method, path, type, code, message) => {
    cluster.api.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } })
    const headers = type === undefined ? {} : { 'content-type': type }
    const answer = await cluster.ask(method, `${MAPS}${path}`, { headers })
    const found = answer.body['message']
    expect([answer.code, typeof found === 'string' && found.startsWith(message ?? ' ') ? message : found]).toEqual([
      code,
      message,
    ])
  })
})

test('a patch that breaks nothing new is taken, a strict one with an unknown field is refused with the object it makes', async () => {
  await cluster.define(widgets(SIMPLE))
  await cluster.post(widget('a', { size: 1 }))
  const strict = await cluster.ask('PATCH', `${WIDGETS}/a?fieldValidation=Strict`, {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { spec: { nope: 1 } },
  })
  expect(strict.code).toBe(422)
  expect(messageOf(strict)).toMatch(
    /^ "" is invalid: patch: Invalid value: "\{\\"apiVersion\\":.*strict decoding error: unknown field "spec.nope"$/,
  )
  expect(messageOf(await cluster.patch('a', { kind: null }))).toMatch(
    /^ "" is invalid: patch: Invalid value: "\{.*\}": Object 'Kind' is missing in '\{"apiVersion":.*\}'$/,
  )
  expect(specOf(await cluster.patch('a', { spec: { color: null, size: 2 } }))).toEqual({ color: 'red', size: 2 })
  expect(specOf(await cluster.patch('a', [{ op: 'add', path: '/spec/size', value: 3 }], 'json-patch+json'))).toEqual({
    color: 'red',
    size: 3,
  })
})

describe('generation, status and versions', () => {
  beforeEach(() =>
    cluster.define(
      widgets(
        {
          ...withSpec({ size: { type: 'integer' } }),
          properties: {
            spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            status: { type: 'object', properties: { phase: { type: 'string' } } },
          },
        },
        STATUS,
      ),
    ),
  )

  test('the status belongs to /status, the rest does not', async () => {
    const created = await cluster.post(widget('a', { size: 1 }, { status: { phase: 'X' } }))
    expect(created.body).not.toHaveProperty('status')
    const headers = { 'content-type': 'application/merge-patch+json' }
    const patch = { metadata: { labels: { a: 'b' } }, spec: { size: 9 }, status: { phase: 'Ready' } }
    const written = await cluster.ask('PATCH', `${WIDGETS}/a/status`, { headers, body: patch })
    expect(written.body).toMatchObject({ spec: { size: 1 }, status: { phase: 'Ready' }, metadata: { generation: 1 } })
    expect(metaOf(written)).not.toHaveProperty('labels')
    const main = await cluster.patch('a', { status: { phase: 'No' }, spec: { size: 2 } })
    expect(main.body).toMatchObject({ status: { phase: 'Ready' }, metadata: { generation: 2 } })
    const wrong = await cluster.ask('PATCH', `${WIDGETS}/a/status`, { headers, body: { status: { phase: 1 } } })
    expect(messageOf(wrong)).toBe(
      'Widget.example.com "a" is invalid: status.phase: Invalid value: "integer": phase in body must be of type string: "integer"',
    )
  })

  test('a PUT needs a resourceVersion, also through /status', async () => {
    const { body } = await cluster.post(widget('a', { size: 1 }))
    const versionless = { ...body, metadata: { name: 'a' } }
    for (const path of [`${WIDGETS}/a`, `${WIDGETS}/a/status`]) {
      expect(messageOf(await cluster.ask('PUT', path, { body: versionless }))).toBe(
        'widgets.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      )
    }
    expect((await cluster.ask('PUT', `${WIDGETS}/a`, { body: { ...body, spec: { size: 5 } } })).code).toBe(200)
    expect(messageOf(await cluster.ask('PUT', `${WIDGETS}/a`, { body }))).toMatch(/the object has been modified/)
  })
})

describe('two versions', () => {
  const version = (name: string, more: object): object => ({
    name,
    served: true,
    storage: false,
    schema: { openAPIV3Schema: withSpec({ size: { type: 'integer' } }) },
    ...more,
  })

  beforeEach(() =>
    cluster.define(
      widgets(
        {},
        {},
        {
          versions: [
            version('v1alpha1', { deprecated: true, deprecationWarning: 'old' }),
            version('v1beta1', { deprecated: true }),
            version('v2', { storage: true, schema: { openAPIV3Schema: SIMPLE } }),
            version('v1', {}),
          ],
        },
      ),
    ),
  )

  test('are one object under two names, each with its own schema', async () => {
    const v2 = '/apis/example.com/v2/namespaces/default/widgets'
    const created = await cluster.post({ ...widget('a', { size: 1 }), apiVersion: 'example.com/v1' })
    expect(created.body).toMatchObject({ apiVersion: 'example.com/v1', spec: { size: 1 } })
    expect((await cluster.ask('GET', `${v2}/a`)).body).toMatchObject({
      apiVersion: 'example.com/v2',
      spec: { size: 1, color: 'red' },
    })
    const patched = await cluster.ask('PATCH', `${v2}/a`, {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { spec: { color: 'blue' } },
    })
    expect(patched.body).toMatchObject({ apiVersion: 'example.com/v2', spec: { size: 1, color: 'blue' } })
    expect(specOf(await cluster.ask('GET', `${WIDGETS}/a`))).toEqual({ size: 1 })
    expect((await cluster.ask('GET', WIDGETS)).body).toMatchObject({
      kind: 'WidgetList',
      apiVersion: 'example.com/v1',
      items: [{ apiVersion: 'example.com/v1', kind: 'Widget' }],
      metadata: { continue: '' },
    })
  })

  test('warn of their age', async () => {
    const warningsOf = async (name: string): Promise<readonly string[]> =>
      (await cluster.ask('GET', `/apis/example.com/${name}/namespaces/default/widgets`)).warnings
    expect(await warningsOf('v1alpha1')).toEqual(['old'])
    expect(await warningsOf('v1beta1')).toEqual(['example.com/v1beta1 Widget is deprecated; use example.com/v2 Widget'])
    expect(await warningsOf('v1')).toEqual([])
  })

  test('stand in discovery by age and number', async () => {
    const group = await cluster.ask('GET', '/apis/example.com')
    expect(group.body).toMatchObject({
      preferredVersion: { version: 'v2' },
      versions: ['v2', 'v1', 'v1beta1', 'v1alpha1'].map((name) => ({ version: name })),
    })
  })
})

test('discovery says what a definition says, and nothing once it is gone', async () => {
  await cluster.define(
    widgets(
      SIMPLE,
      { subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.n' } } },
      {
        scope: 'Cluster',
        names: {
          plural: 'widgets',
          singular: 'wid',
          kind: 'Widget',
          shortNames: ['w'],
          categories: ['all'],
          listKind: 'Widgets',
        },
      },
    ),
  )
  const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']
  expect((await cluster.ask('GET', '/apis/example.com/v1')).body['resources']).toMatchObject([
    {
      name: 'widgets',
      singularName: 'wid',
      namespaced: false,
      kind: 'Widget',
      verbs,
      shortNames: ['w'],
      categories: ['all'],
    },
    { name: 'widgets/status', kind: 'Widget', verbs: ['get', 'patch', 'update'] },
    { name: 'widgets/scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] },
  ])
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  const aggregated = await cluster.ask('GET', '/apis', { headers: { accept } })
  const responseKind = { group: 'example.com', version: 'v1', kind: 'Widget' }
  expect((aggregated.body['items'] as readonly unknown[]).at(-1)).toMatchObject({
    metadata: { name: 'example.com' },
    versions: [
      {
        version: 'v1',
        resources: [
          {
            resource: 'widgets',
            responseKind,
            scope: 'Cluster',
            verbs,
            subresources: [
              { subresource: 'status', responseKind },
              { subresource: 'scale', responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } },
            ],
          },
        ],
      },
    ],
  })
  expect((await cluster.ask('GET', '/apis/example.com/v1/widgets')).body).toMatchObject({ kind: 'Widgets', items: [] })
  // Were one path of them said to take strategic patches, `kubectl apply` would send such.
  const openApi = await cluster.ask('GET', '/openapi/v3/apis/example.com/v1')
  expect(JSON.stringify(openApi.body)).not.toMatch(/strategic-merge-patch|vnd\.kubernetes\.protobuf/)
  expect(openApi.body['paths']).toMatchObject({
    '/apis/example.com/v1/widgets/{name}/status': { patch: { 'x-kubernetes-group-version-kind': responseKind } },
    '/apis/example.com/v1/widgets/{name}/scale': { patch: { 'x-kubernetes-group-version-kind': responseKind } },
  })
  await cluster.ask('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com')
  await cluster.tick()
  for (const path of ['/apis/example.com', '/apis/example.com/v1', '/apis/example.com/v1/widgets']) {
    expect([path, await cluster.ask('GET', path)]).toMatchObject([path, { code: 404 }])
  }
})

test('a definition that changes counts for what is stored already: defaults when it is read, other fields gone', async () => {
  await cluster.define(widgets(withSpec({ size: { type: 'integer' }, old: { type: 'string' } })))
  await cluster.post(widget('a', { size: 1, old: 'x' }))
  const schema = withSpec({ size: { type: 'integer' }, added: { type: 'string', default: 'new' } })
  await cluster.redefine('widgets.example.com', {
    spec: { versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }] },
  })
  expect(specOf(await cluster.ask('GET', `${WIDGETS}/a`))).toEqual({ size: 1, added: 'new' })
  expect(cluster.api.apply(widget('a', { size: 2 }) as Readonly<Record<string, unknown>>)).toMatchObject({
    outcome: 'configured',
    object: { spec: { size: 2, added: 'new' } },
  })
})

test('an invalid object may stay as it is, and a definition that goes takes no new ones', async () => {
  await cluster.define(widgets(withSpec({ size: { type: 'integer' } })))
  await cluster.post(widget('a', { size: 1 }, { metadata: { name: 'a', finalizers: ['example.com/hold'] } }))
  const schema = withSpec({ size: { type: 'integer', minimum: 5 } })
  await cluster.redefine('widgets.example.com', {
    spec: { versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }] },
  })
  expect((await cluster.patch('a', { metadata: { labels: { a: 'b' } } })).code).toBe(200)
  expect(messageOf(await cluster.patch('a', { spec: { size: 2 } }))).toMatch(/greater than or equal to 5$/)
  await cluster.ask('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com')
  await cluster.tick()
  expect(messageOf(await cluster.post(widget('b', { size: 7 })))).toBe(
    'widgets.example.com "b" is forbidden: create not allowed while custom resource definition is terminating',
  )
  await cluster.patch('a', { metadata: { finalizers: null } })
  await cluster.driver.advance(10_000_000)
  expect((await cluster.ask('GET', `${WIDGETS}/a`)).code).toBe(404)
})

test('finalizers without a domain are warned about', async () => {
  await cluster.define(widgets(SIMPLE))
  const created = await cluster.post(widget('a', {}, { metadata: { name: 'a', finalizers: ['x', 'a.b', 'c.d/e'] } }))
  const advice = 'to avoid accidental conflicts with other finalizer writers'
  expect([created.code, created.warnings]).toEqual([
    201,
    [
      `metadata.finalizers: "a.b": prefer a domain-qualified finalizer name including a path (/) ${advice}`,
      `metadata.finalizers: "x": prefer a domain-qualified finalizer name ${advice}`,
    ],
  ])
  expect((await cluster.patch('a', { metadata: { labels: { a: 'b' } } })).warnings).toEqual([])
})
