// The query of a list, a watch or a deletecollection, read and checked as the server does it.
// Source: apimachinery meta/internalversion (defaults, validation), apiserver endpoints/handlers/get.go (listOpts).
// Departure: shardSelector, an alpha feature, is ignored.

import { parseFieldRequirements, parseLabelSelector, type FieldRequirement, type Selector } from '../selectors/index.ts'
import type { FieldError } from '../validation/field-error.ts'
import { forbiddenField, notSupported } from '../validation/field-errors.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { booleanParameter, int64Parameter } from './query-parameters.ts'

export interface ListOptions {
  /** As sent; '' when absent. */
  readonly resourceVersion: string
  readonly match: string
  /** 0: no limit. */
  readonly limit: number
  /** '' when absent. */
  readonly continue: string
  readonly timeoutSeconds: number | undefined
  readonly allowWatchBookmarks: boolean
  /** Watches only; on by default where a watch says nothing of its start. */
  readonly sendInitialEvents: boolean | undefined
  readonly labels: Selector | undefined
  /** As parsed; which fields the kind has is checked when they are bound to it. */
  readonly fields: readonly FieldRequirement[]
}

export interface ListGates {
  /** Watches can begin with initial events: on from 1.34. */
  readonly watchList: boolean
}

/** @throws StatusError 400 for numbers that are none, 422 for options that do not go together */
export function readListOptions(query: URLSearchParams, verb: 'list' | 'watch', gates: ListGates): ListOptions {
  const numbers = {
    timeoutSeconds: int64Parameter(query, 'timeoutSeconds'),
    limit: int64Parameter(query, 'limit') ?? 0,
  }
  const labelSelector = query.get('labelSelector') ?? ''
  const options: ListOptions = {
    ...numbers,
    labels: labelSelector === '' ? undefined : parseLabelSelector(labelSelector),
    fields: parseFieldRequirements(query.get('fieldSelector') ?? ''),
    resourceVersion: query.get('resourceVersion') ?? '',
    match: query.get('resourceVersionMatch') ?? '',
    continue: query.get('continue') ?? '',
    allowWatchBookmarks: booleanParameter(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: booleanParameter(query, 'sendInitialEvents'),
  }
  // Of a watch by its path (`/watch/…`) the query need not know.
  const isWatch = verb === 'watch' && booleanParameter(query, 'watch') === true
  const read = isWatch && gates.watchList ? withWatchDefaults(options) : options
  const errors = isWatch ? watchErrors(read, gates) : listErrors(read)
  if (errors.length > 0) throw invalidStatus('ListOptions', 'meta.k8s.io', '', errors)
  return read
}

function withWatchDefaults(options: ListOptions): ListOptions {
  const { sendInitialEvents, match, resourceVersion } = options
  if (sendInitialEvents !== undefined || match !== '') return options
  if (resourceVersion !== '' && resourceVersion !== '0') return options
  return { ...options, sendInitialEvents: true, match: 'NotOlderThan' }
}

const MATCH = 'resourceVersionMatch'

function listErrors({ match, resourceVersion, sendInitialEvents, ...options }: ListOptions): readonly FieldError[] {
  const errors: FieldError[] = []
  if (match !== '') {
    if (resourceVersion === '') {
      errors.push(forbiddenField(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided'))
    }
    if (options.continue !== '') {
      errors.push(forbiddenField(MATCH, 'resourceVersionMatch is forbidden when continue is provided'))
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']))
    }
    if (match === 'Exact' && resourceVersion === '0') {
      errors.push(forbiddenField(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
    }
  }
  if (sendInitialEvents !== undefined) {
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  }
  return errors
}

function watchErrors({ match, sendInitialEvents, ...options }: ListOptions, gates: ListGates): readonly FieldError[] {
  const errors: FieldError[] = []
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(forbiddenField(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
  }
  if (sendInitialEvents !== undefined && !gates.watchList) {
    const why = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled'
    errors.push(forbiddenField('sendInitialEvents', why))
  }
  if (match === '') return errors
  if (sendInitialEvents === undefined) {
    errors.push(
      forbiddenField(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    )
  }
  if (match !== 'NotOlderThan') errors.push(notSupported(MATCH, match, ['NotOlderThan']))
  if (options.continue !== '') {
    errors.push(forbiddenField(MATCH, 'resourceVersionMatch is forbidden when continue is provided'))
  }
  return errors
}
