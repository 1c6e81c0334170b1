// Secrets: types and what they must hold. Source: kubernetes core/validation ValidateSecret, registry/core/secret.

import type { Secret } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, required, tooLong } from '../../validation/field-errors.ts'
import { configKey } from '../../validation/names.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { readObject } from '../json-annotation.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { secrets } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { decodedLength, MAX_DATA_BYTES } from './config-map.ts'
import { keyPairProblem } from './key-pair.ts'
import { CHANGES_FIRST } from '../update-checks.ts'

const encoder = new TextEncoder()

function defaults(secret: Mutable<Secret>): void {
  if (secret.type === undefined || secret.type === '') secret.type = 'Opaque'
  if (secret.stringData === undefined) return
  // Written in text, kept as bytes: what was written wins and is never returned.
  const data = (secret.data ??= {})
  for (const [key, text] of Object.entries(secret.stringData)) data[key] = toBase64(encoder.encode(text))
  delete secret.stringData
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Type → keys it must have. */
const REQUIRED_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
])

function validate(secret: Secret): readonly FieldError[] {
  const errors: FieldError[] = []
  const data = secret.data ?? {}
  let size = 0
  for (const [key, value] of Object.entries(data)) {
    for (const problem of configKey(key)) errors.push(invalid(`data[${key}]`, key, problem))
    size += decodedLength(value)
  }
  if (size > MAX_DATA_BYTES) errors.push(tooLong('data', MAX_DATA_BYTES))
  errors.push(...validateType(secret.type ?? '', secret))
  return errors
}

function validateType(type: string, secret: Secret): readonly FieldError[] {
  const data = secret.data ?? {}
  const has = (key: string): boolean => Object.hasOwn(data, key)
  if (type === 'kubernetes.io/service-account-token') {
    const name = secret.metadata.annotations?.['kubernetes.io/service-account.name'] ?? ''
    return name === '' ? [required('metadata.annotations[kubernetes.io/service-account.name]')] : []
  }
  if (type === 'kubernetes.io/basic-auth') {
    if (has('username') || has('password')) return []
    return [required('data[username]'), required('data[password]')]
  }
  // A private key has to hold something.
  if (type === 'kubernetes.io/ssh-auth')
    return (data['ssh-privatekey'] ?? '') === '' ? [required('data[ssh-privatekey]')] : []
  const missing = (REQUIRED_KEYS.get(type) ?? []).filter((key) => !has(key)).map((key) => required(`data[${key}]`))
  if (missing.length > 0 || !type.startsWith('kubernetes.io/docker')) return missing
  const [key = ''] = REQUIRED_KEYS.get(type) ?? []
  const text = Buffer.from(data[key] ?? '', 'base64').toString('utf8')
  const { problem } = readObject(text, 'map[string]interface {}')
  return problem === undefined ? [] : [invalid(`data[${key}]`, '<secret contents redacted>', problem)]
}

function validateUpdate(secret: Secret, old: Secret): readonly FieldError[] {
  const errors: FieldError[] = []
  if (secret.type !== old.type) errors.push(invalid('type', secret.type, 'field is immutable'))
  if (old.immutable !== true) return errors
  const text = 'field is immutable when `immutable` is set'
  if (secret.immutable !== true) errors.push(forbiddenField('immutable', text))
  if (!sameValue(secret.data ?? {}, old.data ?? {})) errors.push(forbiddenField('data', text))
  return errors
}

function warn({ type, data = {} }: Secret, context: StrategyContext): void {
  if (type !== 'kubernetes.io/tls') return
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('latin1')
  const problem = keyPairProblem(text('tls.crt'), text('tls.key'))
  if (problem !== undefined) context.warn(problem)
}

export const secret = defineResource<Secret>({
  type: secrets,
  singular: 'secret',
  schema: 'io.k8s.api.core.v1.Secret',
  selectableFields: { type: (object) => object.type ?? '' },
  columns: [
    nameColumn(),
    column('Type', { description: columnDescriptions['Secret.type'] }, (object) => object.type ?? ''),
    column(
      'Data',
      { description: columnDescriptions['Secret.data'] },
      (object) => Object.keys(object.data ?? {}).length,
    ),
    ageColumn(),
  ],
  strategy: {
    defaults,
    // A type once left out stays what it was.
    prepareForUpdate: (object, old) => {
      if (object.type === undefined || object.type === '') object.type = old.type ?? 'Opaque'
    },
    validate,
    validateUpdate,
    warn,
    updateChecks: CHANGES_FIRST,
  },
})
