// References to fields of the pod and to resources of a container, in variables and in files.
// Source: kubernetes core/validation (validateObjectFieldSelector, validateContainerResourceFieldSelector), apis/core/pods helpers.

import type { ObjectFieldSelector, ResourceFieldSelector } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid, notSupported, pushProblems, required } from '../../../validation/field-errors.ts'
import { qualifiedName } from '../../../validation/names.ts'

/** Fields a pod has by name, in the order messages list them. */
export const VARIABLE_FIELDS: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
export const FILE_FIELDS: readonly string[] = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  ...VARIABLE_FIELDS,
  ...FILE_FIELDS,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
])
const RESOURCES: readonly string[] = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]

export function validateFieldRef(
  { apiVersion = '', fieldPath = '' }: ObjectFieldSelector,
  supported: readonly string[],
  path: string,
  errors: FieldError[],
): void {
  if (apiVersion === '') {
    errors.push(required(`${path}.apiVersion`))
    return
  }
  if (fieldPath === '') {
    errors.push(required(`${path}.fieldPath`))
    return
  }
  const subscript = subscripted(fieldPath)
  const problem = conversionProblem(apiVersion, fieldPath, subscript?.field)
  if (problem !== undefined) {
    errors.push(invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${problem}`))
  } else if (subscript?.field === 'metadata.annotations') {
    pushProblems(qualifiedName(subscript.key.toLowerCase()), path, subscript.key.toLowerCase(), errors)
  } else if (subscript !== undefined) pushProblems(qualifiedName(subscript.key), path, subscript.key, errors)
  else {
    const field = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath
    if (!supported.includes(field)) errors.push(notSupported(`${path}.fieldPath`, field, supported))
  }
}

/** metadata.labels['key'] */
function subscripted(text: string): { readonly field: string; readonly key: string } | undefined {
  if (!text.endsWith("']")) return undefined
  const open = text.indexOf("['")
  return open <= 0 ? undefined : { field: text.slice(0, open), key: text.slice(open + 2, -2) }
}

function conversionProblem(apiVersion: string, fieldPath: string, subscript: string | undefined): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`
  if (subscript !== undefined) {
    if (subscript === 'metadata.annotations' || subscript === 'metadata.labels') return undefined
    return `field label does not support subscript: ${fieldPath}`
  }
  return KNOWN_FIELDS.has(fieldPath) || fieldPath === 'spec.host'
    ? undefined
    : `field label not supported: ${fieldPath}`
}

/** @param inFile files name the container they ask about; variables have one */
export function validateResourceFieldRef(
  { containerName = '', resource = '', divisor = '0' }: ResourceFieldSelector,
  inFile: boolean,
  path: string,
  errors: FieldError[],
): void {
  if (inFile && containerName === '') errors.push(required(`${path}.containerName`))
  else if (resource === '') errors.push(required(`${path}.resource`))
  else if (!RESOURCES.includes(resource) && !isHugePages(resource)) {
    errors.push(notSupported(`${path}.resource`, resource, RESOURCES))
  }
  if (divisor !== '0') validateDivisor(resource, divisor, `${path}.divisor`, errors)
}

function isHugePages(resource: string): boolean {
  return resource.startsWith('requests.hugepages-') || resource.startsWith('limits.hugepages-')
}

const BYTE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']

function validateDivisor(resource: string, divisor: string, path: string, errors: FieldError[]): void {
  const name = resource.slice(resource.indexOf('.') + 1)
  if (name === 'cpu') {
    if (divisor === '1m' || divisor === '1') return
    errors.push(invalid(path, resource, "only divisor's values 1m and 1 are supported with the cpu resource"))
    return
  }
  const kind = isHugePages(resource) ? 'hugepages' : name === 'ephemeral-storage' ? 'local ephemeral storage' : name
  if (!RESOURCES.includes(resource) && !isHugePages(resource)) return
  if (BYTE_DIVISORS.includes(divisor)) return
  const list = BYTE_DIVISORS.join(', ')
  errors.push(invalid(path, resource, `only divisor's values ${list} are supported with the ${kind} resource`))
}
