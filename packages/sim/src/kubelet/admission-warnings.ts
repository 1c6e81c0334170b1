// What a pod asks for and does not get: said as events on the pod, never silently dropped.

import type { Pod } from '@podwire/apiserver'
import { podResolvConf, type DnsSettings } from '../pod/index.ts'

export interface AdmissionWarning {
  readonly reason: string
  readonly message: string
}

export function admissionWarnings(pod: Pod, dns: DnsSettings): readonly AdmissionWarning[] {
  const warnings: AdmissionWarning[] = []
  if (pod.spec.dnsConfig !== undefined) {
    const { warning } = podResolvConf(pod, dns)
    if (warning !== undefined) warnings.push({ reason: 'DNSConfigForming', message: warning })
  }
  if (pod.spec.hostNetwork === true) return warnings
  for (const { name, ports = [] } of pod.spec.containers) {
    for (const { hostPort = 0 } of ports) {
      if (hostPort === 0) continue
      const message = `podwire does not open host ports yet: hostPort ${hostPort} of container ${name} stays closed`
      warnings.push({ reason: 'HostPortNotSimulated', message })
    }
  }
  return warnings
}
