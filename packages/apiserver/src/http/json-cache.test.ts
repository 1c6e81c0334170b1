// The text of an object, put together from parts that are known already, against JSON.stringify.

import { describe, expect, test } from 'vitest'
import { listItemJson, objectJson } from './json-cache.ts'

const OWNED = Object.freeze({ 'f:data': Object.freeze({ 'f:a"b': Object.freeze({}) }) })
const ENTRY = { manager: 'm', operation: 'Update', apiVersion: 'v1', time: 't', fieldsType: 'FieldsV1' }

describe('the text of an object', () => {
  test.each([
    ['owned by somebody', { name: 'a', managedFields: [{ ...ENTRY, fieldsV1: OWNED }] }],
    [
      'owned by two',
      {
        name: 'a',
        managedFields: [
          { ...ENTRY, fieldsV1: OWNED },
          { ...ENTRY, fieldsV1: OWNED },
        ],
      },
    ],
    [
      'owned through a subresource',
      { name: 'a', managedFields: [{ ...ENTRY, fieldsV1: OWNED, subresource: 'status' }] },
    ],
    ['owned, and no more is said', { managedFields: [{ fieldsV1: OWNED }] }],
    ['with owners that are no owners', { name: 'a', managedFields: [{ ...ENTRY }, {}] }],
    ['with fields after its owners', { managedFields: [{ ...ENTRY, fieldsV1: OWNED }], name: 'a' }],
    ['whose owners are not frozen', { name: 'a', managedFields: [{ ...ENTRY, fieldsV1: { 'f:x': {} } }] }],
    ['that nobody owns', { name: 'a' }],
  ])('%s', (_what, metadata) => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'é"': '\u2028' }, absent: undefined }
    const { apiVersion, kind, ...fields } = object
    for (const given of [object, Object.freeze({ ...object })]) {
      expect(objectJson(given)).toBe(JSON.stringify({ kind, apiVersion, ...fields }))
      expect(listItemJson(given)).toBe(JSON.stringify(fields))
    }
  })

  test('of nothing but its kind', () => {
    expect(objectJson({ apiVersion: 'v1', kind: 'X' })).toBe('{"kind":"X","apiVersion":"v1"}')
    expect(listItemJson({ apiVersion: 'v1', kind: 'X' })).toBe('{}')
  })
})
