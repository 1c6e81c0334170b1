// The last step before the socket: JSON as the client wants to read it (compact, indented or YAML), its headers and length.

import { stringify } from 'yaml'
import type { Answer } from './answer.ts'
import type { Format } from './negotiation.ts'

export interface Rendered {
  readonly code: number
  readonly contentType: string
  readonly headers: ReadonlyMap<string, string>
  readonly body: string | Uint8Array
}

/** strconv.ParseBool. */
const PARSED_AS_TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])

/** People reading with curl, wget or a browser get indented JSON, as does `?pretty=true`. */
export function wantsPretty(query: URLSearchParams, userAgent: string): boolean {
  const asked = query.get('pretty') ?? ''
  if (asked !== '') return PARSED_AS_TRUE.has(asked)
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(userAgent)
}

/** YAML as sigs.k8s.io/yaml writes it: keys sorted, lists not indented, YAML 1.1 words quoted. */
export function jsonToYaml(json: string): string {
  return stringify(JSON.parse(json) as unknown, {
    sortMapEntries: true,
    indentSeq: false,
    lineWidth: 0,
    version: '1.1',
  })
}

function jsonBody(json: string, format: Format, pretty: boolean): string {
  if (format === 'yaml') return jsonToYaml(json)
  return `${pretty ? JSON.stringify(JSON.parse(json), null, 2) : json}\n`
}

export function render(answer: Answer, format: Format, pretty: boolean): Rendered {
  const headers = answer.headers ?? new Map<string, string>()
  if (answer.type === 'text') return { code: answer.code, contentType: answer.contentType, headers, body: answer.body }
  const contentType = answer.contentType ?? `application/${format}`
  return { code: answer.code, contentType, headers, body: jsonBody(answer.json, format, pretty) }
}
