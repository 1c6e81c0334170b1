// Writes by revision. Revisions follow one another without a gap, so a place in the log is computed, not searched for: appending and
// dropping the oldest, which every write does, cost the same however long the log is. Copies share what is full.

import { invariant } from '@podwire/engine'

const CHUNK_SIZE = 256

/** Entries of `CHUNK_SIZE` consecutive revisions; what is not written yet, or came before the log, is undefined. */
type Chunk<Entry> = (Entry | undefined)[]

const chunkOf = (revision: number): number => Math.floor(revision / CHUNK_SIZE)

export class RevisionLog<Entry extends { readonly revision: number }> {
  /** From the oldest entry's on. What was dropped of the first one stays in it, as copies may have it too. */
  #chunks: Chunk<Entry>[]
  /** Revisions of the oldest entry and of the next one; equal: the log is empty. */
  #oldest: number
  #next: number
  /** Whether a copy has the last chunk too: it is copied before it is written. */
  #sharesLast = false

  constructor(from?: RevisionLog<Entry>) {
    this.#chunks = from === undefined ? [] : [...from.#chunks]
    this.#oldest = from === undefined ? 0 : from.#oldest
    this.#next = from === undefined ? 0 : from.#next
    if (from !== undefined) this.#sharesLast = from.#sharesLast = true
  }

  get size(): number {
    return this.#next - this.#oldest
  }

  /** The revision of the oldest entry; of an empty log, of the next one. */
  get oldest(): number {
    return this.#oldest
  }

  append(entry: Entry): void {
    const { revision } = entry
    if (this.size === 0) this.#startAt(revision)
    invariant(revision === this.#next, 'revisions follow one another')
    const at = this.#placeOf(revision)
    let chunk = this.#chunks[at]
    if (chunk === undefined) this.#chunks.push((chunk = Array.from<undefined>({ length: CHUNK_SIZE })))
    else if (this.#sharesLast) this.#chunks[at] = chunk = [...chunk]
    this.#sharesLast = false
    chunk[revision % CHUNK_SIZE] = entry
    this.#next = revision + 1
  }

  /** Drops every entry before `revision`; where none is left, the log is empty. */
  dropBefore(revision: number): void {
    if (revision >= this.#next) return this.#startAt(revision)
    if (revision <= this.#oldest) return
    const passed = this.#placeOf(revision)
    if (passed > 0) this.#chunks.splice(0, passed)
    this.#oldest = revision
  }

  /** Entries from `revision` on, oldest first. */
  from(revision: number): Entry[] {
    const entries: Entry[] = []
    for (let at = Math.max(revision, this.#oldest); at < this.#next; at++) {
      const entry = this.#chunks[this.#placeOf(at)]?.[at % CHUNK_SIZE]
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }

  /** Which of the chunks has a revision that is not older than the oldest. */
  #placeOf(revision: number): number {
    return chunkOf(revision) - chunkOf(this.#oldest)
  }

  #startAt(revision: number): void {
    this.#chunks = []
    this.#oldest = revision
    this.#next = revision
    this.#sharesLast = false
  }
}
