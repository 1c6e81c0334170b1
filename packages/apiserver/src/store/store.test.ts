import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import type { KubeObject } from '../objects/kube-object.ts'
import { resourceType } from '../resources/resource-type.ts'
import { Store } from './store.ts'
import type { StoreEvent } from './history.ts'

const things = resourceType<KubeObject>('example.test/v1', 'things', 'Thing', { namespaced: true })
const others = resourceType<KubeObject>('v1', 'others', 'Other', { namespaced: false })

function thing(namespace: string, name: string, extra: object = {}): KubeObject {
  const metadata = {
    namespace,
    name,
    uid: `${namespace}/${name}`,
    resourceVersion: '',
    creationTimestamp: '2026-01-01T00:00:00Z',
  }
  return { apiVersion: 'example.test/v1', kind: 'Thing', metadata, ...extra }
}

describe('store', () => {
  test('every write gets the next revision, and lists are in key order', () => {
    const store = new Store()
    for (const [namespace, name] of [
      ['b', 'x'],
      ['a', 'y'],
      ['a', 'x'],
      ['a-b', 'x'],
    ] as const)
      store.put(things, thing(namespace, name))
    store.put(others, {
      apiVersion: 'v1',
      kind: 'Other',
      metadata: { name: 'o', uid: 'o', resourceVersion: '', creationTimestamp: '' },
    })
    expect(store.revision).toBe(5)
    expect(
      store
        .list(things)
        .map((item) => `${item.metadata.namespace}/${item.metadata.name}@${item.metadata.resourceVersion}`),
    ).toEqual(['a-b/x@4', 'a/x@3', 'a/y@2', 'b/x@1'])
    expect(store.list(things, 'a').map((item) => item.metadata.name)).toEqual(['x', 'y'])
  })

  test('stored objects are deeply frozen', () => {
    const stored = new Store().put(things, thing('a', 'x', { spec: { list: [{ deep: 1 }] } }))
    expect(() =>
      Object.assign((stored as unknown as { spec: { list: object[] } }).spec.list[0] ?? {}, { deep: 2 }),
    ).toThrow(TypeError)
  })

  test('a create stores what is new alone, and leaves no mark of what is not', () => {
    const store = new Store()
    const first = store.create(things, thing('a', 'x', { spec: { size: 1 } }))
    expect(first?.metadata.resourceVersion).toBe('1')
    expect(store.create(things, thing('a', 'x', { spec: { size: 2 } }))).toBeUndefined()
    // Somebody else's object cannot be edited: the store keeps a copy.
    const frozen = Object.freeze(thing('a', 'y'))
    const copied = store.create(things, frozen)
    expect(copied).toEqual({ ...frozen, metadata: { ...frozen.metadata, resourceVersion: '2' } })
    expect(store.list(things)).toEqual([first, copied])
    expect(store.get(things, 'a', 'x')).toBe(first)
    expect(store.eventsSince(things, 0)?.map(({ type, key }) => `${type} ${key}`)).toEqual([
      'ADDED /example.test/things/a/x',
      'ADDED /example.test/things/a/y',
    ])
  })

  test('what was found last is not found again after a write, a removal or a restore', () => {
    const store = new Store()
    const before = store.snapshot()
    const size = (): unknown => Reflect.get(store.get(things, 'a', 'x') ?? {}, 'size')
    expect(size()).toBeUndefined()
    store.put(things, thing('a', 'x', { size: 1 }))
    expect(size()).toBe(1)
    store.put(things, thing('a', 'x', { size: 2 }))
    expect(size()).toBe(2)
    const found = store.get(things, 'a', 'x')
    if (found !== undefined) store.remove(things, found)
    expect(size()).toBeUndefined()
    store.put(things, thing('a', 'x', { size: 3 }))
    expect(size()).toBe(3)
    store.restore(before)
    expect(size()).toBeUndefined()
  })

  test('watches hear only what is in their scope, each write once', () => {
    const store = new Store()
    const heard: string[] = []
    const listen = (who: string) => (event: StoreEvent) => void heard.push(`${who}:${event.type}:${event.key}`)
    const prefix = '/example.test/things/'
    store.watch({ prefix }, listen('all'))
    store.watch({ prefix, namespace: 'a' }, listen('namespace'))
    store.watch({ prefix, namespace: 'a', name: 'x' }, listen('name'))
    store.watch({ prefix, nodeName: 'n1' }, listen('node'))
    store.put(things, thing('b', 'x'))
    store.put(things, thing('a', 'x', { spec: { nodeName: 'n1' } }))
    expect(heard).toEqual([
      'all:ADDED:/example.test/things/b/x',
      'all:ADDED:/example.test/things/a/x',
      'namespace:ADDED:/example.test/things/a/x',
      'name:ADDED:/example.test/things/a/x',
      'node:ADDED:/example.test/things/a/x',
    ])
  })

  test('history reaches back as far as its capacity and says when it does not', () => {
    const store = new Store({ historyCapacity: 3 })
    for (let i = 0; i < 5; i++) store.put(things, thing('a', `x${i}`))
    expect(store.eventsSince(things, 2)?.map((event) => event.revision)).toEqual([3, 4, 5])
    expect(store.eventsSince(things, 1)).toBeUndefined()
  })

  test('writes older than any list may ask for go when newer ones come, but for the newest thousand', () => {
    let nowUs = 0
    const store = new Store({ now: () => nowUs })
    for (let i = 0; i < 1500; i++) store.put(things, thing('a', `x${i}`))
    const minuteUs = 60 * 1_000_000
    for (const minute of [4, 6]) {
      nowUs = minute * minuteUs
      store.put(things, thing('a', `at-${minute}`))
    }
    // Of the last two periods everything is there.
    expect(store.eventsSince(things, 0)).toHaveLength(1502)
    nowUs = 11 * minuteUs
    store.put(things, thing('a', 'at-11'))
    expect(store.eventsSince(things, 0)).toBeUndefined()
    // What a quiet watch may still resume from: the thousand, and the write that made the others go.
    expect(store.eventsSince(things, store.revision - 1001)).toHaveLength(1001)
    expect(store.eventsSince(things, store.revision - 1002)).toBeUndefined()
  })

  test('property: a snapshot is untouched by later writes, and restoring it brings everything back', () => {
    const write = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), remove: fc.boolean(), value: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(write, { maxLength: 30 }), fc.array(write, { maxLength: 30 }), (before, after) => {
        const store = new Store()
        const run = (writes: typeof before): void => {
          for (const { name, remove, value } of writes) {
            const found = store.get(things, 'n', name)
            if (!remove) store.put(things, thing('n', name, { spec: { value } }))
            else if (found !== undefined) store.remove(things, found)
          }
        }
        run(before)
        const dump = JSON.stringify(store.list(things))
        const { revision } = store
        const snapshot = store.snapshot()
        run(after)
        store.restore(snapshot)
        expect(JSON.stringify(store.list(things))).toBe(dump)
        expect(store.revision).toBe(revision)
      }),
    )
  })

  test('the version of a type changes with its writes alone, and never comes back', () => {
    const store = new Store()
    const seen = [store.versionOf(things)]
    const before = store.snapshot()
    store.put(things, thing('a', 'x'))
    seen.push(store.versionOf(things))
    store.put(others, { ...thing('', 'o'), kind: 'Other' })
    expect(store.versionOf(things)).toBe(seen.at(-1))
    store.restore(before)
    seen.push(store.versionOf(things))
    store.put(things, thing('a', 'y'))
    seen.push(store.versionOf(things))
    expect(new Set(seen).size).toBe(4)
  })
})
