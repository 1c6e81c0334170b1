// Reads addresses out of a reply, following its aliases from the name that was asked.

import type { AddressRecord, DnsMessage } from '../wire/index.ts'

export interface Selected {
  readonly addresses: readonly string[]
  /** The last name of the alias chain, without the final dot. */
  readonly canonicalName: string
}

export function selectAddresses(message: DnsMessage, name: string, type: AddressRecord['type']): Selected {
  let owner = name.toLowerCase()
  let canonical = name
  for (let hops = 0; hops < message.answer.length; hops++) {
    const alias = message.answer.find((record) => record.type === 'CNAME' && record.name.toLowerCase() === owner)
    if (alias?.type !== 'CNAME') break
    canonical = alias.target
    owner = alias.target.toLowerCase()
  }
  const addresses: string[] = []
  for (const record of message.answer) {
    if (record.type === type && record.name.toLowerCase() === owner) addresses.push(record.address)
  }
  return { addresses, canonicalName: canonical.replace(/\.$/, '') }
}
