// One zone-file line to a record: `www.example.org. 60 IN A 192.0.2.1`. TTL and class may be left out (3600, IN), in either
// order, as RFC 1035 section 5.1 has it. Types with a shape in message.ts only; no $ORIGIN, names are taken as full.

import { addressFamily, canonicalAddress } from './address.ts'
import type { ResourceRecord } from './message.ts'
import { fullyQualified, nameFault } from './names.ts'

const DEFAULT_TTL = 3600
const NUMBER = /^\d+$/

/** Undefined when it is none. */
export function parseRecord(line: string): ResourceRecord | undefined {
  const words = line.trim().match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g) ?? []
  const [owner = '', ...rest] = words
  const name = fullyQualified(owner)
  if (owner === '' || nameFault(name) !== undefined) return undefined
  let ttl = DEFAULT_TTL
  for (let i = 0; i < 2; i++) {
    const word = rest[0] ?? ''
    if (NUMBER.test(word)) ttl = Number(rest.shift())
    else if (/^in$/i.test(word)) rest.shift()
  }
  const type = rest.shift()?.toUpperCase()
  return type === undefined || ttl > 0x7fff_ffff ? undefined : withRdata(name, ttl, type, rest)
}

function withRdata(name: string, ttl: number, type: string, rdata: readonly string[]): ResourceRecord | undefined {
  const [first = '', second = '', third = '', fourth = ''] = rdata
  const target = nameOf(first)
  switch (type) {
    case 'A':
    case 'AAAA': {
      const family = type === 'A' ? 4 : 6
      if (rdata.length !== 1 || addressFamily(first) !== family) return undefined
      return { type, name, ttl, address: canonicalAddress(first) ?? first }
    }
    case 'CNAME':
    case 'NS':
    case 'PTR':
    case 'DNAME':
      return rdata.length === 1 && target !== undefined ? { type, name, ttl, target } : undefined
    case 'TXT':
      return rdata.length === 0 ? undefined : { type, name, ttl, texts: rdata.map(unquoted) }
    case 'MX': {
      const exchange = nameOf(second)
      return rdata.length === 2 && NUMBER.test(first) && exchange !== undefined
        ? { type, name, ttl, preference: Number(first), exchange }
        : undefined
    }
    case 'SRV': {
      const to = nameOf(fourth)
      return rdata.length === 4 && [first, second, third].every((word) => NUMBER.test(word)) && to !== undefined
        ? { type, name, ttl, priority: Number(first), weight: Number(second), port: Number(third), target: to }
        : undefined
    }
    case 'SOA':
      return soa(name, ttl, rdata)
    default:
      return undefined
  }
}

function soa(name: string, ttl: number, rdata: readonly string[]): ResourceRecord | undefined {
  const [mname, rname] = [nameOf(rdata[0] ?? ''), nameOf(rdata[1] ?? '')]
  const [serial, refresh, retry, expire, minimum, extra] = rdata.slice(2).map(Number)
  if (mname === undefined || rname === undefined || extra !== undefined) return undefined
  if (serial === undefined || refresh === undefined || retry === undefined) return undefined
  if (expire === undefined || minimum === undefined || rdata.slice(2).some((word) => !NUMBER.test(word)))
    return undefined
  return { type: 'SOA', name, ttl, mname, rname, serial, refresh, retry, expire, minimum }
}

function nameOf(text: string): string | undefined {
  const name = fullyQualified(text)
  return text === '' || nameFault(name) !== undefined ? undefined : name
}

function unquoted(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word
}
