// The objects kube-proxy watches, read from manifests without a cluster: Nodes, Services with their status, EndpointSlices and
// ServiceCIDRs. Of two manifests of one object the last one counts, as if they had been applied in order.

import {
  endpointSlices,
  type EndpointSlice,
  type KubeObject,
  manifestDecoder,
  nodes,
  type Node,
  objectKey,
  type ResourceType,
  serviceCidrs,
  type Service,
  services,
  StatusError,
} from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import { readManifests, type ManifestSource } from './manifests.ts'

export interface NetworkObjects {
  readonly nodes: readonly Node[]
  readonly services: readonly Service[]
  readonly slices: readonly EndpointSlice[]
  /** Ranges of the ServiceCIDRs. */
  readonly serviceCidrs: readonly string[]
  /** What was passed over, in sentences. */
  readonly notes: readonly string[]
}

/**
 * @param minor of the Kubernetes release whose API versions count; default: the newest
 * @throws PodwireError for what is no manifest, has no name, or has a field of the wrong type
 */
export function readNetworkObjects(source: ManifestSource, minor?: number): NetworkObjects {
  const decode = manifestDecoder(minor)
  const kept = new Map<string, NonNullable<ReturnType<typeof decode>>>()
  const others = new Map<string, number>()
  const notes: string[] = []
  for (const manifest of readManifests(source)) {
    const decoded = refusing(() => decode(manifest))
    const { kind, apiVersion } = manifest
    if (decoded === undefined) {
      if (typeof kind !== 'string')
        throw new PodwireError(ACTION, 'an object has no kind', 'Write apiVersion and kind.')
      const name = `${kind} of ${typeof apiVersion === 'string' ? apiVersion : 'no apiVersion'}`
      others.set(name, (others.get(name) ?? 0) + 1)
      continue
    }
    const key = `${decoded.object.kind} ${objectKey(decoded.object)}`
    if (kept.has(key)) notes.push(`${key} is there twice: the last one counts`)
    notes.push(...decoded.unknown.map((path) => `${key}: unknown field ${path}`))
    kept.set(key, decoded)
  }
  for (const [name, count] of others) notes.push(`kube-proxy does not read ${name}: ${count} passed over`)
  const all = [...kept.values()]
  const of = <T extends KubeObject>(type: ResourceType<T>): readonly T[] =>
    all.flatMap((decoded) => decoded.as(type) ?? [])
  return {
    nodes: of(nodes),
    services: of(services),
    slices: of(endpointSlices),
    serviceCidrs: of(serviceCidrs).flatMap(({ spec }) => spec?.cidrs ?? []),
    notes,
  }
}

const ACTION = 'read manifests'

function refusing<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof StatusError) throw new PodwireError(ACTION, error.message)
    throw error
  }
}
