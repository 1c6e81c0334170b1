// From hits to records: SRV with weights and additional addresses, PTR, NS. Hits of one question are typed once here.
// Source: CoreDNS plugin/backend_lookup.go (SRV, PTR, NS) and plugin/kubernetes/kubernetes.go (Services, Reverse).

import { addressOfReverseName, TYPE, type ResourceRecord } from '../wire/index.ts'
import type { AnswerContext } from './answer.ts'
import { findHits, findNameServers, findNamesOf, targetOf, type Hit } from './find.ts'
import { parseName } from './parse-name.ts'
import { NO_PORT } from './service-view.ts'

/** One question on its way: the name as sent and in lower case, the zone as sent. */
export interface Lookup {
  readonly context: AnswerContext
  readonly qname: string
  readonly name: string
  readonly zone: string
  readonly type: number
}

interface Records {
  readonly answer: readonly ResourceRecord[]
  readonly additional?: readonly ResourceRecord[]
}

/** Undefined: there is no such name. */
export function hitsFor(lookup: Lookup): readonly Hit[] | undefined {
  const { name, zone, type } = lookup
  const { index, options } = lookup.context
  if (name.startsWith('ns.dns.') && name.indexOf(zone) === 'ns.dns.'.length) {
    const family = type === TYPE.A ? 4 : type === TYPE.AAAA ? 6 : 0
    return findNameServers(index, options, lookup.context.localAddresses()).filter((hit) => hit.host.family === family)
  }
  const hits = findHits(index, options, parseName(name, zone), name)
  return type === TYPE.SRV ? hits?.filter((hit) => hit.host.alias === undefined) : hits
}

/** Weights are shared out before duplicates go, so with several ports on one target they do not add up to 100. */
export function srvRecords(lookup: Lookup): Records | undefined {
  const hits = hitsFor(lookup)
  if (hits === undefined) return undefined
  const { ttl } = lookup.context.options
  const weight = Math.max(1, Math.floor((100 / (100 * hits.length)) * 100))
  const seen = new Set<string>()
  const answer: ResourceRecord[] = []
  const additional: ResourceRecord[] = []
  for (const hit of hits) {
    if (hit.port === NO_PORT) continue
    const target = targetOf(hit, lookup.zone)
    if (!known(seen, `${target} ${hit.port}`)) {
      answer.push({ type: 'SRV', name: lookup.qname, ttl, priority: 0, weight, port: hit.port, target })
    }
    if (!known(seen, `${target} @${hit.host.address ?? ''}`)) additional.push(...addressRecord(target, ttl, hit))
  }
  return { answer, additional }
}

/** PTR answers whole addresses; any other name is looked up only to learn whether it exists. */
export function pointerRecords(lookup: Lookup): Records | undefined {
  const { qname } = lookup
  const { index, options } = lookup.context
  const address = addressOfReverseName(lookup.name)
  if (address === undefined) {
    return findHits(index, options, parseName(lookup.name, lookup.zone), lookup.name) === undefined
      ? undefined
      : { answer: [] }
  }
  const names = findNamesOf(index, options, address)
  if (names.length === 0) return undefined
  const primary = options.zones.find((zone) => !zone.endsWith('.arpa.')) ?? '.'
  const targets = new Set(names.map((name) => (primary === '.' ? `${name}.` : `${name}.${primary}`)))
  return { answer: [...targets].map((target) => ({ type: 'PTR', name: qname, ttl: options.ttl, target })) }
}

export function nameServerRecords(lookup: Lookup): Records {
  const { qname, zone } = lookup
  const { index, options, localAddresses } = lookup.context
  const answer = new Map<string, ResourceRecord>()
  const additional: ResourceRecord[] = []
  for (const hit of findNameServers(index, options, localAddresses())) {
    const target = targetOf(hit, zone)
    additional.push(...addressRecord(target, options.ttl, hit))
    if (!answer.has(target)) answer.set(target, { type: 'NS', name: qname, ttl: options.ttl, target })
  }
  return { answer: [...answer.values()], additional }
}

function addressRecord(name: string, ttl: number, { host }: Hit): ResourceRecord[] {
  if (host.family === undefined) return []
  return [{ type: host.family === 6 ? 'AAAA' : 'A', name, ttl, address: host.address }]
}

function known(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return true
  seen.add(key)
  return false
}
