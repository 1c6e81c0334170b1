// What a pod may say for the system it is made for. Source: kubernetes core/validation (validateOS, validateLinux,
// validateWindows).

import { sentEmpty } from '../../../decode/sent-empty.ts'
import type { PodSecurityContext, PodSpec } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, notSupported, required } from '../../../validation/field-errors.ts'
import { visitContainers } from './pod-scope.ts'

const SYSTEMS = ['linux', 'windows']

export function validateOperatingSystem(spec: PodSpec, path: string, errors: FieldError[]): void {
  if (spec.os === undefined) return
  const { name = '' } = spec.os
  if (name === '') errors.push(required(`${path}.os.name`))
  else if (!SYSTEMS.includes(name)) errors.push(notSupported(`${path}.os`, name, SYSTEMS))
  else if (name === 'linux') validateLinux(spec, path, errors)
  else validateWindows(spec, path, errors)
}

function validateLinux(spec: PodSpec, path: string, errors: FieldError[]): void {
  const text = 'windows options cannot be set for a linux pod'
  if (spec.securityContext?.windowsOptions !== undefined) {
    errors.push(forbiddenField(`${path}.securityContext.windowsOptions`, text))
  }
  visitContainers(spec, path, ({ securityContext }, containerPath) => {
    if (securityContext?.windowsOptions === undefined) return
    errors.push(forbiddenField(`${containerPath}.securityContext.windowsOptions`, text))
  })
}

const WINDOWS_TEXT = 'cannot be set for a windows pod'

const CONTAINER_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const

/** Even if there are none of them. */
function wasSent(context: PodSecurityContext, field: 'supplementalGroups'): boolean {
  return context[field] !== undefined || sentEmpty(context, field) !== undefined
}

function validateWindows(spec: PodSpec, path: string, errors: FieldError[]): void {
  const { securityContext: context = {} } = spec
  const rules: readonly (readonly [string, boolean])[] = [
    ['securityContext.appArmorProfile', context.appArmorProfile !== undefined],
    ['securityContext.seLinuxOptions', context.seLinuxOptions !== undefined],
    ['hostUsers', spec.hostUsers !== undefined],
    ['hostPID', spec.hostPID === true],
    ['hostIPC', spec.hostIPC === true],
    ['securityContext.seccompProfile', context.seccompProfile !== undefined],
    ['securityContext.fsGroup', context.fsGroup !== undefined],
    ['securityContext.fsGroupChangePolicy', context.fsGroupChangePolicy !== undefined],
    ['securityContext.sysctls', (context.sysctls ?? []).length > 0],
    ['shareProcessNamespace', spec.shareProcessNamespace !== undefined],
    ['securityContext.runAsUser', context.runAsUser !== undefined],
    ['securityContext.runAsGroup', context.runAsGroup !== undefined],
    ['securityContext.supplementalGroups', wasSent(context, 'supplementalGroups')],
    ['securityContext.supplementalGroupsPolicy', context.supplementalGroupsPolicy !== undefined],
    ['securityContext.seLinuxChangePolicy', context.seLinuxChangePolicy !== undefined],
  ]
  for (const [field, isSet] of rules) if (isSet) errors.push(forbiddenField(`${path}.${field}`, WINDOWS_TEXT))
  visitContainers(spec, path, ({ securityContext }, containerPath) => {
    if (securityContext === undefined) return
    for (const field of CONTAINER_FIELDS) {
      if (securityContext[field] === undefined) continue
      errors.push(forbiddenField(`${containerPath}.securityContext.${field}`, WINDOWS_TEXT))
    }
  })
}
