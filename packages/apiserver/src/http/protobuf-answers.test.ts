// Answers to clients that take nothing but protobuf: what is in them is what JSON clients get.

import { gunzipSync } from 'node:zlib'
import protobuf from 'protobufjs/minimal.js'
import { Engine, RealTimeDriver } from '@podwire/engine'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { decodeMessage } from '../protobuf/decode.ts'
import { openEnvelope } from '../protobuf/envelope.ts'
import { findKindSchema } from '../protobuf/kind-schema.ts'
import { createApiServer } from '../server.ts'
import { open } from './ask.suite.ts'
import { startFakeCluster, type FakeCluster } from './fake-handler.suite.ts'

const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const engine = new Engine()
const api = createApiServer({ engine })
const driver = new RealTimeDriver(engine)
let cluster: FakeCluster

beforeAll(async () => {
  for (const namespace of ['default', 'big']) {
    api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  }
  for (const manifest of MANIFESTS) api.apply(manifest)
  for (let index = 0; index < 60; index++) {
    const data = { text: 'x'.repeat(4096) }
    api.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c-${index}`, namespace: 'big' }, data })
  }
  const resources = api.registry.all()
  const options = { engine, driver, handler: api.requestHandler, resources: () => resources }
  cluster = await startFakeCluster(undefined, options)
})

afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
  driver[Symbol.dispose]()
})

const template = {
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [
      {
        name: 'web',
        image: 'nginx',
        ports: [{ containerPort: 80, name: 'http' }],
        resources: { limits: { cpu: '500m', memory: '1Gi' } },
        readinessProbe: { httpGet: { path: '/', port: 'http' } },
      },
    ],
    volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }],
  },
}

const MANIFESTS = [
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'default' }, data: { a: 'eA==' } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', annotations: { b: '2', a: '1' } },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 0, selector: { matchLabels: { app: 'web' } }, template },
  },
  { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: template.spec },
  { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: { unschedulable: true } },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'i', namespace: 'default' },
    spec: {
      rules: [
        {
          host: 'a.b',
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { name: 'x' } } } }],
          },
        },
      ],
    },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h', namespace: 'default' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3 },
  },
]

async function bytesOf(path: string, accept: string, headers: Record<string, string> = {}) {
  const response = await open(cluster, path, { headers: { accept, ...headers } })
  const bytes = Buffer.concat(await response.toArray())
  return { code: response.statusCode, type: response.headers['content-type'], headers: response.headers, bytes }
}

interface Opened {
  readonly apiVersion: string
  readonly kind: string
  readonly [field: string]: unknown
}

function opened(bytes: Uint8Array): Opened {
  const { apiVersion, kind, raw } = openEnvelope(bytes)
  const schema = findKindSchema(apiVersion, kind)
  if (schema === undefined) throw new Error(`no message for ${apiVersion} ${kind}`)
  return { apiVersion, kind, ...decodeMessage(raw, schema) }
}

/** Without what only one of the encodings says: nulls, empty structs and zero values. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value)
    .map(([key, inner]) => [key, bare(inner)] as const)
    .filter(([, inner]) => !isNothing(inner))
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

function isNothing(value: unknown): boolean {
  const nothing = [null, undefined, '', 0, false]
  return nothing.some((zero) => zero === value) || (Array.isArray(value) && value.length === 0)
}

describe('the same in protobuf as in JSON', () => {
  it.each([
    '/api/v1/namespaces/default/secrets/s',
    '/api/v1/namespaces/default/services/web',
    '/apis/apps/v1/namespaces/default/deployments/web',
    '/apis/apps/v1/namespaces/default/deployments/web/scale',
    '/apis/apps/v1/namespaces/default/deployments/web/status',
    '/api/v1/namespaces/default/pods/p',
    '/api/v1/nodes/n',
    '/apis/networking.k8s.io/v1/namespaces/default/ingresses/i',
    '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/h',
    '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/h',
    '/api/v1/namespaces/default/pods',
    '/api/v1/services?limit=1',
    '/api/v1/configmaps?labelSelector=none',
    '/api/v1/namespaces/default/pods/missing',
    '/apis',
    '/api',
    '/apis/apps',
    '/apis/apps/v1',
    '/api/v1',
  ])('%s', async (path) => {
    const [json, protobufBytes] = await Promise.all([bytesOf(path, 'application/json'), bytesOf(path, PROTOBUF)])
    expect({ code: protobufBytes.code, type: protobufBytes.type }).toEqual({ code: json.code, type: PROTOBUF })
    expect(bare(opened(protobufBytes.bytes))).toEqual(
      bare({ apiVersion: 'v1', ...(JSON.parse(json.bytes.toString()) as object) }),
    )
  })

  it.each([
    ['/api/v1/namespaces/default/pods/p', 'PartialObjectMetadata'],
    ['/api/v1/namespaces/default/pods', 'PartialObjectMetadataList'],
  ])('metadata of %s', async (path, kind) => {
    const as = `;as=${kind};v=v1;g=meta.k8s.io`
    const json = await bytesOf(path, `application/json${as}`)
    const found = opened((await bytesOf(path, PROTOBUF + as)).bytes)
    const { items, ...rest } = JSON.parse(json.bytes.toString()) as { items?: readonly { metadata: object }[] }
    const expected = items === undefined ? rest : { ...rest, items: items.map(({ metadata }) => ({ metadata })) }
    expect(bare(found)).toEqual(bare(expected))
  })

  it('aggregated discovery', async () => {
    const as = ';g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const json = await bytesOf('/apis', `application/json${as}`)
    const found = await bytesOf('/apis', PROTOBUF + as)
    expect(found.type).toBe(PROTOBUF + as)
    expect(bare(opened(found.bytes))).toEqual(bare(JSON.parse(json.bytes.toString())))
  })
})

test('a refusal is the very bytes of the real server', async () => {
  const { code, type, bytes } = await bytesOf('/api/v1/pods', `${PROTOBUF};as=Chart`)
  expect([code, type]).toEqual([406, 'application/json'])
  const missing = await bytesOf('/api/v1/namespaces/x/nothings', PROTOBUF)
  // Unknown{TypeMeta{v1, Status}, raw Status{ListMeta, status, message, reason, details, code}, '', ''}
  const text = 'the server could not find the requested resource'
  const empty = '\n\u0000\u0012\u0000\u001a\u0000'
  const details = `\n\u0000\u0012\u0000\u001a\u0000(\u00002\u0000`
  const status =
    `\n\u0006${empty}\u0012\u0007Failure\u001a${String.fromCharCode(text.length)}${text}` +
    `"\u0008NotFound*${String.fromCharCode(details.length)}${details}0\u0094\u0003`
  const body = `k8s\u0000\n\u000c\n\u0002v1\u0012\u0006Status\u0012${String.fromCharCode(status.length)}${status}\u001a\u0000"\u0000`
  expect(missing.bytes.toString('latin1')).toBe(body)
  expect(bytes.toString()).toContain('NotAcceptable')
})

test('/version is JSON alone', async () => {
  expect(await bytesOf('/version', PROTOBUF)).toMatchObject({ code: 406, type: PROTOBUF })
  expect(await bytesOf('/version', `${PROTOBUF}, */*`)).toMatchObject({ code: 200, type: 'application/json' })
})

test('a watch sends frames of whole objects, without gzip', async () => {
  const path = '/api/v1/namespaces/default/services?watch=1&timeoutSeconds=1&resourceVersion=0'
  const headers = { accept: PROTOBUF, 'accept-encoding': 'gzip' }
  const response = await open(cluster, path, { headers })
  expect(response.headers).toMatchObject({ 'content-type': `${PROTOBUF};stream=watch` })
  expect(response.headers).not.toHaveProperty('content-encoding')
  let bytes = Buffer.alloc(0)
  for await (const chunk of response) {
    bytes = Buffer.concat([bytes, chunk as Buffer])
    if (bytes.length > 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) break
  }
  const event = protobuf.Reader.create(bytes.subarray(4, 4 + bytes.readUInt32BE(0)))
  expect([event.uint32(), event.string(), event.uint32()]).toEqual([(1 << 3) | 2, 'ADDED', (2 << 3) | 2])
  const raw = protobuf.Reader.create(event.bytes())
  expect(raw.uint32()).toBe((1 << 3) | 2)
  expect(opened(raw.bytes())).toMatchObject({ kind: 'Service', metadata: { name: 'web' } })
})

test('a watch that cannot go on says so in a frame', async () => {
  const path = '/api/v1/namespaces/default/services?watch=1&timeoutSeconds=1&resourceVersion=1'
  const { code, bytes } = await bytesOf(path, PROTOBUF)
  const event = protobuf.Reader.create(bytes.subarray(4))
  expect([code, event.uint32(), event.string(), event.uint32()]).toEqual([200, (1 << 3) | 2, 'ERROR', (2 << 3) | 2])
  const raw = protobuf.Reader.create(event.bytes())
  expect(raw.uint32()).toBe((1 << 3) | 2)
  expect(opened(raw.bytes())).toMatchObject({ kind: 'Status', status: 'Failure' })
})

describe('gzip', () => {
  const big = '/api/v1/namespaces/big/configmaps'

  it.each([
    ['a large list', big, 'deflate, gzip', true],
    ['nobody asks', big, 'identity', false],
    ['a small list', `${big}?limit=3`, 'gzip', false],
  ])('%s', async (_name, path, encoding, packed) => {
    const { headers, bytes } = await bytesOf(path, 'application/json', { 'accept-encoding': encoding })
    expect(headers['content-encoding']).toBe(packed ? 'gzip' : undefined)
    expect(headers.vary).toBe(packed ? 'Accept-Encoding' : undefined)
    const json = JSON.parse((packed ? gunzipSync(bytes) : bytes).toString()) as { items: readonly unknown[] }
    expect(json.items.length).toBe(path === big ? 60 : 3)
  })
})
