// The query of a write, checked as the server checks it before it looks at the body.
// Source: apimachinery meta/v1/validation (ValidateCreateOptions, ValidatePatchOptions …).

import { forbiddenField, invalid, notSupported, required, tooLong } from '../validation/field-errors.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import type { FieldError } from '../validation/field-error.ts'
import { booleanParameter } from './query-parameters.ts'

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
  if (query.size === 0 && !isApply) return NOTHING_ASKED
  const errors: FieldError[] = []
  const manager = query.get('fieldManager') ?? ''
  const force = options === 'PatchOptions' ? booleanParameter(query, 'force') : undefined
  if (isApply && manager === '') errors.push(required('fieldManager', 'is required for apply patch'))
  if (!isApply && force !== undefined) {
    errors.push(forbiddenField('force', 'may not be specified for non-apply patch'))
  }
  errors.push(...checkManager(manager))
  const dryRun = query.getAll('dryRun')
  if (dryRun.some((value) => value !== 'All')) errors.push(notSupported('dryRun', dryRun, ['All']))
  const validation = query.get('fieldValidation') ?? ''
  if (!isFieldValidation(validation) && validation !== '') {
    errors.push(notSupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']))
  }
  if (errors.length > 0) throw invalidStatus(options, 'meta.k8s.io', '', errors)
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: isFieldValidation(validation) ? validation : 'Warn',
    fieldManager: manager === '' ? undefined : manager,
    force: force ?? false,
  }
}

const NOTHING_ASKED: WriteQuery = { dryRun: false, fieldValidation: 'Warn', fieldManager: undefined, force: false }

const MANAGER_MAX_BYTES = 128
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u

function checkManager(manager: string): readonly FieldError[] {
  const errors: FieldError[] = []
  if (Buffer.byteLength(manager) > MANAGER_MAX_BYTES) errors.push(tooLong('fieldManager', MANAGER_MAX_BYTES))
  let position = 0
  for (const char of manager) {
    if (UNPRINTABLE.test(char)) {
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
      errors.push(invalid('fieldManager', manager, `invalid character U+${code} (at position ${position})`))
    }
    position += Buffer.byteLength(char)
  }
  return errors
}

/** Clients say the same again and again; what many different ones say is not kept. */
const MOST_KEPT = 200
const namesOfAgents = new Map<string, string>()

/** Who wrote, for managedFields: the fieldManager parameter, else the User-Agent up to its first slash. */
export function managerName(fieldManager: string | undefined, userAgent: string): string {
  if (fieldManager !== undefined && fieldManager !== '') return fieldManager
  let name = namesOfAgents.get(userAgent)
  if (name === undefined) {
    name = nameOfAgent(userAgent)
    if (namesOfAgents.size < MOST_KEPT && userAgent.length <= MANAGER_MAX_BYTES) namesOfAgents.set(userAgent, name)
  }
  return name
}

function nameOfAgent(userAgent: string): string {
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
