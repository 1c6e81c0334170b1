// What the server would write of a value, and where the values of a JSON patch stand in its text.

import { expect, test } from 'vitest'
import { isWrittenAs, operationValues } from './raw-json.ts'

test.each<[string, unknown, string, boolean]>([
  ['a word', 'a', '"a"', true],
  ['an escape nobody needs', '1', '"\\u0031"', false],
  ['what Go escapes', '<>&', '"<>&"', false],
  ['what Go escapes, escaped', '<>&', '"\\u003c\\u003e\\u0026"', true],
  ['a number', 1, '1', true],
  ['a number with a point', 1, '1.0', false],
  ['a float', 1.5, '1.5', true],
  ['null', null, 'null', true],
  ['a map in another order', { a: '1', b: [true] }, '{ "b" : [ true ],\n"a":"1"}', true],
  ['a map whose key is escaped', { a: '1' }, '{"\\u0061":"1"}', true],
  ['a map with a field more', { a: '1' }, '{"a":"1","b":"2"}', false],
  ['a list that is longer', ['a'], '["a","b"]', false],
  ['a list of maps', [{ a: { b: [] } }, 'x'], '[{"a":{"b":[]}},"x"]', true],
])('%s', (_name, value, text, expected) => {
  expect(isWrittenAs(value, text)).toBe(expected)
})

test('values of operations, the last where there are two', () => {
  const text =
    ' [ {"op":"test", "path":"/a,]","value" : {"a":"}"} }, {"op":"remove","path":"/b"}, {"value":1,"value":1.0}] '
  expect(operationValues(text)).toEqual(['{"a":"}"}', undefined, '1.0'])
})
