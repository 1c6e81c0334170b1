// What the two C libraries share: the state of one lookup, and what asking for one candidate can come to.

import type { Microseconds } from '@podwire/engine'
import { TYPE, typeName, type DnsMessage } from '../wire/index.ts'
import type { Journal, Wires } from './exchange.ts'
import type { ResolvConf } from './resolv-conf.ts'
import { selectAddresses, type Selected } from './selection.ts'

export interface LibcLookup {
  readonly wires: Wires
  readonly conf: ResolvConf
  readonly journal: Journal
  /** A and AAAA, or the one asked for. */
  readonly types: readonly number[]
  /** Waits; absent: what the library would wait out is passed over. */
  readonly sleep: ((durationUs: Microseconds) => Promise<void>) | undefined
  /** With `rotate`: which server is first this time. */
  readonly firstServer: number
}

export type CandidateOutcome =
  | ({ readonly kind: 'found' } & Selected)
  | { readonly kind: 'nxdomain' | 'nodata' | 'servfail' | 'silence' | 'refused' }

/** Addresses of all replies together, IPv4 first: where there are IPv6 routes, address-order.ts has the last word. */
export function foundIn(name: string, replies: readonly (readonly [type: number, message: DnsMessage])[]): Selected {
  let canonicalName = name.replace(/\.$/, '')
  const addresses: string[] = []
  for (const [type, message] of [...replies].sort((a, b) => a[0] - b[0])) {
    const selected = selectAddresses(message, name, typeName(type) === 'AAAA' ? 'AAAA' : 'A')
    if (selected.addresses.length > 0 || type === TYPE.A) canonicalName = selected.canonicalName
    addresses.push(...selected.addresses)
  }
  return { addresses, canonicalName }
}
