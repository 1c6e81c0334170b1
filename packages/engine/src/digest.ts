// A small running hash for traces and stream names: two 32-bit lanes mixed like MurmurHash3. It tells equal runs from
// different ones; it is no defence against an adversary.

/** 32-bit hash of a text, started from `seed`. */
export function hashText(text: string, seed: number): number {
  let hash = seed ^ text.length
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x5bd1e995)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** What takes in the numbers and texts that identify an event. */
export interface Fold {
  number(value: number): void
  text(value: string): void
}

/** Folds numbers and texts, in order, into 64 bits. */
export class Digest implements Fold {
  #a = 0x9e3779b9 | 0
  #b = 0x85ebca6b | 0

  number(value: number): void {
    this.#mix(value | 0)
    // Times pass 2^32 microseconds after 72 minutes: the high part counts too.
    const high = Math.floor(value / 0x1_0000_0000)
    if (high !== 0) this.#mix(high | 0)
  }

  text(value: string): void {
    let a = this.#a ^ value.length
    let b = this.#b
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      a = Math.imul(a ^ code, 0x01000193)
      b = Math.imul((b ^ code) + i, 0x5bd1e995)
    }
    this.#a = a
    this.#b = b
    this.#mix(value.length)
  }

  /** 32 bits that stand for everything folded so far: cheaper than `hex`, for comparing runs event by event. */
  mark(): number {
    return (this.#a ^ Math.imul(this.#b, 0x9e3779b1)) | 0
  }

  /** 16 hexadecimal digits. */
  hex(): string {
    const lane = (value: number): string => {
      let mixed = value ^ (value >>> 16)
      mixed = Math.imul(mixed, 0x85ebca6b)
      mixed ^= mixed >>> 13
      mixed = Math.imul(mixed, 0xc2b2ae35)
      return ((mixed ^ (mixed >>> 16)) >>> 0).toString(16).padStart(8, '0')
    }
    return lane(this.#a) + lane(this.#b)
  }

  #mix(value: number): void {
    let k = Math.imul(value, 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    k = Math.imul(k, 0x1b873593)
    this.#a ^= k
    this.#a = (this.#a << 13) | (this.#a >>> 19)
    this.#a = (Math.imul(this.#a, 5) + 0xe6546b64) | 0
    this.#b = (Math.imul(this.#b ^ k, 0x2c1b3c6d) + 0x297a2d39) | 0
    this.#b ^= this.#b >>> 15
  }
}
