// bash's associative arrays: text keys in the order of bash's own hash table (FNV-1 in 1,024 buckets, the newest first in each), which
// is the order scripts see. Source: GNU bash assoc.c and hashlib.c. Departure: tables of more than 2,048 keys are not spread anew.

const BUCKETS = 1024

export class AssociativeArray {
  readonly entries: ReadonlyMap<string, string>

  constructor(entries: ReadonlyMap<string, string> = new Map()) {
    this.entries = entries
  }

  get(key: string): string | undefined {
    return this.entries.get(key)
  }

  with(key: string, value: string): AssociativeArray {
    return new AssociativeArray(new Map(this.entries).set(key, value))
  }

  without(key: string): AssociativeArray {
    return new AssociativeArray(new Map([...this.entries].filter(([one]) => one !== key)))
  }

  keys(): readonly string[] {
    const placed = [...this.entries.keys()].map((key, at) => ({ key, at, bucket: bucketOf(key) }))
    return placed.sort((a, b) => a.bucket - b.bucket || b.at - a.at).map(({ key }) => key)
  }

  values(): readonly string[] {
    return this.keys().map((key) => this.entries.get(key) ?? '')
  }
}

function bucketOf(key: string): number {
  let hash = 2_166_136_261
  for (const byte of Buffer.from(key, 'utf8')) hash = Math.imul(hash, 16_777_619) ^ byte
  return (hash >>> 0) & (BUCKETS - 1)
}
