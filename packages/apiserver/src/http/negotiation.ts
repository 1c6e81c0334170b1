// Content negotiation: which representation an Accept header asks for. Answers are JSON, YAML or protobuf, as the object itself,
// as a Table (never in protobuf) or as metadata only. Source: apiserver endpoints/handlers/negotiation.
// Departure: a client that takes JSON or YAML as well as protobuf gets that, whatever it named first.

import { PROTOBUF_MEDIA_TYPE } from '../protobuf/envelope.ts'
import { noRepresentation, notAcceptable } from './refusals.ts'

export type Format = 'json' | 'yaml' | 'protobuf'

/** What the object is turned into before it is written. */
export type Transform =
  'none' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList'

export interface Representation {
  readonly format: Format
  readonly transform: Transform
  /** Of the transform: v1, v1beta1, v2, v2beta1; '' without one. */
  readonly version: string
  readonly contentType: string
}

interface Clause {
  readonly mediaType: string
  readonly parameters: ReadonlyMap<string, string>
  readonly quality: number
}

const META_VERSIONS: ReadonlySet<string> = new Set(['v1', 'v1beta1'])
const META_TRANSFORMS: ReadonlySet<string> = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'])
const DISCOVERY_VERSIONS: ReadonlySet<string> = new Set(['v2', 'v2beta1'])

/** Which transforms an endpoint offers. */
export type Offer = 'objects' | 'watch' | 'discovery' | 'discovery v2beta1' | 'plain'

function parseClause(text: string): Clause {
  const [mediaType = '', ...pairs] = text.split(';')
  const parameters = new Map<string, string>()
  let quality = 1
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    if (equals < 0) continue
    const key = pair.slice(0, equals).trim()
    const value = pair.slice(equals + 1).trim()
    if (key === 'q') quality = Number.isNaN(Number(value)) ? 1 : Number(value)
    else parameters.set(key, value)
  }
  return { mediaType: mediaType.trim().toLowerCase(), parameters, quality }
}

/** Clients say the same again and again; what many different ones say is not kept. */
const MOST_KEPT = 200
const parsed = new Map<string, readonly Clause[]>()

export function parseAccept(accept: string): readonly Clause[] {
  let clauses = parsed.get(accept)
  if (clauses === undefined) {
    clauses = parseClauses(accept)
    if (parsed.size < MOST_KEPT) parsed.set(accept, clauses)
  }
  return clauses
}

function parseClauses(accept: string): readonly Clause[] {
  const clauses = accept
    .split(',')
    .filter((text) => text.trim() !== '')
    .map(parseClause)
  // Array.sort is stable: equal qualities keep the client's order.
  return clauses.sort((a, b) => b.quality - a.quality)
}

function formatOf(mediaType: string): Format | undefined {
  if (mediaType === 'application/json' || mediaType === '*/*' || mediaType === 'application/*') return 'json'
  if (mediaType === PROTOBUF_MEDIA_TYPE) return 'protobuf'
  return mediaType === 'application/yaml' ? 'yaml' : undefined
}

/** Undefined when this endpoint does not offer what the parameters ask for. */
function transformOf(clause: Clause, offer: Offer): Pick<Representation, 'transform' | 'version'> | undefined {
  const as = clause.parameters.get('as') ?? ''
  const version = clause.parameters.get('v') ?? ''
  const group = clause.parameters.get('g') ?? ''
  if (as === '') return version === '' && group === '' ? { transform: 'none', version: '' } : undefined
  if (offer === 'discovery' || offer === 'discovery v2beta1') {
    const offered = offer === 'discovery' ? DISCOVERY_VERSIONS.has(version) : version === 'v2beta1'
    const known = as === 'APIGroupDiscoveryList' && group === 'apidiscovery.k8s.io' && offered
    return known ? { transform: 'APIGroupDiscoveryList', version } : undefined
  }
  if (offer === 'plain') return undefined
  if (!META_TRANSFORMS.has(as) || group !== 'meta.k8s.io' || !META_VERSIONS.has(version)) return undefined
  if (offer === 'watch' && as === 'PartialObjectMetadataList') return undefined
  return { transform: as as Transform, version }
}

function contentTypeOf(format: Format, { transform, version }: Pick<Representation, 'transform' | 'version'>): string {
  const base = format === 'protobuf' ? PROTOBUF_MEDIA_TYPE : `application/${format}`
  return transform === 'APIGroupDiscoveryList' ? `${base};g=apidiscovery.k8s.io;v=${version};as=${transform}` : base
}

const JSON_AS_IT_IS: Representation = {
  format: 'json',
  transform: 'none',
  version: '',
  contentType: 'application/json',
}

/** What is there to choose from, the client's first choice first. */
function servable(clauses: readonly Clause[], offer: Offer, hasMessage: boolean): readonly Representation[] {
  const found: Representation[] = []
  for (const clause of clauses) {
    const format = formatOf(clause.mediaType)
    const as = format === undefined ? undefined : transformOf(clause, offer)
    if (format === undefined || as === undefined) continue
    if (format === 'protobuf' && (as.transform === 'Table' || (as.transform === 'none' && !hasMessage))) continue
    found.push({ format, ...as, contentType: contentTypeOf(format, as) })
  }
  return found
}

/**
 * The client's first choice among what can be served. Throws the 406 Status the server answers with when there is none.
 * @param hasMessage whether the object itself can be written as protobuf; its metadata always can
 */
export function negotiate(accept: string | undefined, offer: Offer, hasMessage = true): Representation {
  if (accept === undefined || accept === 'application/json' || accept.trim() === '') return JSON_AS_IT_IS
  const clauses = parseAccept(accept)
  const [first, ...others] = servable(clauses, offer, hasMessage)
  if (first === undefined) {
    throw clauses.some(({ mediaType }) => formatOf(mediaType) !== undefined)
      ? notAcceptable()
      : noRepresentation(offer === 'watch')
  }
  if (first.format !== 'protobuf') return first
  const same = ({ transform, version }: Representation): boolean =>
    transform === first.transform && version === first.version
  return others.find((other) => other.format !== 'protobuf' && same(other)) ?? first
}

/** How an error, or another answer that is not transformed, is written: as the client asks, and when that is nothing, in JSON. */
export function errorFormat(accept: string | undefined): Format {
  if (accept === undefined || accept === 'application/json' || accept === '*/*') return 'json'
  const formats = parseAccept(accept ?? '').flatMap((clause) => {
    const format = formatOf(clause.mediaType)
    if (format === undefined || (format === 'protobuf' && clause.parameters.has('as'))) return []
    return [format]
  })
  return formats.find((format) => format !== 'protobuf') ?? formats[0] ?? 'json'
}
