// hsiphash of one 32-bit word as 64-bit Linux computes it: SipHash-1-3, cut to 32 bits. The mh scheduler's hash.
// Source: lib/siphash.c (HSIPROUND is SIPROUND where long has 64 bits).

const MASK = (1n << 64n) - 1n
const rotate = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & MASK

/** @param key both words of the key */
export function hsiphash(word: number, key: bigint): number {
  let v0 = 0x736f_6d65_7073_6575n ^ key
  let v1 = 0x646f_7261_6e64_6f6dn ^ key
  let v2 = 0x6c79_6765_6e65_7261n ^ key
  let v3 = 0x7465_6462_7974_6573n ^ key
  const round = (): void => {
    v0 = (v0 + v1) & MASK
    v1 = rotate(v1, 13n) ^ v0
    v0 = rotate(v0, 32n)
    v2 = (v2 + v3) & MASK
    v3 = rotate(v3, 16n) ^ v2
    v0 = (v0 + v3) & MASK
    v3 = rotate(v3, 21n) ^ v0
    v2 = (v2 + v1) & MASK
    v1 = rotate(v1, 17n) ^ v2
    v2 = rotate(v2, 32n)
  }
  const block = (4n << 56n) | BigInt(word >>> 0)
  v3 ^= block
  round()
  v0 ^= block
  v2 ^= 0xffn
  for (let i = 0; i < 3; i++) round()
  return Number((v0 ^ v1 ^ v2 ^ v3) & 0xffff_ffffn)
}
