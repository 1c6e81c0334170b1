// An Endpoints object holds at most 1000 addresses: ready ones are kept first, then a share of each subset.
// Source: kubernetes pkg/controller/endpoint/endpoints_controller.go (truncateEndpoints).

import type { EndpointSubset } from '@podwire/apiserver'

const MAX_ENDPOINTS_CAPACITY = 1000
export const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity'

export interface Truncated {
  readonly subsets: readonly EndpointSubset[]
  readonly truncated: boolean
}

type Field = 'addresses' | 'notReadyAddresses'

export function truncateSubsets(subsets: readonly EndpointSubset[]): Truncated {
  const ready = count(subsets, 'addresses')
  const total = ready + count(subsets, 'notReadyAddresses')
  if (total <= MAX_ENDPOINTS_CAPACITY) return { subsets, truncated: false }
  const cutReady = cut(subsets, 'addresses', MAX_ENDPOINTS_CAPACITY)
  const room = MAX_ENDPOINTS_CAPACITY - Math.min(ready, MAX_ENDPOINTS_CAPACITY)
  const kept = cut(cutReady, 'notReadyAddresses', room)
  return {
    subsets: kept.filter((subset) => sizeOf(subset, 'addresses') + sizeOf(subset, 'notReadyAddresses') > 0),
    truncated: true,
  }
}

const sizeOf = (subset: EndpointSubset, field: Field): number => subset[field]?.length ?? 0

function count(subsets: readonly EndpointSubset[], field: Field): number {
  let total = 0
  for (const subset of subsets) total += sizeOf(subset, field)
  return total
}

/** Cuts `field` down to `max` addresses over all subsets, each by its share, rounded up. */
function cut(subsets: readonly EndpointSubset[], field: Field, max: number): readonly EndpointSubset[] {
  const total = count(subsets, field)
  if (total <= max) return subsets
  let left = max
  return subsets.map((subset) => {
    const size = sizeOf(subset, field)
    const share = Math.min(left, size, Math.ceil((size * max) / total))
    left -= share
    const { [field]: addresses = [], ...rest } = subset
    return share === 0 ? rest : { ...rest, [field]: addresses.slice(0, share) }
  })
}
