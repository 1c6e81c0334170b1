import protobuf from 'protobufjs/minimal.js'
import { describe, expect, it, test } from 'vitest'
import { RESOURCES } from '../http/fake-handler.suite.ts'
import type { TextAnswer } from '../http/answer.ts'
import { parseKubernetesVersion } from '../http/version.ts'
import { createRegistry } from '../resources/registry.ts'
import { documentV2, documentV3, partV2 } from './document.ts'
import { encodeGnostic } from './gnostic.ts'
import { OpenApi } from './open-api.ts'

const none = () => undefined
const CONTENTS = { resources: RESOURCES, operations: [] }

interface Document {
  readonly paths: Record<string, Record<string, { readonly parameters: readonly { readonly name: string }[] }>>
  readonly components: { readonly schemas: Record<string, { readonly properties: Record<string, unknown> }> }
}

describe('the documents', () => {
  const v3 = documentV3(CONTENTS, { group: '', version: 'v1' }, none, '1.36') as Document

  it.each(RESOURCES.map(({ type }) => [type.kind, type] as const))(
    '%s can be patched with field validation',
    (_kind, type) => {
      const root = type.group === '' ? '/api/v1' : `/apis/${type.group}/${type.version}`
      const path = `${root}${type.namespaced ? '/namespaces/{namespace}' : ''}/${type.resource}/{name}`
      const patch = v3.paths[path]?.['patch']
      expect(patch?.parameters.map(({ name }) => name)).toContain('fieldValidation')
      expect(patch).toMatchObject({
        'x-kubernetes-group-version-kind': { group: type.group, version: type.version, kind: type.kind },
        requestBody: { content: { 'application/strategic-merge-patch+json': {} } },
      })
    },
  )

  it('resolves every reference', () => {
    const text = JSON.stringify(v3)
    const referred = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]))
    for (const name of referred) expect(v3.components.schemas, `schema ${name}`).toHaveProperty([name ?? ''])
  })

  it('carries merge keys and list types', () => {
    expect(v3.components.schemas['io.k8s.api.core.v1.PodSpec']?.properties['containers']).toMatchObject({
      type: 'array',
      items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    })
  })
})

test('the protobuf document starts with swagger 2.0 and holds every path', () => {
  const document = documentV2([partV2(CONTENTS, none)], [], '1.36')
  const reader = protobuf.Reader.create(encodeGnostic(document))
  expect([reader.uint32(), reader.string()]).toEqual([(1 << 3) | 2, '2.0'])
  let paths = 0
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag >>> 3 !== 8) {
      reader.skipType(tag & 7)
      continue
    }
    const inner = protobuf.Reader.create(reader.bytes())
    while (inner.pos < inner.len) {
      inner.skipType(inner.uint32() & 7)
      paths++
    }
  }
  expect(paths).toBe(Object.keys(document.paths).length)
})

const VERSION = parseKubernetesVersion('v1.36.2')
const NOW = Date.parse('2026-01-01T00:00:00Z')

function parsed(answer: TextAnswer | undefined): unknown {
  return JSON.parse(String(answer?.body))
}

describe('OpenApi', () => {
  const openApi = new OpenApi(
    () => RESOURCES,
    VERSION,
    () => NOW,
  )
  const url = async (root: string): Promise<string> => {
    const { paths } = parsed(await openApi.answer(['v3'], '/openapi/v3', {})) as {
      paths: Record<string, { serverRelativeURL: string }>
    }
    return paths[root]?.serverRelativeURL ?? ''
  }
  const APPS = ['v3', 'apis', 'apps', 'v1']

  it('indexes its documents by hash, reviews included', async () => {
    const index = parsed(await openApi.answer(['v3'], '/openapi/v3', {})) as { readonly paths: object }
    expect(Object.keys(index.paths)).toEqual([
      'api',
      'api/v1',
      'apis',
      'apis/apps',
      'apis/apps/v1',
      'apis/authentication.k8s.io',
      'apis/authentication.k8s.io/v1',
      'apis/authorization.k8s.io',
      'apis/authorization.k8s.io/v1',
      'version',
    ])
  })

  it('lets a document that is asked for by its hash be kept', async () => {
    const asked = await url('apis/apps/v1')
    const document = await openApi.answer(APPS, asked, {})
    expect(document).toMatchObject({ code: 200, contentType: 'application/json' })
    expect(document?.headers?.get('cache-control')).toBe('public, immutable')
    expect(document?.headers?.get('expires')).toBe('Fri, 01 Jan 2027 00:00:00 UTC')
    const etag = document?.headers?.get('etag') ?? ''
    expect(asked).toBe(`/openapi/v3/apis/apps/v1?hash=${etag.replaceAll('"', '')}`)
    const again = await openApi.answer(APPS, asked, { 'if-none-match': `"other", W/${etag}` })
    expect(again).toMatchObject({ code: 304, body: '', contentType: '' })
  })

  it('sends who asks for an old hash to the new one', async () => {
    const moved = await openApi.answer(APPS, '/openapi/v3/apis/apps/v1?hash=OLD', {})
    expect(moved?.code).toBe(301)
    expect(moved?.headers?.get('location')).toBe(await url('apis/apps/v1'))
  })

  it.each([
    [['v2'], 'text/html'],
    [APPS, 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf'],
  ])('%j in %s is not acceptable', async (parts, accept) => {
    expect(await openApi.answer(parts, '/', { accept })).toMatchObject({ code: 406, body: '' })
  })

  it.each([[['v3', 'apis', 'nope']], [['v4']], [[]], [['v2', 'x']]])('%j is none of its paths', (parts) => {
    expect(openApi.answer(parts, '/', {})).toBeUndefined()
  })

  const DATE = new Date(NOW).toUTCString()
  const LATER = new Date(NOW + 1000).toUTCString()
  const EARLIER = new Date(NOW - 1000).toUTCString()

  it.each<[name: string, parts: readonly string[], headers: Record<string, string>, expected: object]>([
    ['a document', APPS, {}, { code: 200, gzip: 'never', headers: { vary: 'Accept', 'last-modified': DATE } }],
    ['a document by date', APPS, { 'if-modified-since': LATER }, { code: 304, headers: { vary: 'Accept' } }],
    ['a newer document', APPS, { 'if-modified-since': EARLIER }, { code: 200 }],
    ['a tag before a date', APPS, { 'if-none-match': '"x"', 'if-modified-since': LATER }, { code: 200 }],
    ['the index, without a tag', ['v3'], { accept: 'text/html' }, { code: 200, headers: { 'last-modified': DATE } }],
    ['the index by any tag', ['v3'], { 'if-none-match': '*' }, { code: 304, headers: { 'last-modified': DATE } }],
    ['v2', ['v2'], {}, { code: 200, gzip: 'always', headers: { vary: 'Accept-Encoding, Accept' } }],
    ['v2 for nobody', ['v2'], { accept: 'text/html' }, { code: 406, headers: { vary: 'Accept-Encoding, Accept' } }],
    ['v2 for anybody', ['v2'], { accept: 'text/html;q=0.9, */json;q=0.1' }, { code: 200 }],
  ])('%s', async (_name, parts, headers, expected) => {
    const answer = await openApi.answer(parts, '/', headers)
    const { headers: answered, ...rest } = { ...answer, headers: Object.fromEntries(answer?.headers ?? []) }
    expect({ ...rest, headers: answered }).toMatchObject(expected)
    if (parts.length === 1 && parts[0] === 'v3') expect(answered).not.toHaveProperty('etag')
  })

  it('builds only what changed', async () => {
    let resources = RESOURCES
    const growing = new OpenApi(
      () => resources,
      VERSION,
      () => NOW,
    )
    const before = await growing.answer(['v3', 'api', 'v1'], '/', {})
    const index = await growing.answer(['v3'], '/', {})
    const added = createRegistry().byKind('batch', 'v1', 'Job')
    resources = added === undefined ? [] : [...resources, added]
    const after = await growing.answer(['v3', 'api', 'v1'], '/', {})
    expect(after?.body).toBe(before?.body)
    expect(parsed(await growing.answer(['v3'], '/', {}))).toHaveProperty(['paths', 'apis/batch/v1'])
    expect((await growing.answer(['v3'], '/', {}))?.body).not.toBe(index?.body)
    expect(String((await growing.answer(['v2'], '/', {}))?.body)).toContain('"/apis/batch/v1/jobs"')
  })
})

// The documents of kube-apiserver 1.36.2, by the beginning of their hash: everything in them is as it is there.
describe('the documents of a whole server', () => {
  const registry = createRegistry()
  const openApi = new OpenApi(
    () => registry.all(),
    VERSION,
    () => NOW,
  )

  it.each([
    ['api', 'ED9F684FA66CF563'],
    ['api/v1', '7C935E3BFAA5D62E'],
    ['apis', '43949F06BF2FFE09'],
    ['apis/apiextensions.k8s.io', '74AF1E2242BAEB89'],
    ['apis/apiextensions.k8s.io/v1', '6C9DF3015B218AB6'],
    ['apis/apps', '5427594C93FDDC4F'],
    ['apis/apps/v1', '9C480966E6DB3755'],
    ['apis/authentication.k8s.io', '4288CE58715A2B90'],
    ['apis/authentication.k8s.io/v1', '87CD236C17CEBFC4'],
    ['apis/authorization.k8s.io', 'E8EA40B5C8A7C43E'],
    ['apis/authorization.k8s.io/v1', 'FC5B8FBD0BEADE9E'],
    ['apis/autoscaling', '16CFA880DE18DDAE'],
    ['apis/autoscaling/v1', 'DFDA38F3C14EB44D'],
    ['apis/autoscaling/v2', '18A3381297D9CDB4'],
    ['apis/batch', '3F29F36DA832DC5F'],
    ['apis/batch/v1', '94F997B584C38B24'],
    ['apis/coordination.k8s.io', '3736C353F84C8F36'],
    ['apis/coordination.k8s.io/v1', 'F4B60C341AAC1BC7'],
    ['apis/discovery.k8s.io', 'EC6A0AD0EC6E12B2'],
    ['apis/discovery.k8s.io/v1', '2C1A37B5B6F7C0D8'],
    ['apis/events.k8s.io', 'A36671EC6C807C3C'],
    ['apis/events.k8s.io/v1', 'D686D9309E5C36C6'],
    ['apis/networking.k8s.io', '7E88DC3F2762D12A'],
    ['apis/networking.k8s.io/v1', '69E5C395A243F4F8'],
    ['apis/policy', '6B4D2E3FF793797F'],
    ['apis/policy/v1', '1838B7DDA171CA64'],
    ['apis/rbac.authorization.k8s.io', '6FA5A13BEC166CB9'],
    ['apis/rbac.authorization.k8s.io/v1', '108CAC4056092BE4'],
    ['apis/scheduling.k8s.io', 'FDE6201C8992097C'],
    ['apis/scheduling.k8s.io/v1', 'C12EC8E35D071E4A'],
    ['version', 'A7C72E0A0AAC295A'],
  ])('%s', async (path, hash) => {
    const answer = await openApi.answer(['v3', ...path.split('/')], '/', {})
    expect(answer?.headers?.get('etag')?.slice(1, 17)).toBe(hash)
  })

  it('v2 names what stands at many paths once', async () => {
    const { parameters, paths } = parsed(await openApi.answer(['v2'], '/', {})) as {
      readonly parameters: Record<string, { readonly name: string }>
      readonly paths: Record<string, { readonly patch?: { readonly parameters: readonly object[] } }>
    }
    expect(Object.keys(parameters)).toContain('pretty-tJGM1-ng')
    expect(Object.keys(parameters)).toContain('body-2Y1dVQaQ')
    expect(paths['/api/v1/namespaces/{namespace}/pods/{name}']?.patch?.parameters).toMatchObject([
      { $ref: '#/parameters/body-78PwaGsr' },
      { name: 'dryRun' },
      { $ref: '#/parameters/fieldManager-7c6nTn1T' },
      { name: 'fieldValidation' },
      { $ref: '#/parameters/force-tOGGb0Yi' },
    ])
  })
})

describe('what a field says', () => {
  const registry = createRegistry(21)
  const openApi = new OpenApi(
    () => registry.all(),
    parseKubernetesVersion('v1.21.0'),
    () => NOW,
  )
  const definition = async (version: 'v2' | 'v3', root: string, name: string): Promise<unknown> => {
    const answer = await openApi.answer(version === 'v3' ? ['v3', ...root.split('/')] : ['v2'], '/', {})
    const document = parsed(answer) as { components?: { schemas: object }; definitions?: object }
    return Reflect.get(document.components?.schemas ?? document.definitions ?? {}, name)
  }
  const CORE = 'io.k8s.api.core.v1'

  it.each<[string, 'v2' | 'v3', string, string, object]>([
    [
      'a struct by value, described',
      'v3',
      'api/v1',
      `${CORE}.Pod`,
      {
        metadata: {
          allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }],
          default: {},
          description: expect.stringMatching(/^Standard object's metadata\./),
        },
      },
    ],
    [
      'the same in v2, without a default',
      'v2',
      'api/v1',
      `${CORE}.Pod`,
      {
        metadata: {
          $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
          description: expect.stringMatching(/^Standard object's metadata\./),
        },
      },
    ],
    [
      'lists by key, of structs',
      'v3',
      'api/v1',
      `${CORE}.Container`,
      {
        ports: {
          type: 'array',
          items: { $ref: `#/components/schemas/${CORE}.ContainerPort` },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
          'x-kubernetes-patch-merge-key': 'containerPort',
          'x-kubernetes-patch-strategy': 'merge',
          description: expect.any(String),
        },
      },
    ],
    [
      'an enum',
      'v3',
      'api/v1',
      `${CORE}.Container`,
      {
        imagePullPolicy: {
          type: 'string',
          enum: ['Always', 'IfNotPresent', 'Never'],
          description: expect.stringContaining('Possible enum values:\n - `"Always"`'),
        },
      },
    ],
    [
      'declared defaults and zero values',
      'v3',
      'api/v1',
      `${CORE}.ContainerPort`,
      {
        containerPort: { type: 'integer', format: 'int32', default: 0, description: expect.any(String) },
        protocol: { type: 'string', default: 'TCP', enum: ['SCTP', 'TCP', 'UDP'], description: expect.any(String) },
      },
    ],
    [
      'a legacy kind, described by what replaced it',
      'v3',
      'apis/extensions/v1beta1',
      'io.k8s.api.extensions.v1beta1.IngressBackend',
      {
        serviceName: { type: 'string', description: 'Name of the service that gets the traffic.' },
        servicePort: {
          allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString' }],
          description: expect.any(String),
        },
      },
    ],
  ])('%s', async (_name, version, root, name, properties) => {
    const found = (await definition(version, root, name)) as { readonly properties: Record<string, unknown> }
    for (const [field, expected] of Object.entries(properties)) expect(found.properties[field]).toEqual(expected)
  })

  it('atomic structs are called so, kinds by group, version and kind', async () => {
    expect(await definition('v3', 'api/v1', `${CORE}.ObjectReference`)).toHaveProperty(
      'x-kubernetes-map-type',
      'atomic',
    )
    expect(await definition('v3', 'apis/extensions/v1beta1', 'io.k8s.api.extensions.v1beta1.Ingress')).toMatchObject({
      'x-kubernetes-group-version-kind': [{ group: 'extensions', version: 'v1beta1', kind: 'Ingress' }],
    })
  })
})
