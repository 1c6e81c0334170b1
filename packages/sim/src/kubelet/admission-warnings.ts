// What a pod asks for and does not get: said as events on the pod, never silently dropped.

import type { Pod } from '@podwire/apiserver'
import { podResolvConf, type ConfigLookup, type DnsSettings } from '../pod/index.ts'

export interface AdmissionWarning {
  readonly reason: string
  readonly message: string
}

/** Said and not done: containers do not see the node's processes. */
const NOT_SIMULATED = ['hostPID', 'hostIPC'] as const

export function admissionWarnings(pod: Pod, dns: DnsSettings, config: ConfigLookup): readonly AdmissionWarning[] {
  const warnings: AdmissionWarning[] = []
  const secrets = pod.spec.imagePullSecrets ?? []
  const missing = secrets.filter(({ name = '' }) => config.secret(pod.metadata.namespace ?? '', name) === undefined)
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ')
    const message = `Unable to retrieve some image pull secrets (${names}); attempting to pull the image may not succeed.`
    warnings.push({ reason: 'FailedToRetrieveImagePullSecret', message })
  }
  for (const field of NOT_SIMULATED) {
    if (pod.spec[field] === true) {
      warnings.push({ reason: 'NotSimulated', message: `podwire does not simulate ${field}: it has no effect` })
    }
  }
  if (pod.spec.dnsConfig !== undefined) {
    const { warning } = podResolvConf(pod, dns)
    if (warning !== undefined) warnings.push({ reason: 'DNSConfigForming', message: warning })
  }
  return warnings
}
