import { describe, expect, test } from 'vitest'
import { configMaps, events, pods } from '../resources/served-types.ts'
import { MINUTE } from '@podwire/engine'
import { HandlerServer, type Heard } from './handler.suite.ts'

const told = (heard: readonly Heard[]): readonly string[] =>
  heard.map(({ type, name }) => `${type} ${name ?? ''}`.trim())

function serverWith(...names: readonly string[]): HandlerServer {
  const server = new HandlerServer()
  for (const name of names) server.object('create', configMaps, { body: { metadata: { name } } })
  return server
}

describe('where a watch begins', () => {
  test.each([
    ['', ['ADDED a']],
    ['resourceVersion=0', ['ADDED a']],
    ['allowWatchBookmarks=true', ['ADDED a', 'BOOKMARK']],
    ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan', ['ADDED a']],
    ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1', ['ADDED a', 'BOOKMARK']],
    ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan', []],
    ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0', []],
  ])('%s', (query, expected) => {
    const server = serverWith('a')
    const heard = server.watch(configMaps, { query })
    expect(told(heard)).toEqual(expected)
    server.object('create', configMaps, { body: { metadata: { name: 'b' } } })
    expect(told(heard)).toEqual([...expected, 'ADDED b'])
  })

  test('what closes the initial events says so', () => {
    const heard = serverWith().watch(configMaps, { query: 'allowWatchBookmarks=true' })
    expect(heard[0]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' })
  })

  test('from before the server began, it is too old', () => {
    const heard = serverWith('a').watch(configMaps, { query: 'resourceVersion=1' })
    expect(heard[0]?.object).toMatchObject({ code: 410, reason: 'Expired' })
    expect(heard[0]?.name).toMatch(/^too old resource version: 1 \(\d+\)$/)
  })

  test('from a version to come, it is silent until that is past', () => {
    const server = serverWith('a')
    const { resourceVersion = '' } = server.list(configMaps).metadata
    const heard = server.watch(configMaps, { query: `resourceVersion=${Number(resourceVersion) + 1}` })
    server.object('create', configMaps, { body: { metadata: { name: 'b' } } })
    expect(heard).toEqual([])
    server.object('create', configMaps, { body: { metadata: { name: 'c' } } })
    expect(told(heard)).toEqual(['ADDED c'])
  })

  test('initial events of a version to come are an error in the stream', () => {
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=999'
    expect(serverWith('a').watch(configMaps, { query })[0]?.object).toMatchObject({ code: 504, reason: 'Timeout' })
  })

  test.each([
    ['sendInitialEvents=true', ['sendInitialEvents requires setting resourceVersionMatch to NotOlderThan']],
    [
      'sendInitialEvents=true&resourceVersionMatch=Exact',
      ['sendInitialEvents requires setting resourceVersionMatch to NotOlderThan', 'Unsupported value: "Exact"'],
    ],
    [
      'resourceVersion=1&resourceVersionMatch=NotOlderThan',
      ['forbidden for watch unless sendInitialEvents is provided'],
    ],
  ])('refuses %s', (query, causes) => {
    const refused = (): unknown => serverWith('a').watch(configMaps, { query })
    for (const cause of causes) expect(refused).toThrow(cause)
  })
})

describe('a watch by its path', () => {
  test('takes the options of a list', () => {
    const heard = (query: string): readonly unknown[] => serverWith('a').watch(configMaps, { query, byPath: true })
    expect(heard('resourceVersion=1&resourceVersionMatch=NotOlderThan')).toHaveLength(1)
    expect(heard('allowWatchBookmarks=true')).toHaveLength(1)
    const why = 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'
    expect(() => heard('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=1')).toThrow(why)
  })
})

describe('what a watch hears of an end', () => {
  const BODY = { metadata: { name: 'p' }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } }

  test('a pod is told to go, then told to go at once, then gone', () => {
    const server = new HandlerServer()
    const heard = server.watch(pods)
    server.object('create', pods, { body: BODY })
    server.ask('delete', pods, { name: 'p' })
    server.ask('delete', pods, { name: 'p', query: 'gracePeriodSeconds=0' })
    expect(heard.map(({ type, object }) => [type, object.metadata.deletionGracePeriodSeconds])).toEqual([
      ['ADDED', undefined],
      ['MODIFIED', 30],
      ['MODIFIED', 0],
      ['DELETED', 0],
    ])
  })

  test('an object that its last finalizer held goes as it was stored, the writer gets what he wrote', () => {
    const server = new HandlerServer()
    server.object('create', configMaps, { body: { metadata: { name: 'a', finalizers: ['a.b/c'] } } })
    server.object('delete', configMaps, { name: 'a' })
    const heard = server.watch(configMaps, { query: 'sendInitialEvents=false&resourceVersionMatch=NotOlderThan' })
    const answer = server.object('patch', configMaps, {
      name: 'a',
      contentType: 'application/merge-patch+json',
      body: { metadata: { finalizers: null } },
    })
    expect(answer.metadata.finalizers).toBeUndefined()
    expect(heard.map(({ type, object }) => [type, object.metadata.finalizers])).toEqual([['DELETED', ['a.b/c']]])
  })

  test('events go with their lease, an hour after their last write', async () => {
    const server = new HandlerServer()
    const about = { involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' } }
    server.object('create', events, { body: { metadata: { name: 'once' }, ...about } })
    server.object('create', events, { body: { metadata: { name: 'again' }, ...about } })
    const heard = server.watch(events)
    await server.driver.advance(30 * MINUTE)
    server.object('patch', events, {
      name: 'again',
      contentType: 'application/merge-patch+json',
      body: { count: 2 },
    })
    await server.driver.advance(32 * MINUTE)
    expect(told(heard).slice(2)).toEqual(['MODIFIED again', 'DELETED once'])
    await server.driver.advance(30 * MINUTE)
    expect(told(heard).slice(4)).toEqual(['DELETED again'])
  })
})
