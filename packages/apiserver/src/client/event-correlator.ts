// Keeps a component from flooding the cluster with Events: repeats raise a count, from the tenth similar event in ten minutes on
// one Event stands for all, and about one object there are 25 in a burst and then one in five minutes. No clock of its own.
// Source: client-go tools/record/events_cache.go (EventCorrelator). Departure: which of ten similar messages is forgotten when the
// next comes is the oldest one; in Go it is any of them.

import { hashText, SECOND, type Microseconds } from '@podwire/engine'

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

/** One Event object in the API; `name` is what the recorder made of it when it was stored. */
export interface EventRecord {
  count: number
  name: string | undefined
}

export interface Correlated {
  readonly record: EventRecord
  /** The event's own, or the one that stands for similar events. */
  readonly message: string
  /** Counted, and not to be written: there were too many about this object. */
  readonly skip: boolean
}

interface Similar {
  /** Fewer than ten, the oldest first. */
  messages: readonly string[]
  lastUs: Microseconds
}

interface Budget {
  left: number
  filledUs: Microseconds
}

export class EventCorrelator {
  readonly #similar = new Recent<Similar>()
  readonly #records = new Recent<EventRecord>()
  readonly #budgets = new Recent<Budget>()

  observe(event: OccurredEvent, nowUs: Microseconds): Correlated {
    const group = `${event.about}\0${event.type}\0${event.reason}`
    const combined = this.#isOneTooMany(group, event.message, nowUs)
    const key = combined ? group : `${group}\0${event.fieldPath}\0${event.message}`
    const record = this.#records.get(key, () => ({ count: 0, name: undefined }))
    record.count++
    const message = combined ? COMBINED + event.message : event.message
    return { record, message, skip: !this.#spend(event.about, nowUs) }
  }

  #isOneTooMany(group: string, message: string, nowUs: Microseconds): boolean {
    const similar = this.#similar.get(group, () => ({ messages: [], lastUs: nowUs }))
    if (nowUs - similar.lastUs > SIMILAR_WITHIN_US) similar.messages = []
    similar.lastUs = nowUs
    if (similar.messages.includes(message)) return false
    // Concatenated: an array that is spread keeps room for more, and most stay with one.
    similar.messages = similar.messages.concat(message)
    if (similar.messages.length < SIMILAR_MAX) return false
    similar.messages = similar.messages.slice(1)
    return true
  }

  #spend(about: string, nowUs: Microseconds): boolean {
    const budget = this.#budgets.get(about, () => ({ left: BURST, filledUs: nowUs }))
    budget.left = Math.min(BURST, budget.left + (nowUs - budget.filledUs) / REFILL_US)
    budget.filledUs = nowUs
    if (budget.left < 1) return false
    budget.left--
    return true
  }
}

/**
 * A map that forgets what was not asked for the longest. Every component keeps a few entries for each pod it speaks of, so texts are
 * kept as 53 bits of them: two of 4096 that are taken for one another is a matter of one in a billion.
 */
class Recent<T> {
  readonly #entries = new Map<number, T>()

  get(text: string, make: () => T): T {
    const key = (hashText(text, 1) >>> 0) * 0x20_0000 + (hashText(text, 2) >>> 11)
    const known = this.#entries.get(key)
    const entry = known ?? make()
    if (known !== undefined) this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size > REMEMBERED) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest)
        break
      }
    }
    return entry
  }
}
