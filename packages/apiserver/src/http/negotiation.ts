// Content negotiation: which representation an Accept header asks for. Answers are JSON, YAML or protobuf, as the object itself,
// as a Table (never in protobuf) or as metadata only. Source: apiserver endpoints/handlers/negotiation, munnerz/goautoneg (the
// order of clauses), go-restful route.go (what built-in kinds are asked for at all).
// Departure: a client that takes JSON or YAML as well as protobuf gets that, whatever it named first: it can be read on the wire, and
// is written faster.

import { PROTOBUF_MEDIA_TYPE } from '../protobuf/envelope.ts'
import { noRepresentation, notAcceptable, REPRESENTATIONS, STREAMS } from './refusals.ts'

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
/** Versions of aggregated discovery by what an endpoint offers. */
const DISCOVERY_VERSIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['discovery', ['v2']],
  ['discovery v2beta1', ['v2beta1']],
  ['discovery of both versions', ['v2', 'v2beta1']],
])

/** Which transforms an endpoint offers. A `list` may be asked for as a stream, too. */
export type Offer =
  | 'objects'
  | 'objects without table'
  | 'list'
  | 'watch'
  | 'discovery'
  | 'discovery v2beta1'
  | 'discovery of both versions'
  | 'plain'

/** A clause that is no media type is passed over. */
function parseClause(text: string): readonly Clause[] {
  const [range = '', ...pairs] = text.split(';')
  const [type = '', subtype = '', ...more] = range.trim().split('/')
  if (more.length > 0 || (subtype === '' && type !== '*')) return []
  const parameters = new Map<string, string>()
  let quality = 1
  for (const pair of pairs) {
    const [key = '', value = '', ...rest] = pair.split('=')
    if (value === '' || rest.length > 0) continue
    if (key.trim() === 'q') quality = Number(value) || 0
    else parameters.set(key.trim(), value.trim())
  }
  return [{ mediaType: `${type.trim()}/${subtype === '' ? '*' : subtype.trim()}`, parameters, quality }]
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
  const clauses = accept.split(',').flatMap(parseClause)
  // Go's own way to sort so few, for `isBefore` is no order: of two clauses each may be before the other.
  for (let i = 1; i < clauses.length; i++) {
    for (let j = i; j > 0; j--) {
      const [former, latter] = [clauses[j - 1], clauses[j]]
      if (former === undefined || latter === undefined || !isBefore(latter, former)) break
      ;[clauses[j - 1], clauses[j]] = [latter, former]
    }
  }
  return clauses
}

/** A better quality, or a type where the other has none: `*`. */
function isBefore(a: Clause, b: Clause): boolean {
  if (a.quality > b.quality) return true
  if (!a.mediaType.startsWith('*/') && b.mediaType.startsWith('*/')) return true
  return !a.mediaType.endsWith('/*') && b.mediaType.endsWith('/*')
}

function formatOf(mediaType: string): Format | undefined {
  if (mediaType === 'application/json' || mediaType === '*/*' || mediaType === 'application/*') return 'json'
  if (mediaType === PROTOBUF_MEDIA_TYPE) return 'protobuf'
  return mediaType === 'application/yaml' ? 'yaml' : undefined
}

/** Undefined when this endpoint does not offer what the parameters ask for. */
function transformOf(
  clause: Clause,
  format: Format,
  offer: Offer,
): Pick<Representation, 'transform' | 'version'> | undefined {
  const stream = clause.parameters.get('stream') ?? ''
  if (stream !== '' && (stream !== 'watch' || format === 'yaml')) return undefined
  const as = clause.parameters.get('as') ?? ''
  const version = clause.parameters.get('v') ?? ''
  const group = clause.parameters.get('g') ?? ''
  if (as === '') return version === '' && group === '' ? { transform: 'none', version: '' } : undefined
  const discovery = DISCOVERY_VERSIONS.get(offer)
  if (discovery !== undefined) {
    const known = as === 'APIGroupDiscoveryList' && group === 'apidiscovery.k8s.io' && discovery.includes(version)
    return known ? { transform: 'APIGroupDiscoveryList', version } : undefined
  }
  if (offer === 'plain') return undefined
  if (!META_TRANSFORMS.has(as) || group !== 'meta.k8s.io' || !META_VERSIONS.has(version)) return undefined
  if (offer === 'watch' && as === 'PartialObjectMetadataList') return undefined
  if (offer === 'objects without table' && as === 'Table') return undefined
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
    const as = format === undefined ? undefined : transformOf(clause, format, offer)
    if (format === undefined || as === undefined) continue
    if (format === 'protobuf' && (as.transform === 'Table' || (as.transform === 'none' && !hasMessage))) continue
    found.push({ format, ...as, contentType: contentTypeOf(format, as) })
  }
  return found
}

const PRODUCED: ReadonlySet<string> = new Set(['*/*', 'application/json', 'application/yaml', PROTOBUF_MEDIA_TYPE])
const JSON_ALONE: ReadonlySet<string> = new Set(['*/*', 'application/json'])

/** Built-in kinds have routes, and those look at the header first: at whole types, whatever their parameters. */
function isRouted(accept: string, produced = PRODUCED): boolean {
  return accept.split(',').some((text) => produced.has(text.split(';', 1)[0]?.trim() ?? ''))
}

/** For a route that writes JSON and asks no further. @throws StatusError 406 */
export function requireJson(accept: string | undefined): void {
  if (accept !== undefined && accept.trim() !== '' && !isRouted(accept, JSON_ALONE))
    throw noRepresentation('application/json')
}

export interface NegotiationOptions {
  /** Whether the object itself can be written as protobuf; its metadata always can. */
  readonly hasMessage?: boolean
  /** Custom kinds and the lists of groups have none. */
  readonly hasRoute?: boolean
}

/** The client's first choice among what can be served. Throws the 406 Status the server answers with when there is none. */
export function negotiate(
  accept: string | undefined,
  offer: Offer,
  { hasMessage = true, hasRoute = true }: NegotiationOptions = {},
): Representation {
  if (accept === undefined || accept === 'application/json' || accept.trim() === '') return JSON_AS_IT_IS
  if (hasRoute && !isRouted(accept)) {
    throw noRepresentation(offer === 'watch' || offer === 'list' ? `${REPRESENTATIONS}, ${STREAMS}` : REPRESENTATIONS)
  }
  const found = servable(parseAccept(accept), offer, hasMessage)
  // Whoever takes discovery in one document gets that, whatever else they would rather have.
  const first = found.find(({ transform }) => transform === 'APIGroupDiscoveryList') ?? found[0]
  if (first === undefined) throw notAcceptable()
  if (first.format !== 'protobuf') return first
  const same = ({ transform, version }: Representation): boolean =>
    transform === first.transform && version === first.version
  return found.find((other) => other.format !== 'protobuf' && same(other)) ?? first
}

/** How an error, or another answer that is not transformed, is written: as the client asks; undefined when that is nothing. */
export function errorFormat(accept: string | undefined): Format | undefined {
  if (accept === undefined || accept === 'application/json' || accept === '*/*') return 'json'
  const formats = parseAccept(accept ?? '').flatMap((clause) => {
    const format = formatOf(clause.mediaType)
    if (format === undefined || ['as', 'v', 'g'].some((name) => clause.parameters.has(name))) return []
    return [format]
  })
  return formats.find((format) => format !== 'protobuf') ?? formats[0]
}
