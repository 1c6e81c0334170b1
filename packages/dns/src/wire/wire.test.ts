// The wire format, with dns-packet as referee for what we write, hostile bytes against what we read.

import dnsPacket from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressFamily, addressOfReverseName, canonicalAddress, reverseNameOf } from './address.ts'
import { decodeMessage } from './decode.ts'
import { encodeMessage } from './encode.ts'
import { encodeReply } from './fit.ts'
import { queryFor, replyTo, type DnsMessage, type ResourceRecord } from './message.ts'
import { isInZone, labelsOf, nameFault, readName } from './names.ts'
import { RCODE, TYPE, typeName, typeNumber } from './record-type.ts'
import { recordLine } from './record-text.ts'
import { readRequest } from './request.ts'

const SEED = 20_260_101

const records: readonly ResourceRecord[] = [
  { type: 'A', name: 'web.default.svc.cluster.local.', ttl: 30, address: '10.96.0.1' },
  { type: 'AAAA', name: 'web.default.svc.cluster.local.', ttl: 30, address: 'fd00:96::1' },
  { type: 'CNAME', name: 'alias.example.org.', ttl: 5, target: 'web.default.svc.cluster.local.' },
  {
    type: 'SRV',
    name: '_http._tcp.web.example.org.',
    ttl: 5,
    priority: 0,
    weight: 33,
    port: 8080,
    target: 'web.example.org.',
  },
  { type: 'PTR', name: '1.0.96.10.in-addr.arpa.', ttl: 5, target: 'web.default.svc.cluster.local.' },
  { type: 'NS', name: 'cluster.local.', ttl: 5, target: 'ns.dns.cluster.local.' },
  { type: 'MX', name: 'example.org.', ttl: 5, preference: 10, exchange: 'mail.example.org.' },
  { type: 'TXT', name: 'dns-version.cluster.local.', ttl: 28_800, texts: ['1.1.0', 'two words'] },
  {
    type: 'SOA',
    name: 'cluster.local.',
    ttl: 30,
    mname: 'ns.dns.cluster.local.',
    rname: 'hostmaster.cluster.local.',
    serial: 1_767_225_600,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: 30,
  },
]

const query = queryFor(4711, { name: 'Web.Default.svc.cluster.local.', type: TYPE.A, class: 1 })

describe.each([{ compress: false }, { compress: true }])('compress: $compress', (options) => {
  test.each(records)('$type survives writing and reading', (record) => {
    const message = replyTo(query, { authoritative: true, answer: [record], authority: [record], additional: [record] })
    const read = decodeMessage(encodeMessage(message, options))
    expect(read).toEqual(message)
  })
})

test('dns-packet reads what we write', () => {
  const packet = dnsPacket.decode(Buffer.from(encodeMessage(replyTo(query, { answer: records }), { compress: true })))
  expect(packet.questions).toEqual([{ name: 'Web.Default.svc.cluster.local', type: 'A', class: 'IN' }])
  expect(packet.answers?.map((answer) => answer.type)).toEqual(records.map((record) => record.type))
})

test('the sizes are those CoreDNS logs: 54 bytes asked, 106 answered without compression', () => {
  const question = { name: 'kubernetes.default.svc.cluster.local.', type: TYPE.A, class: 1 }
  const asked = queryFor(1, question)
  const answer: ResourceRecord = { type: 'A', name: question.name, ttl: 30, address: '10.96.0.1' }
  expect(encodeMessage(asked)).toHaveLength(54)
  expect(encodeReply(replyTo(asked, { answer: [answer] }), 512, { protocol: 'udp', family: 4 })).toHaveLength(106)
})

function addresses(count: number): ResourceRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    type: 'A',
    name: query.question?.name ?? '',
    ttl: 5,
    address: `10.244.${i >> 8}.${i & 255}`,
  }))
}

test.each([
  { name: 'fits plain', count: 5, limit: 512, protocol: 'udp', kept: 5, truncated: false },
  { name: 'fits compressed', count: 20, limit: 512, protocol: 'udp', kept: 20, truncated: false },
  { name: 'is cut', count: 100, limit: 512, protocol: 'udp', kept: 29, truncated: true },
  { name: 'EDNS gives more room', count: 100, limit: 4096, protocol: 'udp', kept: 100, truncated: false },
  { name: 'TCP takes all', count: 1000, limit: 65_535, protocol: 'tcp', kept: 1000, truncated: false },
] as const)('a reply with $count addresses $name', ({ count, limit, protocol, kept, truncated }) => {
  const bytes = encodeReply(replyTo(query, { answer: addresses(count) }), limit, { protocol, family: 4 })
  const read = decodeMessage(bytes)
  expect(bytes.length).toBeLessThanOrEqual(limit)
  expect([read?.answer.length, read?.truncated]).toEqual([kept, truncated])
})

test('types without a shape of their own keep their rdata', () => {
  const mail = { type: 'RP', name: 'a.test', data: { mbox: 'me.test', txt: 'info.test' } } as const
  const digest = { algorithm: 8, digestType: 2, keyTag: 7, digest: Buffer.from('abcd', 'hex') }
  const bytes = dnsPacket.encode({
    type: 'response',
    answers: [
      mail,
      { type: 'DS', name: 'a.test', data: digest },
      { type: 'NULL', name: 'a.test', data: Buffer.from('xyz') },
    ],
  })
  const read = decodeMessage(bytes)
  const again = dnsPacket.decode(Buffer.from(encodeMessage(read ?? replyTo(query, {}))))
  expect(again.answers).toMatchObject([{ data: mail.data }, { data: digest }, { data: Buffer.from('xyz') }])
})

const header = (flags: number, counts: readonly number[]): number[] => [
  ...[0x12, 0x34, flags >> 8, flags & 255],
  ...counts.flatMap((count) => [count >> 8, count & 255]),
]
const NAME_A = [1, 97, 0, 0, 1, 0, 1]

test.each([
  { name: 'a query', bytes: [...header(0x100, [1, 0, 0, 0]), ...NAME_A], outcome: 'query' },
  { name: 'a response is ignored', bytes: [...header(0x8100, [1, 0, 0, 0]), ...NAME_A], outcome: 'ignore' },
  { name: 'less than a header is ignored', bytes: [1, 2, 3], outcome: 'ignore' },
  { name: 'opcode UPDATE', bytes: [...header(5 << 11, [1, 0, 0, 0]), ...NAME_A], outcome: 'reject NOTIMP opcode 5' },
  { name: 'opcode STATUS', bytes: [...header(2 << 11, [1, 0, 0, 0]), ...NAME_A], outcome: 'reject NOTIMP opcode 2' },
  { name: 'NOTIFY passes', bytes: [...header(4 << 11, [1, 0, 0, 0]), ...NAME_A], outcome: 'query' },
  { name: 'no question counted', bytes: header(0x100, [0, 0, 0, 0]), outcome: 'reject FORMERR opcode 0' },
  {
    name: 'two questions',
    bytes: [...header(0x100, [2, 0, 0, 0]), ...NAME_A, ...NAME_A],
    outcome: 'reject FORMERR opcode 0',
  },
  {
    name: 'three additional records',
    bytes: [...header(0x100, [1, 0, 0, 3]), ...NAME_A],
    outcome: 'reject FORMERR opcode 0',
  },
  { name: 'a label that runs out', bytes: [...header(0x100, [1, 0, 0, 0]), 9, 97], outcome: 'reject FORMERR opcode 0' },
  {
    name: 'a name that points to itself',
    bytes: [...header(0x100, [1, 0, 0, 0]), 0xc0, 12, 0, 1, 0, 1],
    outcome: 'reject FORMERR opcode 0',
  },
  {
    name: 'a name that points ahead',
    bytes: [...header(0x100, [1, 0, 0, 0]), 0xc0, 40, 0, 1, 0, 1],
    outcome: 'reject FORMERR opcode 0',
  },
  {
    name: 'a broken OPT',
    bytes: [...header(0x100, [1, 0, 0, 1]), ...NAME_A, 0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 9],
    outcome: 'reject FORMERR opcode 0',
  },
  { name: 'a counted record that is not there', bytes: [...header(0x100, [1, 0, 0, 1]), ...NAME_A], outcome: 'query' },
])('request: $name', ({ bytes, outcome }) => {
  const read = readRequest(Uint8Array.from(bytes))
  const rcode = read.kind === 'reject' && read.reply.rcode === RCODE.NOTIMP ? 'NOTIMP' : 'FORMERR'
  expect(read.kind === 'reject' ? `reject ${rcode} opcode ${read.reply.opcode}` : read.kind).toBe(outcome)
})

test('any bytes at all: no crash, and a reply is a reply', () => {
  const replies = fc.check(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const read = readRequest(bytes)
      decodeMessage(bytes)
      return read.kind !== 'reject' || decodeMessage(encodeMessage(read.reply))?.response === true
    }),
    { seed: SEED, numRuns: 20_000 },
  )
  expect(replies).toMatchObject({ failed: false, numRuns: 20_000, seed: SEED })
})

test('any labels at all are echoed byte for byte', () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.array(label, { maxLength: 8 }), (labels) => {
      const name = Uint8Array.from([...labels.flatMap((one) => [one.length, ...one]), 0])
      const request = Uint8Array.from([...header(0x100, [1, 0, 0, 0]), ...name, 0, 1, 0, 1])
      const read = readRequest(request)
      if (read.kind !== 'query') throw new TypeError(`not a query: ${read.kind}`)
      expect([...encodeMessage(read.message)]).toEqual([...request])
      expect(labelsOf(read.message.question?.name ?? '')).toHaveLength(labels.length)
    }),
    { seed: SEED, numRuns: 2000 },
  )
})

test('any records fit any limit', () => {
  const limit = fc.integer({ min: 512, max: 4096 })
  const reply = fc.array(fc.constantFrom(...records), { maxLength: 120 })
  fc.assert(
    fc.property(reply, reply, limit, (answer, additional, size) => {
      const message: DnsMessage = replyTo(query, { answer, additional })
      const bytes = encodeReply(message, size, { protocol: 'udp', family: 4 })
      expect(bytes.length).toBeLessThanOrEqual(size)
      const read = decodeMessage(bytes)
      expect(read?.truncated).toBe(
        (read?.answer.length ?? 0) + (read?.additional.length ?? 0) < answer.length + additional.length,
      )
    }),
    { seed: SEED, numRuns: 500 },
  )
})

test.each([
  ['1.2.3.4', 4, '1.2.3.4', '4.3.2.1.in-addr.arpa.'],
  ['fd00:96::9:1', 6, 'fd00:96::9:1', '1.0.0.0.9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.0.d.f.ip6.arpa.'],
  ['::ffff:10.0.0.1', 4, '10.0.0.1', '1.0.0.10.in-addr.arpa.'],
  ['FD00::0:1', 6, 'fd00::1', undefined],
  ['01.2.3.4', undefined, undefined, undefined],
  ['1.2.3', undefined, undefined, undefined],
  ['1.2.3.256', undefined, undefined, undefined],
  ['fe80::1%eth0', undefined, undefined, undefined],
  ['example.org', undefined, undefined, undefined],
])('address %s', (text, family, canonical, reverse) => {
  expect(addressFamily(text)).toBe(family)
  expect(canonicalAddress(text)).toBe(canonical)
  if (reverse === undefined) return
  expect(reverseNameOf(text)).toBe(reverse)
  expect(addressOfReverseName(reverse)).toBe(canonical)
})

test.each([
  ['3.2.1.in-addr.arpa.', undefined],
  ['0.4.3.2.1.in-addr.arpa.', undefined],
  ['x.0.96.10.in-addr.arpa.', undefined],
  ['1.ip6.arpa.', undefined],
])('%s is no whole address', (name, address) => {
  expect(addressOfReverseName(name)).toBe(address)
})

test.each([
  ['a.b.', 'b.', true],
  ['ab.', 'b.', false],
  ['b.', 'b.', true],
  ['anything.', '.', true],
])('%s in zone %s: %s', (name, zone, expected) => {
  expect(isInZone(name, zone)).toBe(expected)
})

test('names: faults, types, text', () => {
  expect(nameFault('ok.example.')).toBeUndefined()
  expect(nameFault('a..b')).toBe('empty label')
  expect(nameFault(`${'x'.repeat(64)}.example.`)).toBe('label longer than 63 bytes')
  expect(nameFault('abcdefgh.'.repeat(40))).toBe('name longer than 255 bytes')
  expect(readName(Uint8Array.from([3, 97, 46, 98, 0]), 0)).toEqual({ name: 'a\\.b.', end: 5 })
  expect([typeNumber('aaaa'), typeNumber('TYPE65'), typeNumber('nonsense'), typeName(9999)]).toEqual([
    28,
    65,
    undefined,
    'TYPE9999',
  ])
  const [first] = records
  expect(first && recordLine(first)).toBe('web.default.svc.cluster.local.\t30\tIN\tA\t10.96.0.1')
})
