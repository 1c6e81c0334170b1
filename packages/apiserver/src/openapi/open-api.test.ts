import protobuf from 'protobufjs/minimal.js'
import { describe, expect, it, test } from 'vitest'
import { RESOURCES } from '../http/fake-handler.suite.ts'
import { documentV2, documentV3 } from './document.ts'
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
      items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    })
  })
})

test('the protobuf document starts with swagger 2.0 and holds every path', () => {
  const document = documentV2(RESOURCES, none, 'v1.36.2')
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

describe('OpenApi', () => {
  const openApi = new OpenApi(() => RESOURCES, 'v1.36.2')

  it('indexes its documents by hash, and a document asked for by hash may be kept', async () => {
    const index = await openApi.answer(['v3'], '/openapi/v3', {})
    const { paths } = JSON.parse(String(index?.type === 'text' ? index.body : '')) as {
      paths: Record<string, { serverRelativeURL: string }>
    }
    expect(Object.keys(paths)).toEqual(['api/v1', 'apis/apps/v1'])
    const url = paths['apis/apps/v1']?.serverRelativeURL ?? ''
    const document = await openApi.answer(['v3', 'apis', 'apps', 'v1'], url, {})
    expect(document?.headers?.get('cache-control')).toBe('public, immutable')
    const etag = document?.headers?.get('etag') ?? ''
    const again = await openApi.answer(['v3', 'apis', 'apps', 'v1'], url, { 'if-none-match': etag })
    expect(again?.code).toBe(304)
  })

  it('has descriptions', async () => {
    const document = await openApi.answer(['v3', 'apis', 'apps', 'v1'], '/openapi/v3/apis/apps/v1', {})
    expect(document?.type === 'text' && String(document.body)).toContain(
      'Deployment enables declarative updates for Pods and ReplicaSets.',
    )
  })

  it.each([[['v3', 'apis', 'nope']], [['v4']], [[]], [['v2', 'x']]])('%j is none of its paths', (parts) => {
    expect(openApi.answer(parts, '/', {})).toBeUndefined()
  })
})
