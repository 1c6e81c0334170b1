// Quality of service class from requests and limits of cpu and memory.
// Source: kubernetes pkg/apis/core/v1/helper/qos. The API server sets it at creation; this is for pods it never saw.

import type { Pod } from '@podwire/apiserver'
import { quantityValue } from './resource-ref.ts'

const COUNTED = ['cpu', 'memory'] as const

export function qosClass(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let any = false
  let guaranteed = true
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    for (const resource of COUNTED) {
      const limit = quantityValue(container.resources?.limits?.[resource] ?? '0') ?? 0
      const request = quantityValue(container.resources?.requests?.[resource] ?? limit) ?? 0
      if (limit > 0 || request > 0) any = true
      if (limit === 0 || limit !== request) guaranteed = false
    }
  }
  return !any ? 'BestEffort' : guaranteed ? 'Guaranteed' : 'Burstable'
}
