// Topology-mode Auto: endpoints are handed out to zones by their share of the nodes' CPU, as few as possible away from their own
// zone. Pure. Source: kubernetes staging endpointslice/topologycache. Departure: where Go walks maps, zones go by name.

import { quantityMilliValue, type Endpoint, type EndpointSlice, type Node } from '@podwire/apiserver'
import { compareText } from '@podwire/engine'
import { ZONE_LABEL } from './endpoint.ts'

/** How much more than its fair share any endpoint may have to carry. */
const OVERLOAD = 0.2
const CONTROL_PLANE = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master']

/** Each zone's share of the CPU, by zone name; undefined: not enough is known. */
export type ZoneShares = ReadonlyMap<string, number> | undefined
export type ZoneCounts = ReadonlyMap<string, number>

export function zoneShares(nodes: readonly Node[]): ZoneShares {
  const milli = new Map<string, number>()
  let total = 0
  for (const { metadata, status } of nodes) {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
    if (!ready || CONTROL_PLANE.some((label) => metadata.labels?.[label] !== undefined)) continue
    const zone = metadata.labels?.[ZONE_LABEL] ?? ''
    const cpu = quantityMilliValue(status?.allocatable?.['cpu'] ?? '0')
    if (zone === '' || cpu === 0) return undefined
    milli.set(zone, (milli.get(zone) ?? 0) + cpu)
    total += cpu
  }
  if (milli.size < 2) return undefined
  return new Map([...milli].sort(([a], [b]) => compareText(a, b)).map(([zone, cpu]) => [zone, cpu / total]))
}

interface Allocation {
  readonly minimum: number
  readonly maximum: number
  readonly desired: number
}

type Allocations = ReadonlyMap<string, Allocation>

/** What each zone is to get, or why that cannot be. */
function allocate(endpoints: number, shares: ZoneShares): Allocations | string {
  if (shares === undefined)
    return 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes'
  const amounts = `(${endpoints} endpoints, ${shares.size} zones)`
  if (shares.size > endpoints) return `Insufficient number of endpoints ${amounts}`
  const least = new Map<string, number>()
  let assigned = 0
  for (const [zone, share] of shares) {
    const minimum = Math.ceil(share * endpoints * (1 / (1 + OVERLOAD)))
    least.set(zone, minimum)
    assigned += minimum
  }
  if (assigned > endpoints)
    return `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${amounts}`
  const allocations = new Map<string, Allocation>()
  for (const [zone, share] of shares) {
    const minimum = least.get(zone) ?? 0
    const maximum = minimum + endpoints - assigned
    allocations.set(zone, { minimum, maximum, desired: Math.max(share * endpoints, minimum) })
  }
  return allocations
}

/** A zone that got too few endpoints for its share: the Service is handed out anew. */
export function isOverloaded(hints: ZoneCounts, shares: ZoneShares): boolean {
  if (hints.size === 0) return false
  if (shares === undefined) return true
  let total = 0
  for (const count of hints.values()) total += count
  for (const [zone, share] of shares) {
    if ((hints.get(zone) ?? -1) < Math.ceil(total * share * (1 / (1 + OVERLOAD)))) return true
  }
  return false
}

export interface HintedLists {
  /** The lists that are written, in the given order, with their hints. */
  readonly written: readonly (readonly Endpoint[])[]
  /** Slices that were to stay as they are and have to be written, with their endpoints. */
  readonly disturbed: readonly { readonly slice: EndpointSlice; readonly endpoints: readonly Endpoint[] }[]
  /** How many endpoints each zone has; a text instead: why there are no hints. */
  readonly outcome: ZoneCounts | string
}

const isReady = ({ conditions }: Endpoint): boolean => conditions?.ready === true
const endpointsOf = (slice: EndpointSlice): readonly Endpoint[] => slice.endpoints ?? []

export function withoutHints(endpoint: Endpoint): Endpoint {
  if (endpoint.hints === undefined) return endpoint
  const { hints: _, ...rest } = endpoint
  return rest
}

/**
 * @param written lists of endpoints that are written anyway
 * @param unchanged slices that would stay
 */
export function handOut(
  written: readonly (readonly Endpoint[])[],
  unchanged: readonly EndpointSlice[],
  shares: ZoneShares,
): HintedLists {
  const all = [...written, ...unchanged.map(endpointsOf)]
  const ready = all.reduce((sum, endpoints) => sum + endpoints.filter(isReady).length, 0)
  const allocations = allocate(ready, shares)
  if (typeof allocations === 'string') return bare(written, unchanged, allocations)
  const counts = new Map<string, number>()
  const disturbed = unchanged.filter((slice) => !keepHints(slice, counts, allocations))
  const lists = [...written, ...disturbed.map(endpointsOf)]
  if (lists.some((endpoints) => endpoints.some((endpoint) => isReady(endpoint) && (endpoint.zone ?? '') === ''))) {
    return bare(written, unchanged, 'One or more endpoints do not have a zone specified')
  }
  for (const { zone = '' } of lists.flat().filter(isReady)) bump(counts, zone, 1)
  const moves = plannedMoves(allocations, counts)
  const hinted = lists.map((endpoints) => endpoints.map((endpoint) => withZone(endpoint, moves, counts)))
  if (counts.size === 0) return bare(written, unchanged, 'No hints allocated for zones')
  return {
    written: hinted.slice(0, written.length),
    disturbed: disturbed.map((slice, index) => ({ slice, endpoints: hinted[written.length + index] ?? [] })),
    outcome: counts,
  }
}

/** No hints at all: slices that have some are written without them. */
function bare(
  written: readonly (readonly Endpoint[])[],
  unchanged: readonly EndpointSlice[],
  outcome: string,
): HintedLists {
  const hinted = unchanged.filter((slice) => endpointsOf(slice).some(({ hints }) => hints !== undefined))
  return {
    written: written.map((endpoints) => endpoints.map(withoutHints)),
    disturbed: hinted.map((slice) => ({ slice, endpoints: endpointsOf(slice).map(withoutHints) })),
    outcome,
  }
}

/** Do a slice's hints still fit? Then they are counted. */
function keepHints(slice: EndpointSlice, counts: Map<string, number>, allocations: Allocations): boolean {
  const own = new Map<string, number>()
  for (const { hints } of endpointsOf(slice).filter(isReady)) {
    const zones = hints?.forZones ?? []
    if (zones.length === 0 || zones.some(({ name }) => !allocations.has(name))) return false
    for (const { name } of zones) bump(own, name, 1)
  }
  for (const [zone, count] of own) {
    if (count + (counts.get(zone) ?? 0) > (allocations.get(zone)?.maximum ?? 0)) return false
  }
  for (const [zone, count] of own) bump(counts, zone, count)
  return true
}

interface Moves {
  readonly giving: Map<string, number>
  readonly receiving: Map<string, number>
}

/** Whole endpoints that go from zones with too many to zones with too few, the neediest first. */
function plannedMoves(allocations: Allocations, counts: ZoneCounts): Moves {
  const surplus = new Map<string, number>()
  const need = new Map<string, number>()
  for (const [zone, { desired }] of allocations) {
    const difference = (counts.get(zone) ?? 0) - desired
    if (difference > 0) surplus.set(zone, difference)
    else if (difference < 0) need.set(zone, -difference)
  }
  const moves: Moves = { giving: new Map(), receiving: new Map() }
  for (;;) {
    const [giver, give] = most(surplus)
    const [receiver, receive] = most(need)
    const tooLittle = give < 0.5 || receive < 0.5 || (give < 1 && receive < 1)
    if (giver === undefined || receiver === undefined || tooLittle) return moves
    bump(moves.giving, giver, 1)
    bump(moves.receiving, receiver, 1)
    surplus.set(giver, give - 1)
    need.set(receiver, receive - 1)
  }
}

function most(zones: ReadonlyMap<string, number>): readonly [zone: string | undefined, amount: number] {
  let found: readonly [string | undefined, number] = [undefined, 0]
  for (const [zone, amount] of zones) if (amount > found[1]) found = [zone, amount]
  return found
}

/** The endpoint with a hint: for its own zone, or for another one while that still has to receive. */
function withZone(endpoint: Endpoint, { giving, receiving }: Moves, counts: Map<string, number>): Endpoint {
  if (!isReady(endpoint)) return withoutHints(endpoint)
  const own = endpoint.zone ?? ''
  const [receiver] = (giving.get(own) ?? 0) > 0 ? receiving.keys() : []
  if (receiver !== undefined) {
    bump(giving, own, -1)
    bump(receiving, receiver, -1)
    bump(counts, own, -1)
    bump(counts, receiver, 1)
  }
  return { ...endpoint, hints: { forZones: [{ name: receiver ?? own }] } }
}

function bump(counts: Map<string, number>, zone: string, by: number): void {
  const next = (counts.get(zone) ?? 0) + by
  if (next === 0) counts.delete(zone)
  else counts.set(zone, next)
}
