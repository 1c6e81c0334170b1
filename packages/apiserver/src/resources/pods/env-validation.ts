// Validation of environment variables. Source: kubernetes core/validation (ValidateEnv, ValidateEnvFrom).

import type { Container, EnvVar, EnvVarSource } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { configKey, dnsSubdomain, environmentName } from '../../validation/names.ts'

const FIELD_PATHS: ReadonlySet<string> = new Set([
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
])

export function validateEnvironment(container: Container, path: string, errors: FieldError[]): void {
  for (const [index, variable] of (container.env ?? []).entries()) {
    validateVariable(variable, `${path}.env[${index}]`, errors)
  }
  for (const source of container.envFrom ?? []) {
    const at = `${path}.envFrom`
    if (source.prefix !== undefined && source.prefix !== '') {
      for (const problem of environmentName(source.prefix)) errors.push(invalid(`${at}.prefix`, source.prefix, problem))
    }
    const references = [
      ['configMapRef', source.configMapRef],
      ['secretRef', source.secretRef],
    ] as const
    const named = references.filter(([, reference]) => reference !== undefined)
    if (named.length === 0) errors.push(invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'))
    else if (named.length > 1) errors.push(invalid(at, '', 'may not have more than one field specified at a time'))
    for (const [field, reference] of named) {
      validateReference(reference?.name ?? '', `${at}.${field}.name`, errors)
    }
  }
}

function validateReference(name: string, path: string, errors: FieldError[]): void {
  if (name === '') errors.push(required(path))
  else for (const problem of dnsSubdomain(name)) errors.push(invalid(path, name, problem))
}

function validateVariable(variable: EnvVar, path: string, errors: FieldError[]): void {
  if (variable.name === undefined || variable.name === '') errors.push(required(`${path}.name`))
  else
    for (const problem of environmentName(variable.name)) errors.push(invalid(`${path}.name`, variable.name, problem))
  if (variable.valueFrom !== undefined) validateSource(variable, variable.valueFrom, `${path}.valueFrom`, errors)
}

function validateSource(variable: EnvVar, source: EnvVarSource, path: string, errors: FieldError[]): void {
  const fields = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const
  const given = fields.filter((field) => source[field] !== undefined)
  if (source.fieldRef !== undefined) validateFieldRef(source.fieldRef, `${path}.fieldRef`, errors)
  if (source.resourceFieldRef !== undefined && source.resourceFieldRef.resource === '') {
    errors.push(required(`${path}.resourceFieldRef.resource`))
  }
  for (const field of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = source[field]
    if (reference === undefined) continue
    if (reference.name !== undefined && reference.name !== '')
      validateReference(reference.name, `${path}.${field}.name`, errors)
    if (reference.key === '') errors.push(required(`${path}.${field}.key`))
    else
      for (const problem of configKey(reference.key))
        errors.push(invalid(`${path}.${field}.key`, reference.key, problem))
  }
  if (given.length === 0) {
    const text =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'
    errors.push(invalid(path, '', text))
  } else if ((variable.value ?? '') !== '') {
    errors.push(invalid(path, '', 'may not be specified when `value` is not empty'))
  } else if (given.length > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'))
}

function validateFieldRef(
  { apiVersion = '', fieldPath }: NonNullable<EnvVarSource['fieldRef']>,
  path: string,
  errors: FieldError[],
): void {
  if (apiVersion === '') errors.push(required(`${path}.apiVersion`))
  if (fieldPath === undefined || fieldPath === '') {
    errors.push(required(`${path}.fieldPath`))
    return
  }
  if (FIELD_PATHS.has(fieldPath) || /^metadata\.(labels|annotations)\['.+'\]$/.test(fieldPath)) return
  errors.push(
    invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`),
  )
}
