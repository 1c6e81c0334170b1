// The slice writes that bring a Service's EndpointSlices to what its pods say. Pure.
// Source: kubernetes staging endpointslice/reconciler.go (Reconcile, finalize).

import type { DiscoveryEndpointPort, Endpoint, EndpointSlice, NewObject, Service } from '@podwire/apiserver'
import type { Draft } from '@podwire/engine'
import { isControlledBy } from '../objects/owner.ts'
import { sameMap } from '../objects/semantic-equal.ts'
import { wantsTopologyMode } from './endpoint.ts'
import { generateNameFor, sliceLabels, sliceOwner, withTriggerTime } from './metadata.ts'
import { pack } from './packing.ts'
import { portSetKey } from './ports.ts'
import type { AddressType, PortGroup, WantedEndpoints } from './wanted-endpoints.ts'
import { handOut, type HintedLists, withoutHints, type ZoneShares } from './zone-hints.ts'

const MAX_ENDPOINTS_PER_SLICE = 100

export interface SliceWrites {
  readonly create: readonly NewObject<EndpointSlice>[]
  readonly update: readonly EndpointSlice[]
  readonly delete: readonly EndpointSlice[]
}

interface ServiceSliceWrites extends SliceWrites {
  /** With topology-mode Auto, for each family: what came of handing endpoints out to zones. */
  readonly outcomes: ReadonlyMap<AddressType, HintedLists['outcome']>
}

/** A slice that has to be made, before it is known whether it takes over the name of one that goes away. */
interface Wanted {
  readonly family: AddressType
  readonly ports: readonly DiscoveryEndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

export function reconcileSlices(
  service: Service,
  wanted: WantedEndpoints,
  existing: readonly EndpointSlice[],
  triggerTime: string | undefined,
  shares: ZoneShares,
): ServiceSliceWrites {
  const labels = sliceLabels(service)
  const outcomes = new Map<AddressType, HintedLists['outcome']>()
  const update: EndpointSlice[] = []
  const create: NewObject<EndpointSlice>[] = []
  const remove = existing.filter((slice) => isForeign(service, wanted, slice))
  for (const [family, groups] of wanted.families) {
    const own = existing.filter((slice) => slice.addressType === family && isOurs(service, slice))
    const hinted = wantsTopologyMode(service)
      ? hintedPlan(own, (bare) => planFamily(family, groups, bare, labels), shares)
      : undefined
    const plan = hinted ?? planFamily(family, groups, own, labels)
    if (hinted !== undefined) outcomes.set(family, hinted.outcome)
    for (const rewrite of plan.update) update.push(rewritten(rewrite, labels, triggerTime))
    const recycled = plan.create.slice(0, plan.empty.length)
    recycled.forEach((next, index) => {
      const slice = plan.empty[index]
      if (slice === undefined) return
      update.push(rewritten({ slice, ports: next.ports, endpoints: next.endpoints }, labels, triggerTime))
    })
    remove.push(...plan.empty.slice(recycled.length))
    for (const next of plan.create.slice(recycled.length)) create.push(newSlice(service, next, labels, triggerTime))
  }
  const leaving = service.metadata.deletionTimestamp !== undefined
  return { create: leaving ? [] : create, update, delete: remove, outcomes }
}

/** Slices of another owner of the same name, or of a family the Service no longer has. */
function isForeign(service: Service, wanted: WantedEndpoints, slice: EndpointSlice): boolean {
  return !isOurs(service, slice) || ![...wanted.families.keys()].some((family) => family === slice.addressType)
}

function isOurs(service: Service, slice: EndpointSlice): boolean {
  return (slice.metadata.ownerReferences ?? []).length === 0 || isControlledBy(slice, service.metadata.uid)
}

interface Rewrite {
  readonly slice: EndpointSlice
  readonly ports: readonly DiscoveryEndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

interface FamilyPlan {
  readonly update: readonly Rewrite[]
  readonly create: readonly Wanted[]
  readonly empty: readonly EndpointSlice[]
}

/** Endpoints are compared without hints, and those of the slices that are written are handed out anew. */
function hintedPlan(
  own: readonly EndpointSlice[],
  planWith: (bare: readonly EndpointSlice[]) => FamilyPlan,
  shares: ZoneShares,
): FamilyPlan & { readonly outcome: HintedLists['outcome'] } {
  const originals = new Map(own.map((slice) => [bareSlice(slice), slice]))
  const plan = planWith([...originals.keys()])
  const touched = new Set([...plan.update.map(({ slice }) => slice), ...plan.empty])
  const unchanged = [...originals].filter(([bare]) => !touched.has(bare)).map(([, slice]) => slice)
  const lists = [...plan.create, ...plan.update].map(({ endpoints }) => endpoints)
  const { written, disturbed, outcome } = handOut(lists, unchanged, shares)
  const hinted = (index: number): readonly Endpoint[] => written[index] ?? []
  const original = (slice: EndpointSlice): EndpointSlice => originals.get(slice) ?? slice
  return {
    create: plan.create.map((next, index) => ({ ...next, endpoints: hinted(index) })),
    update: [
      ...plan.update.map(({ slice, ports }, index) => {
        return { slice: original(slice), ports, endpoints: hinted(plan.create.length + index) }
      }),
      ...disturbed.map(({ slice, endpoints }) => ({ slice, ports: slice.ports ?? [], endpoints })),
    ],
    empty: plan.empty.map(original),
    outcome,
  }
}

function bareSlice(slice: EndpointSlice): EndpointSlice {
  return { ...slice, ...(slice.endpoints === undefined ? {} : { endpoints: slice.endpoints.map(withoutHints) }) }
}

function planFamily(
  family: AddressType,
  groups: ReadonlyMap<string, PortGroup>,
  own: readonly EndpointSlice[],
  labels: Readonly<Record<string, string>>,
): FamilyPlan {
  const byPorts = new Map<string, EndpointSlice[]>()
  for (const slice of own) {
    const key = portSetKey(slice.ports)
    const filed = byPorts.get(key)
    if (filed === undefined) byPorts.set(key, [slice])
    else filed.push(slice)
  }
  const needsRewrite = (slice: EndpointSlice): boolean => !sameMap(slice.metadata.labels, labels)
  const update: Rewrite[] = []
  const create: Wanted[] = []
  const empty: EndpointSlice[] = []
  let kept = 0
  for (const [key, { portSet, endpoints }] of groups) {
    const packing = pack(byPorts.get(key) ?? [], endpoints, needsRewrite, MAX_ENDPOINTS_PER_SLICE)
    byPorts.delete(key)
    const { ports } = portSet
    for (const { slice, endpoints: packed } of packing.update) update.push({ slice, ports, endpoints: packed })
    for (const fresh of packing.create) create.push({ family, ports, endpoints: fresh })
    empty.push(...packing.empty)
    kept += packing.update.length + packing.unchanged.length + packing.create.length
  }
  for (const slices of byPorts.values()) empty.push(...slices)
  if (kept > 0) return { update, create, empty }
  return placeholder(family, empty, labels)
}

/** Without any endpoint one slice stays, empty and without ports. One that is right already is left alone. */
function placeholder(
  family: AddressType,
  slices: readonly EndpointSlice[],
  labels: Readonly<Record<string, string>>,
): FamilyPlan {
  const isRight = (slice: EndpointSlice): boolean =>
    (slice.endpoints ?? []).length === 0 && (slice.ports ?? []).length === 0 && sameMap(slice.metadata.labels, labels)
  const right = slices.find(isRight)
  if (right !== undefined) return { update: [], create: [], empty: slices.filter((slice) => slice !== right) }
  return { update: [], create: [{ family, ports: [], endpoints: [] }], empty: slices }
}

function rewritten(
  { slice, ports, endpoints }: Rewrite,
  labels: Readonly<Record<string, string>>,
  triggerTime: string | undefined,
): EndpointSlice {
  const annotations = withTriggerTime(slice.metadata.annotations, triggerTime)
  const { kind, apiVersion, addressType } = slice
  const next: Draft<EndpointSlice> = {
    kind,
    apiVersion,
    metadata: { ...slice.metadata, labels, annotations },
    addressType,
  }
  fill(next, endpoints, ports)
  return next
}

/** Empty lists are left out: a real server stores none and answers null. */
function fill(
  slice: Draft<Pick<EndpointSlice, 'endpoints' | 'ports'>>,
  endpoints: readonly Endpoint[],
  ports: readonly DiscoveryEndpointPort[],
): void {
  if (endpoints.length > 0) slice.endpoints = endpoints
  if (ports.length > 0) slice.ports = ports
}

function newSlice(
  service: Service,
  { family, ports, endpoints }: Wanted,
  labels: Readonly<Record<string, string>>,
  triggerTime: string | undefined,
): NewObject<EndpointSlice> {
  const { namespace } = service.metadata
  const slice: Draft<NewObject<EndpointSlice>> = {
    metadata: {
      generateName: generateNameFor(service),
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: withTriggerTime(undefined, triggerTime),
      ownerReferences: [sliceOwner(service)],
    },
    addressType: family,
  }
  fill(slice, endpoints, ports)
  return slice
}
