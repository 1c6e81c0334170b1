// events.k8s.io/v1 Events: the newer spelling of core/v1 Events, stored as those. Source: kubernetes
// apis/events/v1/conversion.go, core/validation/events.go (ValidateEventCreate,
// ValidateEventUpdate).

import type { Event, EventsEvent } from '../../objects/index.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { validateObjectMeta } from '../../validation/object-meta.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { resourceType } from '../resource-type.ts'
import { events } from '../served-types.ts'
import { event, validateEvent } from './event.ts'

/** Without the fields that are not there. */
function present<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}

const converted = new WeakMap<KubeObject, EventsEvent>()

function fromStored(stored: KubeObject): EventsEvent {
  const known = converted.get(stored)
  if (known !== undefined) return known
  // Only core Events are handed here.
  const from = stored as Event
  const made = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: from.metadata,
    eventTime: from.eventTime ?? null,
    ...present({
      series: from.series === undefined ? undefined : { count: 0, ...from.series },
      reportingController: from.reportingComponent || undefined,
      reportingInstance: from.reportingInstance || undefined,
      action: from.action,
      reason: from.reason,
      regarding: from.involvedObject,
      related: from.related,
      note: from.message,
      type: from.type,
    }),
    deprecatedSource: from.source ?? {},
    deprecatedFirstTimestamp: from.firstTimestamp ?? null,
    deprecatedLastTimestamp: from.lastTimestamp ?? null,
    ...present({ deprecatedCount: from.count }),
  } as unknown as EventsEvent
  if (Object.isFrozen(stored)) converted.set(stored, made)
  return made
}

/** Only here a count of 0 is said. */
function storedSeries({ series }: EventsEvent): object | undefined {
  if (series?.count !== 0) return series
  const { count: _count, ...rest } = series
  return rest
}

function toStored(from: EventsEvent): Event {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: from.metadata,
    involvedObject: from.regarding ?? {},
    ...present({
      related: from.related,
      reason: from.reason,
      message: from.note,
      source: from.deprecatedSource,
      firstTimestamp: from.deprecatedFirstTimestamp,
      lastTimestamp: from.deprecatedLastTimestamp,
      count: from.deprecatedCount,
      type: from.type,
      eventTime: from.eventTime,
      series: storedSeries(from),
      action: from.action,
      reportingComponent: from.reportingController,
      reportingInstance: from.reportingInstance,
    }),
  } as Event
}

/** Stricter than the older spelling: it says when, and nothing of what it replaced. Fields are called as they are stored. */
function validateCreate(object: EventsEvent): readonly FieldError[] {
  const stored = toStored(object)
  const errors: FieldError[] = [...validateEvent(stored, 'reportingController')]
  const rules = { namespaced: true, nameRule: 'dns-subdomain' } as const
  errors.push(...validateObjectMeta(object.metadata, rules, 'metadata'))
  validateSeries(object, errors)
  const { eventTime, type = '' } = object
  if ((eventTime ?? '') === '') errors.push(required('eventTime'))
  if (type !== 'Normal' && type !== 'Warning') errors.push(invalid('type', '', `has invalid value: ${type}`))
  const unset = (field: string, value: unknown): void => {
    if (value) errors.push(invalid(field, '', 'needs to be unset'))
  }
  unset('firstTimestamp', stored.firstTimestamp)
  unset('lastTimestamp', stored.lastTimestamp)
  unset('count', stored.count)
  unset('source', stored.source?.component || stored.source?.host)
  return errors
}

/** Nothing of what happened may change; that it happens again may. */
function validateUpdate(object: EventsEvent, before: KubeObject): readonly FieldError[] {
  const [now, old] = [toStored(object), before as Event]
  const errors: FieldError[] = [...validateEvent(now, 'reportingController')]
  if (!sameValue(now.series, old.series)) validateSeries(object, errors)
  const fixed = (field: string, value: unknown, was: unknown): void => {
    if (!sameValue(value, was)) errors.push(invalid(field, value, 'field is immutable'))
  }
  fixed('involvedObject', printedReference(now.involvedObject), printedReference(old.involvedObject))
  fixed('reason', now.reason ?? '', old.reason ?? '')
  fixed('message', now.message ?? '', old.message ?? '')
  fixed('source', printedSource(now), printedSource(old))
  fixed('firstTimestamp', now.firstTimestamp ?? null, old.firstTimestamp ?? null)
  fixed('lastTimestamp', now.lastTimestamp ?? null, old.lastTimestamp ?? null)
  fixed('count', now.count ?? 0, old.count ?? 0)
  // The server says it twice.
  fixed('reason', now.reason ?? '', old.reason ?? '')
  fixed('type', now.type ?? '', old.type ?? '')
  fixed('eventTime', now.eventTime ?? null, old.eventTime ?? null)
  fixed('action', now.action ?? '', old.action ?? '')
  fixed('related', printedReference(now.related), printedReference(old.related))
  fixed('reportingController', now.reportingComponent ?? '', old.reportingComponent ?? '')
  fixed('reportingInstance', now.reportingInstance ?? '', old.reportingInstance ?? '')
  return errors
}

/** As the server's own struct. */
function printedReference(reference: Event['related']): object | null {
  if (reference === undefined) return null
  const { kind = '', namespace = '', name = '', uid = '', apiVersion = '', resourceVersion = '' } = reference
  return {
    Kind: kind,
    Namespace: namespace,
    Name: name,
    UID: uid,
    APIVersion: apiVersion,
    ResourceVersion: resourceVersion,
    FieldPath: reference.fieldPath ?? '',
  }
}

function printedSource({ source }: Event): object {
  return { Component: source?.component ?? '', Host: source?.host ?? '' }
}

function validateSeries({ series }: EventsEvent, errors: FieldError[]): void {
  if (series === undefined) return
  if (series.count < 2) errors.push(invalid('series.count', '', 'should be at least 2'))
  if ((series.lastObservedTime ?? '') === '') errors.push(required('series.lastObservedTime'))
}

export const eventsEvent = defineResource<EventsEvent>({
  type: resourceType<EventsEvent>('events.k8s.io/v1', 'events', 'Event', { namespaced: true }),
  singular: 'event',
  shortNames: ['ev'],
  schema: 'io.k8s.api.events.v1.Event',
  createOnUpdate: true,
  // Selectors are asked of what is stored.
  selectableFields: Object.fromEntries(
    Object.entries(event.selectableFields)
      .filter(([path]) => path !== 'source')
      .map(([path, read]) => [
        path.replace(/^involvedObject/, 'regarding').replace(/^reportingComponent$/, 'reportingController'),
        (object: EventsEvent) => read(object as unknown as Event),
      ]),
  ),
  columns: event.columns.map((column) => ({
    ...column,
    cell: (object: EventsEvent, context) => column.cell(toStored(object), context),
  })),
  strategy: {},
  otherVersion: { stored: events, fromStored, toStored, validateCreate, validateUpdate },
})
