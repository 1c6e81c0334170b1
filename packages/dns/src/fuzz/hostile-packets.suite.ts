// Packets nobody should send: random bytes, questions with bytes changed, cut or put in, names that loop, point ahead or grow
// without end, counts that lie, options that overrun. Each says how it was made, so that a failure can be read.

import fc from 'fast-check'
import { encodeMessage, queryFor, type Edns } from '../wire/index.ts'

const NAMES = [
  ...[
    'web.shop.svc.cluster.local.',
    'WEB.Shop.svc.cluster.local.',
    'nowhere.svc.cluster.local.',
    'many.shop.svc.cluster.local.',
  ],
  ...[
    'cluster.local.',
    'www.example.org.',
    'old.test.',
    '1.4.96.10.in-addr.arpa.',
    '_http._tcp.web.shop.svc.cluster.local.',
  ],
  ...['.', 'version.bind.', 'a.template.test.', 'x.'.repeat(120), `${'y'.repeat(63)}.${'z'.repeat(63)}.test.`],
  'www.example.org.shop.svc.cluster.local.',
]
const TYPES = [1, 2, 5, 6, 12, 13, 15, 16, 28, 33, 41, 43, 65, 249, 251, 252, 255, 0, 65_535]
const CLASSES = [1, 1, 1, 1, 3, 4, 254, 255, 0, 9999]

const edns: fc.Arbitrary<Edns | undefined> = fc.option(
  fc.record({
    udpSize: fc.constantFrom(0, 1, 511, 512, 1232, 4096, 65_535),
    version: fc.constantFrom(0, 0, 0, 1, 255),
    dnssecOk: fc.boolean(),
    options: fc.array(
      fc.record({ code: fc.constantFrom(3, 8, 10, 12, 15, 65_001), data: fc.uint8Array({ maxLength: 40 }) }),
      { maxLength: 4 },
    ),
  }),
  { nil: undefined },
)

const question: fc.Arbitrary<Uint8Array> = fc
  .record({
    id: fc.nat(0xffff),
    name: fc.constantFrom(...NAMES),
    type: fc.constantFrom(...TYPES),
    class: fc.constantFrom(...CLASSES),
    edns,
    flags: fc.option(fc.nat(0xffff), { nil: undefined, freq: 3 }),
  })
  .map(({ id, name, type, class: klass, edns: opt, flags }) => {
    const bytes = encodeMessage(queryFor(id, { name, type, class: klass }, opt === undefined ? {} : { edns: opt }))
    if (flags !== undefined) bytes.set([flags >> 8, flags & 255], 2)
    return bytes
  })

const bytePart = fc.oneof(fc.constantFrom(0, 1, 63, 64, 0x80, 0xc0, 0xff), fc.nat(255))

/** A question with bytes changed, put in, or cut off. */
const mutated: fc.Arbitrary<Uint8Array> = fc
  .record({
    base: question,
    changes: fc.array(fc.tuple(fc.nat(700), bytePart), { minLength: 1, maxLength: 8 }),
    insert: fc.uint8Array({ maxLength: 30 }),
    at: fc.nat(400),
    keep: fc.nat(700),
  })
  .map(({ base, changes, insert, at, keep }) => {
    const place = at % (base.length + 1)
    const bytes = Uint8Array.from([...base.subarray(0, place), ...insert, ...base.subarray(place)])
    for (const [where, value] of changes) bytes[where % bytes.length] = value
    return keep < 500 ? bytes : bytes.subarray(0, keep % (bytes.length + 1))
  })

/** Labels, and pointers to anywhere: to themselves, in circles, ahead, past the end. */
const hostileName = fc
  .array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 63 }).map((label) => [label.length, ...label]),
      fc.nat(80).map((target) => [0xc0, target]),
      fc.nat(0x3fff).map((target) => [0xc0 | (target >> 8), target & 255]),
      fc.constant([0]),
      fc.constantFrom([0x40, 1], [0x80, 1], [63], [0xc0]),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.flat())

const pair = (value: number): readonly number[] => [value >> 8, value & 255]

/** A header with counts that may lie, then names and records that may be none. */
const built: fc.Arbitrary<Uint8Array> = fc
  .record({
    id: fc.nat(0xffff),
    flags: fc.oneof(fc.constant(0x0100), fc.nat(0xffff)),
    counts: fc.tuple(
      fc.constantFrom(1, 1, 1, 0, 2, 65_535),
      ...([0, 1, 2].map(() => fc.constantFrom(0, 0, 0, 1, 2, 65_535)) as [
        fc.Arbitrary<number>,
        fc.Arbitrary<number>,
        fc.Arbitrary<number>,
      ]),
    ),
    name: hostileName,
    type: fc.constantFrom(...TYPES),
    records: fc.array(
      fc.record({
        owner: hostileName,
        type: fc.constantFrom(...TYPES),
        size: fc.nat(0xffff),
        length: fc.oneof(fc.nat(20), fc.nat(0xffff)),
        data: fc.uint8Array({ maxLength: 20 }),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ id, flags, counts, name, type, records }) =>
    Uint8Array.from([
      ...pair(id),
      ...pair(flags),
      ...counts.flatMap(pair),
      ...name,
      ...pair(type),
      ...pair(1),
      ...records.flatMap(({ owner, type: kind, size, length, data }) => {
        return [...owner, ...pair(kind), ...pair(size), 0, 0, 0, 0, ...pair(length), ...data]
      }),
    ]),
  )

/** Pointers that each lead to the one before: short in bytes, long to follow; and one name many times over. */
const bomb: fc.Arbitrary<Uint8Array> = fc
  .record({ links: fc.integer({ min: 1, max: 8000 }), label: fc.boolean(), records: fc.nat(2000) })
  .map(({ links, label, records }) => {
    const bytes = [0, 7, 1, 0, 0, 1, ...pair(records), 0, 0, 0, 0]
    bytes.push(1, 97, 0)
    for (let i = 0; i < links && bytes.length < 0x3ff0; i++) {
      const target = bytes.length - (label ? (i === 0 ? 3 : 4) : i === 0 ? 3 : 2)
      bytes.push(...(label ? [1, 98] : []), 0xc0 | (target >> 8), target & 255)
    }
    bytes.push(0, 1, 0, 1)
    for (let i = 0; i < records; i++) bytes.push(0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12)
    return Uint8Array.from(bytes)
  })

export const hostilePacket: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: mutated },
  { weight: 3, arbitrary: built },
  { weight: 2, arbitrary: question },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 600 }) },
)

/** Rare ones, as they are large. */
export const hugePacket: fc.Arbitrary<Uint8Array> = fc.oneof(
  bomb,
  fc.uint8Array({ minLength: 512, maxLength: 65_535, size: 'max' }),
)
