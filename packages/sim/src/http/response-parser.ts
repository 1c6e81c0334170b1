// Status lines and the length of responses, which depends on the request's method. RFC 9112 §4, §6.3.

import { responseBodyLength } from './header-rules.ts'
import { DEFAULT_LIMITS, MessageParser } from './parser.ts'

export interface StatusLine {
  readonly version: '1.0' | '1.1'
  readonly status: number
  readonly reason: string
}

const STREAMED = { ...DEFAULT_LIMITS, bodyBytes: Number.MAX_SAFE_INTEGER }

/** @param streams bodies come as they are, however long */
export function createResponseParser(requestMethod: string, streams = false): MessageParser<StatusLine> {
  return new MessageParser(
    {
      parseStart(line) {
        const match = /^HTTP\/1\.([01]) (\d{3})(?: (.*))?$/.exec(line)
        if (match === null) return 502
        return { version: match[1] === '0' ? '1.0' : '1.1', status: Number(match[2]), reason: match[3] ?? '' }
      },
      bodyLength: (start, headers) => responseBodyLength(headers, start.status, requestMethod),
      handsOver: ({ status }) => status === 101,
      streams,
    },
    streams ? STREAMED : DEFAULT_LIMITS,
  )
}
