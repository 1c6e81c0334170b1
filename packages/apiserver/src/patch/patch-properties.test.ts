// Laws that patches keep, whatever they are applied to.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonPatch } from './json-patch.ts'
import { mergePatch } from './merge-patch.ts'
import { strategicMergePatch } from './strategic-merge-patch.ts'
import { threeWayPatch } from './three-way-patch.ts'

type Json = Record<string, unknown>

const SEED = { seed: 11, numRuns: 300 }
const copy = <T>(value: T): T => structuredClone(value)

const key = fc.constantFrom('a', 'b', 'c/d', 'e~f', '__proto__')
const json = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.string({ maxLength: 3 }), fc.boolean(), tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.dictionary(key, tie('value'), { maxKeys: 3 }),
})).object as fc.Arbitrary<Json>

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The merge patch that makes `after` of `before`. */
function mergeDiff(before: Json, after: Json): Json {
  const entries: [string, unknown][] = []
  for (const [name, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, name) ? before[name] : undefined
    if (isObject(old) && isObject(value)) entries.push([name, mergeDiff(old, value)])
    else entries.push([name, value])
  }
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) entries.push([name, null])
  return Object.fromEntries(entries)
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** The JSON patch that makes `after` of `before`, field by field. */
function jsonDiff(before: Json, after: Json, at = ''): Json[] {
  const removed = Object.keys(before)
    .filter((name) => !Object.hasOwn(after, name))
    .map((name) => ({ op: 'remove', path: `${at}/${escaped(name)}` }))
  const changed = Object.entries(after).flatMap(([name, value]) => {
    const path = `${at}/${escaped(name)}`
    const old = Object.hasOwn(before, name) ? before[name] : undefined
    return isObject(old) && isObject(value) ? jsonDiff(old, value, path) : [{ op: 'add', path, value }]
  })
  return [...removed, ...changed]
}

describe('merge patches', () => {
  test('the difference, applied, gives the other', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(mergePatch(copy(a), mergeDiff(a, b))).toEqual(b)
      }),
      SEED,
    )
  })

  test('applied twice is applied once', () => {
    fc.assert(
      fc.property(json, json, (a, patch) => {
        const once = mergePatch(copy(a), copy(patch))
        expect(mergePatch(copy(once), copy(patch))).toEqual(once)
      }),
      SEED,
    )
  })
})

describe('JSON patches', () => {
  test('the difference, applied, gives the other, whatever the names', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(jsonPatch(copy(a), jsonDiff(a, b))).toEqual(b)
      }),
      SEED,
    )
  })

  test('what was added tests as equal, is moved away and back, and removed', () => {
    fc.assert(
      fc.property(json, key, json, (document, name, value) => {
        const [path, aside] = [`/${escaped(name)}`, '/aside']
        const patched = jsonPatch(copy(document), [
          { op: 'add', path, value },
          { op: 'test', path, value },
          { op: 'move', from: path, path: aside },
          { op: 'copy', from: aside, path },
          { op: 'remove', path: aside },
          { op: 'test', path, value },
        ])
        expect(patched).toEqual({ ...document, ...Object.fromEntries([[name, value]]) })
      }),
      SEED,
    )
  })
})

describe('strategic merge patches', () => {
  const POD_SPEC = 'io.k8s.api.core.v1.PodSpec'
  const word: fc.Arbitrary<string> = fc.constantFrom('x', 'y', 'z')
  const env = fc.uniqueArray(fc.record({ name: word, value: word }), { selector: ({ name }) => name, maxLength: 3 })
  const container = fc.record(
    { name: word, image: word, env, args: fc.array(word, { maxLength: 2, minLength: 1 }) },
    { requiredKeys: ['name'] },
  )
  const containers = fc.uniqueArray(container, { selector: ({ name }) => name, maxLength: 3 })
  const spec = fc.record(
    { containers, nodeSelector: fc.dictionary(word, word, { maxKeys: 2 }), nodeName: word },
    { requiredKeys: ['containers'] },
  ) as fc.Arbitrary<Json>

  /** Lists that merge have no order of their own here. */
  function unordered(value: unknown): unknown {
    if (Array.isArray(value)) {
      const items = value.map(unordered)
      return items.every(isObject) ? items.sort((a, b) => (String(a['name']) < String(b['name']) ? -1 : 1)) : items
    }
    if (!isObject(value)) return value
    const fields = Object.entries(value).filter(([, inner]) => !(Array.isArray(inner) && inner.length === 0))
    return Object.fromEntries(fields.map(([name, inner]) => [name, unordered(inner)]))
  }

  test('what apply computes brings the last manifest to the new one', () => {
    fc.assert(
      fc.property(spec, spec, (last, next) => {
        const patch = threeWayPatch(POD_SPEC, last, next) as Json
        expect(unordered(strategicMergePatch(POD_SPEC, copy(last), patch))).toEqual(unordered(next))
      }),
      SEED,
    )
  })

  test('what others added stays', () => {
    fc.assert(
      fc.property(spec, spec, (last, next) => {
        const live = { ...copy(last), hostname: 'theirs', tolerations: [{ key: 'theirs' }] }
        const patched = strategicMergePatch(POD_SPEC, live, threeWayPatch(POD_SPEC, last, next) as Json)
        expect(patched).toMatchObject({ hostname: 'theirs', tolerations: [{ key: 'theirs' }] })
      }),
      SEED,
    )
  })

  test('$setElementOrder has its way with all it names, and the others keep their own order', () => {
    fc.assert(
      fc.property(containers, fc.uniqueArray(word, { minLength: 1 }), (live, order) => {
        fc.pre(live.length > 0)
        const patch = { '$setElementOrder/containers': order.map((name) => ({ name })) }
        const { containers: result } = strategicMergePatch(POD_SPEC, { containers: copy(live) }, patch)
        const names = (result as { name: string }[]).map(({ name }) => name)
        const before = live.map(({ name }) => name)
        expect([...names].sort()).toEqual([...before].sort())
        expect(names.filter((name) => order.includes(name))).toEqual(order.filter((name) => before.includes(name)))
        expect(names.filter((name) => !order.includes(name))).toEqual(before.filter((name) => !order.includes(name)))
      }),
      SEED,
    )
  })
})
