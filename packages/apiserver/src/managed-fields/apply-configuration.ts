// Server-side apply of one configuration: the object that results, and who owns it then.
// Source: apimachinery util/managedfields/internal (fieldmanager.go Apply, structuredmerge.go, skipnonapplied.go,
// versioncheck.go), lastapplied.go beside.

import type { KubeObject, ManagedFieldsEntry } from '../objects/kube-object.ts'
import { badRequest, plainError } from '../status/errors.ts'
import { checkConfiguration, checkObject } from './check-configuration.ts'
import { applyConflict, type Conflict } from './conflicts.ts'
import { emptyObjectOf, withStoredNulls } from './empty-object.ts'
import type { Endpoint } from './endpoint.ts'
import { difference } from './field-set.ts'
import { fieldsOfLastApplied, KUBECTL, withLastApplied } from './last-applied.ts'
import { readManagers, writeManagers, type Managers } from './managers.ts'
import { ownersAfter } from './record-update.ts'
import { applyOwners, type Applied } from './updater.ts'
import { asList, asRecord, valueAt } from './value-type.ts'

/** Owner of what an object had before anybody was recorded for it. */
const BEFORE_FIRST_APPLY = 'before-first-apply'

export interface ApplyRequest {
  readonly manager: string
  readonly force: boolean
  /** RFC 3339. */
  readonly now: string
  /** undefined: the apply creates it. */
  readonly live: KubeObject | undefined
  /** The configuration as decoded from YAML or JSON. */
  readonly config: Readonly<Record<string, unknown>>
}

export interface ApplyOutcome {
  /** Not yet checked, defaulted or stored; without managedFields. */
  readonly object: Readonly<Record<string, unknown>>
  readonly managedFields: readonly ManagedFieldsEntry[] | undefined
}

/** @throws StatusError 400, 409 or 500 in the server's words */
export function applyConfiguration(endpoint: Endpoint, request: ApplyRequest): ApplyOutcome {
  const { live, config } = request
  refuseOtherKinds(endpoint, config)
  const problem =
    live === undefined || endpoint.scope.reconciles !== true ? undefined : checkObject(endpoint.scope.type, live)
  if (problem !== undefined && live !== undefined && (live.metadata.managedFields ?? []).length === 0) {
    const what = `failed to convert new object (${placeOf({ ...live })}) to smd typed: ${problem}`
    throw plainError(`failed to create manager for existing fields: ${what}`)
  }
  refuseMalformed(endpoint, config)
  if (problem !== undefined)
    throw plainError(`failed to create typed live object (${placeOf({ ...live })}): ${problem}`)
  const stored = readManagers(live?.metadata.managedFields) ?? new Map()
  const before = live === undefined ? emptyObjectOf(endpoint) : withStoredNulls(endpoint, withoutManagedFields(live))
  const managers = live === undefined || stored.size > 0 ? stored : beforeFirstApply(endpoint, before, request.now)
  const applied = applyOrRefuse(endpoint, managers, before, request)
  const object = asRecord(applied.object) ?? {}
  return {
    object: request.manager === KUBECTL ? withLastApplied(object, config) : object,
    managedFields: writeManagers(applied.managers),
  }
}

function refuseOtherKinds(endpoint: Endpoint, config: Readonly<Record<string, unknown>>): void {
  const metadata = asRecord(config['metadata'])
  const kind = groupVersionKind(config)
  if (kind !== groupVersionKind({ apiVersion: endpoint.apiVersion, kind: endpoint.kind }))
    throw badRequest(`invalid object type: ${kind}`)
  if (asList(valueAt(metadata, 'managedFields')) !== undefined) throw badRequest('metadata.managedFields must be nil')
}

function refuseMalformed(endpoint: Endpoint, config: Readonly<Record<string, unknown>>): void {
  const problem = checkConfiguration(endpoint.scope.type, config)
  if (problem === undefined) return
  throw plainError(`failed to create typed patch object (${placeOf(config)}): ${problem}`)
}

/** Which object a configuration is about, as errors name it: `default/web; apps/v1, Kind=Deployment`. */
function placeOf(config: Readonly<Record<string, unknown>>): string {
  const metadata = asRecord(config['metadata'])
  return `${textAt(metadata, 'namespace')}/${textAt(metadata, 'name')}; ${groupVersionKind(config)}`
}

/** Values whose text cannot be read are found only once all is merged. */
export function unreadableValue(config: Readonly<Record<string, unknown>>, problem: string): Error {
  return unconvertible(config, `unable to convert unstructured object to ${groupVersionKind(config)}: ${problem}`)
}

/** What was merged is of no version of the kind. */
export function unconvertible(config: Readonly<Record<string, unknown>>, why: string): Error {
  return plainError(`failed to convert new object (${placeOf(config)}) to proper version: ${why}`)
}

/** As Go prints it: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`. */
function groupVersionKind(config: Readonly<Record<string, unknown>>): string {
  const apiVersion = textAt(config, 'apiVersion')
  const parts = apiVersion.split('/')
  if (parts.length > 2) return '/, Kind='
  const version = apiVersion === '' || apiVersion === '/' ? '/' : `${parts.length === 1 ? '/' : ''}${apiVersion}`
  return `${version}, Kind=${textAt(config, 'kind')}`
}

function textAt(record: Readonly<Record<string, unknown>> | undefined, key: string): string {
  const value = valueAt(record, key)
  return typeof value === 'string' ? value : ''
}

function withoutManagedFields(object: KubeObject): object {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

function beforeFirstApply(endpoint: Endpoint, live: object, now: string): Managers {
  return ownersAfter(endpoint, new Map(), { manager: BEFORE_FIRST_APPLY, old: undefined, next: live, now })
}

function applyOrRefuse(endpoint: Endpoint, managers: Managers, live: unknown, request: ApplyRequest): Applied {
  const { config, manager, force, now } = request
  const { apiVersion, subresource, scope } = endpoint
  const name = { manager, operation: 'Apply', apiVersion, subresource } as const
  const applied = applyOwners(scope, managers, name, { live, config, now })
  if (force || applied.conflicts.length === 0) return applied
  const conflicts = manager === KUBECTL ? beyondLastApplied(endpoint, live, applied.conflicts) : applied.conflicts
  if (conflicts.length > 0) throw applyConflict(conflicts)
  return applied
}

/** kubectl may take over what its own client-side apply set, as long as nobody changed it since. */
function beyondLastApplied(endpoint: Endpoint, live: unknown, conflicts: readonly Conflict[]): readonly Conflict[] {
  const allowed = fieldsOfLastApplied(endpoint, live)
  if (allowed === undefined) return conflicts
  return conflicts
    .map((conflict) => ({ ...conflict, fields: difference(conflict.fields, allowed) }))
    .filter(({ fields }) => fields.size > 0)
}
