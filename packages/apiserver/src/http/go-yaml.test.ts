// What JSON reads like in YAML: scalars, their styles and line breaks, and the order of keys, as recorded from kube-apiserver 1.36.

import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { jsonToYaml } from './go-yaml.ts'

const LONG = 'a line of words that goes on and on until it is far too long to be kept on one line of eighty columns'

test.each<[string, unknown, string]>([
  ['a word', 'word', 'word'],
  ['nothing', '', '""'],
  ['null', null, 'null'],
  ['a dot', '.', '.'],
  ['a number', '08', '"08"'],
  ['a number with a sign', '-0', '"-0"'],
  ['a number in octal', '0o7', '"0o7"'],
  ['no number in octal', '0o9', '0o9'],
  ['a number too big', '1e999', '1e999'],
  ['a big number', '99999999999999999999', '"99999999999999999999"'],
  ['a word of YAML 1.1', 'on', '"on"'],
  ['base 60', '12:30', '"12:30"'],
  ['a day', '2020-1-1', '"2020-1-1"'],
  ['a time', '2020-01-01T00:00:00Z', '"2020-01-01T00:00:00Z"'],
  ['a colon at the end', 'a:', "'a:'"],
  ['a colon inside', 'a:b', 'a:b'],
  ['a comment', 'a #b', "'a #b'"],
  ['an indicator', '*a', "'*a'"],
  ['a quote', "it's", "it's"],
  ['a quote first', "'a", "'''a'"],
  ['a space at the end', 'a ', "'a '"],
  ['a tab', 'a\tb', '"a\\tb"'],
  ['beyond the basic plane', '\u{1f600}', '"\\U0001F600"'],
  ['lines', 'a\nb\n', '|\n    a\n    b'],
  ['lines without a last break', 'a\n\nb', '|-\n    a\n\n    b'],
  ['lines with more breaks', 'a\n\n', '|+\n    a\n'],
  ['lines with a space first', ' a\nb', '|2-\n     a\n    b'],
  ['lines with a space before a break', 'a \nb', '"a \\nb"'],
  ['a long line', LONG, LONG.replace(' line of eighty', '\n    line of eighty')],
  ['a float', 0.5, '0.5'],
  ['a float as Go prints it', 1234567.5, '1.2345675e+06'],
  ['an empty list', [], '[]'],
  ['a list', ['a', ['b', { c: 1, d: [] }]], '\n  - a\n  - - b\n    - c: 1\n      d: []'],
])('%s', (_name, value, written) => {
  const text = jsonToYaml(JSON.stringify({ m: { k: value } }))
  expect(text).toBe(`m:\n  k:${written.startsWith('\n') ? '' : ' '}${written}\n`)
})

test('keys go by letters last and numbers by value', () => {
  const keys = ['b', 'a10', 'a2', 'B', '10', '9', '_', '.', 'f:a', 'f:a.b']
  const text = jsonToYaml(JSON.stringify(Object.fromEntries(keys.map((key) => [key, {}]))))
  expect(text.replaceAll(': {}\n', ' ')).toBe('. _ "9" "10" B a2 a10 b f:a f:a.b ')
})

test('a key too long to be simple', () => {
  const key = 'k'.repeat(129)
  expect(jsonToYaml(JSON.stringify({ [key]: 'v' }))).toBe(`? ${key}\n: v\n`)
})

test('another reader finds the same', () => {
  const pieces = ['a', ' ', "'", '"', '\n', ':', '#', '-', '0', 'é', '\\', '\t', 'word '.repeat(20)]
  const values = pieces.flatMap((one) => pieces.flatMap((two) => pieces.map((three) => one + two + three)))
  expect(parse(jsonToYaml(JSON.stringify({ values })), { version: '1.1' })).toEqual({ values })
})
