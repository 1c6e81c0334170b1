import { describe, expect, test } from 'vitest'
import { compileGoRegexp, matchesGoRegexp } from './go-regexp.ts'

describe('a pattern that Go does not compile', () => {
  test.each([
    ['(', 'missing closing ): `(`'],
    ['a**', 'invalid nested repetition operator: `**`'],
    ['[z-a]', 'invalid character class range: `z-a`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['*', 'missing argument to repetition operator: `*`'],
    [String.raw`\8`, String.raw`invalid escape sequence: ` + '`' + String.raw`\8` + '`'],
  ])('%s', (pattern, why) => {
    expect(compileGoRegexp(pattern)).toEqual({ error: `error parsing regexp: ${why}` })
  })
})

test.each([
  ['^[a-z]+$', 'abc', true],
  ['^[a-z]+$', 'abc\n', false],
  ['b', 'abc', true],
  ['(?i)ABC', 'abc', true],
  [String.raw`^\pL+$`, 'äöü', true],
])('%s in %j: %s', (pattern, text, expected) => {
  expect(matchesGoRegexp(pattern, text)).toBe(expected)
})
