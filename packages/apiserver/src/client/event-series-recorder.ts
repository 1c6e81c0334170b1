// Records Events as client-go's events.k8s.io/v1 recorder does: one Event an occurrence, and a series once it is repeated for
// the same version of the object. The first repeat is written at once; later ones are counted, and written when the series ends
// or half an hour has passed. What is said of a repeat is not: the first note stays.
// Source: client-go tools/events/{event_broadcaster,event_recorder}.go.

import { MINUTE, SECOND, type Engine, type Microseconds, type ScheduledTask } from '@podwire/engine'
import type { Event } from '../objects/index.ts'
import type { KubeObject, NewObject } from '../objects/kube-object.ts'
import { events } from '../resources/served-types.ts'
import { isNamespaceTerminating, isNotFound, isUnreachable } from '../status/status-error.ts'
import type { Client } from './client.ts'
import { EventNames, referenceTo } from './event-names.ts'

export interface SeriesEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  /** What was tried: `Scheduling`. */
  readonly action: string
  readonly note: string
  /** The other object it is about. */
  readonly related?: KubeObject
  /** It cannot be repeated and need not be remembered. */
  readonly once?: boolean
}

export interface EventSeriesRecorder {
  event(regarding: KubeObject, event: SeriesEvent): void
  stop(): void
}

export interface EventSeriesRecorderOptions {
  readonly engine: Engine
  readonly client: Client
  /** `default-scheduler` */
  readonly controller: string
  /** The name of the machine it runs on. */
  readonly host: string
}

interface Known {
  readonly event: NewObject<Event>
  readonly bornUs: Microseconds
  series: { count: number; lastObservedTime: string; lastUs: Microseconds } | undefined
}

/** A series that was not added to for so long is over; looked at as often. */
const FINISH_US: Microseconds = 6 * MINUTE
/** Every fifth look writes the counts of series that go on: each half an hour. */
const LOOKS_A_REFRESH = 5
const MOST_TRIES = 12
const RETRY_US: Microseconds = 10 * SECOND
/** The server takes no longer notes. */
const MAX_NOTE = 1024
const CUT = ' ...'

class SeriesRecorder implements EventSeriesRecorder {
  readonly #options: EventSeriesRecorderOptions
  readonly #names: EventNames
  readonly #known = new Map<string, Known>()
  #look: ScheduledTask | undefined
  #looks = 0

  constructor(options: EventSeriesRecorderOptions) {
    this.#options = options
    this.#names = new EventNames(options.engine, options.client, options.controller)
  }

  event(regarding: KubeObject, said: SeriesEvent): void {
    const { clock } = this.#options.engine
    const { type, reason, action, related } = said
    const key = [type, action, reason, versionOf(regarding), related === undefined ? '' : versionOf(related)].join('\0')
    const known = this.#known.get(key)
    if (known === undefined) {
      const event = this.#eventOf(regarding, said)
      if (said.once !== true) {
        this.#known.set(key, { event, bornUs: clock.now(), series: undefined })
        this.#lookLater()
      }
      this.#write({ event, bornUs: clock.now(), series: undefined }, MOST_TRIES)
      return
    }
    const observed = { lastObservedTime: clock.microTimestamp(), lastUs: clock.now() }
    const isFirst = known.series === undefined
    known.series = { count: (known.series?.count ?? 1) + 1, ...observed }
    if (isFirst) this.#write({ ...known }, MOST_TRIES)
  }

  stop(): void {
    this.#options.engine.cancel(this.#look)
  }

  #lookLater(): void {
    this.#look ??= this.#options.engine.schedule(FINISH_US, 'event recorder', () => this.#lookAt(), 'background')
  }

  #lookAt(): void {
    this.#look = undefined
    const sinceUs = this.#options.engine.clock.now() - FINISH_US
    const refreshes = ++this.#looks % LOOKS_A_REFRESH === 0
    for (const [key, known] of this.#known) {
      const isOver = (known.series?.lastUs ?? known.bornUs) < sinceUs
      if (known.series !== undefined && (isOver || refreshes)) this.#write({ ...known }, 1)
      if (isOver) this.#known.delete(key)
    }
    if (this.#known.size > 0) this.#lookLater()
  }

  #write(known: Known, tries: number): void {
    const { client, engine } = this.#options
    try {
      if (!this.#repeat(known)) client.create(events, known.event)
    } catch (error) {
      if (isUnreachable(error)) {
        if (tries > 1) engine.schedule(RETRY_US, 'event recorder', () => this.#write(known, tries - 1), 'background')
        return
      }
      // A namespace that is going away takes no events; upstream drops them too.
      if (!isNamespaceTerminating(error) && !isNotFound(error)) throw error
    }
  }

  /** Writes the series on the Event that is there; false: there is no series, or no such Event any more. */
  #repeat({ event, series }: Known): boolean {
    const { client } = this.#options
    const { namespace, name = '' } = event.metadata
    const found = series === undefined ? undefined : client.find(events, { namespace, name })
    if (found === undefined || series === undefined) return false
    const { count, lastObservedTime } = series
    client.update(events, { ...found, series: { count, lastObservedTime } })
    return true
  }

  #eventOf(regarding: KubeObject, { type, reason, action, note, related }: SeriesEvent): NewObject<Event> {
    const { engine, controller, host } = this.#options
    const namespace = regarding.metadata.namespace ?? 'default'
    return {
      metadata: { name: this.#names.next(namespace, regarding.metadata.name), namespace },
      involvedObject: referenceTo(regarding),
      ...(related === undefined ? {} : { related: referenceTo(related) }),
      reason,
      message: note.length <= MAX_NOTE ? note : `${note.slice(0, MAX_NOTE - CUT.length)}${CUT}`,
      source: {},
      eventTime: engine.clock.microTimestamp(),
      type,
      action,
      reportingComponent: controller,
      reportingInstance: `${controller}-${host}`,
    }
  }
}

/** Which version of which object: a newer one begins a series of its own. */
function versionOf({ metadata: { uid, resourceVersion } }: KubeObject): string {
  return `${uid}@${resourceVersion}`
}

export function createEventSeriesRecorder(options: EventSeriesRecorderOptions): EventSeriesRecorder {
  return new SeriesRecorder(options)
}
