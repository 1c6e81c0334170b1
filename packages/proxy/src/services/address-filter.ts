// Tells in a few nanoseconds that an address is surely none of a set: two bits of one word an address, nothing else is touched. What
// it cannot rule out has to be looked up, which costs a hundred times as much. Bits are only ever set, so that versions of a set can
// share one filter. A Bloom filter of blocks: Putze, Sanders and Singler, "Cache-, hash- and space-efficient Bloom filters".

const WORDS = 1 << 13

export class AddressFilter {
  readonly #words = new Int32Array(WORDS)

  /** @param word of the address */
  add(word: number): void {
    const hash = hashOf(word)
    const place = placeOf(hash)
    this.#words[place] = (this.#words[place] ?? 0) | bitsOf(hash)
  }

  /** False: it was never added. */
  mayHold(word: number): boolean {
    const hash = hashOf(word)
    const bits = bitsOf(hash)
    return ((this.#words[placeOf(hash)] ?? 0) & bits) === bits
  }
}

function hashOf(word: number): number {
  const hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  return Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
}

const placeOf = (hash: number): number => hash >>> 19

/** Shifts take five bits of what they are given. */
const bitsOf = (hash: number): number => (1 << hash) | (1 << (hash >>> 5))
