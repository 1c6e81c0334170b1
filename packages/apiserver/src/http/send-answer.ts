// Writes one answer to a socket, past fastify, which would add a charset to JSON; the real server sends none.

import type { Answer } from './answer.ts'
import type { AuditIds } from './audit-id.ts'
import { compress, wantsGzip } from './compression.ts'
import type { AnswerTarget, DoorReply, ReceivedRequest } from './exchange.ts'
import { errorFormat } from './negotiation.ts'
import { render, wantsPretty } from './render.ts'
import type { Turn } from './turn.ts'
import type { WarningCollector } from './warnings.ts'

/** Of what is shorter not even the bytes are counted before it is known not to be compressed. */
const NEVER_COMPRESSED_CHARACTERS = 32 * 1024

/**
 * @param turn whose end short answers wait for; undefined: they are sent at once
 * @returns how many bytes the body has, at once unless it is compressed; undefined when an answer was under way already
 */
export function sendAnswer(
  answer: Answer,
  request: ReceivedRequest,
  reply: DoorReply,
  warnings: WarningCollector,
  auditIds: AuditIds,
  turn: Turn | undefined,
): number | undefined | Promise<number> {
  const format = errorFormat(request.headers.accept)
  // What cannot be written as the client asks is written raw, for whoever looks into it.
  const pretty = wantsPretty(request.url, request.headers) || (format === undefined && answer.code >= 400)
  const { code, contentType, headers, body } = render(answer, format ?? 'json', pretty)
  const response: AnswerTarget = reply.raw
  if (response.headersSent) return undefined
  reply.hijack()
  // All headers in one go: Node is slow to merge those that were set before.
  const head: Record<string, string | number | string[]> = {
    'audit-id': auditIds.of(request.headers),
  }
  if (answer.type === 'json' || answer.beforeServer === undefined) head['cache-control'] = 'no-cache, private'
  for (const [name, value] of headers) head[name] = value
  const warned = warnings.headers()
  if (warned.length > 0) head['warning'] = [...warned]
  if (contentType !== '') head['content-type'] = contentType
  if (code === 204) {
    response.writeHead(code, head).end()
    return 0
  }
  // A short text goes to the socket together with its headers, in one write; ASCII needs no encoder.
  if (typeof body === 'string' && body.length < NEVER_COMPRESSED_CHARACTERS) {
    const length = Buffer.byteLength(body)
    head['content-length'] = length
    if (length === body.length && turn !== undefined) turn.answer({ response, code, head, body })
    else if (length === body.length) response.writeHead(code, head).end(body, 'latin1')
    // Node would write the headers in the encoding of the text, which warnings are in already.
    else response.writeHead(code, head).end(warned.length > 0 ? Buffer.from(body) : body)
    return length
  }
  const bytes: Uint8Array = typeof body === 'string' ? Buffer.from(body) : body
  const finish = (sent: Uint8Array): number => {
    head['content-length'] = sent.length
    response.writeHead(code, head).end(sent)
    return sent.length
  }
  const wish = answer.type === 'text' ? answer.gzip : undefined
  if (!wantsGzip(request.headers['accept-encoding'], bytes, wish)) return finish(bytes)
  head['content-encoding'] = 'gzip'
  const vary = String(head['vary'] ?? '')
  if (!vary.includes('Accept-Encoding')) head['vary'] = vary === '' ? 'Accept-Encoding' : `${vary}, Accept-Encoding`
  return compress(bytes).then(finish)
}
