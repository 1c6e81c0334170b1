// StorageObjectInUseProtection: new claims and volumes get a finalizer that the protection controllers take off once nobody uses
// them; without those, a deleted one stays Terminating. Source: kubernetes plugin/pkg/admission/storage/storageobjectinuseprotection.

import type { ResourceType } from '../resources/resource-type.ts'
import { persistentVolumeClaims, persistentVolumes } from '../resources/served-types.ts'
import type { AdmissionPlugin } from './plugin.ts'

const FINALIZERS: ReadonlyMap<ResourceType, string> = new Map<ResourceType, string>([
  [persistentVolumes, 'kubernetes.io/pv-protection'],
  [persistentVolumeClaims, 'kubernetes.io/pvc-protection'],
])

export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  admit: ({ resource, old, object: { metadata } }) => {
    if (old !== undefined) return
    const finalizer = FINALIZERS.get(resource.type)
    if (finalizer === undefined || metadata.finalizers?.includes(finalizer) === true) return
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer]
  },
}
