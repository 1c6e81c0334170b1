// Keeps a component from flooding the cluster with Events: repeats raise a count, from the tenth similar event in ten minutes on
// one Event stands for all, and about one object there are 25 in a burst and then one in five minutes. No clock of its own.
// Source: client-go tools/record/events_cache.go (EventCorrelator). Departure: which of ten similar messages is forgotten when the
// next comes is the oldest one; in Go it is any of them.

import { SECOND, type Microseconds } from '@podwire/engine'
import { RecentTable, TextKey } from './recent-table.ts'

/** What was seen of an event before: upstream's three caches hold this many entries each, least recently used out first. */
const REMEMBERED = 4096
const SIMILAR_MAX = 10
const SIMILAR_WITHIN_US: Microseconds = 600 * SECOND
const BURST = 25
const REFILL_US: Microseconds = 300 * SECOND
const COMBINED = '(combined from similar events): '

export interface OccurredEvent {
  /** The involved object, in one text: equal objects have equal texts. */
  readonly about: string
  /** A part of the object, e.g. `spec.containers{web}`; '' is all of it. */
  readonly fieldPath: string
  readonly type: string
  readonly reason: string
  readonly message: string
}

export interface Correlated {
  readonly record: EventRecord
  /** The event's own, or the one that stands for similar events. */
  readonly message: string
  /** Counted, and not to be written: there were too many about this object. */
  readonly skip: boolean
}

/** One Event object in the API: how often it happened, and the name the recorder gave it when it was stored. */
export class EventRecord {
  readonly #table: RecentTable
  readonly #names: (string | undefined)[]
  readonly #place: number
  readonly #key: number

  constructor(table: RecentTable, names: (string | undefined)[], place: number) {
    this.#table = table
    this.#names = names
    this.#place = place
    this.#key = table.keyAt(place)
  }

  get #forgotten(): boolean {
    return this.#table.keyAt(this.#place) !== this.#key
  }

  get count(): number {
    return this.#forgotten ? 1 : this.#table.firstAt(this.#place)
  }

  get name(): string | undefined {
    return this.#forgotten ? undefined : this.#names[this.#place]
  }

  set name(name: string | undefined) {
    if (!this.#forgotten) this.#names[this.#place] = name
  }
}

export class EventCorrelator {
  /** By object, type and reason: when it was last heard of, and its latest message. */
  readonly #similar = new RecentTable(REMEMBERED)
  /** The earlier ones of several messages, the oldest first, fewer than nine; most have none. */
  readonly #earlier = new Map<number, readonly number[]>()
  /** By all of it: how often. */
  readonly #records = new RecentTable(REMEMBERED)
  readonly #names: (string | undefined)[] = []
  /** By object: how many are left, and since when. */
  readonly #budgets = new RecentTable(REMEMBERED)

  observe(event: OccurredEvent, nowUs: Microseconds): Correlated {
    const about = new TextKey().with(event.about)
    const group = about.with(event.type).with(event.reason)
    const combined = this.#isOneTooMany(group.value, messageKey(event.message), nowUs)
    const record = this.#count((combined ? group : group.with(event.fieldPath).with(event.message)).value)
    const message = combined ? COMBINED + event.message : event.message
    return { record, message, skip: !this.#spend(about.value, nowUs) }
  }

  #count(key: number): EventRecord {
    const records = this.#records
    let place = records.find(key)
    if (place < 0) {
      place = records.add(key, 1, 0)
      this.#names[place] = undefined
    } else records.setFirst(place, records.firstAt(place) + 1)
    return new EventRecord(records, this.#names, place)
  }

  #isOneTooMany(group: number, message: number, nowUs: Microseconds): boolean {
    const similar = this.#similar
    const place = similar.find(group)
    if (place < 0) {
      this.#earlier.delete(similar.add(group, nowUs, message))
      return false
    }
    const latest = similar.secondAt(place)
    const quiet = nowUs - similar.firstAt(place) > SIMILAR_WITHIN_US
    similar.setFirst(place, nowUs)
    if (quiet) {
      this.#earlier.delete(place)
      similar.setSecond(place, message)
      return false
    }
    const earlier = this.#earlier.get(place) ?? NO_MESSAGES
    if (latest === message || earlier.includes(message)) return false
    similar.setSecond(place, message)
    const oneTooMany = earlier.length + 2 >= SIMILAR_MAX
    this.#earlier.set(place, (oneTooMany ? earlier.slice(1) : earlier).concat(latest))
    return oneTooMany
  }

  #spend(about: number, nowUs: Microseconds): boolean {
    const budgets = this.#budgets
    const place = budgets.find(about)
    if (place < 0) {
      budgets.add(about, BURST - 1, nowUs)
      return true
    }
    const left = Math.min(BURST, budgets.firstAt(place) + (nowUs - budgets.secondAt(place)) / REFILL_US)
    budgets.setSecond(place, nowUs)
    budgets.setFirst(place, left < 1 ? left : left - 1)
    return left >= 1
  }
}

const NO_MESSAGES: readonly number[] = []

function messageKey(message: string): number {
  return new TextKey().with(message).value
}
