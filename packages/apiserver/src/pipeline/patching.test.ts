import { describe, expect, test } from 'vitest'
import type { PatchType } from '../client/client.ts'
import { configMaps, deployments, services } from '../resources/served-types.ts'
import { HandlerServer } from './handler.suite.ts'

const TYPES: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
}

function withMap(): HandlerServer {
  const server = new HandlerServer()
  server.object('create', configMaps, { body: { metadata: { name: 'a' }, data: { k: '1' } } })
  return server
}

const POD = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }

const patch = (type: PatchType, body: unknown, query = '') => ({ name: 'a', contentType: TYPES[type], body, query })

describe('patches that cannot be read', () => {
  const LIST = 'json: cannot unmarshal object into Go value of type'
  test.each([
    ['json', '{}', '', `error decoding patch: ${LIST} []handlers.jsonPatchOp`],
    ['json', '{}', 'fieldValidation=Ignore', `${LIST} jsonpatch.Patch`],
    [
      'json',
      '[1]',
      '',
      'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp',
    ],
    [
      'json',
      '[{"op":1}]',
      '',
      'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string',
    ],
    ['json', '[{', '', 'error decoding patch: unexpected end of JSON input'],
    [
      'merge',
      '[]',
      '',
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    ['merge', 'null', '', 'Invalid JSON Patch'],
    ['merge', '{', 'fieldValidation=Ignore', 'Invalid JSON Patch'],
    ['strategic', '{"data":', '', 'unexpected end of JSON input'],
    ['strategic', '[]', '', 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ] as const)('%s %s %s', (type, body, query, message) => {
    expect(withMap().status('patch', configMaps, patch(type, body, query))).toMatchObject({ code: 400, message })
  })

  test('too many operations', () => {
    const body = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'ConfigMap' }))
    const message = 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001'
    expect(withMap().status('patch', configMaps, patch('json', body))).toMatchObject({ code: 413, message })
  })
})

describe('strictness of a patch', () => {
  test.each([
    ['json', '[{"op":"add","path":"/data/x","value":"1","foo":1}]', 'json patch unknown field "[0].foo"'],
    ['json', '[{"op":"test","op":"add","path":"/data/x","value":"1"}]', 'json patch duplicate field "[0].op"'],
    ['merge', '{"data":{"a":"1","a":"2"}}', 'duplicate field "data.a"'],
    ['strategic', '{"foo":1}', 'unknown field "foo"'],
  ] as const)('%s %s', (type, body, problem) => {
    const server = withMap()
    const refused = server.status('patch', configMaps, patch(type, body, 'fieldValidation=Strict'))
    expect(refused.code).toBe(422)
    expect(refused.message).toMatch(new RegExp(`strict decoding error: ${problem.replace(/[[\]]/g, '\\$&')}$`))
    server.object('patch', configMaps, patch(type, body))
    expect(server.warnings).toEqual([problem])
    server.object('patch', configMaps, patch(type, body, 'fieldValidation=Ignore'))
    expect(server.warnings).toHaveLength(1)
  })
})

describe('wrong types in a strategic patch', () => {
  test.each([
    [services, { spec: { type: 5 } }, 'cannot convert int64 to v1.ServiceType'],
    [services, { spec: { type: 1.5 } }, 'unrecognized type: string'],
    [services, { spec: { type: {} } }, 'unrecognized type: string'],
    [services, { spec: { healthCheckNodePort: 1.5 } }, 'cannot convert float64 to int32'],
    [services, { spec: { healthCheckNodePort: 'x' } }, 'unrecognized type: int32'],
    [services, { spec: { selector: 5 } }, 'cannot restore map from int64'],
    [services, { spec: { externalIPs: 5 } }, 'cannot restore slice from int64'],
    [services, { spec: [] }, 'cannot restore struct from: slice'],
    [services, { metadata: { creationTimestamp: 5 } }, 'json: cannot unmarshal number into Go value of type string'],
  ])('%#: %j', (type, body, why) => {
    const server = new HandlerServer()
    server.object('create', type, { body: { metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] } } })
    const { code, message } = server.status('patch', type, { ...patch('strategic', body), name: 'a' })
    expect([code, message?.endsWith(`: ${why}`) === true ? why : message]).toEqual([422, why])
  })
})

describe('how a refused result is shown', () => {
  const shown = (type: PatchType, body: unknown): string => {
    const { message = '' } = withMap().status('patch', configMaps, patch(type, body))
    const [, quoted = ''] = /Invalid value: (".*"): [^"]*(?:"[^"]*"[^"]*)*$/.exec(message) ?? []
    const {
      managedFields: _,
      uid,
      ...rest
    } = (JSON.parse(JSON.parse(quoted) as string) as { metadata: Record<string, unknown> }).metadata
    expect(uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(Object.keys(rest)).toEqual(['name', 'namespace', 'resourceVersion', 'creationTimestamp'])
    return (JSON.parse(quoted) as string).replace(/"metadata":\{.*\}(?=\}$|,"\w+":)/, '"metadata":{}')
  }

  test('what the patch went through is sorted, the rest as Go has it', () => {
    expect(shown('merge', { data: { z: '1', b: 5 } })).toBe(
      '{"apiVersion":"v1","data":{"b":5,"k":"1","z":"1"},"kind":"ConfigMap","metadata":{}}',
    )
    expect(shown('merge', { kind: 'Secret' })).toBe(
      '{"apiVersion":"v1","data":{"k":"1"},"kind":"Secret","metadata":{}}',
    )
  })

  test('a value that was sent stays as it was sent', () => {
    expect(shown('json', [{ op: 'add', path: '/data', value: { z: 1, a: '<' } }])).toBe(
      '{"apiVersion":"v1","data":{"z":1,"a":"\\u003c"},"kind":"ConfigMap","metadata":{}}',
    )
  })
})

describe('what a patch says of the kind', () => {
  test.each([
    ['strategic', { kind: 'Secret', data: { k: '2' } }],
    ['strategic', { apiVersion: 'v2', data: { k: '2' } }],
    ['merge', { kind: null, data: { k: '2' } }],
    [
      'json',
      [
        { op: 'remove', path: '/kind' },
        { op: 'replace', path: '/data/k', value: '2' },
      ],
    ],
  ] as const)('does not count: %s %j', (type, body) => {
    expect(withMap().object('patch', configMaps, patch(type, body))).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      data: { k: '2' },
    })
  })

  const HEADER =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
  const SCHEME = 'in scheme "pkg/api/legacyscheme/scheme.go:30"'
  test.each([
    [configMaps, { kind: 'Pod' }, 'converting (v1.Pod) to (core.ConfigMap): unknown conversion'],
    [configMaps, { kind: 'Foo' }, `no kind "Foo" is registered for version "v1" ${SCHEME}`],
    [configMaps, { apiVersion: 'v2' }, `no kind "ConfigMap" is registered for version "v2" ${SCHEME}`],
    [configMaps, { apiVersion: 'a/b/c' }, 'unexpected GroupVersion string: a/b/c'],
    [configMaps, { apiVersion: null, kind: 'Pod' }, 'converting (core.Pod) to (core.ConfigMap): unknown conversion'],
    [
      deployments,
      { apiVersion: '', kind: 'Foo' },
      `no kind "Foo" is registered for the internal version of group "apps" ${SCHEME}`,
    ],
    [
      configMaps,
      { apiVersion: 5 },
      "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .apiVersion of type string",
    ],
    [
      configMaps,
      [{ op: 'replace', path: '', value: [] }],
      `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${HEADER}`,
    ],
  ])('is refused: %#: %j', (type, body, why) => {
    const server = withMap()
    const spec = { selector: { matchLabels: { a: 'b' } }, template: POD }
    if (type === deployments) server.object('create', deployments, { body: { metadata: { name: 'a' }, spec } })
    const { code, message } = server.status('patch', type, patch(Array.isArray(body) ? 'json' : 'merge', body))
    expect([code, message?.endsWith(`: ${why}`) === true ? why : message]).toEqual([422, why])
  })

  test('without a version it is the struct without JSON names, which takes nothing', () => {
    const server = withMap()
    const message = 'the name of the object (a based on URL) was undeterminable: name must be provided'
    const body = { apiVersion: null, data: { k: '2' } }
    expect(server.status('patch', configMaps, patch('merge', body))).toMatchObject({ code: 400, message })
    expect(server.warnings).toEqual(['unknown field "data"', 'unknown field "metadata"'])
    const strict = server.status('patch', configMaps, patch('merge', body, 'fieldValidation=Strict'))
    expect(strict.message).toMatch(/strict decoding error: unknown field "data", unknown field "metadata"$/)
  })

  test.each([{ $patch: 'delete' }, { $patch: 'replace', data: {} }, { metadata: null }])(
    'a strategic patch that leaves no name: %j',
    (body) => {
      const message = 'the name of the object (a based on URL) was undeterminable: name must be provided'
      expect(withMap().status('patch', configMaps, patch('strategic', body))).toMatchObject({ code: 400, message })
    },
  )
})

test('an empty list of managedFields resets them, no list keeps them', () => {
  const server = withMap()
  const reset = server.object('patch', configMaps, patch('merge', { metadata: { managedFields: [] } }))
  expect(reset.metadata.managedFields).toBeUndefined()
  const again = server.object('patch', configMaps, patch('merge', { data: { x: '1' } }))
  expect(again.metadata.managedFields).toBeUndefined()
})

test('another uid is refused as a field that may not change, also when it is applied', () => {
  const message = 'ConfigMap "a" is invalid: metadata.uid: Invalid value: "x": field is immutable'
  const metadata = { name: 'a', uid: 'x' }
  expect(withMap().status('patch', configMaps, patch('merge', { metadata })).message).toBe(message)
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata }
  const apply = { name: 'a', contentType: 'application/apply-patch+yaml', query: 'fieldManager=m', body }
  expect(withMap().status('patch', configMaps, apply).message).toBe(message)
})

test('a patch makes nothing of nothing', () => {
  const server = new HandlerServer()
  for (const type of ['json', 'merge', 'strategic'] as const) {
    expect(server.status('patch', services, patch(type, '{')).code).toBe(404)
  }
  expect(server.status('patch', services, { name: 'a', contentType: 'text/plain', body: '{}' })).toMatchObject({
    code: 415,
    message: '415: Unsupported Media Type',
    details: {},
  })
})

test('a name that can be no part of a path is refused as such', () => {
  const server = new HandlerServer()
  for (const verb of ['get', 'delete'] as const) {
    const message = `Name parameter invalid: "a%b": may not contain '%'`
    expect(server.status(verb, deployments, { name: 'a%b' })).toMatchObject({ code: 400, message })
  }
})

test('a dry run of a Service takes no address and no port, and shows what nobody has', () => {
  const server = new HandlerServer()
  const body = { metadata: { name: 's' }, spec: { type: 'NodePort', ports: [{ port: 80 }, { port: 81, name: 'b' }] } }
  body.spec.ports[0] = { ...body.spec.ports[0], port: 80, name: 'a' } as (typeof body.spec.ports)[number]
  const answer = server.object('create', services, { body, query: 'dryRun=All' })
  expect(answer).toMatchObject({ spec: { clusterIP: '10.96.0.0', ports: [{ nodePort: 32769 }, { nodePort: 32770 }] } })
  expect(server.status('get', services, { name: 's' }).code).toBe(404)
})
