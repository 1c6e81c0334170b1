// What a pod asks for and does not get: said as events on the pod, never silently dropped.

import type { Pod } from '@podwire/apiserver'
import { podResolvConf, type DnsSettings } from '../pod/index.ts'
import { hostPortsOf } from './host-ports.ts'

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
  for (const { protocol, hostPort } of hostPortsOf(pod)) {
    if (protocol !== 'SCTP') continue
    const message = `podwire does not simulate SCTP: hostPort ${hostPort} stays closed`
    warnings.push({ reason: 'HostPortNotSimulated', message })
  }
  return warnings
}
