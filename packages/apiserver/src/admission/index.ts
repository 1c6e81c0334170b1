// Admission: what kube-apiserver's default plugins change in a write (admit), and refuse once it is valid (validate). The array
// is the order. NamespaceLifecycle stands before them in the pipeline; what ServiceAccount and DefaultTolerationSeconds do to a
// new pod is part of its preparation (resources/pods/pod-admission.ts). Source: kubernetes pkg/kubeapiserver/options/plugins.go.

import type { Write } from '../pipeline/write.ts'
import { defaultIngressClass } from './default-ingress-class.ts'
import { limitRanger } from './limit-ranger.ts'
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { podSecurity } from './pod-security.ts'
import { priority } from './priority.ts'
import { runtimeClass } from './runtime-class.ts'
import { resourceQuota } from './resource-quota.ts'
import { serviceAccount } from './service-account.ts'
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts'

const PLUGINS: readonly AdmissionPlugin[] = [
  limitRanger,
  serviceAccount,
  podSecurity,
  priority,
  storageObjectInUseProtection,
  persistentVolumeClaimResize,
  runtimeClass,
  defaultIngressClass,
  resourceQuota,
]

const ADMITTING = PLUGINS.flatMap(({ admit }) => admit ?? [])
const VALIDATING = PLUGINS.flatMap(({ validate, subresources = [] }) =>
  validate === undefined ? [] : { validate, subresources },
)

/** Fills in what plugins decide. Subresources are not theirs. */
export function admit(write: Write): void {
  if (write.subresource !== '') return
  for (const plugin of ADMITTING) plugin(write)
}

/** @throws StatusError 403 */
export function validateAdmission(write: Write): void {
  const { subresource } = write
  for (const { validate, subresources } of VALIDATING) {
    if (subresource === '' || subresources.includes(subresource)) validate(write)
  }
}
