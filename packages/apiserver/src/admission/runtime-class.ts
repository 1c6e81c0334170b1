// RuntimeClass: a pod may name only a class there is. While their kind is not served there is none, and every name is refused.
// Source: kubernetes plugin/pkg/admission/runtimeclass/admission.go.

import type { Pod } from '../objects/index.ts'
import { pods } from '../resources/served-types.ts'
import { refusedByAdmission, type AdmissionPlugin } from './plugin.ts'

export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  admit: (write) => {
    if (write.resource.type !== pods || write.old !== undefined) return
    const { runtimeClassName } = (write.object as unknown as Pod).spec
    if (runtimeClassName === undefined) return
    const { registry, store } = write.server
    const served = registry.byGroupVersionResource('node.k8s.io', 'v1', 'runtimeclasses')
    if (served !== undefined && store.get(served.type, undefined, runtimeClassName) !== undefined) return
    throw refusedByAdmission(write, `pod rejected: RuntimeClass "${runtimeClassName}" not found`)
  },
}
