// Which media types a body may have, and how Content-Type is read: by Go's mime package, and for patches by the text before the
// first semicolon.

import { expect, test } from 'vitest'
import { StatusError } from '../status/status-error.ts'
import { checkPatchType, requestBody } from './request-body.ts'

const BYTES = Buffer.from('{}')

function typeOf(contentType: string | undefined, isPatch = false): string {
  try {
    return requestBody(contentType, BYTES, [], { kind: 'ConfigMap', isDue: true, isPatch })?.contentType ?? 'none'
  } catch (error) {
    if (error instanceof StatusError) return String(error.status.code)
    throw error
  }
}

test.each([
  ['absent', undefined, ''],
  ['empty', '', ''],
  ['plain', 'application/json', 'application/json'],
  ['in capitals', 'Application/JSON', 'application/json'],
  ['with a parameter', 'application/json; charset=utf-8', 'application/json'],
  ['with a quoted parameter', 'application/json;a="b;c"', 'application/json'],
  ['with a closing semicolon', 'application/json;', 'application/json'],
  ['unknown', 'text/csv', 'text/csv'],
  ['a parameter without a value', 'application/json;x', '415'],
  ['a parameter twice', 'application/json;x=1;X=2', '415'],
  ['two types', 'application/json, application/yaml', '415'],
  ['half a type', 'application/', '415'],
])('a media type that is %s', (_name, sent, read) => {
  expect(typeOf(sent)).toBe(read)
})

test.each([
  ['a parameter without a value', 'application/merge-patch+json;x', 'application/merge-patch+json'],
  ['protobuf', 'application/vnd.kubernetes.protobuf', 'application/vnd.kubernetes.protobuf'],
])('a patch of %s', (_name, sent, read) => {
  expect(typeOf(sent, true)).toBe(read)
})

test.each([
  ['a patch', 'application/merge-patch+json;x', 'taken'],
  ['one of several', 'text/csv, application/json-patch+json', 'taken'],
  ['JSON', 'application/json', '415: Unsupported Media Type'],
  ['nothing', undefined, '415: Unsupported Media Type'],
])('the route of a patch, given %s', (_name, sent, outcome) => {
  const tell = (): string => {
    checkPatchType(sent)
    return 'taken'
  }
  if (outcome === 'taken') expect(tell()).toBe(outcome)
  else expect(tell).toThrow(outcome)
})
