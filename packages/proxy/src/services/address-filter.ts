// Tells in a few nanoseconds that an address is surely none of a set: one bit an address, nothing else is touched. What it cannot
// rule out has to be looked up. Bits are only ever set, so that versions of a set can share one filter.

const BITS = 1 << 18

export class AddressFilter {
  readonly #bits = new Uint8Array(BITS / 8)

  add(address: string): void {
    const bit = bitOf(address)
    this.#bits[bit >>> 3] = (this.#bits[bit >>> 3] ?? 0) | (1 << (bit & 7))
  }

  /** False: it was never added. */
  mayHold(address: string): boolean {
    const bit = bitOf(address)
    return ((this.#bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0
  }
}

/** FNV-1a, folded. */
function bitOf(address: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < address.length; i++) hash = Math.imul(hash ^ address.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 15)) & (BITS - 1)
}
