// One hostile request from one stream: method, path, query, headers and body, each usual or not. Objects are mostly of the right
// kind, so that they get past decoding; some bodies are patches, protobuf, YAML or noise.

import { Random } from '@podwire/engine'
import type { Resource } from '../resources/resource.ts'
import { damaged, hostileJson, hostileText, objectOf } from './hostile-values.suite.ts'

export interface HostileRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const ODD_METHODS: readonly string[] = ['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'LOCK']
const SUBRESOURCES: readonly string[] = [
  'status',
  'scale',
  'binding',
  'eviction',
  'ephemeralcontainers',
  'resize',
  'token',
  'finalize',
  'log',
  'exec',
  'attach',
  'portforward',
  'proxy',
  'proxy/x/../y',
  'nope',
]
const OTHER_PATHS: readonly string[] = [
  '/',
  '/api',
  '/apis',
  '/apis/apps',
  '/apis/apps/v1',
  '/apis/nope/v1/things',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/api/v1',
  '/version',
  '/healthz/ping',
  '/livez?verbose',
  '/readyz?exclude=ping',
  '/metrics',
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  '/apis/authorization.k8s.io/v1/subjectaccessreviews',
  '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
  '/apis/authentication.k8s.io/v1/tokenreviews',
  '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  '/api/v1/watch/pods',
  '/api/v1/componentstatuses',
]
const NAMES: readonly string[] = [
  'one',
  'two',
  'web',
  'default',
  'kubernetes',
  '__proto__',
  '%2e%2e',
  '%00',
  '%',
  '%zz',
  'a%2Fb',
  'é',
  'A'.repeat(300),
]
const PARAMETERS: readonly (readonly [string, readonly string[]])[] = [
  ['limit', ['1', '0', '-1', 'x', '99999999999999999999']],
  ['continue', ['', 'abc', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0', 'bnVsbA']],
  ['resourceVersion', ['0', '1', '5', '-1', 'x', '0x1', '18446744073709551616']],
  ['resourceVersionMatch', ['Exact', 'NotOlderThan', 'Nope', '']],
  ['labelSelector', ['a=b', 'a in (b,c)', '!a', 'a=b,', '=', 'a in', '__proto__', 'é=é', 'a'.repeat(400)]],
  ['fieldSelector', ['metadata.name=one', 'spec.nope=1', 'metadata.name', '=', 'a=b=c', 'status.phase!=Running', '\\']],
  ['dryRun', ['All', 'None', '']],
  ['fieldManager', ['me', '', 'x'.repeat(200), '\u0001']],
  ['fieldValidation', ['Strict', 'Warn', 'Ignore', 'x']],
  ['force', ['true', 'false', 'x']],
  ['propagationPolicy', ['Foreground', 'Background', 'Orphan', 'x']],
  ['gracePeriodSeconds', ['0', '-1', 'x', '1e3']],
  ['orphanDependents', ['true', 'x']],
  ['timeoutSeconds', ['1', '0', 'x', '-1']],
  ['sendInitialEvents', ['true', 'false', 'x']],
  ['allowWatchBookmarks', ['true', 'x']],
  ['includeObject', ['None', 'Object', 'x']],
  ['pretty', ['true', 'x']],
  ['container', ['c', '']],
  ['tailLines', ['1', '-1', 'x']],
  ['sinceTime', ['2026-01-01T00:00:00Z', 'x']],
  ['command', ['ls', '']],
  ['__proto__', ['x']],
]
const ACCEPTS: readonly string[] = [
  'application/json',
  '*/*',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/vnd.kubernetes.protobuf,application/json',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'text/html',
  ';;;,,',
  'application/json;q=x',
]
const PATCHES: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]
const TYPES: readonly string[] = [
  'application/json',
  '',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'text/plain',
  '/',
  'application/json; charset=x',
]
const POINTERS: readonly string[] = [
  '',
  '/',
  '/metadata',
  '/metadata/labels/a',
  '/spec/ports/-',
  '/spec/ports/0',
  '/spec/containers/99',
  '/__proto__/x',
  '/metadata/name',
  '/a~2b',
  'x',
]
const YAML: readonly string[] = [
  'a: &a [*a]\n',
  'a: &a {b: 1}\nc: *a\n',
  '<<: {a: b}\n',
  '? [a]\n: b\n',
  'metadata: {name: one}\nspec: yes\n',
  '--- a\n--- b\n',
  '!!js/function x',
  '\t- x',
  'a: !!binary x\n',
  'metadata:\n  name: one\n  name: two\n',
]

function pathOf(resource: Resource, random: Random, toCollection: boolean): string {
  const { group, namespaced, resource: plural, version } = resource.type
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${random.chance(0.03) ? 'v9' : version}`
  const place =
    namespaced !== random.chance(0.03) ? `/namespaces/${random.chance(0.9) ? 'default' : random.pick(NAMES)}` : ''
  const collection = `${root}${place}/${plural}`
  if (toCollection !== random.chance(0.1)) return collection
  const name = `${collection}/${random.pick(NAMES)}`
  return random.chance(0.3) ? `${name}/${random.pick(SUBRESOURCES)}` : name
}

function queryOf(random: Random): string {
  const count = random.chance(0.5) ? 0 : random.integer(1, 3)
  const pairs = Array.from({ length: count }, () => {
    const [name, values] = random.pick(PARAMETERS)
    return `${name}=${random.chance(0.95) ? encodeURIComponent(random.pick(values)) : '%'}`
  })
  // A watch would stay open until its client goes.
  if (random.chance(0.05)) pairs.push('watch=true', 'timeoutSeconds=1')
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function wholeObject(resource: Resource, random: Random): Record<string, unknown> {
  const object = objectOf(resource.schema, random, 7)
  if (typeof object !== 'object' || object === null) return {}
  const { group, kind, version } = resource.type
  const found = object as Record<string, unknown>
  if (random.chance(0.95)) Object.assign(found, { apiVersion: group === '' ? version : `${group}/${version}`, kind })
  const { metadata } = found
  if (random.chance(0.9)) {
    const kept = typeof metadata === 'object' && metadata !== null && random.chance(0.3) ? metadata : {}
    found['metadata'] = { ...kept, name: random.pick(['one', 'two', 'web']) }
  }
  return found
}

function jsonPatch(random: Random): unknown {
  if (random.chance(0.1)) return hostileJson(random)
  return Array.from({ length: random.integer(0, 4) }, () => ({
    op: random.pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'nope']),
    path: random.pick(POINTERS),
    ...(random.chance(0.3) ? { from: random.pick(POINTERS) } : {}),
    ...(random.chance(0.8) ? { value: hostileJson(random) } : {}),
  }))
}

function nested(random: Random): Buffer {
  const depth = random.pick([10, 200, 1200, 12_000])
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const)
  return Buffer.from(`${open.repeat(depth)}1${close.repeat(depth)}`)
}

function noise(random: Random): Buffer {
  if (random.chance(0.3)) return nested(random)
  if (random.chance(0.3)) return Buffer.from(random.pick(YAML))
  const magic = random.chance(0.5) ? Buffer.from([0x6b, 0x38, 0x73, 0]) : Buffer.alloc(0)
  return Buffer.concat([magic, random.bytes(random.integer(0, 200))])
}

function bodyOf(resource: Resource, random: Random, contentType: string): Buffer {
  if (random.chance(0.08)) return noise(random)
  const value =
    contentType === 'application/json-patch+json'
      ? jsonPatch(random)
      : random.chance(0.05)
        ? hostileJson(random)
        : wholeObject(resource, random)
  const bytes = Buffer.from(JSON.stringify(value) ?? 'null')
  return random.chance(0.15) ? damaged(bytes, random) : bytes
}

/** The same seed gives the same request. */
export function hostileRequest(seed: number, resources: readonly Resource[]): HostileRequest {
  const random = new Random(seed)
  const method = random.chance(0.97) ? random.pick(METHODS) : random.pick(ODD_METHODS)
  const resource = random.pick(resources)
  const path = random.chance(0.94) ? pathOf(resource, random, method === 'POST') : random.pick(OTHER_PATHS)
  const contentType =
    method === 'PATCH' && random.chance(0.95)
      ? random.pick(PATCHES)
      : random.chance(0.8)
        ? 'application/json'
        : random.pick(TYPES)
  const hasBody = method === 'POST' || method === 'PUT' || method === 'PATCH' || random.chance(0.2)
  const body = hasBody ? bodyOf(resource, random, contentType) : Buffer.alloc(0)
  return {
    method,
    path: `${path}${path.includes('?') ? '' : queryOf(random)}`,
    headers: {
      accept: random.chance(0.7) ? 'application/json' : random.pick(ACCEPTS),
      ...(hasBody && contentType !== '' ? { 'content-type': contentType } : {}),
      ...(random.chance(0.03) ? { 'impersonate-user': hostileText(random).replaceAll(/[^\x20-\x7e]/g, '') } : {}),
      ...(random.chance(0.03) ? { 'user-agent': 'curl/8' } : {}),
      ...(random.chance(0.02) ? { 'accept-encoding': 'gzip' } : {}),
    },
    body,
  }
}
