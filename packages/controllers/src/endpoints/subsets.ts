// Packing addresses and ports into Endpoints subsets: ports offered by the same addresses share a subset, a not-ready mark
// beats a ready one. Pure. Source: kubernetes pkg/api/v1/endpoints/util.go (RepackSubsets).
// Departure: subsets and ports keep the order they come in, upstream orders them by a hash.

import { compareText, type Draft } from '@podwire/engine'
import type { EndpointAddress, EndpointPort, EndpointSubset } from '@podwire/apiserver'

interface Offered {
  readonly address: EndpointAddress
  readonly ready: boolean
}

interface PortEntry {
  readonly port: EndpointPort | undefined
  /** Which of the given subsets offer the port: equal lists mean equal addresses. */
  readonly sources: number[]
}

interface Merged {
  readonly ports: EndpointPort[]
  readonly offered: ReadonlyMap<string, Offered>
}

export function repackSubsets(subsets: readonly EndpointSubset[]): readonly EndpointSubset[] {
  const bySources = new Map<string, { ports: EndpointPort[]; sources: readonly number[] }>()
  for (const { port, sources } of portEntries(subsets)) {
    const key = sources.join()
    const group = bySources.get(key)
    if (group !== undefined) group.ports.push(...(port === undefined ? [] : [port]))
    else bySources.set(key, { ports: port === undefined ? [] : [port], sources })
  }
  // An address shows as it came first, whichever ports it came with.
  const first = new Map<string, EndpointAddress>()
  const groups = [...bySources.values()].map(({ ports, sources }) => ({
    ports,
    offered: collect(subsets, sources, first),
  }))
  return mergeSameAddresses(groups)
    .filter(({ offered }) => offered.size > 0)
    .map(toSubset)
}

function portEntries(subsets: readonly EndpointSubset[]): readonly PortEntry[] {
  const entries = new Map<string, PortEntry>()
  subsets.forEach((subset, index) => {
    const ports = subset.ports ?? []
    // A subset without ports (headless Service without ports) is a group of its own.
    for (const port of ports.length === 0 ? [undefined] : ports) {
      const key = port === undefined ? '' : portKey(port)
      const entry = entries.get(key)
      if (entry === undefined) entries.set(key, { port, sources: [index] })
      else entry.sources.push(index)
    }
  })
  return [...entries.values()]
}

function portKey(port: EndpointPort): string {
  return `${port.name ?? ''}|${port.protocol ?? 'TCP'}|${port.port}|${port.appProtocol ?? ''}`
}

function collect(
  subsets: readonly EndpointSubset[],
  sources: readonly number[],
  first: Map<string, EndpointAddress>,
): ReadonlyMap<string, Offered> {
  const offered = new Map<string, Offered>()
  const offer = (given: EndpointAddress, ready: boolean): void => {
    const key = `${given.ip}|${given.targetRef?.uid ?? ''}`
    const address = first.get(key) ?? given
    first.set(key, address)
    const known = offered.get(key)
    if (known === undefined || (known.ready && !ready)) offered.set(key, { address, ready })
  }
  for (const index of sources) {
    const subset = subsets[index]
    for (const address of subset?.addresses ?? []) offer(address, true)
    for (const address of subset?.notReadyAddresses ?? []) offer(address, false)
  }
  return offered
}

function mergeSameAddresses(groups: readonly Merged[]): readonly Merged[] {
  // One group needs no comparing: the common case of a Service with numeric target ports.
  if (groups.length < 2) return groups
  const merged = new Map<string, Merged>()
  for (const group of groups) {
    const parts = [...group.offered].map(([key, { ready }]) => `${key}|${ready}`)
    const signature = parts.sort(compareText).join()
    const known = merged.get(signature)
    if (known === undefined) merged.set(signature, group)
    else known.ports.push(...group.ports)
  }
  return [...merged.values()]
}

function toSubset({ ports, offered }: Merged): EndpointSubset {
  const ordered = [...offered].sort(([a], [b]) => compareText(a, b)).map(([, entry]) => entry)
  const ready = ordered.filter((entry) => entry.ready).map((entry) => entry.address)
  const notReady = ordered.filter((entry) => !entry.ready).map((entry) => entry.address)
  const subset: Draft<EndpointSubset> = {}
  if (ready.length > 0) subset.addresses = ready
  if (notReady.length > 0) subset.notReadyAddresses = notReady
  if (ports.length > 0) subset.ports = ports
  return subset
}
