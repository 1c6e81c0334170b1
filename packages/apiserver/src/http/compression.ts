// gzip of large answers, as the real server does it: more than 128 KiB, for clients that ask, at the fastest level; never a
// stream. Source: apiserver endpoints/handlers/responsewriters (writers.go, compression.go).

import { gzip, type ZlibOptions } from 'node:zlib'

const THRESHOLD_BYTES = 128 * 1024
const OPTIONS: ZlibOptions = { level: 1 }

function asksForGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '').split(',').some((token) => token.trim() === 'gzip')
}

/** @param wish of the answer itself; absent: when it is large */
export function wantsGzip(acceptEncoding: string | undefined, bytes: Uint8Array, wish?: 'never' | 'always'): boolean {
  if (wish === 'never') return false
  return (wish === 'always' || bytes.length > THRESHOLD_BYTES) && asksForGzip(acceptEncoding)
}

export function compress(bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    gzip(bytes, OPTIONS, (error, packed) => (error === null ? resolve(packed) : reject(error)))
  })
}
