// Seeded randomness. One seed per cluster; each component forks a stream by name, so one more draw in DNS does not move
// the proxy. The generator is pure-rand's xoroshiro128+; names come from nanoid's customRandom over it.

import { customRandom } from 'nanoid'
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { invariant } from './errors.ts'
import { hashText } from './digest.ts'

/** Kubernetes' alphabet for generated name endings: no vowels, no look-alikes (apimachinery util/rand). */
export const NAME_SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** pure-rand's generators; spelled out because declarations must not import what is bundled. */
interface Generator {
  next(): number
  getState(): readonly number[]
  clone(): Generator
}

export class Random {
  readonly #generator: Generator
  readonly #seed: number
  /** By length; most streams name nothing. */
  #suffixes: Map<number, () => string> | undefined

  constructor(seed: number, generator?: Generator) {
    this.#seed = seed | 0
    this.#generator = generator ?? xoroshiro128plus(this.#seed)
  }

  /** An independent stream. The same name always gives the same stream, however many draws were made here. */
  fork(name: string): Random {
    return new Random(hashText(name, this.#seed))
  }

  /** A stream that will draw exactly what this one would; used when a cluster forks. */
  clone(): Random {
    return new Random(this.#seed, xoroshiro128plusFromState(this.#generator.getState()))
  }

  /** A whole number in [0, 2^32). */
  uint32(): number {
    return this.#generator.next() >>> 0
  }

  /** A whole number between `low` and `high`, both included. */
  integer(low: number, high: number): number {
    return uniformInt(this.#generator, low, high)
  }

  /** A number in [0, 1). */
  real(): number {
    return this.uint32() / 0x1_0000_0000
  }

  /** A number in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.real()
  }

  /** Log-normal: `median` is the middle value, `sigma` the spread of its logarithm. */
  logNormal(median: number, sigma: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.real()))
    return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * this.real()))
  }

  chance(probability: number): boolean {
    return this.real() < probability
  }

  pick<T>(items: readonly T[]): T {
    invariant(items.length > 0, 'something to pick from')
    return items[this.integer(0, items.length - 1)] as T
  }

  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items]
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(0, i)
      const swapped = result[i] as T
      result[i] = result[j] as T
      result[j] = swapped
    }
    return result
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = this.#generator.next() & 0xff
    return bytes
  }

  /** The random ending of a generated object name, e.g. `x7k2p`. */
  nameSuffix(length = 5): string {
    this.#suffixes ??= new Map()
    let draw = this.#suffixes.get(length)
    if (draw === undefined) {
      draw = customRandom(NAME_SUFFIX_ALPHABET, length, (size) => this.bytes(size))
      this.#suffixes.set(length, draw)
    }
    return draw()
  }

  /** A version 4 UUID, as Kubernetes uses for uids. */
  uuid(): string {
    const a = this.uint32()
    const b = this.uint32()
    const c = this.uint32()
    const d = this.uint32()
    const version = 0x4000 | (b & 0x0fff)
    const variant = 0x8000 | (c >>> 18)
    writeDigits(a, 0)
    writeDigits((b & 0xffff0000) | version, 8)
    writeDigits((variant << 16) | (c & 0xffff), 16)
    writeDigits(d, 24)
    // One flat text: put together from pieces it would keep them all for as long as it lives.
    return String.fromCharCode(...uuidCodes)
  }
}

/** A word's eight digits, `first` the number of the first one. */
function writeDigits(word: number, first: number): void {
  for (let digit = 0; digit < 8; digit++) {
    const value = (word >>> (28 - digit * 4)) & 0xf
    uuidCodes[UUID_PLACES[first + digit] ?? 0] = value < 10 ? 0x30 + value : 0x57 + value
  }
}

const UUID_SHAPE = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'
const UUID_PLACES: readonly number[] = [...UUID_SHAPE].flatMap((char, place) => (char === 'x' ? [place] : []))
/** Character codes of the UUID that is being written; its hyphens stay. */
const uuidCodes: number[] = [...UUID_SHAPE].map((char) => char.charCodeAt(0))
