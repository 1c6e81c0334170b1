// What a CustomResourceDefinition must look like, in the words of kube-apiserver 1.36: defaults, names, groups, versions.

import { describe, expect, it, test } from 'vitest'
import { create, testContext } from '../strategy-run.suite.ts'
import { customResourceDefinition } from './custom-resource-definition.ts'
import { definitionOf, errorsOf, versionOf, withProperties } from './definition.suite.ts'

const LABEL =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end " +
  "with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const MIXED = `may have mixed case, but should otherwise match: ${LABEL}`
const V1 = versionOf({ type: 'object' })

describe('defaults', () => {
  it('makes names, conversion and the stored version from the rest', () => {
    const made = create(customResourceDefinition, definitionOf())
    expect(made.spec.names).toEqual({ plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' })
    expect(made.spec.conversion).toEqual({ strategy: 'None' })
    expect(made.status).toEqual({ acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] })
  })

  it('drops what Go leaves out', () => {
    const schema = {
      type: 'object',
      description: '',
      nullable: false,
      properties: { a: { type: 'integer', minimum: 0, exclusiveMinimum: false, format: '' } },
    }
    const made = create(
      customResourceDefinition,
      definitionOf({
        preserveUnknownFields: false,
        versions: [
          versionOf(schema, {
            deprecated: false,
            additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.a', priority: 0, description: '' }],
          }),
        ],
      }),
    )
    expect(made.spec).not.toHaveProperty('preserveUnknownFields')
    expect(made.spec.versions).toEqual([
      versionOf(
        { type: 'object', properties: { a: { type: 'integer', minimum: 0 } } },
        { additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.a' }] },
      ),
    ])
  })
})

describe('names and group', () => {
  test.each([
    ['as they should be', definitionOf(), []],
    [
      'another name',
      definitionOf({}, { name: 'x.example.com' }),
      ['metadata.name: Invalid value: "x.example.com": must be spec.names.plural+"."+spec.group'],
    ],
    [
      'a group without a dot',
      definitionOf({ group: 'example' }, { name: 'widgets.example' }),
      ['spec.group: Invalid value: "example": should be a domain with at least one dot'],
    ],
    ['no group', definitionOf({ group: '' }, { name: 'widgets.' }), ['spec.group: Required value']],
    [
      'another scope',
      definitionOf({ scope: 'Global' }),
      ['spec.scope: Unsupported value: "Global": supported values: "Cluster", "Namespaced"'],
    ],
    ['no scope', definitionOf({ scope: '' }), ['spec.scope: Required value']],
    [
      'letters and signs',
      definitionOf({ names: { singular: 'W_', listKind: 'W_', shortNames: ['A'], categories: ['B'] } }),
      [
        `spec.names.singular: Invalid value: "W_": ${LABEL}`,
        `spec.names.listKind: Invalid value: "W_": ${MIXED}`,
        `spec.names.shortNames[0]: Invalid value: "A": ${LABEL}`,
        `spec.names.categories[0]: Invalid value: "B": ${LABEL}`,
      ],
    ],
    [
      'a kind that is its list',
      definitionOf({ names: { listKind: 'Widget' } }),
      ['spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same'],
    ],
    [
      'no kind',
      definitionOf({ names: { kind: '' } }),
      ['spec.names.singular: Required value', 'spec.names.kind: Required value', 'spec.names.listKind: Required value'],
    ],
  ])('%s', (_, definition, errors) => {
    expect(errorsOf(definition)).toEqual(errors)
  })
})

describe("the community's groups", () => {
  const inGroup = (annotation?: string): object =>
    definitionOf(
      { group: 'foo.k8s.io' },
      {
        name: 'widgets.foo.k8s.io',
        ...(annotation === undefined ? {} : { annotations: { 'api-approved.kubernetes.io': annotation } }),
      },
    )
  const must = 'protected groups must have approval annotation "api-approved.kubernetes.io"'
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111'
  const field = 'metadata.annotations[api-approved.kubernetes.io]'
  test.each([
    [undefined, [`${field}: Required value: ${must}, ${see}`]],
    ['https://github.com/kubernetes/kubernetes/pull/78458', []],
    ['unapproved, for a test', []],
    [
      'yes',
      [`${field}: Invalid value: "yes": ${must} with either a URL or a reason starting with "unapproved", ${see}`],
    ],
  ])('%s', (annotation, errors) => {
    expect(errorsOf(inGroup(annotation))).toEqual(errors)
  })
})

describe('versions', () => {
  const printed = (name: string, storage: boolean): string =>
    `{"Name":"${name}","Served":true,"Storage":${storage},"Deprecated":false,"DeprecationWarning":null,"Schema":null,` +
    '"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null}'
  const v2 = { ...V1, name: 'v2' }
  test.each([
    [
      'none',
      [],
      [
        'spec.versions: Invalid value: []: must have exactly one version marked as storage version',
        'status.storedVersions: Invalid value: null: must have at least one stored version',
      ],
    ],
    ['two, one stored', [V1, { ...v2, storage: false }], []],
    [
      'two stored',
      [V1, v2],
      [
        `spec.versions: Invalid value: [${printed('v1', true)},${printed('v2', true)}]: must have exactly one version ` +
          'marked as storage version',
        'status.storedVersions: Invalid value: ["v1"]: must have the storage version v2',
      ],
    ],
    [
      'the same twice',
      [V1, { ...V1, storage: false }],
      [
        `spec.versions: Invalid value: [${printed('v1', true)},${printed('v1', false)}]: must contain unique version names`,
      ],
    ],
    [
      'a bad name',
      [{ ...V1, name: 'V1' }],
      [`spec.versions[0].name: Invalid value: "V1": ${LABEL}`, `spec.version: Invalid value: "V1": ${LABEL}`],
    ],
    ['no schema', [versionOf(undefined)], ['spec.versions[0].schema.openAPIV3Schema: Required value']],
    [
      'schemas that differ stand in their versions',
      [V1, versionOf({ type: 'string' }, { name: 'v2', storage: false })],
      ['spec.versions[1].schema.openAPIV3Schema.type: Invalid value: "string": must be object at the root'],
    ],
    ['a deprecation', [{ ...V1, deprecated: true, deprecationWarning: 'use v2' }], []],
    [
      'a warning without deprecation',
      [{ ...V1, deprecationWarning: 'use v2' }],
      ['spec.versions[0].deprecationWarning: Invalid value: "use v2": can only be set for deprecated versions'],
    ],
    [
      'a warning with a line break',
      [{ ...V1, deprecated: true, deprecationWarning: 'ü\n' }],
      [
        'spec.versions[0].deprecationWarning: Invalid value: "ü\\n": must only contain printable UTF-8 characters; ' +
          'non-printable character found at index 2',
      ],
    ],
  ])('%s', (_, versions, errors) => {
    expect(errorsOf(definitionOf({ versions }))).toEqual(errors)
  })

  it('prints the schemas of versions that differ', () => {
    const versions = [V1, versionOf({ type: 'object', maxProperties: 2 }, { name: 'v1', storage: false })]
    expect(errorsOf(definitionOf({ versions })).join()).toContain(
      '"Schema":{"OpenAPIV3Schema":{"ID":"","Schema":"","Ref":null,"Description":"","Type":"object","Nullable":false,' +
        '"Format":"","Title":"","Default":null,"Maximum":null,"ExclusiveMaximum":false,"Minimum":null,' +
        '"ExclusiveMinimum":false,"MaxLength":null,"MinLength":null,"Pattern":"","MaxItems":null,"MinItems":null,' +
        '"UniqueItems":false,"MultipleOf":null,"Enum":null,"MaxProperties":2,"MinProperties":null,"Required":null,' +
        '"Items":null,"AllOf":null,"OneOf":null,"AnyOf":null,"Not":null,"Properties":null,"AdditionalProperties":null,' +
        '"PatternProperties":null,"Dependencies":null,"AdditionalItems":null,"Definitions":null,"ExternalDocs":null,' +
        '"Example":null,"XPreserveUnknownFields":null,"XEmbeddedResource":false,"XIntOrString":false,' +
        '"XListMapKeys":null,"XListType":null,"XMapType":null,"XValidations":null}}',
    )
  })
})

test('formats that nobody knows are warned about', () => {
  const context = testContext()
  const properties = {
    a: { type: 'string', format: 'date-time' },
    b: { type: 'string', format: 'shoe-size' },
    c: { type: 'integer', format: 'int8' },
  }
  create(customResourceDefinition, withProperties(properties), context)
  expect(context.warnings).toEqual(['unrecognized format "shoe-size"', 'unrecognized format "int8"'])
})
