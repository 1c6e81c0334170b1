// Environment variables of a container. Source: kubernetes core/validation (ValidateEnv, ValidateEnvFrom).

import type { EnvFromSource, EnvVar, EnvVarSource, FileKeySelector, PodSpec } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid, notFoundValue, pushProblems, required } from '../../../validation/field-errors.ts'
import { configKey, dnsLabel, dnsSubdomain, environmentName } from '../../../validation/names.ts'
import { validateFieldRef, validateResourceFieldRef, VARIABLE_FIELDS } from './field-references.ts'
import { visitContainers, type AnyContainer } from './pod-scope.ts'
import { validateNoBacksteps } from './relative-path.ts'

export function validateEnv(variables: readonly EnvVar[], path: string, errors: FieldError[]): void {
  for (const [index, { name = '', value = '', valueFrom }] of variables.entries()) {
    if (name === '') errors.push(required(`${path}[${index}].name`))
    else pushProblems(environmentName(name), `${path}[${index}].name`, name, errors)
    if (valueFrom !== undefined) validateSource(valueFrom, value, `${path}[${index}].valueFrom`, errors)
  }
}

function validateSource(source: EnvVarSource, value: string, path: string, errors: FieldError[]): void {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source
  if (fieldRef !== undefined) validateFieldRef(fieldRef, VARIABLE_FIELDS, `${path}.fieldRef`, errors)
  if (resourceFieldRef !== undefined) {
    validateResourceFieldRef(resourceFieldRef, false, `${path}.resourceFieldRef`, errors)
  }
  if (configMapKeyRef !== undefined) validateKeyRef(configMapKeyRef, `${path}.configMapKeyRef`, errors)
  if (secretKeyRef !== undefined) validateKeyRef(secretKeyRef, `${path}.secretKeyRef`, errors)
  if (fileKeyRef !== undefined) validateFileKeyRef(fileKeyRef, `${path}.fileKeyRef`, errors)
  const given = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef]
  const count = given.filter((reference) => reference !== undefined).length
  if (count === 0) errors.push(invalid(path, '', NO_SOURCE))
  else if (value !== '') errors.push(invalid(path, '', 'may not be specified when `value` is not empty'))
  else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'))
}

const NO_SOURCE =
  'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'

function validateKeyRef(
  { name = '', key = '' }: { readonly name?: string; readonly key?: string },
  path: string,
  errors: FieldError[],
): void {
  pushProblems(dnsSubdomain(name), `${path}.name`, name, errors)
  if (key === '') errors.push(required(`${path}.key`))
  else pushProblems(configKey(key), `${path}.key`, key, errors)
}

function validateFileKeyRef(selector: FileKeySelector, path: string, errors: FieldError[]): void {
  const { key = '', volumeName = '', path: file = '' } = selector
  if (key === '') errors.push(required(`${path}.key`))
  else pushProblems(environmentName(key), `${path}.key`, key, errors)
  if (volumeName === '') errors.push(required(`${path}.volumeName`))
  else pushProblems(dnsLabel(volumeName), `${path}.volumeName`, volumeName, errors)
  if (file === '') errors.push(required(`${path}.path`))
  else validateNoBacksteps(file, `${path}.path`, errors)
}

export function validateEnvFrom(sources: readonly EnvFromSource[], path: string, errors: FieldError[]): void {
  for (const [index, { prefix = '', configMapRef, secretRef }] of sources.entries()) {
    if (prefix !== '') pushProblems(environmentName(prefix), `${path}[${index}].prefix`, prefix, errors)
    if (configMapRef !== undefined) validateNameRef(configMapRef.name, `${path}[${index}].configMapRef.name`, errors)
    if (secretRef !== undefined) validateNameRef(secretRef.name, `${path}[${index}].secretRef.name`, errors)
    if (configMapRef === undefined && secretRef === undefined) {
      errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'))
    } else if (configMapRef !== undefined && secretRef !== undefined) {
      errors.push(invalid(path, '', 'may not have more than one field specified at a time'))
    }
  }
}

/** These may end in a hyphen: upstream checks them as the start of a name. */
function validateNameRef(name: string | undefined, path: string, errors: FieldError[]): void {
  if (name === undefined || name === '') errors.push(required(path))
  else
    pushProblems(
      dnsSubdomain(name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name),
      path,
      name,
      errors,
    )
}

/** Files that variables are read from lie in an emptyDir of the pod. */
export function validateFileKeyVolumes(spec: PodSpec, path: string, errors: FieldError[]): void {
  if (!hasEnv(spec)) return
  visitContainers(spec, path, ({ env }, containerPath) => {
    if (env === undefined) return
    for (const [index, { valueFrom }] of env.entries()) {
      const name = valueFrom?.fileKeyRef?.volumeName
      if (name === undefined) continue
      const at = `${containerPath}.env[${index}].valueFrom.fileKeyRef.volumeName`
      const volume = spec.volumes?.find((candidate) => candidate.name === name)
      if (volume === undefined) errors.push(notFoundValue(at, name))
      else if (volume.emptyDir === undefined) {
        errors.push(invalid(at, name, 'referenced volume must be of type emptyDir'))
      }
    }
  })
}

function hasEnv({ containers, initContainers, ephemeralContainers }: PodSpec): boolean {
  const has = ({ env }: AnyContainer): boolean => env !== undefined
  return containers.some(has) || (initContainers?.some(has) ?? false) || (ephemeralContainers?.some(has) ?? false)
}
