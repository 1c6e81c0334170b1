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

interface Document {
  readonly paths: Record<string, Record<string, { readonly parameters: readonly { readonly name: string }[] }>>
  readonly components: { readonly schemas: Record<string, { readonly properties: Record<string, unknown> }> }
}

describe('the documents', () => {
  const v3 = documentV3(RESOURCES, none, 'v1.36.2') as Document

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
      items: { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Container' }], default: {} },
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    })
  })
})

test('the protobuf document starts with swagger 2.0 and holds every path', () => {
  const document = documentV2([partV2(RESOURCES, none)], 'v1.36.2')
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
      'api/v1',
      'apis/apps/v1',
      'apis/authentication.k8s.io/v1',
      'apis/authorization.k8s.io/v1',
    ])
  })

  it('lets a document that is asked for by its hash be kept', async () => {
    const asked = await url('apis/apps/v1')
    const document = await openApi.answer(APPS, asked, {})
    expect(document).toMatchObject({ code: 200, contentType: 'application/json' })
    expect(document?.headers?.get('cache-control')).toBe('public, immutable')
    expect(document?.headers?.get('expires')).toBe('Fri, 01 Jan 2027 00:00:00 GMT')
    const etag = document?.headers?.get('etag') ?? ''
    expect(asked).toBe(`/openapi/v3/apis/apps/v1?hash=${etag.replaceAll('"', '')}`)
    const again = await openApi.answer(APPS, asked, { 'if-none-match': `"other", W/${etag}` })
    expect(again).toMatchObject({ code: 304, body: '' })
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
    expect((await growing.answer(['v3'], '/', {}))?.headers?.get('etag')).not.toBe(index?.headers?.get('etag'))
    expect(String((await growing.answer(['v2'], '/', {}))?.body)).toContain('"/apis/batch/v1/jobs"')
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
          items: { allOf: [{ $ref: `#/components/schemas/${CORE}.ContainerPort` }], default: {} },
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
