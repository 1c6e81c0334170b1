// The event bus: everything that happens is published here, numbered and timed. The trace, invariant checkers, pages and
// users' assertions subscribe; no component may change its behaviour because somebody listens.

import type { Clock, Microseconds } from './clock.ts'
import { Digest, type Fold } from './digest.ts'
import type { EventMarks } from './event-marks.ts'

/**
 * A kind of event. A package exports one constant per kind: `export const objectChanged = topic<ObjectChanged>(…)`.
 * `fold` writes what identifies the event into the trace's hash: names and numbers, never whole objects.
 */
export interface Topic<Payload> {
  readonly name: string
  readonly fold: (digest: Fold, payload: Payload) => void
}

export function topic<Payload>(name: string, fold: (digest: Fold, payload: Payload) => void): Topic<Payload> {
  return { name, fold }
}

export interface BusEvent<Payload = unknown> {
  /** 1 for the first event of a cluster. */
  readonly number: number
  readonly timeUs: Microseconds
  /** The topic's name, e.g. `object.changed`. */
  readonly topic: string
  readonly payload: Payload
}

/** The first event of a run that is not what it was in another. */
export interface Divergence {
  readonly number: number
  readonly timeUs: Microseconds
  /** `object.changed 711 MODIFIED pods/default/web-0` */
  readonly text: string
}

/** What is kept of a run to compare it with another. */
export interface BusRecord {
  readonly marks: EventMarks
  /** Those of the other run: once one differs, `onDivergence` is told, and the comparison is over. */
  expected?: EventMarks | undefined
  readonly onDivergence?: (divergence: Divergence) => void
}

type Subscriber<Payload> = (event: BusEvent<Payload>) => void

export class Bus {
  readonly #clock: Clock
  readonly #digest = new Digest()
  readonly #byTopic = new Map<string, Set<Subscriber<unknown>>>()
  readonly #everything = new Set<Subscriber<unknown>>()
  #count = 0
  /** Set by who compares runs. */
  record: BusRecord | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many events were published. */
  get count(): number {
    return this.#count
  }

  /** The hash of everything published so far: equal runs have equal hashes, with or without subscribers. */
  hash(): string {
    return this.#digest.hex()
  }

  publish<Payload>(kind: Topic<Payload>, payload: Payload): void {
    const number = ++this.#count
    const timeUs = this.#clock.now()
    this.#digest.number(timeUs)
    this.#digest.text(kind.name)
    kind.fold(this.#digest, payload)
    if (this.record !== undefined) this.#mark(this.record, kind, payload)
    const subscribers = this.#byTopic.get(kind.name)
    if (subscribers === undefined && this.#everything.size === 0) return
    const event: BusEvent = { number, timeUs, topic: kind.name, payload }
    if (subscribers !== undefined) for (const subscriber of subscribers) subscriber(event)
    for (const subscriber of this.#everything) subscriber(event)
  }

  #mark<Payload>(record: BusRecord, kind: Topic<Payload>, payload: Payload): void {
    const mark = this.#digest.mark()
    record.marks.add(mark)
    const expected = record.expected?.at(this.#count)
    if (expected === undefined || expected === mark) return
    record.expected = undefined
    const words: string[] = [kind.name]
    kind.fold({ number: (value) => void words.push(String(value)), text: (value) => void words.push(value) }, payload)
    record.onDivergence?.({ number: this.#count, timeUs: this.#clock.now(), text: words.join(' ') })
  }

  /** True when an event of this kind would reach somebody; lets hot paths skip work that only feeds observers. */
  hasSubscribers(kind: { readonly name: string }): boolean {
    return this.#everything.size > 0 || this.#byTopic.has(kind.name)
  }

  subscribe<Payload>(kind: Topic<Payload>, subscriber: Subscriber<Payload>): Disposable {
    const subscribers = this.#byTopic.get(kind.name) ?? new Set()
    // Only `publish` of this topic reaches the set, so the payload has the topic's type.
    const listen: Subscriber<unknown> = (event) => subscriber(event as BusEvent<Payload>)
    subscribers.add(listen)
    this.#byTopic.set(kind.name, subscribers)
    return {
      [Symbol.dispose]: () => {
        subscribers.delete(listen)
        if (subscribers.size === 0) this.#byTopic.delete(kind.name)
      },
    }
  }

  subscribeAll(subscriber: Subscriber<unknown>): Disposable {
    this.#everything.add(subscriber)
    return { [Symbol.dispose]: () => void this.#everything.delete(subscriber) }
  }
}
