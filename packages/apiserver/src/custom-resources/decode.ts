// Request bodies become custom objects. Source: apiserver endpoints/handlers (create, update, patch) over the decoder of
// apiextensions-apiserver pkg/apiserver/customresource_handler.go: what the body says it is, it stays until validation.

import { readTypeHeader, TypeMismatch } from '../decode/index.ts'
import {
  cannotBeHandled,
  otherVersion,
  readBody,
  unrecognized,
  warningsOf,
  type Body,
  type FieldValidation,
} from '../decode/decode-body.ts'
import type { StatusError } from '../status/status-error.ts'
import { mutableCopy } from '../store/share.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { coerceObject } from './coerce.ts'
import type { CustomKind } from './custom-kind.ts'
import { applyDefaults } from './schema/defaults.ts'
import type { MutableRecord } from './schema/walk.ts'
import { quote } from '../validation/field-errors.ts'

export interface DecodeCustomOptions {
  readonly fieldValidation: FieldValidation
  warn(text: string): void
}

/** The body of a create or update. @throws StatusError 400 in the server's words */
export function decodeCustomBody(body: Body, custom: CustomKind, options: DecodeCustomOptions): MutableRecord {
  const { value, apiVersion, kind, duplicates, isTooDeep, tooLarge } = readBody(body, custom.kind)
  if (kind === '') {
    const text = new TextDecoder().decode(body.bytes)
    throw unrecognized(`Object 'Kind' is missing in '${text}'`, body, custom.kind)
  }
  const object = { ...(value as object) } as MutableRecord
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1)
  const refuse = (why: string): Error => cannotBeHandled(kind, version, custom.kind, why)
  if (isTooDeep) throw refuse('exceeded max depth')
  if (tooLarge !== undefined) throw refuse(`json: cannot unmarshal number ${tooLarge} into Go value of type float64`)
  const unknown = coerced(object, custom, refuse)
  report([...duplicates, ...unknown.map(unknownField)], options, refuse)
  const expected = `${custom.group}/${custom.version}`
  if (apiVersion !== expected) throw otherVersion(apiVersion, expected)
  if (kind === custom.kind) applyDefaults(object, custom.schema)
  object['metadata'] ??= {}
  return object
}

export interface CheckCustomPatchOptions extends DecodeCustomOptions {
  /** `duplicate field "spec.a"`, of the patch itself. */
  readonly duplicates: readonly string[]
  /** How the server prints the patched object. */
  readonly shown: () => string
}

/** A patched object, with unknown fields dropped or refused. @throws StatusError 422 */
export function checkCustomPatch(object: object, custom: CustomKind, options: CheckCustomPatchOptions): MutableRecord {
  const refuse = (why: string): StatusError =>
    invalidStatus('', '', '', [
      {
        reason: 'FieldValueInvalid',
        field: 'patch',
        body: `Invalid value: ${JSON.stringify(options.shown())}: ${why}`,
      },
    ])
  if (readTypeHeader(object, refuse).kind === '') throw refuse(`Object 'Kind' is missing in '${options.shown()}'`)
  const patched = mutableCopy(object) as MutableRecord
  const unknown = coerced(patched, custom, refuse)
  report([...options.duplicates, ...unknown.map(unknownField)], options, refuse)
  if (patched['kind'] === custom.kind) applyDefaults(patched, custom.schema)
  patched['metadata'] ??= {}
  return patched
}

function coerced(object: MutableRecord, custom: CustomKind, refuse: (why: string) => Error): readonly string[] {
  try {
    return coerceObject(object, custom)
  } catch (error) {
    if (error instanceof TypeMismatch) throw refuse(error.message)
    throw error
  }
}

function unknownField(path: string): string {
  return `unknown field ${quote(path)}`
}

function report(
  problems: readonly string[],
  { fieldValidation, warn }: DecodeCustomOptions,
  refuse: (why: string) => Error,
): void {
  if (problems.length === 0) return
  if (fieldValidation === 'Strict') throw refuse(`strict decoding error: ${problems.join(', ')}`)
  if (fieldValidation === 'Warn') for (const problem of problems) for (const line of warningsOf(problem)) warn(line)
}
