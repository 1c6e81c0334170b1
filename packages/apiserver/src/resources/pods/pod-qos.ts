// Quality of service class of a pod. Source: kubernetes core/v1/helper/qos/qos.go.

import type { PodSpec } from '../../objects/index.ts'
import { parseQuantity } from '../../validation/quantity.ts'

const NAMES = ['cpu', 'memory'] as const

export function qosClassOf(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let anything = false
  let guaranteed = true
  for (const { resources } of [...spec.containers, ...(spec.initContainers ?? [])]) {
    for (const name of NAMES) {
      const limit = amount(resources?.limits?.[name])
      const request = amount(resources?.requests?.[name])
      if (limit > 0n || request > 0n) anything = true
      if (limit === 0n || (request !== 0n && request !== limit)) guaranteed = false
    }
  }
  if (!anything) return 'BestEffort'
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

function amount(text: string | undefined): bigint {
  return text === undefined ? 0n : (parseQuantity(text)?.nano ?? 0n)
}
