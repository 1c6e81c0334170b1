// RuntimeClass: a pod may name only a class there is, and have the overhead of that class alone. While their kind is not served
// there is none: every name is refused, and every overhead.
// Source: kubernetes plugin/pkg/admission/runtimeclass/admission.go.

import { sentEmpty } from '../decode/sent-empty.ts'
import type { Pod } from '../objects/index.ts'
import type { Write } from '../pipeline/write.ts'
import { refuseForAccount } from '../resources/pods/pod-admission.ts'
import { pods } from '../resources/served-types.ts'
import { plainError } from '../status/errors.ts'
import { pathSegmentName } from '../validation/names.ts'
import { podRefused, refusedAfterValidation, type AdmissionPlugin } from './plugin.ts'

export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  admit: (write) => {
    if (write.resource.type !== pods || write.old !== undefined) return
    const { runtimeClassName } = (write.object as unknown as Pod).spec
    if (runtimeClassName === undefined) return
    refuseName(write, runtimeClassName)
    const { registry, store } = write.server
    const served = registry.byGroupVersionResource('node.k8s.io', 'v1', 'runtimeclasses')
    if (served !== undefined && store.get(served.type, undefined, runtimeClassName) !== undefined) return
    throw podRefused(write, `pod rejected: RuntimeClass "${runtimeClassName}" not found`)
  },
  validate: (write) => {
    if (write.resource.type !== pods || write.old !== undefined) return
    const { spec } = write.object as unknown as Pod
    if (spec.overhead === undefined && sentEmpty(spec, 'overhead') === undefined) return
    throw refusedAfterValidation(
      write,
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    )
  },
}

/** A name that no path can have: the plugin's client fails before it asks. */
function refuseName(write: Write, name: string): void {
  const problems = pathSegmentName(name)
  if (name !== '' && problems.length === 0) return
  refuseForAccount(write.object as unknown as Pod, write.context)
  throw plainError(
    name === '' ? 'resource name may not be empty' : `invalid resource name "${name}": [${problems.join(' ')}]`,
  )
}
