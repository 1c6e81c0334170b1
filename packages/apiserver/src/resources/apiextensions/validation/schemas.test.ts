// Schemas of definitions, in the words of kube-apiserver 1.36: structure, fields, defaults, rules.

import { describe, expect, test } from 'vitest'
import { errorsOf, withProperties, withSchema } from '../definition.suite.ts'

const AT = 'spec.validation.openAPIV3Schema'
const A = `${AT}.properties[a]`
const SCHEMA = 'spec.validation.openAPIV3Schema'
const ADVICE =
  '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)'

describe('structural schemas', () => {
  const intOrString = { 'x-kubernetes-int-or-string': true } as const
  test.each([
    [
      'types are missing',
      withSchema({ properties: { a: {} } }),
      [
        `${A}.type: Required value: must not be empty for specified object fields`,
        `${AT}.type: Required value: must not be empty at the root`,
      ],
    ],
    [
      'a list without items',
      withProperties({ a: { type: 'array' } }),
      [`${A}.items: Required value: must be specified`],
    ],
    [
      'items without a type',
      withProperties({ a: { type: 'array', items: {} } }),
      [`${A}.items.type: Required value: must not be empty for specified array items`],
    ],
    [
      'additional properties at the root',
      withSchema({ type: 'object', additionalProperties: true }),
      [`${AT}.additionalProperties: Forbidden: must not be used at the root`],
    ],
    [
      'properties and additional ones',
      withProperties({
        a: { type: 'object', properties: { b: { type: 'object' } }, additionalProperties: { type: 'object' } },
      }),
      [`${A}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`],
    ],
    ['int or string', withProperties({ a: intOrString }), []],
    [
      'int or string with its pattern',
      withProperties({
        a: { ...intOrString, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        b: { ...intOrString, allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { minimum: 1 }] },
      }),
      [],
    ],
    [
      'another pattern',
      withProperties({ a: { ...intOrString, anyOf: [{ type: 'string' }, { type: 'integer' }] } }),
      [
        `${A}.anyOf[0].type: Forbidden: must be empty to be structural`,
        `${A}.anyOf[1].type: Forbidden: must be empty to be structural`,
      ],
    ],
    [
      'int or string that keeps unknown fields',
      withProperties({
        a: { ...intOrString, 'x-kubernetes-preserve-unknown-fields': true },
      }),
      [
        `${A}.x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true`,
      ],
    ],
    [
      'structure inside of a junctor',
      withProperties({
        a: { type: 'object', not: { description: 'd', nullable: true, properties: { metadata: { default: 1 } } } },
      }),
      [
        `${A}.not.description: Forbidden: must be empty to be structural`,
        `${A}.not.nullable: Forbidden: must be false to be structural`,
        `${A}.not.properties[metadata].default: Forbidden: must be undefined to be structural`,
        `${A}.not.properties[metadata]: Forbidden: must not be specified in a nested context`,
      ],
    ],
    [
      'fields and items in a junctor of the root alone',
      withSchema({
        type: 'object',
        properties: { a: { type: 'object' } },
        allOf: [{ properties: { a: { items: { minimum: 1 } }, b: {} } }],
      }),
      [
        `${A}.items: Required value: because it is defined in ${AT}.allOf[0].properties[a].items`,
        `${AT}.properties[b]: Required value: because it is defined in ${AT}.allOf[0].properties[b]`,
      ],
    ],
    [
      'those of a junctor further down',
      withProperties({ a: { type: 'object', allOf: [{ properties: { b: {} } }] } }),
      [],
    ],
    [
      'names of metadata',
      withProperties({
        metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } },
      }),
      [],
    ],
    [
      'more of metadata',
      withProperties({ metadata: { type: 'object', required: ['name'] } }),
      [
        `${AT}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
      ],
    ],
    [
      'kind of another type',
      withProperties({ kind: { type: 'integer' } }),
      [`${AT}.properties[kind].type: Invalid value: "integer": must be string`],
    ],
    [
      'an embedded resource',
      withProperties({
        a: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
      }),
      [],
    ],
    [
      'an embedded resource without fields',
      withProperties({ a: { 'x-kubernetes-embedded-resource': true } }),
      [
        `${A}.properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields`,
        `${A}.type: Required value: must be object if x-kubernetes-embedded-resource is true`,
      ],
    ],
    [
      'a pattern',
      withProperties({ a: { type: 'string', pattern: '(' } }),
      [
        `${A}.pattern: Invalid value: "(": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`(\``,
      ],
    ],
  ])('%s', (_, definition, errors) => {
    expect(errorsOf(definition)).toEqual(errors)
  })
})

describe('fields of schemas', () => {
  const list = (change: object): object =>
    withProperties({
      a: { type: 'array', items: { type: 'object', properties: { k: { type: 'string' } } }, ...change },
    })
  const keys = ['k']
  test.each([
    [
      'a type nobody knows',
      withProperties({ a: { type: 'text' } }),
      [
        `${A}.type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
      ],
    ],
    ['a reference', withProperties({ a: { $ref: '#/x' } }), [`${A}.$ref: Forbidden: $ref is not supported`]],
    [
      'definitions',
      withProperties({ a: { type: 'object', definitions: { x: {} } } }),
      [`${A}.definitions: Forbidden: definitions is not supported`],
    ],
    [
      'unique items',
      withProperties({ a: { type: 'array', uniqueItems: true, items: { type: 'string' } } }),
      [`${A}.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`],
    ],
    [
      'nullable at the root',
      withSchema({ type: 'object', nullable: true }),
      [`${AT}.nullable: Forbidden: nullable cannot be true at the root`],
    ],
    [
      'unknown fields dropped by name',
      withProperties({ a: { type: 'object', 'x-kubernetes-preserve-unknown-fields': false } }),
      [`${A}.x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined`],
    ],
    [
      'a list map',
      list({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys }),
      [
        `${A}.items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
      ],
    ],
    [
      'a list map without keys',
      list({ 'x-kubernetes-list-type': 'map' }),
      [`${A}.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`],
    ],
    [
      'keys of no list map',
      list({ 'x-kubernetes-list-map-keys': keys }),
      [`${A}.x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty`],
    ],
    [
      'keys that are no fields',
      list({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['z', 'z'] }),
      [
        `${A}.x-kubernetes-list-map-keys: Invalid value: ["z","z"]: entries must all be names of item properties`,
        `${A}.x-kubernetes-list-map-keys: Invalid value: ["z","z"]: entries must all be names of item properties`,
        `${A}.x-kubernetes-list-map-keys: Invalid value: ["z","z"]: must not contain duplicate entries`,
      ],
    ],
    [
      'a set of objects',
      list({ 'x-kubernetes-list-type': 'set' }),
      [
        `${A}.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set`,
      ],
    ],
    [
      'a list type of an object',
      withProperties({ a: { type: 'object', 'x-kubernetes-list-type': 'bag' } }),
      [
        `${A}.type: Invalid value: "object": must be array if x-kubernetes-list-type is specified`,
        `${A}.x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"`,
      ],
    ],
    [
      'a map type',
      withProperties({ a: { type: 'object', 'x-kubernetes-map-type': 'x' } }),
      [`${A}.x-kubernetes-map-type: Unsupported value: "x": supported values: "atomic", "granular"`],
    ],
    [
      'beside a status subresource',
      withSchema({ type: 'object', maxProperties: 1 }, { subresources: { status: {} } }),
      [
        expect.stringMatching(
          /^spec\.validation\.openAPIV3Schema: Invalid value: \{"ID":"",.*"XValidations":null\}: only \[Description Type .* XValidations\] fields are allowed at the root of the schema if the status subresource is enabled$/,
        ),
      ],
    ],
  ])('%s', (_, definition, errors) => {
    expect(errorsOf(definition)).toEqual(errors)
  })
})

describe('defaults in schemas', () => {
  test.each([
    ['of the type', withProperties({ a: { type: 'integer', default: 1 } }), []],
    [
      'of neither type where two are taken',
      withProperties({ a: { 'x-kubernetes-int-or-string': true, default: true } }),
      [],
    ],
    [
      'beside a rule about what has no type',
      withProperties({
        a: { 'x-kubernetes-preserve-unknown-fields': true, 'x-kubernetes-validations': [{ rule: 'true' }] },
      }),
      [
        `${A}.x-kubernetes-validations: Internal error: internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations`,
      ],
    ],
    [
      'of another type',
      withProperties({ a: { type: 'integer', default: 'x' } }),
      [`${A}.default: Invalid value: "string":  in body must be of type integer: "string"`],
    ],
    [
      'with unknown fields',
      withProperties({ a: { type: 'object', default: { b: 1 } } }),
      [`${A}.default: Invalid value: {"b":1}: must not have unknown fields`],
    ],
    [
      'that a rule refuses',
      withProperties({
        a: { type: 'integer', default: 1, 'x-kubernetes-validations': [{ rule: 'self > 1', message: 'too small' }] },
      }),
      [`${A}.default: Invalid value: 1: too small`],
    ],
    [
      'that a rule allows',
      withProperties({ a: { type: 'integer', default: 2, 'x-kubernetes-validations': [{ rule: 'self > 1' }] } }),
      [],
    ],
    [
      'of an embedded resource',
      withProperties({
        a: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
          default: { kind: 'X', metadata: { name: 'a/b' } },
        },
      }),
      [
        `${A}.default.apiVersion: Required value`,
        `${A}.default.metadata.name: Invalid value: "a/b": may not contain '/'`,
      ],
    ],
    [
      'in metadata',
      withProperties({ metadata: { type: 'object', default: {} } }),
      [`${AT}.properties[metadata].default: Forbidden: must not be set in top-level metadata`],
    ],
  ])('%s', (_, definition, errors) => {
    expect(errorsOf(definition)).toEqual(errors)
  })
})

describe('rules', () => {
  const rule = (change: object): object =>
    withProperties({
      a: {
        type: 'object',
        properties: { b: { type: 'integer' } },
        'x-kubernetes-validations': [{ rule: 'self.b > 1', ...change }],
      },
    })
  const at = `${A}.x-kubernetes-validations[0]`
  test.each([
    ['that compiles', rule({ fieldPath: '.b' }), []],
    ['without text', rule({ rule: ' ' }), [`${at}.rule: Required value: rule is not specified`]],
    [
      'with a broken message',
      rule({ message: 'a\nb' }),
      [`${at}.message: Invalid value: "a\\nb": must not contain line breaks`],
    ],
    [
      'of two lines',
      rule({ rule: 'self.b >\n1' }),
      [`${at}.message: Required value: message must be specified if rule contains line breaks`],
    ],
    [
      'with another reason',
      rule({ reason: 'Because' }),
      [
        `${at}.reason: Unsupported value: "Because": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"`,
      ],
    ],
    ['about no field', rule({ fieldPath: '.c' }), [`${at}.fieldPath: Invalid value: ".c": must be a valid path`]],
    [
      'that is no answer',
      rule({ rule: 'self.b' }),
      [
        `${at}.rule: Invalid value: {"Rule":"self.b","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool`,
      ],
    ],
    [
      'without the old one',
      rule({ optionalOldSelf: true }),
      [`${at}.optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule`],
    ],
    [
      'that cost too much for themselves',
      withProperties({
        a: {
          type: 'array',
          items: { type: 'string', maxLength: 100 },
          'x-kubernetes-validations': [{ rule: "self.all(x, x.matches('^[a-z]*$'))" }],
        },
      }),
      [
        `${A}.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 9.0x ${ADVICE}`,
      ],
    ],
    [
      'that cost too much together',
      withProperties({
        a: {
          type: 'array',
          items: {
            type: 'string',
            'x-kubernetes-validations': [{ rule: "self.startsWith('a')" }, { rule: "self.contains('abcdefghijkl')" }],
          },
        },
      }),
      [
        `${A}.items.x-kubernetes-validations[1].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${ADVICE}`,
        ...[1, 0].map(
          (index) =>
            `${A}.items.x-kubernetes-validations[${index}].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
        ),
        `${SCHEMA}: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${ADVICE}`,
      ],
    ],
    [
      'whose messages cost too much',
      withProperties({
        a: {
          type: 'string',
          maxLength: 2000,
          'x-kubernetes-validations': [
            { rule: "self != ''", messageExpression: "self.split('').map(c, c + self).join(self)" },
          ],
        },
      }),
      [
        `${A}.x-kubernetes-validations[0].messageExpression: Forbidden: estimated messageExpression cost exceeds budget by factor of more than 100x ${ADVICE}`,
        `${A}.x-kubernetes-validations[0].messageExpression: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
        `${SCHEMA}: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${ADVICE}`,
      ],
    ],
    [
      'about the old one in a list',
      withProperties({
        a: { type: 'array', items: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] } },
      }),
      [
        `${A}.items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${A}`,
      ],
    ],
  ])('%s', (_, definition, errors) => {
    expect(errorsOf(definition)).toEqual(errors)
  })
})
