// Sets of places a network fault is between, by name: `node-2` or `node/node-2` is the machine with all that is on it, `pod/shop/web-0`
// (or `shop/web-0`) one pod, `external` the world outside, `api-server` the API server, `*` everything not in the other set.

import { PodwireError } from '@podwire/engine'
import type { PlaceSet } from '../fabric/impairments.ts'

/** A place by name, or what the SDK calls it by: a pod's or node's handle. */
export type Place = string | { readonly title: string }
export type Places = Place | readonly Place[]

/** What there is to name. */
export interface KnownPlaces {
  readonly nodeNames: () => readonly string[]
  /** Of a pod `namespace/name`; undefined: no such pod. */
  readonly podNode: (pod: string) => { readonly node: string | undefined; readonly hostNetwork: boolean } | undefined
}

export const API_SERVER = 'api-server'

/** By all names a thing has: its own, its machine's. */
export interface NamedPlaces extends PlaceSet {
  readonly text: string
  has(...names: readonly string[]): boolean
}

function placeSet(
  text: string,
  has: (...names: readonly string[]) => boolean,
  own: NamedPlaces['hasPod'],
): NamedPlaces {
  return {
    text,
    has,
    hasHost: (host) => has(host.place),
    hasPod: own,
    covers: (stack) => has(stack.name, stack.host.place),
  }
}

/**
 * Reads the two sides of a fault.
 * @throws PodwireError for a place that is none, a side without places, and two sides that share one
 */
export function readSides(action: string, from: Places, to: Places, known: KnownPlaces): [NamedPlaces, NamedPlaces] {
  const [first, second] = [namesOf(action, from, known), namesOf(action, to, known)]
  if (first === 'others' && second === 'others') {
    throw new PodwireError(action, 'both sides are *', 'Name the places of one side.')
  }
  const shared = first !== 'others' && second !== 'others' ? first.find((name) => second.includes(name)) : undefined
  if (shared !== undefined) {
    throw new PodwireError(action, `${shared} is on both sides`, 'Name every place on one side only.')
  }
  if (first === 'others') return [others(named(second as readonly string[])), named(second as readonly string[])]
  return [named(first), second === 'others' ? others(named(first)) : named(second)]
}

function named(names: readonly string[]): NamedPlaces {
  const set = new Set(names)
  const text = names.map((name) => name.replace(/^node\//, '')).join(', ')
  return placeSet(
    text,
    (...asked) => asked.some((name) => set.has(name)),
    (pod) => set.has(pod.name),
  )
}

/** Everything but these. */
function others(side: NamedPlaces): NamedPlaces {
  return placeSet(
    '*',
    (...names) => !side.has(...names),
    (pod) => !side.covers(pod),
  )
}

function namesOf(action: string, places: Places, known: KnownPlaces): readonly string[] | 'others' {
  const list = Array.isArray(places) ? (places as readonly Place[]) : [places as Place]
  if (list.length === 0)
    throw new PodwireError(action, 'one side has no places', 'Name at least one, or * for all others.')
  if (list.length === 1 && list[0] === '*') return 'others'
  return list.map((place) => nameOf(action, typeof place === 'string' ? place : place.title.replace(' ', '/'), known))
}

function nameOf(action: string, place: string, { nodeNames, podNode }: KnownPlaces): string {
  if (place === 'external' || place === API_SERVER) return place
  const node = place.replace(/^node\//, '')
  if (nodeNames().includes(node)) return `node/${node}`
  const pod = place.replace(/^pod\/(?=[^/]+\/)/, '')
  const reference = pod.includes('/') ? pod : `default/${pod}`
  const found = place.startsWith('node/') ? undefined : podNode(reference)
  if (found === undefined) {
    throw new PodwireError(
      action,
      `there is no place ${JSON.stringify(place)}`,
      `Say a node (${nodeNames().join(', ')}), NAMESPACE/NAME of a pod, external, ${API_SERVER}, or * for all others.`,
    )
  }
  if (found.hostNetwork) {
    throw new PodwireError(
      action,
      `pod ${reference} has its node's network`,
      `Name ${found.node ?? 'its node'} instead.`,
    )
  }
  return `pod/${reference}`
}
