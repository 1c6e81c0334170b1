// Events: core/v1 and events.k8s.io/v1 are two spellings of one stored object; this is how it is stored. Source: kubernetes core/validation/events.go, printers printEvent.

import type { Clock } from '@podwire/engine'
import type { Event } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { byteLength, dnsSubdomain, qualifiedName } from '../../validation/names.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable } from '../resource.ts'
import { events } from '../served-types.ts'
import { column, nameColumn } from '../tables/columns.ts'
import { age } from '../tables/human-duration.ts'

function defaults(event: Mutable<Event>): void {
  event.source ??= {}
  event.reportingComponent ??= ''
  event.reportingInstance ??= ''
}

// How long the parts of a new event may be.
const MAX_WORD = 128
const MAX_NOTE = 1024

/** @param reporter what the field is called in the version at hand */
export function validateEvent(event: Event, reporter = 'reportingComponent'): readonly FieldError[] {
  const errors: FieldError[] = []
  const namespace = event.involvedObject?.namespace ?? ''
  const own = event.metadata.namespace ?? ''
  const isNew = (event.eventTime ?? '') !== ''
  // Events about cluster-scoped objects live in default; those that say when may be about objects elsewhere.
  const clusterScopedHere = own === 'default' || (isNew && own === 'kube-system')
  if (namespace === '' ? !clusterScopedHere : !isNew && namespace !== own) {
    errors.push(invalid('involvedObject.namespace', namespace, 'does not match event.namespace'))
  }
  if (isNew) validateNewEvent(event, reporter, errors)
  for (const problem of dnsSubdomain(own)) errors.push(invalid('namespace', own, problem))
  return errors
}

/** Events that say when they happened, as all that go through events.k8s.io do. */
function validateNewEvent(event: Event, reporter: string, errors: FieldError[]): void {
  const { reportingComponent = '', reportingInstance = '', action = '', reason = '', message = '' } = event
  if (reportingComponent === '') errors.push(required(reporter))
  for (const problem of qualifiedName(reportingComponent)) errors.push(invalid(reporter, reportingComponent, problem))
  for (const [field, value] of Object.entries({ reportingInstance, action, reason })) {
    if (value === '') errors.push(required(field))
    if (byteLength(value) > MAX_WORD) errors.push(invalid(field, '', `can have at most ${MAX_WORD} characters`))
  }
  if (byteLength(message) > MAX_NOTE) errors.push(invalid('message', '', `can have at most ${MAX_NOTE} characters`))
}

function source(event: Event): string {
  const component = event.source?.component || event.reportingComponent || ''
  const host = event.source?.host || event.reportingInstance || ''
  return host === '' ? component : `${component}, ${host}`
}

function firstSeen(event: Event, clock: Clock): string {
  return age(event.firstTimestamp ?? event.eventTime, clock)
}

function lastSeen(event: Event, clock: Clock): string {
  if (event.series !== undefined) return age(event.series.lastObservedTime, clock)
  return event.lastTimestamp ? age(event.lastTimestamp, clock) : firstSeen(event, clock)
}

function objectText({ involvedObject }: Event): string {
  const { kind = '', name = '' } = involvedObject ?? {}
  return name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`
}

export const event = defineResource<Event>({
  type: events,
  singular: 'event',
  shortNames: ['ev'],
  schema: 'io.k8s.api.core.v1.Event',
  // The kind itself asks nothing of its names.
  nameRule: 'path-segment',
  metadataLast: true,
  hasNoDependents: true,
  createOnUpdate: true,
  selectableFields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject?.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject?.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject?.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject?.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject?.fieldPath ?? '',
    reason: (object) => object.reason ?? '',
    reportingComponent: (object) => object.reportingComponent ?? '',
    source: (object) => object.source?.component || object.reportingComponent || '',
    type: (object) => object.type ?? '',
  },
  columns: [
    column('Last Seen', { description: columnDescriptions['Event.lastTimestamp'] }, (object, { clock }) =>
      lastSeen(object, clock),
    ),
    column('Type', { description: columnDescriptions['Event.type'] }, (object) => object.type ?? ''),
    column('Reason', { description: columnDescriptions['Event.reason'] }, (object) => object.reason ?? ''),
    column('Object', { description: 'The object that this event is about.' }, objectText),
    column(
      'Subobject',
      { description: columnDescriptions['ObjectReference.fieldPath'], wide: true },
      (object) => object.involvedObject?.fieldPath ?? '',
    ),
    column(
      'Source',
      {
        description: 'The component reporting this event. Should be a short machine understandable string.',
        wide: true,
      },
      source,
    ),
    column('Message', { description: columnDescriptions['Status.message'] }, (object) => (object.message ?? '').trim()),
    column('First Seen', { description: columnDescriptions['Event.firstTimestamp'], wide: true }, (object, { clock }) =>
      firstSeen(object, clock),
    ),
    column('Count', { description: columnDescriptions['Event.count'], wide: true }, (object) =>
      object.series === undefined ? object.count || 1 : (object.series.count ?? 0),
    ),
    nameColumn({ wide: true }),
  ],
  strategy: {
    defaults,
    validate: (object, { spoken }) =>
      validateEvent(object, spoken === undefined ? 'reportingComponent' : 'reportingController'),
    updateChecks: ['whole'],
  },
})
