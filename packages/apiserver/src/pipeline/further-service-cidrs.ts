// Ranges of ServiceCIDRs that people add: once ready they give addresses, and while they are deleted they give none any more.
// Source: kubernetes registry/core/service/ipallocator/cidrallocator.go (syncAllocators).

import { compareText } from '@podwire/engine'
import type { ServiceCIDR } from '../objects/index.ts'
import { serviceCidrs } from '../resources/served-types.ts'
import type { StoreEvent } from '../store/history.ts'
import { typePrefix } from '../store/store-key.ts'
import type { ServerState } from './server-state.ts'

const PREFIX = typePrefix(serviceCidrs)
/** The server's own, whose ranges come from its flags. */
const DEFAULT_NAME = 'kubernetes'

/** What is to be done after each write. */
export function followServiceCidrs(server: () => ServerState): (event: StoreEvent) => void {
  return ({ key, object }) => {
    if (!key.startsWith(PREFIX) || object.metadata.name === DEFAULT_NAME) return
    const { store, allocators } = server()
    const all = store.list(serviceCidrs).filter(({ metadata }) => metadata.name !== DEFAULT_NAME)
    const ordered = all.toSorted((a, b) => compareText(a.metadata.name, b.metadata.name))
    allocators.clusterIps.setFurtherRanges(
      ordered.flatMap((range) => (range.spec?.cidrs ?? []).map((cidr) => ({ cidr, ready: isReady(range) }))),
    )
  }
}

function isReady({ metadata, status }: ServiceCIDR): boolean {
  const conditions = status?.conditions ?? []
  return (
    metadata.deletionTimestamp === undefined &&
    conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True')
  )
}
