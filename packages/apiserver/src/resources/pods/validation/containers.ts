// Containers of a pod: the ordinary ones, those that start it, and those added to look into it. Source: kubernetes
// core/validation (validateContainers, validateInitContainers, validateEphemeralContainers, validateContainerCommon).

import { sentEmpty } from '../../../decode/sent-empty.ts'
import type { Container, EphemeralContainer } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import {
  duplicate,
  forbiddenField,
  invalid,
  notFoundValue,
  notSupported,
  pushProblems,
  required,
} from '../../../validation/field-errors.ts'
import { dnsLabel } from '../../../validation/names.ts'
import { validateContainerPorts, validateHostPorts } from './container-ports.ts'
import {
  refuseRestartOnResize,
  validateInitRestartPolicy,
  validateResizePolicy,
  validateRestartPolicy,
} from './container-restart.ts'
import { validateEnv, validateEnvFrom } from './env.ts'
import { isSidecar, usesHostUsers, type AnyContainer, type PodScope } from './pod-scope.ts'
import { validateLifecycle, validateProbes } from './probes.ts'
import { validatePullPolicy } from './pull-policy.ts'
import { validateContainerResources } from './resources.ts'
import { validateSecurityContext } from './security-context.ts'
import { validateVolumeDevices, validateVolumeMounts } from './volume-mounts.ts'

export function validateContainers(scope: PodScope, path: string): void {
  const { spec, errors } = scope
  const grace = spec.terminationGracePeriodSeconds
  if (spec.containers.length === 0) {
    errors.push(required(path))
    return
  }
  // The first of them is no duplicate: pods of one container need no set.
  let names: Set<string> | undefined
  for (const [index, container] of spec.containers.entries()) {
    const at = `${path}[${index}]`
    validateCommon(container, scope, at)
    if (names?.has(container.name) === true) errors.push(duplicate(`${at}.name`, container.name))
    if (spec.containers.length > 1) (names ??= new Set()).add(container.name)
    if (container.lifecycle !== undefined) validateLifecycle(container.lifecycle, grace, `${at}.lifecycle`, errors)
    validateProbes(container, grace, at, errors)
    validateRestartPolicy(container, at, errors)
  }
  validateHostPorts(spec.containers, path, errors)
}

function validateCommon(container: AnyContainer, scope: PodScope, path: string): void {
  const { spec, volumes, claims, errors } = scope
  const { name = '', image = '', terminationMessagePolicy = '', ports, env, envFrom } = container
  if (name === '') errors.push(required(`${path}.name`))
  else pushProblems(dnsLabel(name), `${path}.name`, name, errors)
  if (image === '') errors.push(required(`${path}.image`))
  if (terminationMessagePolicy === '') errors.push(required(`${path}.terminationMessagePolicy`))
  else if (!TERMINATION_POLICIES.includes(terminationMessagePolicy)) {
    const at = `${path}.terminationMessagePolicy`
    errors.push(notSupported(at, terminationMessagePolicy, TERMINATION_POLICIES))
  }
  if (ports !== undefined) validateContainerPorts(ports, `${path}.ports`, errors)
  if (env !== undefined) validateEnv(env, `${path}.env`, errors)
  if (envFrom !== undefined) validateEnvFrom(envFrom, `${path}.envFrom`, errors)
  const { volumeMounts, volumeDevices, resources, resizePolicy, securityContext } = container
  if (volumeMounts !== undefined) validateVolumeMounts(container, volumes, `${path}.volumeMounts`, errors)
  if (volumeDevices !== undefined) validateVolumeDevices(container, volumes, `${path}.volumeDevices`, errors)
  validatePullPolicy(container.imagePullPolicy, `${path}.imagePullPolicy`, errors)
  if (resources !== undefined) validateContainerResources(resources, claims, `${path}.resources`, errors)
  if (resizePolicy !== undefined) {
    validateResizePolicy(resizePolicy, spec.restartPolicy, `${path}.resizePolicy`, errors)
  }
  if (securityContext !== undefined) {
    validateSecurityContext(securityContext, usesHostUsers(spec), `${path}.securityContext`, errors)
  }
}

const TERMINATION_POLICIES = ['File', 'FallbackToLogsOnError']

export function validateInitContainers(containers: readonly Container[], scope: PodScope, path: string): void {
  const { spec, errors } = scope
  const grace = spec.terminationGracePeriodSeconds
  const names = new Set(spec.containers.map(({ name }) => name))
  for (const [index, container] of containers.entries()) {
    const at = `${path}[${index}]`
    validateCommon(container, scope, at)
    validateInitRestartPolicy(container, at, errors)
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name))
    else if ((container.name ?? '') !== '') names.add(container.name)
    // They run one at a time, so each is looked at alone.
    validateHostPorts([container], path, errors)
    if (isSidecar(container)) {
      if (container.lifecycle !== undefined) validateLifecycle(container.lifecycle, grace, `${at}.lifecycle`, errors)
      validateProbes(container, grace, at, errors)
    } else {
      refuseHooks(container, at, errors)
      refuseRestartOnResize(container, at, errors)
    }
  }
}

/** Init containers run once, so only those that stay may be probed. */
function refuseHooks(container: Container, path: string, errors: FieldError[]): void {
  for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[field] === undefined) continue
    const text = 'may not be set for init containers without restartPolicy=Always'
    errors.push(forbiddenField(`${path}.${field}`, text))
  }
}

const REFUSED_FOR_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const

export function validateEphemeralContainers(
  containers: readonly EphemeralContainer[],
  scope: PodScope,
  path: string,
): void {
  const { spec, errors } = scope
  const others = new Set([...spec.containers, ...(spec.initContainers ?? [])].map(({ name }) => name))
  const names = new Set(others)
  const text = 'cannot be set for an Ephemeral Container'
  for (const [index, container] of containers.entries()) {
    const at = `${path}[${index}]`
    const { name, targetContainerName: target = '', volumeMounts = [] } = container
    validateCommon(container, scope, at)
    validateTrimmedImage(container, at, errors)
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name))
    names.add(name)
    if (target !== '' && !others.has(target)) errors.push(notFoundValue(`${at}.targetContainerName`, target))
    for (const field of REFUSED_FOR_EPHEMERAL) {
      if (isSaid(field, container[field]) || sentEmpty(container, field) !== undefined)
        errors.push(forbiddenField(`${at}.${field}`, text))
    }
    for (const [mount, { subPath = '', subPathExpr = '' }] of volumeMounts.entries()) {
      if (subPath !== '') errors.push(forbiddenField(`${at}.volumeMounts[${mount}].subPath`, text))
      if (subPathExpr !== '') errors.push(forbiddenField(`${at}.volumeMounts[${mount}].subPathExpr`, text))
    }
  }
}

/** Resources are defaulted to an empty object; of what the server's struct points to, an empty one counts. */
function isSaid(field: (typeof REFUSED_FOR_EPHEMERAL)[number], value: object | string | undefined): boolean {
  return field === 'resources' && typeof value === 'object' ? Object.keys(value).length > 0 : value !== undefined
}

/** Pods alone: templates may have blanks around the name of an image. */
export function validateTrimmedImages(containers: readonly Container[], path: string, errors: FieldError[]): void {
  for (const [index, container] of containers.entries()) validateTrimmedImage(container, `${path}[${index}]`, errors)
}

export function validateTrimmedImage({ image = '' }: AnyContainer, path: string, errors: FieldError[]): void {
  if (image.trim() === image) return
  errors.push(invalid(`${path}.image`, image, 'must not have leading or trailing whitespace'))
}
