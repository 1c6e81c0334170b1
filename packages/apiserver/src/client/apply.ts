// Applying a manifest in process, as `kubectl apply` does it: create what is missing, otherwise patch with what changed since
// the last apply. Unknown kinds and fields are refused with the words kubectl and the server use.

import type { KubeObject, NewObject } from '../objects/kube-object.ts'
import type { MutableObject } from '../pipeline/write.ts'
import { threeWayMergePatch } from '../patch/three-way-merge.ts'
import { threeWayPatch } from '../patch/three-way-patch.ts'
import type { Registry } from '../resources/registry.ts'
import type { Mutable, Resource } from '../resources/resource.ts'
import { badRequest } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'
import { mutableCopy } from '../store/share.ts'
import type { Client } from './client.ts'
import { decodeApplied } from './decoded-manifests.ts'
import { jsonText } from '../objects/json-text.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** One decoded manifest: plain JSON. */
export type Manifest = Readonly<Record<string, unknown>>

export interface ApplyResult {
  readonly object: KubeObject
  readonly outcome: 'created' | 'configured' | 'unchanged'
  readonly resource: Resource
}

/** @throws StatusError as the API server answers; 404 "no matches for kind" when nothing serves it */
export function applyManifest(client: Client, registry: Registry, given: Manifest): ApplyResult {
  const manifest = asStored(registry, given)
  const { resource, metadata } = readIdentity(registry, manifest)
  const { type } = resource
  const text = jsonText(manifest)
  const body = decodeApplied(registry, resource, text, () => {
    const annotations = { ...readAnnotations(metadata['annotations']), [LAST_APPLIED]: `${text}\n` }
    return { ...manifest, metadata: { ...metadata, annotations } }
  })
  const namespace =
    body.metadata.namespace === undefined || body.metadata.namespace === '' ? 'default' : body.metadata.namespace
  const ref = { namespace: type.namespaced ? namespace : undefined, name: body.metadata.name ?? '' }
  const live = client.find(type, ref)
  if (live === undefined) {
    if (type.namespaced) body.metadata.namespace = namespace
    return { object: client.create(type, body as unknown as NewObject<KubeObject>), outcome: 'created', resource }
  }
  const lastApplied = readLastApplied(live)
  const object =
    resource.custom === undefined
      ? client.patch(type, ref, 'strategic', threeWayPatch(resource.schema, lastApplied, { ...body }))
      : client.patch(type, ref, 'merge', threeWayMergePatch(lastApplied, withoutDefaults(body, manifest), { ...live }))
  return { object, outcome: object === live ? 'unchanged' : 'configured', resource }
}

/** A custom kind's patch says what the manifest says: what decoding filled in is not the manifest's. */
function withoutDefaults(body: MutableObject, manifest: Manifest): Manifest {
  return { ...manifest, metadata: { ...(manifest['metadata'] as object), annotations: body.metadata.annotations } }
}

/** A manifest in another version of a kind, as the one that is stored. */
function asStored(registry: Registry, manifest: Manifest): Manifest {
  const { resource } = readIdentity(registry, manifest)
  const conversion = resource.otherVersion
  if (conversion === undefined) return manifest
  // The body was decoded with this version's schema.
  const object = mutableCopy(
    decodeApplied(registry, resource, jsonText(manifest), () => manifest),
  ) as unknown as KubeObject & Mutable<KubeObject>
  conversion.defaults?.(object)
  const { status: _status, ...stored } = conversion.toStored(object, undefined) as KubeObject & { status?: unknown }
  return stored
}

/** Deletes the object a manifest names; nothing happens when it is not there. */
export function deleteManifest(client: Client, registry: Registry, manifest: Manifest): void {
  const { resource, metadata } = readIdentity(registry, manifest)
  const { name, namespace } = metadata
  const type = resource.otherVersion?.stored ?? resource.type
  const ref = {
    namespace: type.namespaced
      ? typeof namespace === 'string' && namespace !== ''
        ? namespace
        : 'default'
      : undefined,
    name: typeof name === 'string' ? name : '',
  }
  if (client.find(type, ref) !== undefined) {
    client.delete(type, ref, { propagationPolicy: 'Background' })
  }
}

function readIdentity(registry: Registry, manifest: Manifest): { resource: Resource; metadata: Manifest } {
  const { apiVersion, kind, metadata } = manifest
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    throw badRequest(
      `Object 'Kind' is missing in '${JSON.stringify(manifest).slice(0, 200)}': a manifest needs apiVersion and kind`,
    )
  }
  const slash = apiVersion.indexOf('/')
  const resource = registry.byKind(slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind)
  if (resource === undefined) {
    throw new StatusError(
      404,
      'NotFound',
      `no matches for kind "${kind}" in version "${apiVersion}": podwire does not serve it (kubectl api-resources lists what it does)`,
    )
  }
  if (typeof metadata !== 'object' || metadata === null) throw badRequest(`${kind}: metadata is missing`)
  return { resource, metadata: { ...metadata } }
}

function readAnnotations(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}

function readLastApplied(live: KubeObject): Manifest {
  const text = live.metadata.annotations?.[LAST_APPLIED]
  if (text === undefined) return {}
  try {
    return JSON.parse(text) as Manifest
  } catch {
    // Somebody edited the annotation: without it nothing is taken away, as kubectl warns.
    return {}
  }
}
