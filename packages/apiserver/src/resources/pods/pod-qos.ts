// Quality of service class of a pod. Source: kubernetes core/v1/helper/qos/qos.go.

import type { Container, PodSpec, ResourceRequirements } from '../../objects/index.ts'
import { parseQuantity } from '../../validation/quantity.ts'

const NAMES = ['cpu', 'memory'] as const

interface Totals {
  readonly requests: Record<(typeof NAMES)[number], bigint>
  readonly limits: Record<(typeof NAMES)[number], bigint>
  everyLimit: boolean
}

export function qosClassOf(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  if (saysNothing(spec)) return 'BestEffort'
  const totals: Totals = { requests: { cpu: 0n, memory: 0n }, limits: { cpu: 0n, memory: 0n }, everyLimit: true }
  // What the pod says as a whole counts alone.
  if (spec.resources !== undefined) addTo(totals, spec.resources)
  else {
    for (const { resources } of spec.containers) addTo(totals, resources)
    if (spec.initContainers !== undefined) for (const { resources } of spec.initContainers) addTo(totals, resources)
  }
  const { requests, limits, everyLimit } = totals
  if (NAMES.every((name) => requests[name] === 0n && limits[name] === 0n)) return 'BestEffort'
  const isEven = everyLimit && NAMES.every((name) => requests[name] === limits[name])
  return isEven ? 'Guaranteed' : 'Burstable'
}

/** As most pods do. */
function saysNothing({ resources, containers, initContainers }: PodSpec): boolean {
  return isEmpty(resources) && containers.every(asksNothing) && (initContainers?.every(asksNothing) ?? true)
}

function asksNothing({ resources }: Container): boolean {
  return isEmpty(resources)
}

function isEmpty(resources: ResourceRequirements | undefined): boolean {
  return resources === undefined || (resources.requests === undefined && resources.limits === undefined)
}

function addTo(totals: Totals, resources: ResourceRequirements | undefined): void {
  for (const name of NAMES) {
    const limit = amount(resources?.limits?.[name])
    totals.requests[name] += amount(resources?.requests?.[name])
    totals.limits[name] += limit
    if (limit === 0n) totals.everyLimit = false
  }
}

function amount(text: string | undefined): bigint {
  if (text === undefined) return 0n
  const nano = parseQuantity(text)?.nano ?? 0n
  return nano > 0n ? nano : 0n
}
