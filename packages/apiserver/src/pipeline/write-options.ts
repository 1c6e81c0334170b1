// The query of a write, checked as the server checks it before it looks at the body.
// Source: apimachinery meta/v1/validation (ValidateCreateOptions, ValidatePatchOptions …).

import { invalidStatus } from '../validation/invalid-status.ts'
import type { FieldError } from '../validation/field-error.ts'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface WriteQuery {
  readonly dryRun: boolean
  readonly fieldValidation: FieldValidation
  readonly fieldManager: string | undefined
  /** Apply only: take over what others own. */
  readonly force: boolean
}

/** @param options the Kind errors are about: CreateOptions, UpdateOptions, PatchOptions */
export function checkWriteQuery(
  query: URLSearchParams,
  options: string,
  { isApply = false }: { readonly isApply?: boolean } = {},
): WriteQuery {
  const errors: FieldError[] = []
  for (const value of query.getAll('dryRun')) {
    if (value !== 'All') errors.push(unsupported('dryRun', [value], '"All"'))
  }
  const manager = query.get('fieldManager') ?? undefined
  if (isApply && (manager ?? '') === '') {
    errors.push({
      reason: 'FieldValueRequired',
      field: 'fieldManager',
      body: 'Required value: is required for apply patch',
    })
  }
  errors.push(...checkManager(manager ?? ''))
  const validation = query.get('fieldValidation') ?? ''
  if (!isFieldValidation(validation) && validation !== '') {
    errors.push(unsupported('fieldValidation', validation, '"", "Ignore", "Strict", "Warn"'))
  }
  if (options === 'PatchOptions' && !isApply && query.has('force')) {
    errors.push({
      reason: 'FieldValueForbidden',
      field: 'force',
      body: 'Forbidden: may not be specified for non-apply patch',
    })
  }
  if (errors.length > 0) throw invalidStatus(options, 'meta.k8s.io', '', errors)
  return {
    dryRun: query.has('dryRun'),
    fieldValidation: isFieldValidation(validation) ? validation : 'Warn',
    fieldManager: manager,
    force: isTrue(query.get('force')),
  }
}

const MANAGER_MAX_BYTES = 128
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u

function checkManager(manager: string): readonly FieldError[] {
  const errors: FieldError[] = []
  if (Buffer.byteLength(manager) > MANAGER_MAX_BYTES) {
    errors.push({
      reason: 'FieldValueTooLong',
      field: 'fieldManager',
      body: 'Too long: may not be more than 128 bytes',
    })
  }
  const found = UNPRINTABLE.exec(manager)
  if (found !== null) {
    const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    const position = Buffer.byteLength(manager.slice(0, found.index))
    const body = `Invalid value: ${goQuote(manager)}: invalid character U+${code} (at position ${position})`
    errors.push({ reason: 'FieldValueInvalid', field: 'fieldManager', body })
  }
  return errors
}

const GO_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['"', '\\"'],
  ['\\', '\\\\'],
])

function goQuote(text: string): string {
  const quoted = [...text].map((char) => {
    const known = GO_ESCAPES.get(char)
    if (known !== undefined || !UNPRINTABLE.test(char)) return known ?? char
    const code = char.codePointAt(0) ?? 0
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
  return `"${quoted.join('')}"`
}

/** As Go's ParseBool reads it. */
function isTrue(text: string | null): boolean {
  return text !== null && ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)
}

/** Who wrote, for managedFields: the fieldManager parameter, else the User-Agent up to its first slash. */
export function managerName(fieldManager: string | undefined, userAgent: string): string {
  if (fieldManager !== undefined && fieldManager !== '') return fieldManager
  let name = ''
  let bytes = 0
  for (const char of userAgent.split('/', 1)[0] ?? '') {
    if (UNPRINTABLE.test(char)) continue
    bytes += Buffer.byteLength(char)
    if (bytes > MANAGER_MAX_BYTES) break
    name += char
  }
  return name === '' ? 'unknown' : name
}

function isFieldValidation(text: string): text is FieldValidation {
  return text === 'Ignore' || text === 'Warn' || text === 'Strict'
}

function unsupported(field: string, value: unknown, supported: string): FieldError {
  return {
    reason: 'FieldValueNotSupported',
    field,
    body: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`,
  }
}
