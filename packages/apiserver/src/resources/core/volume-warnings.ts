// Warnings about PersistentVolumes and their claims. Source: kubernetes pkg/api/persistentvolume/util.go and
// pkg/api/persistentvolumeclaim/util.go (GetWarningsForPersistentVolumeClaimSpec).

import type { PersistentVolumeClaimSpec } from '../../objects/index.ts'
import { formatQuantity, parseQuantity } from '../../validation/quantity.ts'

type Warn = (text: string) => void
const NANO = 1_000_000_000n

/** Storage is counted in whole bytes. */
export function warnAboutFraction(quantity: string | undefined, path: string, warn: Warn): void {
  const parsed = quantity === undefined ? undefined : parseQuantity(quantity)
  if (parsed === undefined || parsed.nano % NANO === 0n) return
  warn(`${path}: fractional byte value "${formatQuantity(parsed)}" is invalid, must be an integer`)
}

export function warnAboutFractions({ resources }: PersistentVolumeClaimSpec, path: string, warn: Warn): void {
  warnAboutFraction(resources?.requests?.['storage'], `${path}.resources.requests[storage]`, warn)
  warnAboutFraction(resources?.limits?.['storage'], `${path}.resources.limits[storage]`, warn)
}
