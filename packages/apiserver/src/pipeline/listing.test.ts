import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MINUTE, compareText } from '@podwire/engine'
import { configMaps, pods } from '../resources/served-types.ts'
import { HandlerServer } from './handler.suite.ts'

function withMaps(...names: readonly string[]): HandlerServer {
  const server = new HandlerServer()
  for (const name of names) server.object('create', configMaps, { body: { metadata: { name, labels: { n: name } } } })
  return server
}

const named = (server: HandlerServer, query = ''): readonly string[] =>
  server.list(configMaps, { query }).items.map(({ metadata }) => metadata.name)

describe('options of a list', () => {
  const forbidden = (message: string): string =>
    `ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: ${message}`
  test.each([
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['limit=', 400, 'strconv.ParseInt: parsing "": invalid syntax'],
    ['limit=9223372036854775808', 400, 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
    ['timeoutSeconds=1.5', 400, 'strconv.ParseInt: parsing "1.5": invalid syntax'],
    // Numbers are read before selectors, selectors before options are held against each other.
    ['limit=x&labelSelector=a===b', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      'labelSelector=a===b&resourceVersionMatch=Exact',
      400,
      "unable to parse requirement: found '=', expected: identifier",
    ],
    ['fieldSelector=x&resourceVersionMatch=Exact', 400, "invalid selector: 'x'; can't understand 'x'"],
    [
      'fieldSelector=spec.x=1&resourceVersionMatch=Exact',
      422,
      forbidden('resourceVersionMatch is forbidden unless resourceVersion is provided'),
    ],
    [
      'resourceVersion=-1',
      400,
      'invalid resource version: resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax',
    ],
    [
      'resourceVersion=99999999999999999999',
      400,
      'invalid resource version: resourceVersion: Invalid value: "99999999999999999999": strconv.ParseUint: parsing "99999999999999999999": value out of range',
    ],
    ['resourceVersion=1&resourceVersionMatch=Exact', 410, 'The resourceVersion for the provided list is too old.'],
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      422,
      forbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
    ],
    [
      'continue=abc',
      400,
      "invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value",
    ],
    ['continue=!', 400, 'invalid continue token: continue key is not valid: illegal base64 data at input byte 0'],
    ['continue=abcde', 400, 'invalid continue token: continue key is not valid: illegal base64 data at input byte 4'],
    [
      'continue=garbage',
      400,
      "invalid continue token: continue key is not valid: invalid character '\\u0081' looking for beginning of value",
    ],
  ])('%s', (query, code, message) => {
    expect(withMaps('a').status('list', configMaps, { query })).toMatchObject({ code, message })
  })

  test.each([
    [{ v: 'meta.k8s.io/v2', rv: 1, start: 'a' }, 'server does not recognize this encoded version meta.k8s.io/v2'],
    [{ v: 'meta.k8s.io/v1', rv: 0, start: 'a' }, 'incorrect encoded start resourceVersion (version meta.k8s.io/v1)'],
    [{ v: 'meta.k8s.io/v1', rv: 1, start: '' }, 'encoded start key empty (version meta.k8s.io/v1)'],
    [{ v: 'meta.k8s.io/v1', rv: 1, start: '../x' }, '../x'],
    [
      { v: 'meta.k8s.io/v1', rv: 'x' },
      'json: cannot unmarshal string into Go struct field continueToken.rv of type int64',
    ],
    [[], 'json: cannot unmarshal array into Go value of type storage.continueToken'],
  ])('a continue token that says %j', (token, why) => {
    const query = `continue=${Buffer.from(JSON.stringify(token)).toString('base64url')}`
    const message = `invalid continue token: continue key is not valid: ${why}`
    expect(withMaps('a').status('list', configMaps, { query })).toMatchObject({ code: 400, message })
  })
})

describe('versions of a list', () => {
  test('exact ones show what was there then, and a limit makes any version exact', () => {
    const server = withMaps('a', 'b')
    const { resourceVersion = '' } = server.list(configMaps).metadata
    server.ask('delete', configMaps, { name: 'a' })
    server.object('create', configMaps, { body: { metadata: { name: 'c' } } })
    expect(named(server)).toEqual(['b', 'c'])
    expect(named(server, `resourceVersion=${resourceVersion}`)).toEqual(['b', 'c'])
    expect(named(server, `resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`)).toEqual(['a', 'b'])
    expect(named(server, `resourceVersion=${resourceVersion}&limit=5`)).toEqual(['a', 'b'])
    expect(named(server, `resourceVersion=${resourceVersion}&limit=5&resourceVersionMatch=NotOlderThan`)).toEqual([
      'b',
      'c',
    ])
  })

  test('older states go with the second compaction after them, and a token says how to go on', async () => {
    const server = withMaps('a', 'b', 'c')
    const { resourceVersion = '', continue: token = '' } = server.list(configMaps, { query: 'limit=1' }).metadata
    server.object('create', configMaps, { body: { metadata: { name: 'd' } } })
    await server.driver.advance(6 * MINUTE)
    server.object('create', configMaps, { body: { metadata: { name: 'e' } } })
    expect(named(server, `continue=${token}`)).toEqual(['b', 'c'])
    await server.driver.advance(6 * MINUTE)
    const exact = `resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`
    expect(server.status('list', configMaps, { query: exact }).code).toBe(410)
    const { code, metadata } = server.status('list', configMaps, { query: `continue=${token}` })
    expect(code).toBe(410)
    expect(named(server, `continue=${metadata.continue ?? ''}`)).toEqual(['b', 'c', 'd', 'e'])
  })

  test('version 0 is the whole list, whatever the limit', () => {
    const server = withMaps('a', 'b', 'c')
    expect(named(server, 'resourceVersion=0&limit=1')).toEqual(['a', 'b', 'c'])
    const { continue: token = '' } = server.list(configMaps, { query: 'limit=1' }).metadata
    expect(named(server, `resourceVersion=0&limit=1&continue=${token}`)).toEqual(['b', 'c'])
  })

  test.each(['get', 'list'] as const)('a %s of a version to come', (verb) => {
    const server = withMaps('a')
    const query = 'resourceVersion=999'
    const answer = server.status(verb, configMaps, { query, ...(verb === 'get' ? { name: 'a' } : {}) })
    expect(answer).toMatchObject({ code: 504, reason: 'Timeout', details: { retryAfterSeconds: 1 } })
  })

  test('a get of a version that is no number is an error of the server', () => {
    const message = 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax'
    expect(withMaps('a').status('get', configMaps, { name: 'a', query: 'resourceVersion=x' })).toMatchObject({
      code: 500,
      message,
    })
  })
})

describe('pages', () => {
  test('property: they hold each object once, as it was when the first was asked for', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}[a-z0-9]$/)
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (names, limit) => {
        const server = withMaps(...names)
        const seen: string[] = []
        let query = `limit=${limit}`
        for (;;) {
          const { items, metadata } = server.list(configMaps, { query })
          seen.push(...items.map((item) => item.metadata.name))
          if (metadata.continue === undefined) break
          expect(metadata.remainingItemCount).toBe(names.length - seen.length)
          server.object('create', configMaps, { body: { metadata: { generateName: 'new-' } } })
          query = `limit=${limit}&continue=${metadata.continue}`
        }
        expect(seen).toEqual([...names].sort(compareText))
      }),
      { seed: 3, numRuns: 40 },
    )
  })

  test('with a selector nobody counts, and a page may be followed by an empty one', () => {
    const server = withMaps('a', 'b', 'c')
    const { items, metadata } = server.list(configMaps, { query: 'limit=1&labelSelector=n%3Da' })
    expect(items.map((item) => item.metadata.name)).toEqual(['a'])
    expect(metadata.remainingItemCount).toBeUndefined()
    expect(named(server, `labelSelector=n%3Da&continue=${metadata.continue ?? ''}`)).toEqual([])
  })

  test('one object by name is never cut', () => {
    const server = withMaps('a', 'b')
    const page = server.list(configMaps, { query: 'limit=1&fieldSelector=metadata.name%3Da' })
    expect(page.metadata.continue).toBeUndefined()
    expect(page.items.map((item) => item.metadata.name)).toEqual(['a'])
  })
})

test('a namespace that fields select narrows a list of all', () => {
  const server = withMaps('a')
  const query = 'fieldSelector=metadata.namespace%3Ddefault,metadata.name%3Da'
  expect(server.list(configMaps, { query, namespace: '' }).items).toHaveLength(1)
  expect(server.list(pods, { query, namespace: '' }).items).toHaveLength(0)
})
