// The schemas inside CustomResourceDefinitions: what Go decodes by hand.

import { describe, expect, it, test } from 'vitest'
import { convert } from './convert.ts'

const NAME = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'

describe('what may stand in place of a schema', () => {
  test.each([
    ['a schema', { items: { type: 'string' } }],
    ['a list of schemas', { items: [{ type: 'string' }, {}] }],
    ['yes or no', { additionalProperties: false, additionalItems: true }],
    ['names', { dependencies: { a: ['b'], c: { type: 'object' } } }],
    ['any JSON, nulls too', { default: { a: null, b: [] }, enum: [null, 1, 'x'], example: 0 }],
  ])('%s', (_, schema) => {
    expect(convert(NAME, schema)).toEqual({ object: schema, unknown: [] })
  })
})

it('drops what is unknown inside of them without a word, and tells the rest', () => {
  const schema = { properties: { a: { foo: 1 } }, items: { foo: 1, type: 'string' }, additionalProperties: { foo: 1 } }
  expect(convert(NAME, schema)).toEqual({
    object: { properties: { a: {} }, items: { type: 'string' }, additionalProperties: {} },
    unknown: ['properties.a.foo'],
  })
})

test.each([
  [{ additionalProperties: 'x' }, 'boolean or JSON schema expected'],
  [
    { items: { maxLength: 'x' } },
    'json: cannot unmarshal string into Go struct field JSONSchemaProps.items.maxLength of type int64',
  ],
  [{ enum: 'x' }, 'json: cannot unmarshal string into Go struct field JSONSchemaProps.enum of type []v1.JSON'],
  [
    { 'x-kubernetes-validations': {} },
    'json: cannot unmarshal object into Go struct field JSONSchemaProps.x-kubernetes-validations of type v1.ValidationRules',
  ],
  [{ minimum: 'x' }, 'json: cannot unmarshal string into Go struct field JSONSchemaProps.minimum of type float64'],
])('%j', (schema, refusal) => {
  expect(() => convert(NAME, schema)).toThrow(refusal)
})

test.each([
  [{ extra: { a: ['b', 'c'], d: [] } }, { extra: { a: ['b', 'c'], d: [] } }],
  [
    { extra: { a: [1] } },
    'json: cannot unmarshal number into Go struct field SubjectAccessReviewSpec.extra of type string',
  ],
  [
    { extra: { a: 'b' } },
    'json: cannot unmarshal string into Go struct field SubjectAccessReviewSpec.extra of type v1.ExtraValue',
  ],
])('lists of texts in a map: %j', (spec, outcome) => {
  const read = (): unknown => convert('io.k8s.api.authorization.v1.SubjectAccessReviewSpec', spec).object
  if (typeof outcome === 'string') expect(read).toThrow(outcome)
  else expect(read()).toEqual(outcome)
})
