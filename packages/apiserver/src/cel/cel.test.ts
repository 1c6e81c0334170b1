// What expressions mean, what is wrong with them, and what they can cost: as cel-go and Kubernetes' libraries have it.

import { describe, expect, test } from 'vitest'
import { CelError, compile, estimateCost, programOf, type Environment, type Value } from './index.ts'
import { readType, type Type } from './types/type.ts'

const VARIABLES: ReadonlyMap<string, Type> = new Map([
  ['n', readType('int')],
  ['s', readType('string')],
  ['l', readType('list<string>')],
  ['m', readType('map<string, string>')],
  ['x', readType('dyn')],
])
const ENVIRONMENT: Environment = { variables: VARIABLES, fieldsOf: () => undefined }
const VALUES = new Map<string, Value>([
  ['n', 5n],
  ['s', 'abc'],
  ['l', ['b', 'a']],
  ['m', new Map([['k', 'v']])],
  ['x', 1n],
])

function run(text: string): { readonly shown: unknown; readonly cost: number } {
  const compiled = compile(text, ENVIRONMENT)
  if (typeof compiled === 'string') return { shown: compiled, cost: 0 }
  const { value, cost } = programOf(compiled.checked).run(VALUES)
  return { shown: value instanceof CelError ? value.message : value, cost }
}

describe('values', () => {
  test.each<[expression: string, value: unknown]>([
    ["'%s'.format([[1, -7 / 2, -7 % 3, 1.5, null]])", '[1, -3, -1, 1.500000, null]'],
    ['9223372036854775807 + n', 'integer overflow'],
    ['dyn(1) == 1.0 && dyn(1u) == 1.0 && dyn({1: 2}) == {1u: 2}', true],
    ['(1 / 0 == 1) || true', true],
    ['[n, 0].exists(a, 1 / a == 0)', true],
    ['[0, 0].exists(a, 1 / a == 0)', 'division by zero'],
    [
      "['x', 'y'].transformMap(i, v, v)",
      new Map([
        [0n, 'x'],
        [1n, 'y'],
      ]),
    ],
    ["['a', 'a'].transformMapEntry(i, v, {v: i})", 'insert failed: key a already exists'],
    ["[{'a': 2}, {'a': 1}].sortBy(e, e.a)[0].a", 1n],
    ["m.map(k, m[k]) + ['z']", ['v', 'z']],
    ["string(timestamp('2020-01-01T00:00:00.5+02:00'))", '2020-01-01T00:00:00.5+02:00'],
    ["timestamp('2020-06-15T12:00:00Z').getHours('-03:30')", 8n],
    ["string(duration('1h') + duration('1.5s'))", '3601.5s'],
    ['string(1e6) + string(0.0001)', '1e+060.0001'],
    [
      "'%.2f %e %x %s'.format([1234567.891, 1234.5, 'hi', {'b': 1, 'a': [2]}])",
      '1,234,567.89 1.234500×10⁰³ 6869 {"a":[2], "b":1}',
    ],
    ["'abcabc'.lastIndexOf('a', 2) + 'héllo'.indexOf('l')", 2n],
    ["'a,b,c'.split(',', 2) == ['a', 'b,c'] && 'abc'.replace('', '-') == '-a-b-c-'", true],
    ["url('https://[::1]:80/a%20b?q=1&q=2').getEscapedPath() + url('//h/p').getHost()", '/a%20bh'],
    ["url('p').getHost()", 'URL parse error during conversion from string: parse "p": invalid URI for request'],
    [
      "ip('01.2.3.4')",
      'IP Address "01.2.3.4" parse error during conversion from string: ParseAddr("01.2.3.4"): IPv4 field has octet with leading zero',
    ],
    ["semver('1.2.3-alpha.1').compareTo(semver('1.2.3-alpha.beta'))", -1n],
    ["semver('01.2.3')", 'Major number must not contain leading zeroes "01"'],
    ["optional.of(n).optMap(v, v + 1).value() + {'a': {'b': 1}}.?a.?c.orValue(2)", 8n],
    ["[?optional.of(1), ?optional.none()].size() + {?'a': optional.of(1)}.size()", 2n],
    ["x + 'a'", 'no such overload'],
    ["'%.20f'.format([0.5]).size()", 22n],
    ["'%.21f'.format([0.5])", 'error during formatting: podwire prints at most 20 digits behind the point'],
    ['x.size()', 'no such overload: size'],
    ['x.getFullYear()', 'no such overload: getFullYear(int)'],
    ['x.all(a, true)', "got 'types.Int', expected iterable type"],
    ["l[2] + m['z']", 'index out of bounds: 2'],
  ])('%s', (expression, value) => {
    expect(run(expression).shown).toEqual(value)
  })
})

const STARTS =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

describe('problems', () => {
  test.each<[expression: string, ...problems: readonly string[]]>([
    ['n ==', `1:5: Syntax error: mismatched input '<EOF>' expecting ${STARTS}`],
    ['n > > 1', `1:5: Syntax error: extraneous input '>' expecting ${STARTS}`],
    ['(n', "1:3: Syntax error: missing ')' at '<EOF>'"],
    ['[1', "1:3: Syntax error: mismatched input '<EOF>' expecting {']', ','}"],
    ['n)', "1:2: Syntax error: extraneous input ')' expecting <EOF>"],
    ['m.', "1:3: Syntax error: no viable alternative at input '.'"],
    [
      "'a",
      "1:1: Syntax error: token recognition error at: ''a'",
      `1:3: Syntax error: mismatched input '<EOF>' expecting ${STARTS}`,
    ],
    ['m.`k`', "1:3: unsupported syntax: '`'"],
    ['if', '1:1: reserved identifier: if'],
    ['has(n)', '1:5: invalid argument to has() macro'],
    ['l.all(i, i, true)', '1:10: duplicate variable name: i'],
    ['9223372036854775808', '1:1: invalid int literal'],
    ['n + s', "1:3: found no matching overload for '_+_' applied to '(int, string)'"],
    [
      's.foo(1) || y',
      "1:6: undeclared reference to 'foo' (in container '')",
      "1:13: undeclared reference to 'y' (in container '')",
    ],
    ['n.a', "1:2: type 'int' does not support field selection"],
    ["[1, 'a']", "1:5: expected type 'int' but found 'string'"],
    [
      'n.all(a, true)',
      "1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
    ],
    ["s.matches('[')", '1:11: invalid matches argument'],
    ["duration('1x')", '1:10: invalid duration argument'],
    [
      "'%d'.format([s])",
      '1:14: error during formatting: decimal clause can only be used on integers, was given string',
    ],
  ])('%s', (expression, ...problems) => {
    const told = String(run(expression).shown)
      .split('\n')
      .filter((line) => line.startsWith('ERROR'))
    expect(told).toEqual(problems.map((problem) => `ERROR: <input>:${problem}`))
  })
})

describe('costs', () => {
  /** Lists of ten texts of twenty characters. */
  const sizeAt = (path: readonly string[]): { readonly min: number; readonly max: number } | undefined =>
    path[0] === 'l' || path[0] === 's' ? { min: 0, max: path.at(-1) === 'l' ? 10 : 20 } : undefined

  test.each<[expression: string, estimated: number, actual: number]>([
    ['n > 1', 2, 2],
    ["s == 'abc'", 2, 2],
    ['s.matches("^a+$")', 4, 2],
    ["l.all(a, a == 'b')", 52, 12],
    ['l.all(a, l.exists(b, a == b))', 852, 36],
    ['l.map(a, a + "x").size()', 173, 31],
    ["s in ['a', 'b']", 13, 1],
    ['l.sort()', 222, 20],
    ["has(m.k) && m['k'] == 'v'", 4, 4],
  ])('%s', (expression, estimated, actual) => {
    const compiled = compile(expression, ENVIRONMENT)
    expect(typeof compiled === 'string' ? compiled : estimateCost(compiled.checked, sizeAt).max).toBe(estimated)
    expect(run(expression).cost).toBe(actual)
  })
})
