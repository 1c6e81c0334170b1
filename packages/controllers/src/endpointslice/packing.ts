// Packing endpoints into slices with as few writes as possible: unchanged slices stay, changed ones are filled up first, and a
// slice is never rebalanced. Pure; used for one Service, address family and port set.
// Source: kubernetes staging endpointslice/reconciler.go (reconcileByPortMapping).

import { compareText } from '@podwire/engine'
import type { Endpoint, EndpointSlice } from '@podwire/apiserver'
import { semanticEqual } from '../objects/semantic-equal.ts'

interface Repacked {
  readonly slice: EndpointSlice
  readonly endpoints: readonly Endpoint[]
}

export interface Packing {
  /** Slices to keep, with their next endpoints. */
  readonly update: readonly Repacked[]
  /** Slices left without endpoints. */
  readonly empty: readonly EndpointSlice[]
  readonly unchanged: readonly EndpointSlice[]
  /** Endpoints of slices to be made. */
  readonly create: readonly (readonly Endpoint[])[]
}

/** Identity of an endpoint across changes of its conditions: pod, hostname and addresses. */
export function endpointIdentity(endpoint: Endpoint): string {
  const { addresses, hostname, targetRef } = endpoint
  return `${targetRef?.namespace ?? ''}/${targetRef?.name ?? ''}|${hostname ?? ''}|${addresses.join(',')}`
}

/** Stored endpoints already found equal to a wanted one: both never change, so once compared is enough. */
const knownEqual = new WeakMap<Endpoint, Endpoint>()

function sameEndpoint(stored: Endpoint, wanted: Endpoint): boolean {
  if (knownEqual.get(stored) === wanted) return true
  if (!semanticEqual(stored, wanted)) return false
  knownEqual.set(stored, wanted)
  return true
}

/** Identities of stored endpoints, which never change. */
const identities = new WeakMap<Endpoint, string>()

function identityOf(endpoint: Endpoint): string {
  let identity = identities.get(endpoint)
  if (identity === undefined) {
    identity = endpointIdentity(endpoint)
    identities.set(endpoint, identity)
  }
  return identity
}

/**
 * @param needsRewrite slices whose labels or ports have to be written anyway
 * @param max endpoints a slice
 */
export function pack(
  existing: readonly EndpointSlice[],
  wanted: ReadonlyMap<string, Endpoint>,
  needsRewrite: (slice: EndpointSlice) => boolean,
  max: number,
): Packing {
  const left = new Map(wanted)
  const update: { slice: EndpointSlice; endpoints: Endpoint[] }[] = []
  const unchanged: EndpointSlice[] = []
  const empty: EndpointSlice[] = []
  for (const slice of existing) {
    const kept = refresh(slice, left)
    if (kept.endpoints.length === 0) empty.push(slice)
    else if (kept.changed || needsRewrite(slice)) update.push({ slice, endpoints: kept.endpoints })
    else unchanged.push(slice)
  }
  const pending = [...left.values()].sort((a, b) => compareText(a.targetRef?.name ?? '', b.targetRef?.name ?? ''))
  fill(update, pending, max)
  const create: Endpoint[][] = []
  while (pending.length > 0) {
    if (pending.length < max) {
      const host = roomiest(unchanged, pending.length, max)
      if (host !== undefined) {
        unchanged.splice(unchanged.indexOf(host), 1)
        update.push({ slice: host, endpoints: [...(host.endpoints ?? []), ...pending.splice(0)] })
        break
      }
    }
    create.push(pending.splice(0, max))
  }
  return { update, empty, unchanged, create }
}

/** The slice's endpoints that are still wanted, in their present form; takes them out of `left`. */
function refresh(slice: EndpointSlice, left: Map<string, Endpoint>): { endpoints: Endpoint[]; changed: boolean } {
  const endpoints: Endpoint[] = []
  let changed = false
  for (const stored of slice.endpoints ?? []) {
    const identity = identityOf(stored)
    const wanted = left.get(identity)
    if (wanted === undefined) {
      changed = true
      continue
    }
    left.delete(identity)
    const same = sameEndpoint(stored, wanted)
    endpoints.push(same ? stored : wanted)
    changed ||= !same
  }
  return { endpoints, changed }
}

/** Puts pending endpoints into slices that are written anyway, the fullest first. */
function fill(update: readonly { endpoints: Endpoint[] }[], pending: Endpoint[], max: number): void {
  const fullestFirst = [...update].sort((a, b) => b.endpoints.length - a.endpoints.length)
  for (const { endpoints } of fullestFirst) {
    if (pending.length === 0) return
    endpoints.push(...pending.splice(0, Math.max(0, max - endpoints.length)))
  }
}

/** The unchanged slice that can take `count` more and is fullest then. */
function roomiest(unchanged: readonly EndpointSlice[], count: number, max: number): EndpointSlice | undefined {
  let best: EndpointSlice | undefined
  for (const slice of unchanged) {
    const size = slice.endpoints?.length ?? 0
    if (size + count <= max && size > (best?.endpoints?.length ?? -1)) best = slice
  }
  return best
}
