// Requests and responses from bytes: what is read, what is refused, in any chunking.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeRequest, encodeResponse } from './frame.ts'
import type { HttpRequest } from './message.ts'
import { DEFAULT_LIMITS, type ParserEvent } from './parser.ts'
import { createRequestParser } from './request-parser.ts'
import { createResponseParser } from './response-parser.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

function show<Start>(events: readonly (ParserEvent<Start> | undefined)[]): string[] {
  return events.map((event) => {
    if (event === undefined) return 'nothing'
    if (event.kind === 'error') return `error ${event.status}`
    if (event.kind === 'part') return `part ${Buffer.from(event.part).toString('latin1')}`
    const start = Object.values(event.start as object).join(' ')
    const headers = event.headers.map(([name, value]) => `${name}=${value}`).join(' ')
    return event.kind === 'head'
      ? `head ${start}`
      : `${start} | ${headers} | ${Buffer.from(event.body).toString('latin1')}`
  })
}

const H = 'Host: a\r\n'

test.each([
  ['a request', `GET / HTTP/1.1\r\n${H}\r\n`, ['GET / 1.1 | Host=a | ']],
  ['bare LF', 'GET / HTTP/1.0\n\n', ['GET / 1.0 |  | ']],
  ['blank lines before', `\r\n\r\nGET / HTTP/1.1\r\n${H}\r\n`, ['GET / 1.1 | Host=a | ']],
  ['a body', `POST /x HTTP/1.1\r\n${H}Content-Length: 3\r\n\r\nabc`, ['POST /x 1.1 | Host=a Content-Length=3 | abc']],
  ['a body that is not here yet', `POST /x HTTP/1.1\r\n${H}Content-Length: 3\r\n\r\n`, ['head POST /x 1.1']],
  [
    'chunks',
    `PUT / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n`,
    ['PUT / 1.1 | Host=a Transfer-Encoding=chunked | abcde'],
  ],
  [
    'two requests',
    `GET /1 HTTP/1.1\r\n${H}\r\nGET /2 HTTP/1.1\r\n${H}\r\n`,
    ['GET /1 1.1 | Host=a | ', 'GET /2 1.1 | Host=a | '],
  ],
  ['blanks around a value', 'GET / HTTP/1.1\r\nHost: \t a b \t\r\n\r\n', ['GET / 1.1 | Host=a b | ']],
  ['repeated headers', `GET / HTTP/1.1\r\n${H}X: 1\r\nx: 2\r\n\r\n`, ['GET / 1.1 | Host=a X=1 x=2 | ']],
  ['absolute form', `GET http://b/ HTTP/1.1\r\n${H}\r\n`, ['GET http://b/ 1.1 | Host=a | ']],
  [
    'equal lengths twice',
    `GET / HTTP/1.1\r\n${H}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`,
    ['GET / 1.1 | Host=a Content-Length=0 Content-Length=0 | '],
  ],
  ['no host in 1.1', 'GET / HTTP/1.1\r\n\r\n', ['error 400']],
  ['two hosts', `GET / HTTP/1.1\r\n${H}Host: b\r\n\r\n`, ['error 400']],
  ['no version', 'GET /\r\n\r\n', ['error 400']],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\n', ['error 505']],
  ['garbage', '\x16\x03\x01\x02\x00\n', ['error 400']],
  ['a blank before the colon', `GET / HTTP/1.1\r\n${H}X : 1\r\n\r\n`, ['error 400']],
  ['a folded line', `GET / HTTP/1.1\r\n${H}X: 1\r\n 2\r\n\r\n`, ['error 400']],
  ['a control character', `GET / HTTP/1.1\r\n${H}X: a\x00b\r\n\r\n`, ['error 400']],
  ['a carriage return in a value', `GET / HTTP/1.1\r\n${H}X: a\rb\r\n\r\n`, ['error 400']],
  ['length and chunks', `GET / HTTP/1.1\r\n${H}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`, ['error 400']],
  ['two lengths', `GET / HTTP/1.1\r\n${H}Content-Length: 3\r\nContent-Length: 4\r\n\r\n`, ['error 400']],
  ['a signed length', `GET / HTTP/1.1\r\n${H}Content-Length: +3\r\n\r\n`, ['error 400']],
  ['an unknown encoding', `GET / HTTP/1.1\r\n${H}Transfer-Encoding: gzip, chunked\r\n\r\n`, ['error 501']],
  ['a bad chunk size', `GET / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n0x3\r\n`, ['error 400']],
  [
    'a chunk that is longer than it says',
    `GET / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n`,
    ['error 400'],
  ],
  ['a long target', `GET /${'a'.repeat(9000)} HTTP/1.1\r\n`, ['error 414']],
  ['a long header line', `GET / HTTP/1.1\r\nX: ${'a'.repeat(9000)}`, ['error 431']],
  [
    'many headers',
    `GET / HTTP/1.1\r\n${'X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(1100)}`,
    ['error 431'],
  ],
  ['a body over the limit', `POST / HTTP/1.1\r\n${H}Content-Length: 101\r\n\r\n`, ['error 413']],
  ['chunks over the limit', `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n65\r\n`, ['error 413']],
])('request: %s', (_name, input, expected) => {
  expect(show(createRequestParser({ ...DEFAULT_LIMITS, bodyBytes: 100 }).feed(bytes(input)))).toEqual(expected)
})

test.each([
  [
    'with a length',
    'GET',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    ['1.1 200 OK | Content-Length=2 | hi', 'nothing'],
  ],
  ['until the end', 'GET', 'HTTP/1.0 200 OK\r\n\r\nhi', ['1.0 200 OK |  | hi']],
  ['to HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n', ['1.1 200 OK | Content-Length=2 | ', 'nothing']],
  ['without a reason', 'GET', 'HTTP/1.1 204\r\n\r\n', ['1.1 204  |  | ', 'nothing']],
  [
    'after 100',
    'GET',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n',
    ['1.1 100 Continue |  | ', '1.1 304 Not Modified |  | ', 'nothing'],
  ],
  ['cut off', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi', ['error 400']],
  ['of another protocol', 'GET', 'SSH-2.0-OpenSSH_9.6\r\n', ['error 502', 'nothing']],
])('response: %s', (_name, method, input, expected) => {
  const parser = createResponseParser(method)
  const events = [...parser.feed(bytes(input)), parser.end()]
  expect(show(events).filter((line) => !line.startsWith('head'))).toEqual(expected)
})

test('what is written is read again, however it is cut', () => {
  const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/)
  const header = fc.tuple(
    token.filter((name) => !/^(host|content-length|transfer-encoding)$/i.test(name)),
    fc.stringMatching(/^[!-~]([ -~]{0,10}[!-~])?$/),
  )
  const body = fc.uint8Array({ maxLength: 50 })
  const message = fc.tuple(
    token,
    fc.stringMatching(/^\/[!-~]{0,10}$/),
    fc.array(header, { maxLength: 5 }),
    body,
    fc.boolean(),
  )
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 40 })),
      (messages, cuts) => {
        const requests = messages.map(([method, target, headers, content, chunked]): HttpRequest => {
          const length = chunked
            ? (['Transfer-Encoding', 'chunked'] as const)
            : (['Content-Length', `${content.length}`] as const)
          return { method, target, version: '1.1', headers: [['Host', 'a'], ...headers, length], body: content }
        })
        const wire = Buffer.concat(requests.map(encodeRequest))
        const parser = createRequestParser(DEFAULT_LIMITS)
        const read: HttpRequest[] = []
        for (let at = 0, i = 0; at < wire.length; i++) {
          const size = cuts[i % cuts.length] ?? wire.length
          for (const event of parser.feed(wire.subarray(at, at + size))) {
            expect(event.kind).not.toBe('error')
            if (event.kind === 'message')
              read.push({ ...event.start, headers: event.headers, body: Uint8Array.from(event.body) })
          }
          at += size
        }
        expect(read).toEqual(requests)
        expect(parser.idle).toBe(true)
      },
    ),
    { numRuns: 300 },
  )
})

test('hostile bytes never throw', () => {
  const nasty = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc
        .constantFrom('GET / HTTP/1.1\r\n', 'Host: a\r\n', '\r\n', 'Transfer-Encoding: chunked\r\n', '5\r\n', ':')
        .map(bytes),
    ),
  )
  fc.assert(
    fc.property(nasty, (parts) => {
      const parser = createRequestParser(DEFAULT_LIMITS)
      const events = [...parts.flatMap((part) => parser.feed(part)), parser.end()]
      expect(events.filter((event) => event?.kind === 'error').length).toBeLessThanOrEqual(1)
    }),
    { numRuns: 2000 },
  )
})

test('responses are written with the standard reason', () => {
  const response = { status: 404, reason: '', headers: [['A', 'b']] as const, body: bytes('x') }
  expect(Buffer.from(encodeResponse(response)).toString()).toBe('HTTP/1.1 404 Not Found\r\nA: b\r\n\r\nx')
})

test.each([
  ['of a known length', 'Content-Length: 4\r\n\r\nabcd', ['part abcd', '1.1 200 OK | Content-Length=4 | ']],
  [
    'in chunks',
    'Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n',
    ['part ab', 'part cd', '1.1 200 OK | Transfer-Encoding=chunked | '],
  ],
  ['to the end of the connection', '\r\nabcd', ['part abcd', '1.1 200 OK |  | ']],
])('streamed: a body %s comes after its head', (_what, rest, expected) => {
  const parser = createResponseParser('GET', true)
  const events = [...parser.feed(bytes(`HTTP/1.1 200 OK\r\n${rest}`)), parser.end()]
  expect(show(events.filter((event) => event !== undefined))).toEqual(['head 1.1 200 OK', ...expected])
})

test('an upgrade hands the connection over, with what came behind it', () => {
  const parser = createResponseParser('GET')
  const events = parser.feed(bytes('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\u0081\u0005HTTP/'))
  expect(show(events)).toEqual(['1.1 101 Switching Protocols | Upgrade=x | '])
  expect(Buffer.from(parser.takeRest()).toString('latin1')).toBe('\u0081\u0005HTTP/')
  expect(parser.end()).toBeUndefined()
})
