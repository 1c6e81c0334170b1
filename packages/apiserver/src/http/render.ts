// The last step before the socket: JSON as the client wants to read it (compact, indented, YAML, protobuf), and its headers.

import type { IncomingHttpHeaders } from 'node:http'
import { protobufObject } from '../protobuf/answers.ts'
import { PROTOBUF_MEDIA_TYPE } from '../protobuf/envelope.ts'
import { goEscaped } from '../objects/go-json.ts'
import type { Answer } from './answer.ts'
import { jsonToYaml } from './go-yaml.ts'
import type { Format } from './negotiation.ts'
import { splitUrl } from './url.ts'
import { jsonText } from '../objects/json-text.ts'
import { parseExactly } from '../decode/index.ts'

export interface Rendered {
  readonly code: number
  readonly contentType: string
  readonly headers: ReadonlyMap<string, string>
  readonly body: string | Uint8Array
}

/** strconv.ParseBool. */
const PARSED_AS_TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])

const READ_BY_PEOPLE = /^(?:curl|Wget|Mozilla\/5\.0)/

const ACCEPTS_PRETTY = /;\s*pretty=1\s*(?:[;,]|$)/

/** People reading with curl, wget or a browser get indented JSON, as does `?pretty=true`. */
export function wantsPretty(url: string, { 'user-agent': userAgent = '', accept = '' }: IncomingHttpHeaders): boolean {
  if (accept.includes('pretty') && ACCEPTS_PRETTY.test(accept)) return true
  const asked = url.includes('pretty=') ? (splitUrl(url).query.get('pretty') ?? '') : ''
  if (asked !== '') return PARSED_AS_TRUE.has(asked)
  return userAgent !== '' && READ_BY_PEOPLE.test(userAgent)
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map()

function jsonBody(json: string, pretty: boolean): string {
  // Indented JSON ends without the newline that Go's encoder puts behind the compact one.
  return pretty ? goEscaped(jsonText(parseExactly(json), 2)) : `${json}\n`
}

/** Statuses, discovery and reviews; undefined for documents that are no API objects (`/version`). */
function protobufBody(json: string): Uint8Array | undefined {
  const value = JSON.parse(json) as { readonly kind?: unknown; readonly apiVersion?: unknown }
  // APIVersions and the core APIResourceList say no version; they are meta/v1's.
  const { kind, apiVersion = 'v1' } = value
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') return undefined
  return protobufObject({ ...value, kind, apiVersion })
}

export function render(answer: Answer, format: Format, pretty: boolean): Rendered {
  const { headers = NO_HEADERS } = answer
  const { code } = answer
  if (answer.type === 'text') return { code, contentType: answer.contentType, headers, body: answer.body }
  const { contentType = format === 'protobuf' ? PROTOBUF_MEDIA_TYPE : `application/${format}`, json } = answer
  if (contentType.startsWith(PROTOBUF_MEDIA_TYPE)) {
    const body = protobufBody(json)
    if (body !== undefined) return { code, contentType, headers, body }
    return { code, contentType: 'application/json', headers, body: jsonBody(json, pretty) }
  }
  const isYaml = answer.contentType === undefined ? format === 'yaml' : contentType.startsWith('application/yaml')
  return { code, contentType, headers, body: isYaml ? jsonToYaml(json) : jsonBody(json, pretty) }
}
