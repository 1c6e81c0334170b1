// A document as HTTP serves content that has a tag or a date: 304 for whom has it already.
// Source: Go net/http fs.go (ServeContent, checkPreconditions); ranges are not served.

import type { IncomingHttpHeaders } from 'node:http'
import type { TextAnswer } from '../http/answer.ts'

export interface Conditions {
  readonly headers: IncomingHttpHeaders
  readonly method: string
  readonly nowMs: number
}

export interface Content extends Pick<TextAnswer, 'body' | 'contentType' | 'headers' | 'gzip'> {
  readonly etag?: string
  readonly madeMs: number
}

/** Whether the client says that it has what there is. */
function isKnown({ etag, madeMs }: Content, { headers }: Conditions): boolean {
  const tags = headers['if-none-match']
  if (tags !== undefined) {
    const known = tags.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
    return known.includes('*') || (etag !== undefined && known.includes(`"${etag}"`))
  }
  const since = headers['if-modified-since']
  const sinceMs = since === undefined ? Number.NaN : Date.parse(since)
  return Math.floor(madeMs / 1000) * 1000 <= sinceMs
}

export function contentAnswer(content: Content, conditions: Conditions): TextAnswer {
  const { body, contentType, headers = new Map<string, string>(), etag, madeMs, gzip } = content
  const modified = ['last-modified', new Date(madeMs).toUTCString()] as const
  const answered = new Map(headers)
  const isRead = conditions.method === 'GET' || conditions.method === 'HEAD'
  if (isKnown(content, conditions) && isRead) {
    // A tag says more than a date.
    if (etag === undefined) answered.set(...modified)
    return { type: 'text', code: 304, contentType: '', headers: answered, body: '' }
  }
  answered.set(...modified)
  return { type: 'text', code: 200, contentType, headers: answered, body, ...(gzip === undefined ? {} : { gzip }) }
}
