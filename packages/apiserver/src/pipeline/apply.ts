// Server-side apply (PATCH application/apply-patch+yaml): reads the configuration and makes a create or an update of it.
// Source: apiserver endpoints/handlers/patch.go (applyPatcher).

import { convert, JsonSyntaxError, MAX_KEPT_DEPTH, scanJson, TypeMismatch } from '../decode/index.ts'
import { scanYaml } from '../decode/yaml.ts'
import type { ApiRequest } from '../http/request-handler.ts'
import {
  applyConfiguration,
  endpointOf,
  ownersFromScale,
  ownersOfScale,
  scaleEndpoint,
  unconvertible,
  unreadableValue,
  type ApplyOutcome,
} from '../managed-fields/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import type { Mutable, Resource } from '../resources/resource.ts'
import { sameValue } from '../resources/compare.ts'
import { badRequest, conflict, notFound } from '../status/errors.ts'
import { mutableCopy } from '../store/share.ts'
import { checkNamespace } from './identity.ts'
import { checkWritten } from './other-versions.ts'
import { createObject, isCreatedBy, updateObject } from './pipeline.ts'
import { replicasPathOf } from './scale-owner.ts'
import type { ServerState } from './server-state.ts'
import { readSubresource, updateSubresource } from './subresources.ts'
import type { WriteQuery } from './write-options.ts'
import type { MutableObject } from './write.ts'
import { asWritten } from './written-form.ts'

const SCALE_SCHEMA = 'io.k8s.api.autoscaling.v1.Scale'

interface ApplyPlace {
  readonly user: ApiRequest['user']
  readonly resource: Resource
  readonly spoken: Resource | undefined
  readonly namespace: string
  readonly name: string
  readonly warn: (text: string) => void
}

export interface AppliedObject {
  readonly object: KubeObject
  readonly created: boolean
}

export function applyObject(
  server: ServerState,
  place: ApplyPlace,
  request: ApiRequest,
  query: WriteQuery,
): AppliedObject {
  const config = readConfiguration(request, query)
  const { resource, spoken, namespace, name } = place
  const { subresource = '' } = request
  const live = asWritten(server.store.get(resource.type, namespace, name))
  if (live === undefined && subresource !== '' && !isCreatedBy({ resource, subresource }))
    throw notFound(resource.type, name)
  if (subresource === 'scale' && live !== undefined) {
    return { object: applyScale(server, { ...place, live }, config, query), created: false }
  }
  const endpoint = endpointOf(server.registry, spoken ?? resource, subresource)
  const seen = live === undefined ? live : (spoken?.otherVersion?.fromStored(live) ?? live)
  const outcome = apply(server, endpoint, seen, config, query)
  const object =
    endpoint.schema === undefined
      ? customObject(outcome)
      : storedForm(place, decoded(endpoint.schema, outcome, config), subresource, live)
  checkPlace(place, live, object)
  const owner = { managedFields: outcome.managedFields }
  const write = { ...place, subresource, dryRun: query.dryRun, owner }
  if (live === undefined) return { object: createObject(server, { ...write, verb: 'patch' }, object), created: true }
  return { object: updateObject(server, { ...write, verb: 'patch' }, object).object, created: false }
}

/** What was applied in another version, as it is stored. */
function storedForm(
  { spoken, namespace }: ApplyPlace,
  object: MutableObject,
  subresource: string,
  live: KubeObject | undefined,
): MutableObject {
  const conversion = spoken?.otherVersion
  if (conversion === undefined) return object
  if (namespace !== '') object.metadata.namespace ??= namespace
  const given = object as unknown as KubeObject & Mutable<KubeObject>
  conversion.defaults?.(given)
  if (subresource === '') checkWritten(conversion, given, live)
  return mutableCopy(conversion.toStored(given, live)) as unknown as MutableObject
}

function apply(
  server: ServerState,
  endpoint: Parameters<typeof applyConfiguration>[0],
  live: KubeObject | undefined,
  config: Readonly<Record<string, unknown>>,
  query: WriteQuery,
): ApplyOutcome {
  const now = server.engine.clock.timestamp()
  return applyConfiguration(endpoint, { manager: query.fieldManager ?? '', force: query.force, now, live, config })
}

function applyScale(
  server: ServerState,
  place: ApplyPlace & { readonly live: KubeObject },
  config: Readonly<Record<string, unknown>>,
  query: WriteQuery,
): KubeObject {
  const { resource, namespace, name, live } = place
  const stored = live.metadata.managedFields
  const scale = readSubresource(server, { resource, namespace, name, subresource: 'scale' })
  const path = replicasPathOf(resource)
  const owners = ownersOfScale(stored, path)
  const recorded = owners === undefined ? scale : { ...scale, metadata: { ...scale.metadata, managedFields: owners } }
  const outcome = apply(server, scaleEndpoint, recorded, config, query)
  // Upstream takes the Scale for an object of the custom kind, which it cannot be, unless there is nothing to do.
  if (resource.custom !== undefined && !sameScale(outcome.object, recorded)) {
    throw unconvertible(config, 'request to convert CR to an invalid group/version: autoscaling/v1')
  }
  const body = decoded(SCALE_SCHEMA, outcome, config)
  checkPlace(place, live, body)
  const managedFields = ownersFromScale(stored, outcome.managedFields, apiVersionOf(resource.type), path)
  const write = {
    resource,
    namespace,
    name,
    subresource: 'scale',
    dryRun: query.dryRun,
    body,
    owner: { managedFields },
  }
  return updateSubresource(server, write)
}

function readConfiguration(request: ApiRequest, query: WriteQuery): Readonly<Record<string, unknown>> {
  const text = new TextDecoder().decode(request.body?.bytes ?? new Uint8Array())
  const { value, duplicateText } = parse(text)
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${what} into Go value of type map[string]interface {}`,
    )
  }
  if (duplicateText !== undefined && query.fieldValidation === 'Strict') {
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${duplicateText}`)
  }
  if (duplicateText !== undefined && query.fieldValidation === 'Warn') {
    for (const line of duplicateText.split('\n').slice(1)) request.warn(line.trim())
  }
  return { ...value }
}

/** kubectl sends JSON, which is YAML too but much faster to read. */
function parse(text: string): { readonly value: unknown; readonly duplicateText: string | undefined } {
  if (text.trimStart().startsWith('{')) {
    try {
      const { value, duplicates, depth } = scanJson(text)
      if (depth > MAX_KEPT_DEPTH) throw badRequest('error decoding YAML: exceeded max depth')
      if (duplicates.length === 0) return { value, duplicateText: undefined }
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error
    }
  }
  try {
    return scanYaml(text)
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`)
    throw error
  }
}

function sameScale(object: ApplyOutcome['object'], recorded: KubeObject): boolean {
  const { managedFields: _, ...metadata } = recorded.metadata
  return sameValue(object, { ...recorded, metadata })
}

/** A custom object is what was merged; the pipeline holds it to its schema. */
function customObject({ object }: ApplyOutcome): MutableObject {
  const { apiVersion, kind, metadata = {}, ...fields } = mutableCopy(object) as Partial<MutableObject>
  return { apiVersion: apiVersion ?? '', kind: kind ?? '', metadata, ...fields }
}

/** The merged object with the types of its schema. */
function decoded(schema: string, { object }: ApplyOutcome, config: Readonly<Record<string, unknown>>): MutableObject {
  try {
    const { object: converted } = convert(schema, object)
    const { apiVersion, kind, metadata = {} } = converted as Partial<MutableObject>
    return { ...converted, apiVersion: apiVersion ?? '', kind: kind ?? '', metadata }
  } catch (error) {
    if (error instanceof TypeMismatch) throw unreadableValue(config, error.message)
    throw error
  }
}

/** What the configuration says of its own place must agree with the URL. */
function checkPlace(
  { resource, namespace, name }: ApplyPlace,
  live: KubeObject | undefined,
  object: MutableObject,
): void {
  const { uid, namespace: said = '' } = object.metadata
  if (live === undefined && uid !== undefined && uid !== '') {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`
    throw conflict(resource.type, name, why)
  }
  checkNamespace(resource.type.namespaced ? namespace : '', said)
}
