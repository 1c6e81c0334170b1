import { describe, expect, it } from 'vitest'
import { checkConfiguration } from './check-configuration.ts'
import { compare } from './compare.ts'
import { toFieldsV1 } from './field-set.ts'
import { merge } from './merge.ts'
import { ownedPaths } from './owned-paths.ts'
import { structType } from './value-type.ts'

const pod = structType('io.k8s.api.core.v1.Pod')
const service = structType('io.k8s.api.core.v1.Service')

function named(...names: readonly string[]): { readonly spec: { readonly containers: readonly object[] } } {
  return { spec: { containers: names.map((name) => ({ name })) } }
}

describe('the order of a merged list', () => {
  it.each([
    ['keeps the live order of what the configuration leaves out', 'a b c', 'b', 'a b c'],
    ['appends new items at the end', 'a b', 'c', 'a b c'],
    ['puts new items where the configuration has them', 'a b', 'x b', 'a x b'],
    ['follows the configuration for shared items', 'a b c', 'c a', 'b c a'],
    ['takes the configuration alone when nothing is live', '', 'b a', 'b a'],
  ])('%s', (_, live, config, merged) => {
    const list = (text: string): readonly string[] => text.split(' ').filter((name) => name !== '')
    expect(merge(pod, named(...list(live)), named(...list(config)))).toEqual(named(...list(merged)))
  })
})

describe('merge', () => {
  it.each([
    [
      'an atomic map is replaced',
      { spec: { selector: { a: 'b' } } },
      { spec: { selector: { c: 'd' } } },
      { spec: { selector: { c: 'd' } } },
    ],
    [
      'a granular map is joined',
      { metadata: { labels: { a: 'b' } } },
      { metadata: { labels: { c: 'd' } } },
      { metadata: { labels: { a: 'b', c: 'd' } } },
    ],
    [
      'a set is joined',
      { metadata: { finalizers: ['a/b'] } },
      { metadata: { finalizers: ['c/d'] } },
      { metadata: { finalizers: ['a/b', 'c/d'] } },
    ],
    ['null is a value', { spec: { type: 'ClusterIP' } }, { spec: { type: null } }, { spec: { type: null } }],
    [
      'ports meet by port and protocol, TCP unless said otherwise',
      { spec: { ports: [{ port: 53, protocol: 'TCP', name: 't' }] } },
      { spec: { ports: [{ port: 53, targetPort: 1 }] } },
      { spec: { ports: [{ port: 53, protocol: 'TCP', name: 't', targetPort: 1 }] } },
    ],
  ])('%s', (_, live, config, merged) => {
    expect(merge(service, live, config)).toEqual(merged)
  })
})

describe('compare', () => {
  it.each([
    [
      'a new map is added with what is in it',
      {},
      { metadata: { labels: { a: 'b' } } },
      'added',
      { 'f:metadata': { '.': {}, 'f:labels': { '.': {}, 'f:a': {} } } },
    ],
    [
      'an atomic list changes as a whole',
      { spec: { clusterIPs: ['1'] } },
      { spec: { clusterIPs: ['2'] } },
      'modified',
      { 'f:spec': { 'f:clusterIPs': {} } },
    ],
    [
      'a list item is told from others by its keys',
      { spec: { ports: [{ port: 1, name: 'x' }] } },
      { spec: { ports: [{ port: 2, name: 'x' }] } },
      'removed',
      { 'f:spec': { 'f:ports': { 'k:{"port":1,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } } } },
    ],
    [
      'items that come twice are one',
      { spec: { ports: [{ port: 1 }] } },
      { spec: { ports: [{ port: 1 }, { port: 1 }] } },
      'added',
      { 'f:spec': { 'f:ports': { 'k:{"port":1,"protocol":"TCP"}': {} } } },
    ],
  ] as const)('%s', (_, before, after, what, fields) => {
    expect(toFieldsV1(compare(service, before, after)[what])).toEqual(fields)
  })
})

it('owns leaves and items, and maps only when they are empty', () => {
  const config = { spec: { containers: [{ name: 'c', resources: {} }], volumes: [] }, metadata: { labels: { a: '' } } }
  expect(toFieldsV1(ownedPaths(pod, config))).toEqual({
    'f:metadata': { 'f:labels': { 'f:a': {} } },
    'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:name': {}, 'f:resources': {} } } },
  })
})

const WRONG_TEXT =
  '.spec.clusterIP: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"b":[]interface {}{1, "x"}}}'

it('keys that Go always writes may be missing, others may not', () => {
  const config = { spec: { ports: [{ name: 'x' }] }, status: { conditions: [{ status: 'True' }] } }
  expect(checkConfiguration(service, config)).toBeUndefined()
  const account = structType('io.k8s.api.core.v1.ServiceAccount')
  expect(checkConfiguration(account, { secrets: [{ kind: 'x' }] })).toBe(
    '.secrets: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
  )
})

describe('a configuration is refused', () => {
  it.each([
    ['unknown field', { foo: 1 }, '.foo: field not declared in schema'],
    [
      'wrong scalar',
      { spec: { healthCheckNodePort: 'x' } },
      '.spec.healthCheckNodePort: expected numeric (int or float), got string',
    ],
    ['Go values: a text', { spec: { clusterIP: { b: [1, 'x'] } } }, WRONG_TEXT],
    [
      'Go values: others',
      { spec: { ports: { a: [true, 2e6, null] } } },
      '.spec.ports: expected list, got &{map[a:[true 2e+06 <nil>]]}',
    ],
    [
      'duplicate keys',
      { spec: { ports: [{ port: 80 }, { port: 80, protocol: 'TCP' }] } },
      '.spec.ports: duplicate entries for key [port=80,protocol="TCP"]',
    ],
    [
      'duplicates in a set',
      { metadata: { finalizers: ['a.b/c', 'a.b/c'] } },
      '.metadata.finalizers: duplicate entries for key [="a.b/c"]',
    ],
    [
      'a null item',
      { spec: { ports: [null] } },
      '.spec.ports: element 0: associative list with keys may not have a null element',
    ],
    [
      'several mistakes',
      { metadata: { a: 1 }, spec: { b: 2, c: 3 } },
      'errors:\n  .metadata.a: field not declared in schema\n  .spec.b: field not declared in schema',
    ],
  ])('%s', (_, config, problem) => {
    expect(checkConfiguration(service, config)).toBe(problem)
  })
})
