// An immutable map with cheap next versions: 256 buckets, of which a change copies only the ones it touches. Rulesets of
// thousands of moments share almost everything, and a lookup costs one Map lookup more than nothing.

const BUCKETS = 256

type Bucket<V> = ReadonlyMap<string, V>

const EMPTY: Bucket<never> = new Map<string, never>()
const NO_BUCKETS: readonly Bucket<never>[] = Array.from({ length: BUCKETS }, () => EMPTY)

export class SharedMap<V> {
  readonly #buckets: readonly Bucket<V>[]
  readonly size: number

  private constructor(buckets: readonly Bucket<V>[], size: number) {
    this.#buckets = buckets
    this.size = size
  }

  static empty<V>(): SharedMap<V> {
    return new SharedMap<V>(NO_BUCKETS, 0)
  }

  get(key: string): V | undefined {
    return this.#buckets[bucketOf(key)]?.get(key)
  }

  /** The next version; undefined values remove their key. */
  with(changes: ReadonlyMap<string, V | undefined>): SharedMap<V> {
    if (changes.size === 0) return this
    const buckets = [...this.#buckets]
    const copied = new Map<number, Map<string, V>>()
    let size = this.size
    for (const [key, value] of changes) {
      const place = bucketOf(key)
      let bucket = copied.get(place)
      if (bucket === undefined) {
        bucket = new Map(buckets[place])
        copied.set(place, bucket)
        buckets[place] = bucket
      }
      size -= bucket.size
      if (value === undefined) bucket.delete(key)
      else bucket.set(key, value)
      size += bucket.size
    }
    return new SharedMap(buckets, size)
  }

  /** In no useful order: sort before showing. */
  *values(): IterableIterator<V> {
    // Most are empty in most maps, and an iterator over nothing costs as much as any other.
    for (const bucket of this.#buckets) if (bucket.size > 0) yield* bucket.values()
  }
}

/** The ends of names and addresses differ most; three characters and the length spread them well enough. */
function bucketOf(key: string): number {
  const end = key.length - 1
  return (
    (key.charCodeAt(end) * 7 + key.charCodeAt(end - 1) * 61 + key.charCodeAt(end - 2) * 131 + key.length * 17) &
    (BUCKETS - 1)
  )
}
