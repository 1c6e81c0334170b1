// Mirror slices of a hand-written Endpoints object of a Service without selector. Pure: one slice a subset and address family,
// slices that are left over are rewritten before new ones are made.
// Source: kubernetes pkg/controller/endpointslicemirroring/{reconciler,utils}.go.

import type {
  DiscoveryEndpointPort,
  Endpoint,
  EndpointAddress,
  Endpoints,
  EndpointSlice,
  EndpointSubset,
  NewObject,
  Service,
} from '@podwire/apiserver'
import { repackSubsets } from '../endpoints/subsets.ts'
import { generateNameFor, MANAGED_BY, SERVICE_NAME } from '../endpointslice/metadata.ts'
import { portSetKey } from '../endpointslice/ports.ts'
import type { SliceWrites } from '../endpointslice/reconcile.ts'
import { controllerReference } from '../objects/owner.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { TRIGGER_TIME } from '../services/trigger-time.ts'

export const MIRRORING_CONTROLLER = 'endpointslicemirroring-controller.k8s.io'
export const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror'
/** Addresses of one subset that are mirrored. */
export const MAX_ENDPOINTS_PER_SUBSET = 1000

const NOT_COPIED: ReadonlySet<string> = new Set([TRIGGER_TIME, 'kubectl.kubernetes.io/last-applied-configuration'])

export function isMirrored(source: Endpoints | undefined, service: Service | undefined): source is Endpoints {
  if (source === undefined || service === undefined) return false
  if (Object.keys(service.spec.selector ?? {}).length > 0) return false
  const { labels, annotations, deletionTimestamp } = source.metadata
  if (labels?.[SKIP_MIRROR] === 'true' || deletionTimestamp !== undefined) return false
  return annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined
}

interface Wanted {
  readonly addressType: 'IPv4' | 'IPv6'
  readonly endpoints: readonly Endpoint[]
  readonly ports: readonly DiscoveryEndpointPort[]
}

export function reconcileMirror(source: Endpoints, existing: readonly EndpointSlice[]): SliceWrites {
  const { labels, annotations } = metadataFor(source)
  const left = [...existing]
  const unmatched: Wanted[] = []
  const update: EndpointSlice[] = []
  for (const wanted of wantedSlices(source)) {
    const key = portSetKey(wanted.ports)
    const place = left.findIndex((slice) => slice.addressType === wanted.addressType && portSetKey(slice.ports) === key)
    if (place < 0) unmatched.push(wanted)
    else update.push(...changed(left.splice(place, 1), wanted, labels, annotations))
  }
  const create: NewObject<EndpointSlice>[] = []
  for (const wanted of unmatched) {
    const place = left.findIndex((slice) => slice.addressType === wanted.addressType)
    if (place >= 0) update.push(...changed(left.splice(place, 1), wanted, labels, annotations))
    else create.push(newMirror(source, wanted, labels, annotations))
  }
  return { create, update, delete: left }
}

type Texts = Readonly<Record<string, string>>

function metadataFor(source: Endpoints): { labels: Texts; annotations: Texts } {
  const own = Object.entries(source.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key))
  return {
    labels: { ...source.metadata.labels, [SERVICE_NAME]: source.metadata.name, [MANAGED_BY]: MIRRORING_CONTROLLER },
    annotations: Object.fromEntries(own),
  }
}

function changed(slices: readonly EndpointSlice[], wanted: Wanted, labels: Texts, annotations: Texts): EndpointSlice[] {
  return slices.flatMap((slice) => {
    // Upstream writes a mirror anew under its name, so generateName goes with the first change.
    const { generateName: _, ...kept } = slice.metadata
    const metadata = { ...kept, labels, annotations }
    const next: EndpointSlice = { ...slice, metadata, endpoints: wanted.endpoints, ports: wanted.ports }
    return semanticEqual({ ...slice, metadata: { ...kept } }, next) ? [] : [next]
  })
}

function newMirror(source: Endpoints, wanted: Wanted, labels: Texts, annotations: Texts): NewObject<EndpointSlice> {
  const { namespace } = source.metadata
  return {
    metadata: {
      generateName: generateNameFor(source),
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations,
      ownerReferences: [controllerReference(source, 'v1', 'Endpoints')],
    },
    ...wanted,
  }
}

function wantedSlices(source: Endpoints): readonly Wanted[] {
  return repackSubsets(source.subsets ?? []).flatMap((subset) => {
    const endpoints = endpointsOf(subset)
    const ports = (subset.ports ?? []).map((port) => ({ ...port, name: port.name ?? '' }))
    return (['IPv4', 'IPv6'] as const).flatMap((addressType) => {
      const fitting = endpoints.filter(({ addresses }) => addresses[0]?.includes(':') === (addressType === 'IPv6'))
      return fitting.length === 0 ? [] : [{ addressType, endpoints: fitting, ports }]
    })
  })
}

function endpointsOf(subset: EndpointSubset): readonly Endpoint[] {
  const ready = (subset.addresses ?? []).map((address) => endpointFrom(address, true))
  const notReady = (subset.notReadyAddresses ?? []).map((address) => endpointFrom(address, false))
  return [...ready, ...notReady].slice(0, MAX_ENDPOINTS_PER_SUBSET)
}

/** How many addresses of the object are not mirrored. */
export function skippedAddresses(source: Endpoints): number {
  let skipped = 0
  for (const { addresses = [], notReadyAddresses = [] } of repackSubsets(source.subsets ?? [])) {
    skipped += Math.max(0, addresses.length + notReadyAddresses.length - MAX_ENDPOINTS_PER_SUBSET)
  }
  return skipped
}

function endpointFrom(address: EndpointAddress, ready: boolean): Endpoint {
  const { ip, hostname, nodeName, targetRef } = address
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === undefined || hostname === '' ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  }
}
