// What the door sends back for one request, before a socket is involved: code, headers and text, or a stream taken over.

import { goJson } from '../objects/go-json.ts'
import type { Status, StatusError } from '../status/status-error.ts'

export interface TextAnswer {
  readonly type: 'text'
  readonly code: number
  /** '' for an answer without a body. */
  readonly contentType: string
  readonly headers?: ReadonlyMap<string, string>
  readonly body: string | Uint8Array
  /** Go's own HTTP says it before the API server sees anything: nothing is said of caches. */
  readonly beforeServer?: true
  /** For clients that ask; absent: when it is large. */
  readonly gzip?: 'never' | 'always'
}

/** JSON that is written out (or turned into YAML) as the client asked. `json` is the text without its closing newline. */
export interface JsonAnswer {
  readonly type: 'json'
  readonly code: number
  /** Absent: application/json, or what was negotiated. */
  readonly contentType?: string
  readonly headers?: ReadonlyMap<string, string>
  readonly json: string
}

export type Answer = TextAnswer | JsonAnswer

const NOSNIFF: ReadonlyMap<string, string> = new Map([['x-content-type-options', 'nosniff']])

export const PLAIN_TEXT = 'text/plain; charset=utf-8'

export function textAnswer(code: number, body: string): TextAnswer {
  return { type: 'text', code, contentType: PLAIN_TEXT, body }
}

/** Text that browsers shall not take for something else, as Go's http.Error and the health checks write it. */
export function unsniffedAnswer(code: number, body: string): TextAnswer {
  return { ...textAnswer(code, body), headers: NOSNIFF }
}

export function jsonAnswer(code: number, value: unknown): JsonAnswer {
  return { type: 'json', code, json: goJson(value) }
}

/** What is no API object is indented for everybody, without a closing newline (apiserver responsewriters.WriteRawJSON). */
export function indentedAnswer(value: object): TextAnswer {
  return { type: 'text', code: 200, contentType: 'application/json', body: goJson(value, 2) }
}

/** A refusal that browsers shall not take for something else: that of who may not (apiserver responsewriters.Forbidden). */
export function notSniffed(error: StatusError): StatusError {
  error.headers = NOSNIFF
  return error
}

/** A refusal as an answer, with the headers it carries. */
export function refusalAnswer({ status, headers }: StatusError): JsonAnswer {
  const answer = statusAnswer(status)
  return headers === undefined ? answer : { ...answer, headers: new Map([...(answer.headers ?? []), ...headers]) }
}

/** A Status as an answer; the code defaults to the Status' own. Retry-After mirrors retryAfterSeconds. */
export function statusAnswer(status: Status, code: number = status.code ?? 200): JsonAnswer {
  const retryAfter = status.details?.retryAfterSeconds
  return {
    type: 'json',
    code,
    json: goJson(status),
    ...(retryAfter === undefined ? {} : { headers: new Map([['retry-after', String(retryAfter)]]) }),
  }
}

export const pageNotFound: TextAnswer = unsniffedAnswer(404, '404 page not found\n')

/** Without a body, which has no type then. */
export const emptyNotFound: TextAnswer = { type: 'text', code: 404, contentType: '', body: '' }
