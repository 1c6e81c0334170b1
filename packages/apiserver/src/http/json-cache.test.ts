// The text of an object, put together from parts that are known already, against JSON.stringify.

import { describe, expect, test } from 'vitest'
import { listItemJson, objectJson } from './json-cache.ts'
import { goJson } from '../objects/go-json.ts'

const OWNED = { 'f:data': { 'f:a"b': {} } }
const ENTRY = Object.freeze({ manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsV1: OWNED })
const BY_TWO = Object.freeze([ENTRY, { ...ENTRY, manager: 'n', subresource: 'status' }])

describe('the text of an object', () => {
  test.each([
    ['with owners', { name: 'a', managedFields: BY_TWO }],
    ['with owners others have, too', { name: 'b', managedFields: BY_TWO }],
    ['with owners and nothing else', { managedFields: BY_TWO }],
    ['with fields after its owners', { managedFields: BY_TWO, name: 'a' }],
    ['whose owners may change yet', { name: 'a', managedFields: [ENTRY] }],
    ['that nobody owns', { name: 'a' }],
    ['with quotes and backslashes', { name: 'a"', uid: 'b\\', labels: { 'c"': '\\' }, managedFields: BY_TWO }],
    ['with control characters', { name: 'a\n', uid: '\u0000', generateName: '\u007f~ ', managedFields: BY_TWO }],
    [
      'with halves of pairs and Go’s escapes',
      { name: '\ud800', uid: '😀é', namespace: '<\u2028', managedFields: BY_TWO },
    ],
    ['with long texts', { name: 'a'.repeat(65), uid: '"'.repeat(65), 'a"b': 'c', managedFields: BY_TWO }],
    ['with numbers, lists and gaps', { generation: 1, finalizers: [], uid: undefined, x: null, managedFields: BY_TWO }],
  ])('%s', (_what, metadata) => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'é"': '\u2028' }, absent: undefined }
    const { apiVersion, kind, ...fields } = object
    for (const given of [object, Object.freeze({ ...object })]) {
      expect(objectJson(given)).toBe(goJson({ kind, apiVersion, ...fields }))
      expect(listItemJson(given)).toBe(goJson(fields))
    }
  })

  test('escapes what Go escapes', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: '<&>\u2028"' } }
    expect(objectJson(object)).toContain('"data":{"a":"\\u003c\\u0026\\u003e\\u2028\\""}')
  })

  test('of nothing but its kind', () => {
    expect(objectJson({ apiVersion: 'v1', kind: 'X' })).toBe('{"kind":"X","apiVersion":"v1"}')
    expect(listItemJson({ apiVersion: 'v1', kind: 'X' })).toBe('{}')
  })
})
