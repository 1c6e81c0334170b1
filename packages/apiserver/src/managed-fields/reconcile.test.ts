// Owners after the schema of a custom kind has changed.

import { expect, it } from 'vitest'
import { mergeTypeOf } from '../custom-resources/merge-type.ts'
import type { Schema } from '../custom-resources/schema/walk.ts'
import { fromFieldsV1, toFieldsV1, type FieldsV1 } from './field-set.ts'
import { identityOf, type ManagerRecord } from './managers.ts'
import { reconcileManagers } from './reconcile.ts'

const text: Schema = { type: 'string' }
const keyed = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] } as const

function owned(field: Schema, fields: FieldsV1): FieldsV1 | undefined {
  const type = mergeTypeOf({ type: 'object', properties: { f: field } })
  const record: ManagerRecord = {
    ...{ manager: 'm', operation: 'Apply', apiVersion: 'v1', subresource: '', time: undefined },
    fields: fromFieldsV1(fields) ?? new Map(),
  }
  const managers = new Map([[identityOf(record), record]])
  const after = reconcileManagers(managers, (version) => (version === 'v1' ? type : undefined))
  const [found] = after.values()
  return found === undefined ? undefined : toFieldsV1(found.fields)
}

it.each<[name: string, field: Schema, before: FieldsV1, after: FieldsV1]>([
  [
    'a keyed list became atomic',
    { type: 'array', items: text },
    { 'f:f': { 'k:{"k":"a"}': { 'f:v': {} } } },
    { 'f:f': {} },
  ],
  ['a set became atomic', { type: 'array', items: text }, { 'f:f': { 'v:"x"': {}, '.': {} } }, { 'f:f': {} }],
  [
    'a map became atomic',
    { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { a: text } },
    { 'f:f': { 'f:a': {} } },
    { 'f:f': {} },
  ],
  [
    'a map inside an item became atomic',
    {
      type: 'array',
      ...keyed,
      items: {
        type: 'object',
        properties: { k: text, o: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { p: text } } },
      },
    },
    { 'f:f': { 'k:{"k":"a"}': { '.': {}, 'f:o': { 'f:p': {} } } } },
    { 'f:f': { 'k:{"k":"a"}': { '.': {}, 'f:o': {} } } },
  ],
  ['an atomic map became granular', { type: 'object', properties: { a: text } }, { 'f:f': {} }, { 'f:f': {} }],
  [
    'of a map that nobody described nothing is known',
    { type: 'object', 'x-kubernetes-map-type': 'atomic', 'x-kubernetes-preserve-unknown-fields': true },
    { 'f:f': { 'f:a': {} } },
    { 'f:f': { 'f:a': {} } },
  ],
  ['a field is gone', text, { 'f:g': { 'f:a': {} } }, { 'f:g': { 'f:a': {} } }],
])('%s', (_, field, before, after) => {
  expect(owned(field, before)).toEqual(after)
})

it('drops who wrote in a version that is gone', () => {
  const gone: ManagerRecord = {
    manager: 'm',
    operation: 'Apply',
    apiVersion: 'v0',
    subresource: '',
    time: undefined,
    fields: new Map(),
  }
  expect(reconcileManagers(new Map([['m', gone]]), () => undefined).size).toBe(0)
})
