// The order of records in a reply: aliases, what is neither, addresses, mail exchangers; the last two shuffled, or with the
// addresses of preferred subnets first. Source: CoreDNS plugin/loadbalance/{loadbalance,prefer}.go.

import ipaddr from 'ipaddr.js'
import type { AddressRecord, ResourceRecord } from '../../wire/index.ts'

export type Subnet = ReturnType<typeof ipaddr.parseCIDR>

export interface Sorted {
  readonly aliases: readonly ResourceRecord[]
  readonly addresses: readonly AddressRecord[]
  readonly exchanges: readonly ResourceRecord[]
  readonly rest: readonly ResourceRecord[]
}

export function sorted(records: readonly ResourceRecord[]): Sorted {
  const aliases: ResourceRecord[] = []
  const addresses: AddressRecord[] = []
  const exchanges: ResourceRecord[] = []
  const rest: ResourceRecord[] = []
  for (const record of records) {
    if (record.type === 'CNAME') aliases.push(record)
    else if (record.type === 'A' || record.type === 'AAAA') addresses.push(record)
    else if (record.type === 'MX') exchanges.push(record)
    else rest.push(record)
  }
  return { aliases, addresses, exchanges, rest }
}

export function roundRobin(
  records: readonly ResourceRecord[],
  shuffle: <T>(some: readonly T[]) => readonly T[],
): readonly ResourceRecord[] {
  if (records.length < 2) return records
  const { aliases, addresses, exchanges, rest } = sorted(records)
  return [...aliases, ...rest, ...shuffle(addresses), ...shuffle(exchanges)]
}

/** Addresses of the first subnet first, then of the second …; what no subnet has comes last. */
export function preferred(records: readonly ResourceRecord[], subnets: readonly Subnet[]): readonly ResourceRecord[] {
  const { aliases, addresses, exchanges, rest } = sorted(records)
  const rankOf = ({ address }: AddressRecord): number => {
    const parsed = ipaddr.process(address)
    const rank = subnets.findIndex(([network, length]) => {
      return network.kind() === parsed.kind() && parsed.match(network, length)
    })
    return rank < 0 ? subnets.length : rank
  }
  const ranked = addresses.map((record) => ({ record, rank: rankOf(record) })).sort((a, b) => a.rank - b.rank)
  return [...aliases, ...ranked.map(({ record }) => record), ...exchanges, ...rest]
}
