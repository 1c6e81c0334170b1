// A and AAAA: addresses, and the aliases of ExternalName Services. An alias inside the zone is followed here; one outside
// ends the answer with its CNAME and a `chase` for the server to look up. Loops and chains over eight names are left out.
// Source: CoreDNS plugin/backend_lookup.go (A, AAAA).

import { isInZone, TYPE, type ResourceRecord } from '../wire/index.ts'
import { hitsFor, type Lookup } from './lookup.ts'

/** A name whose records, found elsewhere, belong at the end of the answer. */
export interface Chase {
  readonly name: string
  readonly type: number
}

export interface AddressAnswer {
  readonly answer: readonly ResourceRecord[]
  readonly chase: Chase | undefined
}

const MAX_CHAIN = 7

/** Undefined: there is no such name. An alias that leads nowhere inside the zone is NODATA. */
export function addressRecords(lookup: Lookup, chain: readonly string[] = []): AddressAnswer | undefined {
  const hits = hitsFor(lookup)
  if (hits === undefined) return undefined
  const { qname, type } = lookup
  const { ttl } = lookup.context.options
  const family = type === TYPE.AAAA ? 6 : 4
  const answer: ResourceRecord[] = []
  let chase: Chase | undefined
  const seen = hits.length > 1 ? new Set<string>() : undefined
  for (const { host } of hits) {
    if (host.alias !== undefined) {
      const followed = followAlias(lookup, host.alias, chain)
      if (followed === undefined) continue
      answer.push({ type: 'CNAME', name: qname, ttl, target: host.alias }, ...followed.answer)
      chase = followed.chase
    } else if (host.family === family && seen?.has(host.address) !== true) {
      seen?.add(host.address)
      answer.push({ type: family === 6 ? 'AAAA' : 'A', name: qname, ttl, address: host.address })
    }
  }
  return { answer, chase }
}

/** What comes after the CNAME; undefined when the CNAME must not be given either. */
function followAlias(lookup: Lookup, alias: string, chain: readonly string[]): AddressAnswer | undefined {
  const target = alias.toLowerCase()
  if (isInZone(target, lookup.name) || chain.length > MAX_CHAIN || chain.includes(alias)) return undefined
  if (!isInZone(target, lookup.zone.toLowerCase())) return { answer: [], chase: { name: alias, type: lookup.type } }
  const { context, zone, type } = lookup
  const next = addressRecords({ context, zone, type, qname: alias, name: target }, [...chain, alias])
  return next === undefined || next.answer.length === 0 ? undefined : next
}
