import { describe, expect, it } from 'vitest'
import type { FieldError } from './field-error.ts'
import {
  duplicate,
  forbiddenField,
  invalid,
  notSupported,
  printValue,
  required,
  tooLong,
  tooMany,
} from './field-errors.ts'
import { invalidStatus } from './invalid-status.ts'

describe('field errors', () => {
  it.each<[FieldError, string]>([
    [required('a'), 'Required value'],
    [required('a', 'why'), 'Required value: why'],
    [invalid('a', 'x', 'bad'), 'Invalid value: "x": bad'],
    [invalid('a', ['1.2.3.4'], 'bad'), 'Invalid value: ["1.2.3.4"]: bad'],
    [invalid('a', null, 'bad'), 'Invalid value: null: bad'],
    [notSupported('a', 'x', ['b', 'a']), 'Unsupported value: "x": supported values: "b", "a"'],
    [duplicate('a', 80), 'Duplicate value: 80'],
    [forbiddenField('a', 'no'), 'Forbidden: no'],
    [tooLong('a', 63), 'Too long: may not be more than 63 bytes'],
    [tooMany('a', 101, 100), 'Too many: 101: must have at most 100 items'],
  ])('%s', (error, body) => {
    expect(error.body).toBe(body)
  })

  it.each([
    ['tab\t"quote"\\', '"tab\\t\\"quote\\"\\\\"'],
    ['bell\u0007 nul\u0000', '"bell\\a nul\\x00"'],
    ['é 漢', '"é 漢"'],
    ['\u200b', '"\\u200b"'],
  ])('quotes %j as Go does', (text, quoted) => {
    expect(printValue(text)).toBe(quoted)
  })

  it('escapes what Go escapes in JSON', () => {
    expect(printValue({ a: '<&>' })).toBe('{"a":"\\u003c\\u0026\\u003e"}')
  })

  it('prints a label selector as Go does, and no struct of texts as a map', () => {
    const selector = {
      matchExpressions: [{ values: ['v'], operator: 'In', key: 'k' }],
      matchLabels: { b: '1', a: '2' },
    }
    expect(printValue(selector)).toBe(
      '{"matchLabels":{"a":"2","b":"1"},"matchExpressions":[{"key":"k","operator":"In","values":["v"]}]}',
    )
    expect(printValue({ key: 'a', effect: 'NoExecute' })).toBe('{"key":"a","effect":"NoExecute"}')
  })

  it('says equal messages once and lists every cause', () => {
    const error = invalid('spec.x', 1, 'bad')
    const { status } = invalidStatus('Deployment', 'apps', 'web', [error, error])
    expect(status).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Deployment.apps "web" is invalid: spec.x: Invalid value: 1: bad',
      reason: 'Invalid',
      details: {
        name: 'web',
        group: 'apps',
        kind: 'Deployment',
        causes: [
          { reason: 'FieldValueInvalid', message: 'Invalid value: 1: bad', field: 'spec.x' },
          { reason: 'FieldValueInvalid', message: 'Invalid value: 1: bad', field: 'spec.x' },
        ],
      },
      code: 422,
    })
  })

  it('brackets several messages', () => {
    expect(invalidStatus('Pod', '', '', [required('a'), required('b')]).message).toBe(
      'Pod "" is invalid: [a: Required value, b: Required value]',
    )
  })
})
