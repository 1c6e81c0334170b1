import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { messageOf, ServedCluster, widget, WIDGETS, widgets, withSpec } from './served.suite.ts'
import type { Schema } from './schema/walk.ts'

let cluster: ServedCluster

beforeEach(async () => {
  cluster = new ServedCluster()
  await cluster.start()
})

afterEach(() => cluster.close())

const OPEN: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }

describe('whole numbers that no double counts', () => {
  const BIG = '9007199254740993'
  const schema = withSpec({
    whole: { type: 'integer', maximum: 9223372036854775000, 'x-kubernetes-validations': [{ rule: `self != ${BIG}1` }] },
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'integer' } },
    any: OPEN,
  })
  const body = (spec: string): string =>
    `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":${spec}}`
  const send = async (
    method: string,
    path: string,
    sent: string,
    headers: Record<string, string> = {},
  ): Promise<string> => (await cluster.ask(method, path, { headers, ...(sent === '' ? {} : { body: sent }) })).text

  test('keep their digits under every write and in every form', async () => {
    await cluster.define(
      widgets(schema, { additionalPrinterColumns: [{ name: 'Whole', type: 'integer', jsonPath: '.spec.whole' }] }),
    )
    const item = `${WIDGETS}/a`
    const spec = `{"whole":${BIG},"set":[${BIG}],"any":{"a":-${BIG},"b":9223372036854775808}}`
    expect(await send('POST', WIDGETS, body(spec))).toContain(
      `"whole":${BIG},"set":[${BIG}],"any":{"a":-${BIG},"b":9223372036854776000}`,
    )
    const merge = { 'content-type': 'application/merge-patch+json' }
    expect(await send('PATCH', item, `{"spec":{"any":{"c":${BIG}}}}`, merge)).toContain(`"c":${BIG}`)
    const json = { 'content-type': 'application/json-patch+json' }
    const tested = (value: string): string =>
      `[{"op":"test","path":"/spec/whole","value":${value}},{"op":"add","path":"/spec/any/d","value":${BIG}}]`
    expect(await send('PATCH', item, tested('9007199254740992'), json)).toContain('"code":422')
    expect(await send('PATCH', item, tested(BIG), json)).toContain(`"d":${BIG}`)
    const apply = { 'content-type': 'application/apply-patch+yaml' }
    const applied = await send('PATCH', `${item}?fieldManager=m&force=true`, body(`{"set":[${BIG},7]}`), apply)
    expect(applied).toContain(`"f:set":{"v:7":{},"v:${BIG}":{}}`)
    expect(await send('GET', item, '', { accept: 'application/yaml' })).toContain(`whole: ${BIG}\n`)
    expect(await send('GET', `${item}?pretty=true`, '')).toContain(`"whole": ${BIG}`)
    expect(await send('GET', item, '', TABLE)).toContain(`"cells":["a",${BIG}]`)
  })

  test.each([
    ['a rule', `{"whole":${BIG}1}`, `failed rule: self != ${BIG}1`],
    ['a limit', '{"whole":9223372036854775807}', 'should be less than or equal to 9223372036854774784'],
    ['a set', `{"set":[${BIG},${BIG}]}`, `Duplicate value: ${BIG}`],
    ['a float of that size', '{"whole":9007199254740993.0}', 'spec.whole in body must be of type integer'],
    ['what no float64 holds', '{"any":1e400}', 'json: cannot unmarshal number 1e400 into Go value of type float64'],
  ])('are seen by %s', async (_what, spec, message) => {
    await cluster.define(widgets(schema))
    expect(await send('POST', WIDGETS, body(spec))).toContain(message)
  })
})

describe('columns', () => {
  const column = (name: string, type: string, jsonPath: string, more: object = {}): object => ({
    name,
    type,
    jsonPath,
    ...more,
  })

  test('are typed, described, and null where there is nothing to show', async () => {
    await cluster.define(
      widgets(OPEN, {
        additionalPrinterColumns: [
          column('Int', 'integer', '.spec.int'),
          column('Num', 'number', '.spec.num', { format: 'double', priority: 1 }),
          column('Bool', 'boolean', '.spec.bool', { description: 'is it' }),
          column('Text', 'string', '.spec.text'),
          column('Date', 'date', '.spec.date'),
          column('Ready', 'string', '.spec.conditions[?(@.type=="Ready")].status'),
        ],
      }),
    )
    const rows: readonly (readonly [spec: object, cells: readonly unknown[]])[] = [
      [{}, [null, null, null, null, null, null]],
      [
        {
          int: 3,
          num: 1.5,
          bool: true,
          text: 'x',
          date: '2025-12-31T23:59:00Z',
          conditions: [{ type: 'Ready', status: 'True' }],
        },
        [3, 1.5, true, 'x', '62s', 'True'],
      ],
      [
        { int: '3', num: 'x', bool: 'true', text: 5, date: 'soon', conditions: [{ type: 'Other' }] },
        [null, null, null, '5', '<invalid>', null],
      ],
      [{ int: 2.9, text: { a: [1] }, date: 7, conditions: 'none' }, [2, null, null, '{"a":[1]}', null, null]],
      [{ text: true, int: null }, [null, null, null, 'true', null, null]],
      [{ text: null }, [null, null, null, '<no value>', null, null]],
    ]
    for (const [index, [spec]] of rows.entries()) await cluster.post(widget(`w${index}`, spec))
    await cluster.tick()
    const { body } = await cluster.ask('GET', WIDGETS, { headers: TABLE })
    expect(
      (body['rows'] as readonly { readonly cells: readonly unknown[] }[]).map(({ cells }) => cells.slice(1)),
    ).toEqual(rows.map(([, cells]) => cells))
    const path = (of: string): string => `Custom resource definition column (in JSONPath format): ${of}`
    expect((body['columnDefinitions'] as readonly unknown[]).slice(1, 4)).toEqual([
      { name: 'Int', type: 'integer', format: '', description: path('.spec.int'), priority: 0 },
      { name: 'Num', type: 'number', format: 'double', description: path('.spec.num'), priority: 1 },
      { name: 'Bool', type: 'boolean', format: '', description: 'is it', priority: 0 },
    ])
  })

  test('without any there is the age', async () => {
    await cluster.define(widgets(OPEN))
    expect((await cluster.ask('GET', WIDGETS, { headers: TABLE })).body).toMatchObject({ rows: [] })
    await cluster.post(widget('a', {}))
    await cluster.tick()
    expect((await cluster.ask('GET', `${WIDGETS}/a`, { headers: TABLE })).body).toMatchObject({
      columnDefinitions: [{ name: 'Name' }, { name: 'Age', type: 'date', format: '' }],
      rows: [{ cells: ['a', '1s'] }],
    })
  })
})

describe('scale', () => {
  const PATHS = {
    specReplicasPath: '.spec.run.count',
    statusReplicasPath: '.status.count',
    labelSelectorPath: '.status.selector',
  }
  const scale = `${WIDGETS}/a/scale`

  beforeEach(() => cluster.define(widgets(OPEN, { subresources: { status: {}, scale: PATHS } })))

  test('reads and writes where the definition says, and says who owns the replicas', async () => {
    await cluster.post(widget('a', { run: { count: 2, other: 1 } }))
    const headers = { 'content-type': 'application/merge-patch+json' }
    await cluster.ask('PATCH', `${WIDGETS}/a/status`, { headers, body: { status: { count: 1, selector: 'a=b' } } })
    const read = await cluster.ask('GET', scale)
    expect(read.body).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 2 },
      status: { replicas: 1, selector: 'a=b' },
    })
    const put = await cluster.ask('PUT', scale, { body: { ...read.body, spec: { replicas: 4 } } })
    expect(put.body).toMatchObject({ spec: { replicas: 4 } })
    const { body } = await cluster.ask('GET', `${WIDGETS}/a`)
    expect(body).toMatchObject({ spec: { run: { count: 4, other: 1 } }, metadata: { generation: 2 } })
    const owners = (body['metadata'] as { readonly managedFields: readonly object[] }).managedFields
    expect(owners).toContainEqual(
      expect.objectContaining({
        subresource: 'scale',
        apiVersion: 'example.com/v1',
        fieldsV1: { 'f:spec': { 'f:run': { 'f:count': {} } } },
      }),
    )
    const stale = await cluster.ask('PUT', scale, { body: read.body })
    expect(stale.code).toBe(409)
    const negative = await cluster.ask('PATCH', scale, { headers, body: { spec: { replicas: -1 } } })
    expect(messageOf(negative)).toBe(
      'Widget.example.com "a" is invalid: .spec.run.count: Invalid value: -1: should be a non-negative integer',
    )
  })

  test('is an error where the object has no replicas', async () => {
    await cluster.post(widget('a', {}))
    expect(messageOf(await cluster.ask('GET', scale))).toBe(
      'Internal error occurred: the spec replicas field ".spec.run.count" does not exist',
    )
    expect(messageOf(await cluster.post(widget('b', { run: { count: 'x' } })))).toBe(
      'Widget.example.com "b" is invalid: .spec.run.count: Invalid value: 0: .spec.run.count accessor error: x is of the type string, expected int64',
    )
  })
})

test('field selectors are those of the definition', async () => {
  await cluster.define(
    widgets(withSpec({ color: { type: 'string' }, size: { type: 'integer' } }), {
      selectableFields: [{ jsonPath: '.spec.color' }, { jsonPath: '.spec.size' }],
    }),
  )
  await cluster.post(widget('a', { color: 'red', size: 1 }))
  await cluster.post(widget('b', { color: 'blue' }))
  const names = async (selector: string): Promise<readonly string[]> => {
    const { body } = await cluster.ask('GET', `${WIDGETS}?fieldSelector=${encodeURIComponent(selector)}`)
    return (body['items'] as readonly { metadata: { name: string } }[]).map(({ metadata }) => metadata.name)
  }
  expect(await names('spec.color=red')).toEqual(['a'])
  expect(await names('spec.size!=1')).toEqual(['b'])
  expect(await names('spec.size=')).toEqual(['b'])
  expect(await names('metadata.namespace=default,spec.color!=red')).toEqual(['b'])
  expect(messageOf(await cluster.ask('GET', `${WIDGETS}?fieldSelector=spec.x%3D1`))).toBe(
    'field label not supported: spec.x',
  )
})

describe('server-side apply', () => {
  const KEYED: Schema = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k', 'p'],
    items: {
      type: 'object',
      required: ['k'],
      properties: { k: { type: 'string' }, p: { type: 'string', default: 'TCP' }, v: { type: 'string' } },
    },
  }

  const apply = (manager: string, spec: object, query = '') =>
    cluster.ask('PATCH', `${WIDGETS}/a?fieldManager=${manager}${query}`, {
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: widget('a', spec),
    })

  beforeEach(() =>
    cluster.define(
      widgets(
        withSpec({
          keyed: KEYED,
          set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
          plain: { type: 'array', items: { type: 'string' } },
          whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: { type: 'string' } },
          map: { type: 'object', additionalProperties: { type: 'string' } },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          port: { 'x-kubernetes-int-or-string': true },
        }),
      ),
    ),
  )

  test('merges keyed lists, sets and maps, and replaces the rest', async () => {
    await apply('one', {
      keyed: [{ k: 'a', v: '1' }],
      set: ['a'],
      map: { a: '1' },
      whole: { a: '1' },
      free: { x: { y: 1 }, l: [1] },
      port: 80,
    })
    const merged = await apply('two', {
      keyed: [{ k: 'a', p: 'UDP' }],
      set: ['b'],
      map: { b: '2' },
      free: { x: { z: 2 } },
    })
    expect(merged.body['spec']).toEqual({
      keyed: [
        { k: 'a', p: 'TCP', v: '1' },
        { k: 'a', p: 'UDP' },
      ],
      set: ['a', 'b'],
      map: { a: '1', b: '2' },
      whole: { a: '1' },
      free: { x: { y: 1, z: 2 }, l: [1] },
      port: 80,
    })
    const owners = (merged.body['metadata'] as { readonly managedFields: readonly { readonly fieldsV1: object }[] })
      .managedFields
    expect(owners.map(({ fieldsV1 }) => fieldsV1)).toEqual([
      {
        'f:spec': {
          'f:keyed': { 'k:{"k":"a","p":"TCP"}': { '.': {}, 'f:k': {}, 'f:v': {} } },
          'f:set': { 'v:"a"': {} },
          'f:map': { 'f:a': {} },
          'f:whole': {},
          'f:free': { 'f:x': { '.': {}, 'f:y': {} }, 'f:l': {} },
          'f:port': {},
        },
      },
      {
        'f:spec': {
          'f:keyed': { 'k:{"k":"a","p":"UDP"}': { '.': {}, 'f:k': {}, 'f:p': {} } },
          'f:set': { 'v:"b"': {} },
          'f:map': { 'f:b': {} },
          'f:free': { 'f:x': { '.': {}, 'f:z': {} } },
        },
      },
    ])
    const conflict = await apply('two', { whole: { b: '2' }, free: { l: [2] } })
    expect(messageOf(conflict)).toBe(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.whole\n- .spec.free.l',
    )
    expect((await apply('two', { whole: { b: '2' } }, '&force=true')).body['spec']).toMatchObject({
      whole: { b: '2' },
      set: ['a'],
    })
  })

  test('refuses what the schema does not have', async () => {
    const answer = await apply('one', { nope: 1 })
    expect([answer.code, messageOf(answer)]).toEqual([
      500,
      'failed to create typed patch object (/a; example.com/v1, Kind=Widget): .spec.nope: field not declared in schema',
    ])
  })
})

describe('paths a custom kind does not have', () => {
  const text = (code: number): object => ({ code, body: { text: expect.stringContaining('404 page not found') } })

  beforeEach(async () => {
    await cluster.define(widgets(OPEN))
    await cluster.post(widget('a', {}))
  })

  test.each<[method: string, path: string, answer: object]>([
    ['GET', '/apis/example.com/v9', text(404)],
    ['GET', '/apis/example.com/v1/others', text(404)],
    ['GET', '/apis/example.com/v9/widgets', text(404)],
    ['GET', '/apis/example.com/v1/widgets/a', text(404)],
    ['DELETE', '/apis/example.com/v1/widgets', text(404)],
    ['GET', `${WIDGETS}/a/status`, { code: 404, body: { message: 'widgets.example.com "a" not found' } }],
    ['GET', `${WIDGETS}/a/nope`, { code: 404, body: { message: 'widgets.example.com "a" not found' } }],
    ['PUT', WIDGETS, { code: 400, body: { message: 'name must be provided' } }],
    // A patch of a type that custom objects know is what has no name.
    ['PATCH', WIDGETS, { code: 415, body: { reason: 'UnsupportedMediaType' } }],
    [
      'GET',
      `${WIDGETS}/none`,
      {
        code: 404,
        body: {
          message: 'widgets.example.com "none" not found',
          details: { name: 'none', group: 'example.com', kind: 'widgets' },
        },
      },
    ],
  ])('%s %s', async (method, path, answer) => {
    expect(await cluster.ask(method, path, method === 'GET' ? {} : { body: {} })).toMatchObject(answer)
  })
})

test('a watch ends when the definition changes what is served', async () => {
  await cluster.define(widgets(OPEN))
  await cluster.post(widget('a', {}))
  const ended = new Promise<string>((resolve, reject) => {
    const { host, port } = cluster.address
    httpRequest({ host, port, path: `${WIDGETS}?watch=1`, headers: { authorization: 'Bearer secret' }, agent: false })
      .on('error', reject)
      .on('response', (response) => {
        response.once('data', (first: Buffer) => {
          void cluster.redefine('widgets.example.com', { spec: { names: { shortNames: ['w'] } } })
          response.on('end', () => resolve(first.toString())).resume()
          void cluster.tick().then(() => cluster.tick())
        })
      })
      .end()
  })
  expect(JSON.parse(await ended)).toMatchObject({ type: 'ADDED', object: { apiVersion: 'example.com/v1' } })
})

test('embedded resources keep their metadata in order', async () => {
  const template: Schema = {
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
  }
  await cluster.define(widgets(withSpec({ template })))
  const good = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', nope: 1, labels: { a: 'b' } }, spec: { x: 1 } }
  const created = await cluster.post(widget('a', { template: good }))
  expect(created.warnings).toEqual(['unknown field "spec.template.metadata.nope"'])
  expect(created.body['spec']).toEqual({ template: { ...good, metadata: { name: 'p', labels: { a: 'b' } } } })
  expect(
    messageOf(await cluster.post(widget('b', { template: { kind: 'no kind', metadata: { labels: { a: 'b c' } } } }))),
  ).toMatch(
    /^Widget.example.com "b" is invalid: \[spec.template.apiVersion: Required value, spec.template.kind: Invalid value: "no kind": may have mixed case, but should otherwise match: .*, spec.template.metadata.labels: Invalid value: "b c": /,
  )
})
