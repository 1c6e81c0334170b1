// Events in both spellings, rule by rule: paths and texts as kube-apiserver 1.36 has them.

import { describe, expect, it } from 'vitest'
import type { EventsEvent } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { create, refusal, testContext } from '../strategy-run.suite.ts'
import { eventsEvent } from './events-event.ts'
import { event } from './event.ts'

const texts = (errors: readonly FieldError[] | undefined): readonly string[] =>
  (errors ?? []).map(({ field, body }) => `${field}: ${body}`)

describe('an Event is refused for', () => {
  const about = { kind: 'Pod', namespace: 'default', name: 'p' }
  const when = '2026-01-01T00:00:00.000000Z'
  it.each<[string, object, string]>([
    [
      'another namespace',
      { involvedObject: { ...about, namespace: 'other' } },
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ],
    [
      'nobody who reports',
      { involvedObject: about, eventTime: when, reportingInstance: 'i', action: 'a', reason: 'r' },
      "[reportingComponent: Required value, reportingComponent: Invalid value: \"\": name part must be non-empty, reportingComponent: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')]",
    ],
    [
      'words that are too long',
      {
        involvedObject: about,
        eventTime: when,
        reportingComponent: 'c',
        reportingInstance: 'i',
        action: 'a'.repeat(129),
        reason: 'r',
      },
      'action: Invalid value: "": can have at most 128 characters',
    ],
  ])('%s', (_, object, expected) => {
    expect(refusal(() => create(event, object)).replace(/^Event "x" is invalid: /, '')).toBe(expected)
  })
})

describe('in events.k8s.io', () => {
  const made = {
    metadata: {
      name: 'x',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'example.com/c',
    reportingInstance: 'i',
    action: 'a',
    reason: 'r',
    type: 'Normal',
    regarding: { kind: 'Pod', namespace: 'default', name: 'p' },
  } as unknown as EventsEvent
  const { validateCreate, validateUpdate, toStored } = eventsEvent.otherVersion ?? {}
  const old = toStored?.(made, undefined)

  it.each<[string, object, readonly string[]]>([
    ['nothing', {}, []],
    ['another type', { type: 'Odd' }, ['type: Invalid value: "": has invalid value: Odd']],
    [
      'a series of one',
      { series: { count: 1 } },
      ['series.count: Invalid value: "": should be at least 2', 'series.lastObservedTime: Required value'],
    ],
    [
      'fields of old',
      { deprecatedCount: 2, deprecatedSource: { component: 'c' } },
      ['count: Invalid value: "": needs to be unset', 'source: Invalid value: "": needs to be unset'],
    ],
    ['no time', { eventTime: null }, ['eventTime: Required value']],
  ])('a new one is refused for %s', (_, change, expected) => {
    expect(texts(validateCreate?.({ ...made, ...change }))).toEqual(expected)
  })

  it.each<[string, object, readonly string[]]>([
    ['may happen again', { series: { count: 2, lastObservedTime: '2026-01-01T00:00:00.000000Z' } }, []],
    ['keeps its type', { type: 'Warning' }, ['type: Invalid value: "Warning": field is immutable']],
    [
      'keeps its reason, twice',
      { reason: 's' },
      ['reason: Invalid value: "s": field is immutable', 'reason: Invalid value: "s": field is immutable'],
    ],
    [
      'keeps what it is about',
      { related: { name: 'q' } },
      [
        'related: Invalid value: {"Kind":"","Namespace":"","Name":"q","UID":"","APIVersion":"","ResourceVersion":"","FieldPath":""}: field is immutable',
      ],
    ],
  ])('a changed one %s', (_, change, expected) => {
    expect(old === undefined ? [] : texts(validateUpdate?.({ ...made, ...change } as EventsEvent, old))).toEqual(
      expected,
    )
  })
})

it('a series without a count has none, where one Event by itself counts for one', () => {
  const count = (object: object): unknown =>
    event.columns.find(({ name }) => name === 'Count')?.cell(create(event, object), testContext())
  const involvedObject = { namespace: 'default' }
  expect([count({ involvedObject }), count({ involvedObject, series: {} })]).toEqual([1, 0])
  const { fromStored, toStored } = eventsEvent.otherVersion ?? {}
  const seen = fromStored?.(create(event, { involvedObject, series: {} }))
  expect(seen?.series).toEqual({ count: 0 })
  expect(seen === undefined ? seen : toStored?.(seen, undefined)).toMatchObject({ series: {} })
})
