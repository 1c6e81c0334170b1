// Native reading against the scanner: the same values, and the same things said of them.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_KEPT_DEPTH, scanJson } from './json-scanner.ts'
import { readJson } from './read-json.ts'

describe('JSON as clients write it', () => {
  test('reads like the scanner does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const { value: read, duplicates } = readJson(text)
        expect({ read, duplicates }).toEqual({ read: scanJson(text).value, duplicates: [] })
      }),
      { seed: 13, numRuns: 300 },
    )
  })

  test.each([
    ['{"a":1,"a":2}', { value: { a: 2 }, duplicates: ['a'] }],
    ['{"a":{"b":1,"b":2},"c":[]}', { value: { a: { b: 2 }, c: [] }, duplicates: ['a.b'] }],
    ['{"__proto__":1,"__proto__":2}\n', { duplicates: ['__proto__'] }],
    ['{"a":1}\n', { value: { a: 1 }, duplicates: [] }],
  ])('%s', (text, expected) => {
    expect(readJson(text)).toMatchObject(expected)
  })

  test.each([MAX_KEPT_DEPTH, MAX_KEPT_DEPTH + 1, 9_000])('says of %i levels whether they are too many', (levels) => {
    const text = '['.repeat(levels) + ']'.repeat(levels)
    expect(readJson(text).depth > MAX_KEPT_DEPTH).toBe(levels > MAX_KEPT_DEPTH)
  })

  test.each(['{"a":', '{"a":1,}', '\uFEFF{}', '[1]]'])('refuses %s in the words of Go', (text) => {
    expect(() => readJson(text)).toThrow(/^(unexpected end of JSON input|invalid character)/)
  })
})
