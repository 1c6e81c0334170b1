// A table of the last few thousand keys somebody asked for, the least recently used out first, with two numbers and perhaps a name
// each. Every component keeps several entries for each pod it speaks of: packed in lists of numbers they take a third of what maps of
// objects take. Keys are 53 bits of a hash: two of 4096 that are taken for one another is a matter of one in a billion.

import { hashText } from '@podwire/engine'

/** A hash of several texts in a row, 53 bits as two halves that are carried on from text to text. */
export class TextKey {
  #first: number
  #second: number

  constructor(first = 1, second = 2) {
    this.#first = first
    this.#second = second
  }

  /** This key and one more text. */
  with(text: string): TextKey {
    return new TextKey(hashText(text, this.#first), hashText(text, this.#second))
  }

  get value(): number {
    return (this.#first >>> 0) * 0x20_0000 + (this.#second >>> 11)
  }
}

const FIRST_CAPACITY = 16
/** Key and two numbers. */
const NUMBERS = 3
/** The entries used before and after this one. */
const LINKS = 2
const NONE = -1

export class RecentTable {
  readonly #most: number
  #numbers: Float64Array | undefined
  #links = new Int32Array(0)
  /** Open addressing: 1 + the place of an entry, 0 where there is none. A power of two long, at most half full. */
  #slots = new Int32Array(0)
  #size = 0
  #oldest = NONE
  #newest = NONE

  /** @param most entries it keeps */
  constructor(most: number) {
    this.#most = most
  }

  /** The place of a key, the newest now; -1: it is not known. */
  find(key: number): number {
    const place = this.#lookUp(key)
    if (place !== NONE && place !== this.#newest) {
      this.#unlink(place)
      this.#append(place)
    }
    return place
  }

  /** Takes in a key that was not found. When there is no room it gets the place of the oldest. */
  add(key: number, first: number, second: number): number {
    let place = this.#size
    if (place < this.#most) {
      this.#size++
      if (this.#numbers === undefined || place * NUMBERS === this.#numbers.length) this.#grow()
    } else {
      place = this.#oldest
      this.#unlink(place)
      this.#free(this.#number(place, 0))
    }
    this.#set(place, 0, key)
    this.#file(key, place)
    this.#append(place)
    this.setFirst(place, first)
    this.setSecond(place, second)
    return place
  }

  keyAt(place: number): number {
    return this.#number(place, 0)
  }

  firstAt(place: number): number {
    return this.#number(place, 1)
  }

  secondAt(place: number): number {
    return this.#number(place, 2)
  }

  setFirst(place: number, value: number): void {
    this.#set(place, 1, value)
  }

  setSecond(place: number, value: number): void {
    this.#set(place, 2, value)
  }

  #number(place: number, which: number): number {
    return this.#numbers?.[place * NUMBERS + which] ?? 0
  }

  #set(place: number, which: number, value: number): void {
    if (this.#numbers !== undefined) this.#numbers[place * NUMBERS + which] = value
  }

  #lookUp(key: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    if (mask < 0) return NONE
    for (let at = (key >>> 0) & mask; ; at = (at + 1) & mask) {
      const place = (slots[at] ?? 0) - 1
      if (place === NONE || this.#number(place, 0) === key) return place
    }
  }

  #file(key: number, place: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let at = (key >>> 0) & mask
    while (slots[at] !== 0) at = (at + 1) & mask
    slots[at] = place + 1
  }

  /** What stands behind the gap and belongs further to the front moves up, so that a search may stop at the first gap. */
  #free(key: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let gap = (key >>> 0) & mask
    while (this.#number((slots[gap] ?? 0) - 1, 0) !== key) gap = (gap + 1) & mask
    for (let at = (gap + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const home = (this.#number((slots[at] ?? 0) - 1, 0) >>> 0) & mask
      if (((at - home) & mask) < ((at - gap) & mask)) continue
      slots[gap] = slots[at] ?? 0
      gap = at
    }
    slots[gap] = 0
  }

  #append(place: number): void {
    const links = this.#links
    links[place * LINKS] = this.#newest
    links[place * LINKS + 1] = NONE
    if (this.#newest === NONE) this.#oldest = place
    else links[this.#newest * LINKS + 1] = place
    this.#newest = place
  }

  #unlink(place: number): void {
    const links = this.#links
    const older = links[place * LINKS] ?? NONE
    const newer = links[place * LINKS + 1] ?? NONE
    if (older === NONE) this.#oldest = newer
    else links[older * LINKS + 1] = newer
    if (newer === NONE) this.#newest = older
    else links[newer * LINKS] = older
  }

  #grow(): void {
    const old = this.#numbers ?? new Float64Array(0)
    const count = old.length / NUMBERS
    const capacity = Math.min(this.#most, Math.max(FIRST_CAPACITY, 2 * count))
    const links = new Int32Array(capacity * LINKS)
    links.set(this.#links)
    this.#links = links
    this.#numbers = new Float64Array(capacity * NUMBERS)
    this.#numbers.set(old)
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * capacity)))
    for (let place = 0; place < count; place++) this.#file(this.#number(place, 0), place)
  }
}
