// What a watch over a websocket is refused for before the protocol changes, as Go's websocket library does it: without a Status.
// Source: golang.org/x/net/websocket hybi.go (ReadHandshake, AcceptHandshake), websocket/server.go (checkOrigin).

import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http'

const VERSION = '13'

function refusal(code: number, text: string, headers = ''): string {
  return `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\n${headers}Connection: close\r\n\r\n${text}`
}

function isOrigin(origin: string): boolean {
  return origin === 'null' || URL.canParse(origin)
}

/**
 * The whole answer; undefined when the handshake is as it should be. One name of any protocol is agreed to.
 * @param tokens how many of the names are not protocols but a token
 */
export function handshakeRefusal(headers: IncomingHttpHeaders, tokens = 0): string | undefined {
  if ((headers['sec-websocket-key'] ?? '') === '') return refusal(400, 'mismatch challenge/response')
  if (headers['sec-websocket-version'] !== VERSION)
    return refusal(400, 'missing or bad WebSocket Version', `Sec-WebSocket-Version: ${VERSION}\r\n`)
  if (!isOrigin(headers.origin ?? '')) return refusal(403, '')
  return (headers['sec-websocket-protocol'] ?? '').split(',').length - tokens > 1 ? refusal(400, '') : undefined
}
