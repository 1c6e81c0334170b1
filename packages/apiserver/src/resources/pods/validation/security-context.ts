// Security contexts of containers and of pods. Source: kubernetes core/validation (ValidateSecurityContext,
// validatePodSpecSecurityContext, validateSysctls, validateHostUsers). Privileged containers are allowed.

import type { PodSecurityContext, PodSpec, SecurityContext, Sysctl } from '../../../objects/index.ts'
import { goStruct } from '../../../internal-structs/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import {
  duplicate,
  forbiddenField,
  invalid,
  notSupported,
  pushProblems,
  required,
} from '../../../validation/field-errors.ts'
import { byteLength, unixId } from '../../../validation/names.ts'
import { usesHostUsers, visitContainers } from './pod-scope.ts'
import { validateAppArmor, validateSeccomp } from './security-profiles.ts'
import { validateWindowsOptions } from './windows-options.ts'

const PROC_MOUNTS = ['Default', 'Unmasked']

export function validateSecurityContext(
  context: SecurityContext,
  hostUsers: boolean,
  path: string,
  errors: FieldError[],
): void {
  const { runAsUser, runAsGroup, procMount, seccompProfile, windowsOptions, appArmorProfile } = context
  if (runAsUser !== undefined) pushProblems(unixId(runAsUser), `${path}.runAsUser`, runAsUser, errors)
  if (runAsGroup !== undefined) pushProblems(unixId(runAsGroup), `${path}.runAsGroup`, runAsGroup, errors)
  if (procMount !== undefined) {
    if (!PROC_MOUNTS.includes(procMount)) errors.push(notSupported(`${path}.procMount`, procMount, PROC_MOUNTS))
    if (hostUsers && procMount === 'Unmasked') {
      errors.push(invalid(`${path}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'))
    }
  }
  if (seccompProfile !== undefined) validateSeccomp(seccompProfile, `${path}.seccompProfile`, errors)
  if (context.allowPrivilegeEscalation === false) validateNoEscalation(context, path, errors)
  if (windowsOptions !== undefined) validateWindowsOptions(windowsOptions, `${path}.windowsOptions`, errors)
  if (appArmorProfile !== undefined) validateAppArmor(appArmorProfile, `${path}.appArmorProfile`, errors)
}

function validateNoEscalation(context: SecurityContext, path: string, errors: FieldError[]): void {
  const refuse = (what: string): void => {
    const text = `cannot set \`allowPrivilegeEscalation\` to false and ${what}`
    errors.push(invalid(path, goStruct('core.SecurityContext', context), text))
  }
  if (context.privileged === true) refuse('`privileged` to true')
  for (const capability of context.capabilities?.add ?? []) {
    if (capability === 'CAP_SYS_ADMIN') refuse('`capabilities.Add` CAP_SYS_ADMIN')
  }
}

const CHANGE_POLICIES = ['Always', 'OnRootMismatch']
const GROUP_POLICIES = ['Merge', 'Strict']

export function validatePodSecurityContext(
  context: PodSecurityContext,
  spec: PodSpec,
  path: string,
  errors: FieldError[],
): void {
  const { fsGroup, runAsUser, runAsGroup, supplementalGroups, sysctls, fsGroupChangePolicy } = context
  if (fsGroup !== undefined) pushProblems(unixId(fsGroup), `${path}.fsGroup`, fsGroup, errors)
  if (runAsUser !== undefined) pushProblems(unixId(runAsUser), `${path}.runAsUser`, runAsUser, errors)
  if (runAsGroup !== undefined) pushProblems(unixId(runAsGroup), `${path}.runAsGroup`, runAsGroup, errors)
  for (const [index, group] of (supplementalGroups ?? []).entries()) {
    pushProblems(unixId(group), `${path}.supplementalGroups[${index}]`, group, errors)
  }
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const text = 'ShareProcessNamespace and HostPID cannot both be enabled'
    errors.push(invalid(`${path}.shareProcessNamespace`, true, text))
  }
  if (sysctls !== undefined) validateSysctls(sysctls, spec, `${path}.sysctls`, errors)
  if (fsGroupChangePolicy !== undefined && !CHANGE_POLICIES.includes(fsGroupChangePolicy)) {
    errors.push(notSupported(`${path}.fsGroupChangePolicy`, fsGroupChangePolicy, CHANGE_POLICIES))
  }
  validatePodProfiles(context, path, errors)
}

function validatePodProfiles(context: PodSecurityContext, path: string, errors: FieldError[]): void {
  const { seccompProfile, windowsOptions, appArmorProfile, supplementalGroupsPolicy, seLinuxChangePolicy } = context
  if (seccompProfile !== undefined) validateSeccomp(seccompProfile, `${path}.seccompProfile`, errors)
  if (windowsOptions !== undefined) validateWindowsOptions(windowsOptions, `${path}.windowsOptions`, errors)
  if (appArmorProfile !== undefined) validateAppArmor(appArmorProfile, `${path}.appArmorProfile`, errors)
  if (supplementalGroupsPolicy !== undefined && !GROUP_POLICIES.includes(supplementalGroupsPolicy)) {
    errors.push(notSupported(`${path}.supplementalGroupsPolicy`, supplementalGroupsPolicy, GROUP_POLICIES))
  }
  // Mounting with a label is behind a gate that is off.
  if (seLinuxChangePolicy !== undefined && seLinuxChangePolicy !== 'Recursive') {
    errors.push(notSupported(`${path}.seLinuxChangePolicy`, seLinuxChangePolicy, ['Recursive']))
  }
}

const SYSCTL_SEGMENT = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const SYSCTL_TEXT = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`
const SYSCTL = new RegExp(SYSCTL_TEXT)
const MAX_SYSCTL = 253

function validateSysctls(sysctls: readonly Sysctl[], spec: PodSpec, path: string, errors: FieldError[]): void {
  const names = new Set<string>()
  for (const [index, { name = '' }] of sysctls.entries()) {
    const at = `${path}[${index}].name`
    if (name === '') errors.push(required(at))
    else if (byteLength(name) > MAX_SYSCTL || !SYSCTL.test(name)) {
      errors.push(invalid(at, name, `must have at most ${MAX_SYSCTL} characters and match regex ${SYSCTL_TEXT}`))
    } else if (names.has(name)) errors.push(duplicate(at, name))
    const namespace = sysctlNamespace(name)
    if (spec.hostNetwork === true && namespace === 'net') {
      errors.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"))
    } else if (spec.hostIPC === true && namespace === 'ipc') {
      errors.push(invalid(at, name, "may not be specified when 'hostIPC' is true"))
    }
    names.add(name)
  }
}

const IPC_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
  'kernel.shm',
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.msg',
])

/** Which namespace of the kernel a setting belongs to. Slashes may stand for dots, and dots for slashes. */
function sysctlNamespace(name: string): 'ipc' | 'net' | undefined {
  const firstSeparator = /[./]/.exec(name)?.[0]
  const dotted = firstSeparator === '/' ? name.replaceAll(/[./]/g, (char) => (char === '/' ? '.' : '/')) : name
  const plain = dotted.split('*')[0] ?? ''
  if (IPC_SYSCTLS.has(plain) || plain.startsWith('fs.mqueue.')) return 'ipc'
  return plain.startsWith('net.') ? 'net' : undefined
}

/** A pod with users of its own keeps to itself. */
export function validateHostUsers(spec: PodSpec, path: string, errors: FieldError[]): void {
  if (usesHostUsers(spec)) return
  const text = 'when `hostUsers` is false'
  if (spec.hostNetwork === true) errors.push(forbiddenField(`${path}.hostNetwork`, text))
  if (spec.hostPID === true) errors.push(forbiddenField(`${path}.HostPID`, text))
  if (spec.hostIPC === true) errors.push(forbiddenField(`${path}.HostIPC`, text))
  visitContainers(spec, path, ({ volumeDevices = [] }, containerPath) => {
    if (volumeDevices.length > 0) errors.push(forbiddenField(`${containerPath}.volumeDevices`, text))
  })
}
