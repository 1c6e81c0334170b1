// Seccomp and AppArmor profiles: fields, the annotations that came before them, and that both agree.
// Source: kubernetes core/validation (validateSeccompProfileField, ValidateAppArmorProfileField and their annotation forms).

import type { AppArmorProfile, PodSpec, SeccompProfile } from '../../../objects/index.ts'
import { goStruct } from '../../../internal-structs/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, quote, required, tooLong } from '../../../validation/field-errors.ts'
import { byteLength } from '../../../validation/names.ts'
import { visitContainers } from './pod-scope.ts'
import { validateRelativePath } from './relative-path.ts'

type Annotations = Readonly<Record<string, string>>

const TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined']
const MAX_PROFILE_BYTES = 4095

export function validateSeccomp(profile: SeccompProfile, path: string, errors: FieldError[]): void {
  const { type = '', localhostProfile } = profile
  if (type === '') errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'))
  else if (!TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, TYPES))
  const at = `${path}.localhostProfile`
  if (type === 'Localhost') {
    if (localhostProfile === undefined) errors.push(required(at, 'must be set when seccomp type is Localhost'))
    else validateRelativePath(localhostProfile, at, errors)
  } else if (localhostProfile !== undefined) {
    errors.push(invalid(at, goStruct('core.SeccompProfile', profile), 'can only be set when seccomp type is Localhost'))
  }
}

export function validateAppArmor(
  { type = '', localhostProfile }: AppArmorProfile,
  path: string,
  errors: FieldError[],
): void {
  const at = `${path}.localhostProfile`
  if (type === 'Localhost') validateAppArmorProfile(localhostProfile, at, errors)
  else if (type === 'RuntimeDefault' || type === 'Unconfined') {
    if (localhostProfile === undefined) return
    errors.push(invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost'))
  } else if (type === '') errors.push(required(`${path}.type`, 'type is required when appArmorProfile is set'))
  else errors.push(notSupported(`${path}.type`, type, TYPES))
}

function validateAppArmorProfile(profile: string | undefined, path: string, errors: FieldError[]): void {
  const trimmed = profile?.trim()
  if (profile === undefined) errors.push(required(path, 'must be set when AppArmor type is Localhost'))
  else if (trimmed !== profile) errors.push(invalid(path, profile, 'must not be padded with whitespace'))
  else if (profile === '') errors.push(required(path, 'must be set when AppArmor type is Localhost'))
  if (profile !== undefined && byteLength(profile) > MAX_PROFILE_BYTES) errors.push(tooLong(path, MAX_PROFILE_BYTES))
}

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod'
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/'
export const APP_ARMOR_CONTAINER = 'container.apparmor.security.beta.kubernetes.io/'

export function validateSeccompAnnotations(annotations: Annotations, path: string, errors: FieldError[]): void {
  const pod = annotations[SECCOMP_POD]
  if (pod !== undefined) validateSeccompName(pod, `${path}.${SECCOMP_POD}`, errors)
  for (const [key, profile] of Object.entries(annotations)) {
    if (key.startsWith(SECCOMP_CONTAINER)) validateSeccompName(profile, `${path}.${key}`, errors)
  }
}

function validateSeccompName(profile: string, path: string, errors: FieldError[]): void {
  if (profile === 'runtime/default' || profile === 'docker/default' || profile === 'unconfined') return
  if (profile.startsWith('localhost/')) validateRelativePath(profile.slice('localhost/'.length), path, errors)
  else errors.push(invalid(path, profile, 'must be a valid seccomp profile'))
}

export function validateAppArmorAnnotations(
  annotations: Annotations,
  spec: PodSpec,
  path: string,
  errors: FieldError[],
): void {
  for (const [key, profile] of Object.entries(annotations)) {
    if (!key.startsWith(APP_ARMOR_CONTAINER)) continue
    const at = `${path}[${key}]`
    const name = key.slice(APP_ARMOR_CONTAINER.length)
    let found = false
    visitContainers(spec, '', (container) => {
      found ||= container.name === name
    })
    if (!found) errors.push(invalid(at, name, 'container not found'))
    if (profile === '' || profile === 'runtime/default' || profile === 'unconfined') continue
    if (profile.startsWith('localhost/')) continue
    errors.push(invalid(at, profile, `invalid AppArmor profile name: ${quote(profile)}`))
  }
}

/** Who says it both ways says the same. */
export function validateProfilesMatch(
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: string,
  errors: FieldError[],
): void {
  if (annotations === undefined || !Object.keys(annotations).some(isProfileKey)) return
  const podSeccomp = spec.securityContext?.seccompProfile
  const podAnnotation = annotations[SECCOMP_POD]
  if (podSeccomp !== undefined && podAnnotation !== undefined) {
    const at = `${path}.securityContext.seccompProfile`
    validateMatch('seccomp', podSeccomp, podAnnotation, at, errors)
  }
  visitContainers(spec, path, ({ name, securityContext }, containerPath) => {
    const annotation = annotations[`${SECCOMP_CONTAINER}${name}`]
    const profile = securityContext?.seccompProfile
    if (profile === undefined || annotation === undefined) return
    validateMatch('seccomp', profile, annotation, `${containerPath}.securityContext.seccompProfile`, errors)
  })
  if (spec.os?.name === 'windows') return
  visitContainers(spec, path, ({ name, securityContext }, containerPath) => {
    const annotation = annotations[`${APP_ARMOR_CONTAINER}${name}`]
    const profile = securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile
    if (profile === undefined || annotation === undefined) return
    validateMatch('apparmor', profile, annotation, `${containerPath}.securityContext.appArmorProfile`, errors)
  })
}

function isProfileKey(key: string): boolean {
  return key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER) || key.startsWith(APP_ARMOR_CONTAINER)
}

function validateMatch(
  kind: 'apparmor' | 'seccomp',
  { type, localhostProfile }: AppArmorProfile | SeccompProfile,
  annotation: string,
  path: string,
  errors: FieldError[],
): void {
  const differs = `${kind} type in annotation and field must match`
  const isDefault = annotation === 'runtime/default' || (kind === 'seccomp' && annotation === 'docker/default')
  if (type === 'Unconfined' && annotation !== 'unconfined') errors.push(forbiddenField(`${path}.type`, differs))
  if (type === 'RuntimeDefault' && !isDefault) errors.push(forbiddenField(`${path}.type`, differs))
  if (type !== 'Localhost') return
  if (!annotation.startsWith('localhost/')) errors.push(forbiddenField(`${path}.type`, differs))
  else if (annotation.slice('localhost/'.length) !== localhostProfile) {
    errors.push(forbiddenField(`${path}.localhostProfile`, `${kind} profile in annotation and field must match`))
  }
}
