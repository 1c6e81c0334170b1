// AppArmor profiles said in annotations, as before 1.30, become fields of the containers. Source: kubernetes
// registry/core/pod/strategy.go (applyAppArmorVersionSkew), pkg/api/pod/util.go (ApparmorFieldForAnnotation).

import type { AppArmorProfile, Pod } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { sameValue } from '../compare.ts'
import type { Mutable } from '../resource.ts'
import { APP_ARMOR_CONTAINER, validateAppArmor } from './validation/security-profiles.ts'

export function takeAppArmorAnnotations({ metadata, spec }: Mutable<Pod>, warn: (text: string) => void): void {
  const { annotations = {} } = metadata
  if (spec.os?.name === 'windows') return
  for (const container of [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])]) {
    const key = `${APP_ARMOR_CONTAINER}${container.name}`
    const annotation = Object.hasOwn(annotations, key) ? annotations[key] : undefined
    if (annotation === undefined || container.securityContext?.appArmorProfile !== undefined) continue
    const profile = profileOf(annotation)
    const isNews = profile !== undefined && !sameValue(profile, spec.securityContext?.appArmorProfile)
    if (isNews) container.securityContext = { ...container.securityContext, appArmorProfile: profile }
    if (profile !== undefined && !isNews) continue
    warn(`metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`)
  }
}

/** @returns undefined when the annotation makes no valid profile */
export function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' }
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' }
  if (!annotation.startsWith('localhost/')) return undefined
  const profile = { type: 'Localhost', localhostProfile: annotation.slice('localhost/'.length) }
  const errors: FieldError[] = []
  validateAppArmor(profile, '', errors)
  return errors.length === 0 ? profile : undefined
}
