import { describe, expect, test } from 'vitest'
import { StatusError } from '../status/status-error.ts'
import { jsonPatch } from './json-patch.ts'
import { mergePatch } from './merge-patch.ts'
import { strategicMergePatch } from './strategic-merge-patch.ts'

const POD_SPEC = 'io.k8s.api.core.v1.PodSpec'
const SERVICE_SPEC = 'io.k8s.api.core.v1.ServiceSpec'
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

describe('merge patch', () => {
  test.each([
    { name: 'adds and replaces', target: { a: 1, b: 2 }, patch: { b: 3, c: 4 }, result: { a: 1, b: 3, c: 4 } },
    { name: 'null deletes', target: { a: 1, b: { c: 1 } }, patch: { a: null, b: { c: null } }, result: { b: {} } },
    { name: 'lists are replaced', target: { a: [1, 2] }, patch: { a: [3] }, result: { a: [3] } },
    { name: 'a scalar gives way to an object', target: { a: 1 }, patch: { a: { b: 2 } }, result: { a: { b: 2 } } },
    { name: 'nulls inside a new object are dropped', target: {}, patch: { a: { b: null } }, result: { a: {} } },
  ])('$name', ({ target, patch, result }) => {
    expect(mergePatch(target, patch)).toEqual(result)
  })

  test('a field called __proto__ is only a field', () => {
    const patched = mergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}')) as object
    expect(Object.keys(patched)).toEqual(['__proto__'])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('json patch', () => {
  test.each([
    { name: 'add to a list', patch: [{ op: 'add', path: '/a/-', value: 3 }], result: { a: [1, 2, 3] } },
    {
      name: 'replace of a missing key adds it',
      patch: [{ op: 'replace', path: '/b', value: 1 }],
      result: { a: [1, 2], b: 1 },
    },
    { name: 'remove', patch: [{ op: 'remove', path: '/a/0' }], result: { a: [2] } },
    { name: 'test for null of a missing key', patch: [{ op: 'test', path: '/b', value: null }], result: { a: [1, 2] } },
    { name: 'the whole document', patch: [{ op: 'replace', path: '', value: { b: 1 } }], result: { b: 1 } },
    { name: 'a path without its slash', patch: [{ op: 'add', path: 'a/b', value: 1 }], result: { a: [1, 2], b: 1 } },
    { name: 'an index from the end', patch: [{ op: 'remove', path: '/a/-1' }], result: { a: [1] } },
    { name: 'add before the end', patch: [{ op: 'add', path: '/a/-1', value: 3 }], result: { a: [1, 2, 3] } },
    { name: 'add without a value', patch: [{ op: 'add', path: '/b' }], result: { a: [1, 2], b: null } },
    { name: 'no operations', patch: [], result: { a: [1, 2] } },
    { name: 'nothing at all', patch: null, result: { a: [1, 2] } },
    { name: 'test that holds', patch: [{ op: 'test', path: '/a/0', value: 1 }], result: { a: [1, 2] } },
  ])('$name', ({ patch, result }) => {
    expect(jsonPatch({ a: [1, 2] }, patch)).toEqual(result)
  })

  test.each([
    { name: 'a scalar in place of the document', patch: [{ op: 'replace', path: '', value: 5 }] },
    { name: 'test that fails', patch: [{ op: 'test', path: '/a/0', value: 9 }] },
    { name: 'remove of nothing', patch: [{ op: 'remove', path: '/zzz' }] },
    { name: 'add under nothing', patch: [{ op: 'add', path: '/x/y', value: 1 }] },
    { name: 'unknown operation', patch: [{ op: 'erase', path: '/a' }] },
    { name: 'a path that is none', patch: [{ op: 'add', path: 'a', value: 1 }] },
    { name: 'copy from nowhere', patch: [{ op: 'copy', path: '/b' }] },
    { name: 'the whole document removed', patch: [{ op: 'remove', path: '' }] },
    { name: 'a field of the prototype', patch: [{ op: 'add', path: '/__proto__/x', value: 1 }] },
    { name: 'an index past the end', patch: [{ op: 'replace', path: '/a/2', value: 1 }] },
    { name: 'an index that is none', patch: [{ op: 'add', path: '/a/x', value: 1 }] },
    { name: 'a null among the operations', patch: [null] },
    {
      name: 'more copied than fits a request',
      patch: Array.from({ length: 2_000 }, () => ({ op: 'copy', from: '/long', path: '/b' })),
    },
  ])('refuses: $name', ({ patch }) => {
    expect(() => jsonPatch({ a: [1, 2], long: 'x'.repeat(1_600) }, patch)).toThrow(StatusError)
  })
})

test.each([
  ['a number as Go writes it', '1', true],
  ['a number with a point', '1.0', false],
])('a test goes by what is written: %s', (_name, value, holds) => {
  const text = `[{"op":"test","path":"/a","value":${value}}]`
  const tested = (): unknown => jsonPatch({ a: 1 }, JSON.parse(text), undefined, text)
  if (holds) expect(tested()).toEqual({ a: 1 })
  else expect(tested).toThrow(StatusError)
})

describe('strategic merge patch', () => {
  test.each([
    {
      name: 'containers merge by name',
      schema: POD_SPEC,
      target: {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'y' },
        ],
      },
      patch: { containers: [{ name: 'b', image: 'z' }] },
      result: {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'z' },
        ],
      },
    },
    {
      name: 'items of the patch keep its order among those that stay',
      schema: POD_SPEC,
      target: { containers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
      patch: { containers: [{ name: 'c', image: 'x' }, { name: 'new' }] },
      result: { containers: [{ name: 'a' }, { name: 'b' }, { name: 'c', image: 'x' }, { name: 'new' }] },
    },
    {
      name: '$patch: delete takes every item of that key',
      schema: SERVICE_SPEC,
      target: { ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }, { port: 80 }] },
      patch: { ports: [{ port: 53, $patch: 'delete' }] },
      result: { ports: [{ port: 80 }] },
    },
    {
      name: 'of two items of one key the first is merged',
      schema: SERVICE_SPEC,
      target: {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
      patch: { ports: [{ port: 53, name: 'x' }] },
      result: {
        ports: [
          { port: 53, protocol: 'UDP', name: 'x' },
          { port: 53, protocol: 'TCP' },
        ],
      },
    },
    {
      name: '$patch: replace of a map',
      schema: POD_SPEC,
      target: { nodeSelector: { a: 'b' } },
      patch: { nodeSelector: { $patch: 'replace', c: 'd' } },
      result: { nodeSelector: { c: 'd' } },
    },
    {
      name: '$patch: delete of a map',
      schema: POD_SPEC,
      target: { nodeSelector: { a: 'b' }, nodeName: 'n' },
      patch: { nodeSelector: { $patch: 'delete' } },
      result: { nodeSelector: {}, nodeName: 'n' },
    },
    {
      name: 'a map that says how to merge it is not taken over where there is none',
      schema: POD_SPEC,
      target: {},
      patch: { nodeSelector: { $patch: 'replace', c: 'd' }, dnsConfig: { options: null, searches: ['a'] } },
      result: { dnsConfig: { searches: ['a'] } },
    },
    {
      name: 'a new item comes first',
      schema: POD_SPEC,
      target: { containers: [{ name: 'a' }] },
      patch: { containers: [{ name: 'c' }] },
      result: { containers: [{ name: 'c' }, { name: 'a' }] },
    },
    {
      name: '$patch: delete removes an item',
      schema: POD_SPEC,
      target: { containers: [{ name: 'a' }, { name: 'b' }] },
      patch: { containers: [{ name: 'a', $patch: 'delete' }] },
      result: { containers: [{ name: 'b' }] },
    },
    {
      name: '$patch: replace as an item replaces the list',
      schema: POD_SPEC,
      target: { containers: [{ name: 'a' }, { name: 'b' }] },
      patch: { containers: [{ $patch: 'replace' }, { name: 'z' }] },
      result: { containers: [{ name: 'z' }] },
    },
    {
      name: 'lists without a merge key are replaced',
      schema: POD_SPEC,
      target: { tolerations: [{ key: 'a' }] },
      patch: { tolerations: [{ key: 'b' }] },
      result: { tolerations: [{ key: 'b' }] },
    },
    {
      name: '$setElementOrder puts items in the client’s order',
      schema: POD_SPEC,
      target: { containers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
      patch: { '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }], containers: [{ name: 'a', image: 'x' }] },
      result: { containers: [{ name: 'b' }, { name: 'c' }, { name: 'a', image: 'x' }] },
    },
    {
      name: 'service ports merge by port',
      schema: SERVICE_SPEC,
      target: { ports: [{ port: 80, nodePort: 30080 }] },
      patch: { ports: [{ port: 80, targetPort: 8080 }] },
      result: { ports: [{ port: 80, nodePort: 30080, targetPort: 8080 }] },
    },
    {
      name: 'finalizers merge as a set, and $deleteFromPrimitiveList takes away',
      schema: META,
      target: { finalizers: ['a', 'b'] },
      patch: { finalizers: ['c'], '$deleteFromPrimitiveList/finalizers': ['a'] },
      result: { finalizers: ['c', 'b'] },
    },
    {
      name: '$retainKeys drops the others',
      schema: POD_SPEC,
      target: { volumes: [{ name: 'v', emptyDir: {} }] },
      patch: { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] },
      result: { volumes: [{ name: 'v', configMap: { name: 'c' } }] },
    },
    {
      name: 'null deletes',
      schema: POD_SPEC,
      target: { nodeSelector: { a: 'b' } },
      patch: { nodeSelector: null },
      result: {},
    },
  ])('$name', ({ schema, target, patch, result }) => {
    expect(strategicMergePatch(schema, target, patch)).toEqual(result)
  })

  test.each([
    {
      name: 'missing merge key',
      patch: { containers: [{ image: 'x' }] },
      message: 'map: map[image:x] does not contain declared merge key: name',
    },
    {
      name: 'unknown directive',
      patch: { $patch: 'erase' },
      message: 'unknown patch type: erase in map: map[$patch:erase]',
    },
    {
      name: 'merge said of a map',
      patch: { $patch: 'merge' },
      message: 'unknown patch type: merge in map: map[$patch:merge]',
    },
    {
      name: 'merge said of an item',
      patch: { containers: [{ name: 'a', $patch: 'merge' }] },
      message: 'merging lists cannot yet be specified in the patch',
    },
    {
      name: 'deletion of nobody',
      patch: { containers: [{ $patch: 'delete' }] },
      message: 'map: map[$patch:delete] does not contain declared merge key: name',
    },
    {
      name: 'maps and scalars in one list',
      patch: { containers: ['a'] },
      message: 'list element types are not identical: [[map[name:a]] [a]]',
    },
    {
      name: 'nothing in a list of maps',
      patch: { containers: [null] },
      message: 'list element types are not identical: [[map[name:a]] [<nil>]]',
    },
    {
      name: 'lists in a list',
      patch: { containers: [['a']] },
      message: 'list element types are not identical: [[map[name:a]] [[a]]]',
    },
    {
      name: 'an order that is no list',
      patch: { '$setElementOrder/containers': 'a' },
      message: 'expected a []interface {}, but received a string',
    },
    {
      name: 'an order that misses an item',
      patch: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'b' }] },
      message: "The order in patch list:\n[map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n",
    },
    {
      name: 'a directive without its list',
      patch: { $deleteFromPrimitiveList: ['a'] },
      message: 'invalid patch format of primitive list',
    },
    {
      name: 'a directive that is a number',
      patch: { containers: [{ name: 'a', $patch: 5 }] },
      message: 'unknown patch type: %!s(int64=5) in map: map[$patch:5 name:a]',
    },
    {
      name: 'nothing in a list',
      patch: { containers: [null] },
      message: 'list element types are not identical: [[map[name:a]] [<nil>]]',
    },
    { name: 'retainKeys that is no list', patch: { $retainKeys: 'a' }, message: 'invalid patch format of retainKeys' },
    {
      name: 'retainKeys without a sent key',
      patch: { $retainKeys: ['a'], b: 1 },
      message: 'invalid patch format of retainKeys',
    },
  ])('refuses: $name', ({ patch, message }) => {
    expect(() => strategicMergePatch(POD_SPEC, { containers: [{ name: 'a' }] }, patch)).toThrow(message)
  })
})
