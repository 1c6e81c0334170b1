// Request lines and what a server demands of a request. RFC 9112 §3; statuses as nginx and Node answer them.

import { isToken, requestBodyLength } from './header-rules.ts'
import type { HeaderList } from './message.ts'
import { MessageParser, type MessageKind, type ParserLimits } from './parser.ts'

export interface RequestLine {
  readonly method: string
  readonly target: string
  readonly version: '1.0' | '1.1'
}

const WHOLE: MessageKind<RequestLine> = {
  parseStart(line) {
    const parts = line.split(' ')
    const [method = '', target = '', version = ''] = parts
    if (parts.length !== 3 || !isToken(method) || target === '' || !/^[\x21-\xff]+$/.test(target)) return 400
    if (!/^HTTP\/\d\.\d$/.test(version)) return 400
    if (version !== 'HTTP/1.0' && version !== 'HTTP/1.1') return 505
    return { method, target, version: version === 'HTTP/1.0' ? '1.0' : '1.1' }
  },
  bodyLength(start, headers) {
    const hosts = countHeader(headers, 'host')
    if (hosts > 1 || (hosts === 0 && start.version === '1.1')) return 400
    return requestBodyLength(headers)
  },
}

const STREAMED: MessageKind<RequestLine> = { ...WHOLE, streams: true }

/** @param streams bodies come as they are, however long */
export function createRequestParser(limits: ParserLimits, streams = false): MessageParser<RequestLine> {
  return streams
    ? new MessageParser(STREAMED, { ...limits, bodyBytes: Number.MAX_SAFE_INTEGER })
    : new MessageParser(WHOLE, limits)
}

function countHeader(headers: HeaderList, name: string): number {
  let count = 0
  for (const [key] of headers) if (key.length === name.length && key.toLowerCase() === name) count++
  return count
}
