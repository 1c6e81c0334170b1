// Columns, scale, selectable fields and conversion of definitions, in the words of kube-apiserver 1.36.

import { describe, expect, test } from 'vitest'
import { definitionOf, errorsOf, withSchema } from '../definition.suite.ts'

describe('columns, scale, selectable fields and conversion', () => {
  const version = (change: Readonly<Record<string, unknown>>): object =>
    withSchema(
      { type: 'object', properties: { spec: { type: 'object', properties: { x: { type: 'number' } } } } },
      change,
    )
  const column = (change: object): object =>
    version({ additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.a', ...change }] })
  const scale = (change: object): object =>
    version({ subresources: { scale: { specReplicasPath: '.spec.r', statusReplicasPath: '.status.r', ...change } } })
  const fields = (...paths: readonly string[]): object =>
    version({ selectableFields: paths.map((jsonPath) => ({ jsonPath })) })
  const at = 'spec.additionalPrinterColumns[0]'
  test.each([
    [column({}), []],
    [column({ name: '' }), [`${at}.name: Required value`]],
    [column({ type: '' }), [`${at}.type: Required value: must be one of boolean,date,integer,number,string`]],
    [
      column({ type: 'text' }),
      [`${at}.type: Invalid value: "text": must be one of boolean,date,integer,number,string`],
    ],
    [
      column({ format: 'x' }),
      [`${at}.format: Invalid value: "x": must be one of byte,date,date-time,double,float,int32,int64,password`],
    ],
    [column({ jsonPath: '' }), [`${at}.JSONPath: Required value`]],
    [column({ jsonPath: 'a' }), [`${at}.JSONPath: Invalid value: "a": must be a simple json path starting with .`]],
    [scale({}), []],
    [scale({ specReplicasPath: '' }), ['spec.subresources.scale.specReplicasPath: Required value']],
    [
      scale({ specReplicasPath: '.status.r' }),
      ['spec.subresources.scale.specReplicasPath: Invalid value: ".status.r": should be a json path under .spec'],
    ],
    [
      scale({ statusReplicasPath: '.spec.r' }),
      ['spec.subresources.scale.statusReplicasPath: Invalid value: ".spec.r": should be a json path under .status'],
    ],
    [
      scale({ labelSelectorPath: '.metadata.x' }),
      [
        'spec.subresources.scale.labelSelectorPath: Invalid value: ".metadata.x": should be a json path under either ' +
          '.spec or .status',
      ],
    ],
    [
      fields('.spec.x', '.spec.y', '.metadata.name', 'spec', ".spec['x']"),
      [
        'spec.selectableFields[0].jsonPath: Invalid value: ".spec.x": must point to a field of type string, boolean or ' +
          'integer. Enum string fields and strings with formats are allowed.',
        'spec.selectableFields[1].jsonPath: Invalid value: ".spec.y": is an invalid path: does not refer to a valid field',
        'spec.selectableFields[2].jsonPath: Invalid value: ".metadata.name": is an invalid path: does not refer to a valid field',
        'spec.selectableFields[3].jsonPath: Invalid value: "spec": is an invalid path: expected [ or . but got: spec',
        'spec.selectableFields[4].jsonPath: Invalid value: ".spec[\'x\']": is an invalid path: array notation is not allowed',
      ],
    ],
    [
      definitionOf({ conversion: { strategy: 'Magic' } }),
      ['spec.conversion.strategy: Unsupported value: "Magic": supported values: "None", "Webhook"'],
    ],
    [
      definitionOf({ conversion: { strategy: 'Webhook' } }),
      [
        'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
        'spec.conversion.conversionReviewVersions: Required value',
      ],
    ],
    [
      definitionOf({
        conversion: {
          strategy: 'Webhook',
          webhook: { clientConfig: { url: 'http://u@/?q' }, conversionReviewVersions: ['v2'] },
        },
      }),
      [
        `spec.conversion.webhookClientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
        'spec.conversion.webhookClientConfig.url: Invalid value: "": host must be specified; desired format: https://host[/path]',
        'spec.conversion.webhookClientConfig.url: Invalid value: "u": user information is not permitted in the URL',
        'spec.conversion.webhookClientConfig.url: Invalid value: "q": query parameters are not permitted in the URL',
        'spec.conversion.conversionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
      ],
    ],
    [
      definitionOf({
        conversion: {
          strategy: 'Webhook',
          webhook: { clientConfig: { url: 'https://host/path' }, conversionReviewVersions: ['v1'] },
        },
      }),
      [],
    ],
    [
      definitionOf({ preserveUnknownFields: true }),
      [
        'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to ' +
          'true in spec.versions[*].schema instead',
      ],
    ],
  ])('%#', (definition, errors) => {
    expect(errorsOf(definition)).toEqual(errors)
  })
})
