// Native reading against the scanner: the same values, and the same things said of them.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_KEPT_DEPTH, scanJson } from './json-scanner.ts'
import { jsonText } from '../objects/json-text.ts'
import { parseExactly, readJson } from './read-json.ts'

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

  test.each([
    ['a key of a list in a list', '[[{"a":1,"a":1}]]', ['[0][0].a']],
    ['a key beside strings that look like members', '{"a":"\\":","b":{"x":1,"x":"{\\"y\\":1}"}}', ['b.x']],
    ['a key with space before its colon', '{"a" : 1, "a"\n: 2}', ['a']],
    ['an empty key', '{"":1,"":2}', ['']],
  ])('finds again %s', (_what, text, duplicates) => {
    expect(readJson(text).duplicates).toEqual(duplicates)
  })

  test.each([
    ['1.0', '1.0'],
    ['1e3', '1e3'],
    ['-0', '-0'],
    ['1234567890123456', undefined],
    ['-12', undefined],
  ])('%s is kept as it is written where JavaScript would write it otherwise', (number, literal) => {
    const { value, literals } = readJson(`{"n": ${number}}`)
    expect(value).toEqual({ n: Number(number) })
    expect(literals?.get('n')).toBe(literal)
  })

  test.each<[string, bigint | number]>([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9223372036854775808', 2 ** 63],
    ['9007199254740993.0', 9007199254740992],
    ['1e21', 1e21],
  ])('an int64 that no double counts is a bigint: %s', (number, expected) => {
    const text = `{"a":[${number}],"b":{}}`
    expect(readJson(text).value).toEqual({ a: [expected], b: {} })
    expect(parseExactly(text)).toEqual({ a: [expected], b: {} })
    const written = typeof expected === 'bigint' ? text : JSON.stringify({ a: [expected], b: {} })
    expect(jsonText(readJson(text).value)).toBe(written)
    expect(jsonText(readJson(text).value, 2)).toBe(
      `{\n  "a": [\n    ${written.slice(6, written.indexOf(']'))}\n  ],\n  "b": {}\n}`,
    )
  })

  test.each([MAX_KEPT_DEPTH, MAX_KEPT_DEPTH + 1, 9_000])('says of %i levels whether they are too many', (levels) => {
    const text = '['.repeat(levels) + ']'.repeat(levels)
    expect(readJson(text).depth > MAX_KEPT_DEPTH).toBe(levels > MAX_KEPT_DEPTH)
  })

  test.each(['{"a":', '{"a":1,}', '\uFEFF{}', '[1]]'])('refuses %s in the words of Go', (text) => {
    expect(() => readJson(text)).toThrow(/^(unexpected end of JSON input|invalid character)/)
  })
})
