// PersistentVolumeClaimResize: a claim grows only when its storage class lets it, and podwire has no storage classes. (Claims that
// are not bound are refused by validation before.)
// Source: kubernetes plugin/pkg/admission/storage/persistentvolume/resize.

import type { PersistentVolumeClaim } from '../objects/index.ts'
import { readList } from '../quota/index.ts'
import { completed } from '../pipeline/write.ts'
import { persistentVolumeClaims } from '../resources/served-types.ts'
import { refusedAfterValidation, type AdmissionPlugin } from './plugin.ts'

const BY_CLASS =
  'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize'

function storageOf({ spec }: PersistentVolumeClaim): bigint {
  return readList(spec.resources?.requests).get('storage')?.nano ?? 0n
}

export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  validate: (write) => {
    if (write.resource.type !== persistentVolumeClaims || write.old === undefined) return
    const old = write.old as PersistentVolumeClaim
    if (storageOf(completed(write.object) as unknown as PersistentVolumeClaim) <= storageOf(old)) return
    throw refusedAfterValidation(write, BY_CLASS)
  },
}
