// Answers one question from the index, as CoreDNS's kubernetes plugin does: which records, in which section, and whether a
// name without them exists (NODATA) or not (NXDOMAIN). A pure function; what another server must say is returned as `chase`.
// Source: CoreDNS plugin/kubernetes/handler.go and plugin/backend_lookup.go.

import { RCODE, TYPE, isInZone, type Question, type ReplyParts, type ResourceRecord } from '../wire/index.ts'
import { addressRecords, type Chase } from './address-records.ts'
import { findHits } from './find.ts'
import { hitsFor, nameServerRecords, pointerRecords, srvRecords, type Lookup } from './lookup.ts'
import { parseName } from './parse-name.ts'
import type { RecordIndex } from './record-index.ts'
import type { ZoneOptions } from './zone-options.ts'

export interface AnswerContext {
  readonly index: RecordIndex
  readonly options: ZoneOptions
  /** This server's own addresses, loopback left out: the zone's NS records come from them. */
  readonly localAddresses: () => readonly string[]
  /** False until the API was listed once; missing names are SERVFAIL until then. */
  readonly synced: () => boolean
}

export type KubernetesAnswer =
  /** Not in our zones. */
  | { readonly kind: 'pass' }
  | { readonly kind: 'reply'; readonly reply: ReplyParts; readonly chase: Chase | undefined }
  /** The name does not exist; where `fallthrough` holds, the next plugin answers instead. */
  | { readonly kind: 'missing'; readonly reply: ReplyParts; readonly fallThrough: boolean }

interface Found {
  readonly answer: readonly ResourceRecord[]
  readonly additional?: readonly ResourceRecord[]
  readonly chase?: Chase | undefined
}

const PASS: KubernetesAnswer = { kind: 'pass' }
const NODATA: Found = { answer: [] }

export function answerQuestion(context: AnswerContext, question: Question): KubernetesAnswer {
  const name = question.name.toLowerCase()
  const matched = longestZone(name, context.options.zones)
  if (matched === undefined) return PASS
  // The zone as the client spelled it shows up in every name made from it.
  const zone = question.name === name ? matched : question.name.slice(question.name.length - matched.length)
  const { type } = question
  if (type === TYPE.AXFR || type === TYPE.IXFR)
    return { kind: 'reply', reply: { rcode: RCODE.REFUSED }, chase: undefined }
  const found = find({ context, name, qname: question.name, zone, type })
  if (found === undefined) {
    const fallThrough = context.options.fallthrough.some((fall) => isInZone(name, fall))
    const rcode = context.synced() ? RCODE.NXDOMAIN : RCODE.SERVFAIL
    return { kind: 'missing', reply: negative(context, zone, rcode), fallThrough }
  }
  if (found.answer.length === 0)
    return { kind: 'reply', reply: negative(context, zone, RCODE.NOERROR), chase: undefined }
  const reply = { authoritative: true, answer: found.answer, additional: found.additional ?? [] }
  return { kind: 'reply', reply, chase: found.chase }
}

function longestZone(name: string, zones: readonly string[]): string | undefined {
  let best: string | undefined
  for (const zone of zones) if (zone.length > (best?.length ?? 0) && isInZone(name, zone)) best = zone
  return best
}

/** Undefined: there is no such name. */
function find(lookup: Lookup): Found | undefined {
  switch (lookup.type) {
    case TYPE.A:
    case TYPE.AAAA:
      return addressRecords(lookup)
    case TYPE.TXT:
      return findText(lookup)
    case TYPE.CNAME:
      return findAlias(lookup)
    case TYPE.PTR:
      return pointerRecords(lookup)
    case TYPE.MX:
      return hitsFor(lookup) === undefined ? undefined : NODATA
    case TYPE.SRV:
      return srvRecords(lookup)
    case TYPE.SOA:
      // Also for names that do not exist: the real plugin does not look.
      return lookup.qname === lookup.zone ? { answer: [soa(lookup.context, lookup.zone)] } : NODATA
    case TYPE.NS:
      if (lookup.name === lookup.zone) return nameServerRecords(lookup)
  }
  // Any other type: an address lookup tells whether the name exists.
  const { context, name, qname, zone } = lookup
  return addressRecords({ context, name, qname, zone, type: TYPE.A }) === undefined ? undefined : NODATA
}

const SCHEMA_VERSION = '1.1.0'
const SCHEMA_TTL = 28_800

/** Only `dns-version` has TXT; a name with other records is NODATA, one that exists without any is NXDOMAIN. */
function findText(lookup: Lookup): Found | undefined {
  const { name, zone, qname } = lookup
  const { index, options } = lookup.context
  if (name === `dns-version.${zone === '.' ? '' : zone.toLowerCase()}`) {
    return { answer: [{ type: 'TXT', name: qname, ttl: SCHEMA_TTL, texts: [SCHEMA_VERSION] }] }
  }
  const hits = findHits(index, options, parseName(name, zone), name)
  return hits === undefined || hits.length === 0 ? undefined : NODATA
}

function findAlias(lookup: Lookup): Found | undefined {
  const hits = hitsFor(lookup)
  if (hits === undefined) return undefined
  const target = hits[0]?.host.alias
  if (target === undefined) return NODATA
  return { answer: [{ type: 'CNAME', name: lookup.qname, ttl: lookup.context.options.ttl, target }] }
}

function negative(context: AnswerContext, zone: string, rcode: number): ReplyParts {
  return { rcode, authoritative: true, authority: [soa(context, zone)] }
}

function soa(context: AnswerContext, zone: string): ResourceRecord {
  const below = zone === '.' ? '' : zone
  return {
    type: 'SOA',
    name: zone,
    ttl: Math.min(context.options.ttl, 300),
    mname: `ns.dns.${below}`,
    rname: `hostmaster.${below}`,
    serial: context.index.modifiedS,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: context.options.ttl,
  }
}
