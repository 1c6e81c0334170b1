// A ring of endpoints: a key keeps its endpoint while that is there, and few keys move when one comes or goes. Points are made as
// lua-resty-balancer makes them, so the same key finds the same endpoint as with the real controller.
// Source: openresty/lua-resty-balancer chash.c, lib/resty/chash.lua (160 points a unit of weight).

import { crc32 } from 'node:zlib'

const POINTS = 160

export class ConsistentHash {
  readonly #points: readonly { readonly hash: number; readonly id: string }[]

  /** @param ids `ADDRESS:PORT`, or the name of a set */
  constructor(ids: readonly string[]) {
    const points: { hash: number; id: string }[] = []
    for (const id of ids) {
      const base = crc32(id.replace(':', '\0'))
      const previous = Buffer.alloc(4)
      for (let i = 0; i < POINTS; i++) {
        const hash = crc32(previous, base)
        points.push({ hash, id })
        previous.writeUInt32LE(hash)
      }
    }
    this.#points = points.sort((a, b) => a.hash - b.hash)
  }

  find(key: string): string | undefined {
    const hash = crc32(key)
    let low = 0
    let high = this.#points.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#points[middle]?.hash ?? 0) < hash) low = middle + 1
      else high = middle
    }
    return (this.#points[low] ?? this.#points[0])?.id
  }
}
