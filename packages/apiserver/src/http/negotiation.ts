// Content negotiation: which representation an Accept header asks for. Answers are JSON or YAML, as the object itself, as a
// Table or as metadata only. Departure: protobuf is never written; clients that list JSON after it get JSON.
// Source: apiserver endpoints/handlers/negotiation.

import { noRepresentation, notAcceptable, protobufNotWritten } from './refusals.ts'

export type Format = 'json' | 'yaml'

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

const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const META_VERSIONS: ReadonlySet<string> = new Set(['v1', 'v1beta1'])
const META_TRANSFORMS: ReadonlySet<string> = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'])
const DISCOVERY_VERSIONS: ReadonlySet<string> = new Set(['v2', 'v2beta1'])

/** Which transforms an endpoint offers. */
export type Offer = 'objects' | 'watch' | 'discovery' | 'plain'

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

export function parseAccept(accept: string): readonly Clause[] {
  const clauses = accept
    .split(',')
    .filter((text) => text.trim() !== '')
    .map(parseClause)
  // Array.sort is stable: equal qualities keep the client's order.
  return clauses.sort((a, b) => b.quality - a.quality)
}

function formatOf(mediaType: string): Format | undefined {
  if (mediaType === 'application/json' || mediaType === '*/*' || mediaType === 'application/*') return 'json'
  return mediaType === 'application/yaml' ? 'yaml' : undefined
}

/** Undefined when this endpoint does not offer what the parameters ask for. */
function transformOf(clause: Clause, offer: Offer): Pick<Representation, 'transform' | 'version'> | undefined {
  const as = clause.parameters.get('as') ?? ''
  const version = clause.parameters.get('v') ?? ''
  const group = clause.parameters.get('g') ?? ''
  if (as === '') return version === '' && group === '' ? { transform: 'none', version: '' } : undefined
  if (offer === 'discovery') {
    const known = as === 'APIGroupDiscoveryList' && group === 'apidiscovery.k8s.io' && DISCOVERY_VERSIONS.has(version)
    return known ? { transform: 'APIGroupDiscoveryList', version } : undefined
  }
  if (offer === 'plain') return undefined
  if (!META_TRANSFORMS.has(as) || group !== 'meta.k8s.io' || !META_VERSIONS.has(version)) return undefined
  if (offer === 'watch' && as === 'PartialObjectMetadataList') return undefined
  return { transform: as as Transform, version }
}

function contentTypeOf(format: Format, transform: Transform, version: string): string {
  const base = `application/${format}`
  return transform === 'APIGroupDiscoveryList' ? `${base};g=apidiscovery.k8s.io;v=${version};as=${transform}` : base
}

/** The first clause that can be served. Throws the 406 Status the server answers with when there is none. */
export function negotiate(accept: string | undefined, offer: Offer): Representation {
  const json: Representation = { format: 'json', transform: 'none', version: '', contentType: 'application/json' }
  if (accept === undefined || accept.trim() === '') return json
  let known = false
  let protobuf = false
  for (const clause of parseAccept(accept)) {
    const format = formatOf(clause.mediaType)
    if (clause.mediaType.startsWith(PROTOBUF)) protobuf = true
    if (format === undefined) continue
    known = true
    const found = transformOf(clause, offer)
    if (found !== undefined)
      return { format, ...found, contentType: contentTypeOf(format, found.transform, found.version) }
  }
  if (known) throw notAcceptable()
  throw protobuf ? protobufNotWritten() : noRepresentation(offer === 'watch')
}

/** How an error is written to a client whose Accept header could not be served: YAML if it asks for it first, else JSON. */
export function errorFormat(accept: string | undefined): Format {
  for (const clause of parseAccept(accept ?? '')) {
    const format = formatOf(clause.mediaType)
    if (format !== undefined) return format
  }
  return 'json'
}
