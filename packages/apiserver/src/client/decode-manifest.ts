// A manifest as the server would decode it, without a server: fields of the wrong type are refused in Go's words, fields nobody
// knows are listed, defaults are filled in, older versions become the stored one. Nothing is validated, allocated or stored.

import type { EndpointSlice, KubeObject, ObjectMeta, Service } from '../objects/index.ts'
import { convert, TypeMismatch } from '../decode/index.ts'
import { createRegistry } from '../resources/registry.ts'
import type { Mutable, Resource } from '../resources/resource.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { endpointSlices, nodes, serviceCidrs, services } from '../resources/served-types.ts'
import { defaultService } from '../resources/core/service-defaults.ts'
import { defaultSlice } from '../resources/discovery/endpoint-slice.ts'
import { badRequest } from '../status/errors.ts'
import type { FieldError } from '../validation/field-error.ts'
import { invalid } from '../validation/field-errors.ts'
import { dnsLabel } from '../validation/names.ts'
import { validateObjectMeta } from '../validation/object-meta.ts'
import type { Manifest } from './apply.ts'

export interface DecodedManifest {
  readonly object: KubeObject
  /** Paths of fields the kind does not have: `spec.ports[0].foo`. */
  readonly unknown: readonly string[]
  /** The object when it is of this type. */
  as<T extends KubeObject>(type: ResourceType<T>): T | undefined
}

/** What these defaults fill in depends on the object alone; other kinds' defaults ask the server. */
const DECODED: readonly ResourceType[] = [nodes, services, endpointSlices, serviceCidrs]

/**
 * Reads Nodes, Services, EndpointSlices and ServiceCIDRs.
 * @param minor of the Kubernetes release whose versions count; default: the newest
 * @returns a function that gives undefined for manifests of other kinds, and for what has no kind
 * @throws StatusError 400 from that function, when a field has the wrong type or a name is none
 */
export function manifestDecoder(minor?: number): (manifest: Manifest) => DecodedManifest | undefined {
  const registry = createRegistry(minor)
  return (manifest) => {
    const { apiVersion, kind } = manifest
    if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined
    const slash = apiVersion.indexOf('/')
    const resource = registry.byKind(slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind)
    const type = DECODED.find((known) => known === (resource?.otherVersion?.stored ?? resource?.type))
    if (resource === undefined || type === undefined) return undefined
    const { object, unknown } = converted(resource.schema, manifest, kind)
    const spoken: KubeObject = { ...object, apiVersion, kind, metadata: named(object, type) }
    const stored = resource.otherVersion?.toStored(spoken, undefined) ?? spoken
    fillIn(type, stored)
    checkNames(stored, resource)
    return {
      object: stored,
      unknown,
      // The constants of served-types.ts pair each type with its objects.
      as: <T extends KubeObject>(wanted: ResourceType<T>) => (wanted === type ? (stored as unknown as T) : undefined),
    }
  }
}

function converted(schema: string, manifest: Manifest, kind: string): ReturnType<typeof convert> {
  try {
    return convert(schema, manifest)
  } catch (error) {
    if (error instanceof TypeMismatch) throw badRequest(`${kind}: ${error.message}`)
    throw error
  }
}

function fillIn(type: ResourceType, object: KubeObject): void {
  if (type === services) defaultService(object as Mutable<Service>)
  if (type !== endpointSlices) return
  const slice = object as Mutable<EndpointSlice>
  defaultSlice(slice)
  // A server refuses endpoints without addresses; whoever reads a manifest relies on the list.
  for (const endpoint of slice.endpoints ?? []) endpoint.addresses ??= []
}

/** Names become parts of other texts, so they are held to the server's rules; everything else is left as it is. */
function checkNames(object: KubeObject, { type, nameRule }: Resource): void {
  const { namespaced, kind } = type
  const problems = validateObjectMeta(object.metadata, { namespaced, nameRule }, 'metadata')
  const [problem] = [
    ...problems.filter(({ field }) => field === 'metadata.name' || field === 'metadata.namespace'),
    ...portNameProblems(object, type),
  ]
  if (problem !== undefined) {
    throw badRequest(`${kind} ${JSON.stringify(object.metadata.name)}: ${problem.field}: ${problem.body}`)
  }
}

function portNameProblems(object: KubeObject, { kind }: ResourceType): readonly FieldError[] {
  const { ports = [] } = kind === services.kind ? ((object as Service).spec ?? {}) : (object as EndpointSlice)
  const path = kind === services.kind ? 'spec.ports' : 'ports'
  return (kind === services.kind || kind === endpointSlices.kind ? ports : []).flatMap(({ name = '' }, index) =>
    name === '' ? [] : dnsLabel(name).map((text) => invalid(`${path}[${index}].name`, name, text)),
  )
}

/** The metadata that code may rely on. */
function named(object: Record<string, unknown>, { kind, namespaced }: ResourceType): ObjectMeta {
  const metadata = (object['metadata'] ?? {}) as Partial<ObjectMeta>
  const { name = '', namespace = '' } = metadata
  if (name === '') throw badRequest(`a ${kind} has no metadata.name`)
  const place = namespaced ? { namespace: namespace === '' ? 'default' : namespace } : {}
  return { uid: '', resourceVersion: '', creationTimestamp: '', ...metadata, name, ...place }
}
