// Records as zone-file text, the way dig prints them; what traces, tools and tests show.

import type { ResourceRecord } from './message.ts'
import { typeName } from './record-type.ts'

/** The type's mnemonic: `AAAA`, `TYPE65`. */
export function recordTypeName(record: ResourceRecord): string {
  return record.type === 'OPAQUE' ? typeName(record.typeNumber) : record.type
}

/** What follows the type: `10.96.0.1`, `0 100 80 web.default.svc.cluster.local.` */
export function rdataText(record: ResourceRecord): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.address
    case 'CNAME':
    case 'NS':
    case 'PTR':
    case 'DNAME':
      return record.target
    case 'SRV':
      return `${record.priority} ${record.weight} ${record.port} ${record.target}`
    case 'MX':
      return `${record.preference} ${record.exchange}`
    case 'TXT':
      return record.texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(' ')
    case 'SOA':
      return `${record.mname} ${record.rname} ${record.serial} ${record.refresh} ${record.retry} ${record.expire} ${record.minimum}`
    case 'OPAQUE':
      return `\\# ${record.rdata.length}${record.rdata.length === 0 ? '' : ` ${hex(record.rdata)}`}`
  }
}

/** One zone-file line with single tabs: name, TTL, class, type, rdata. */
export function recordLine(record: ResourceRecord): string {
  return `${record.name}\t${record.ttl}\tIN\t${recordTypeName(record)}\t${rdataText(record)}`
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('')
}
