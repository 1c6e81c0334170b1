// Writes one answer to a socket, past fastify, which would add a charset to JSON; the real server sends none.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Answer } from './answer.ts'
import { compress, wantsGzip } from './compression.ts'
import { errorFormat } from './negotiation.ts'
import { render, wantsPretty } from './render.ts'
import type { WarningCollector } from './warnings.ts'

/** Of what is shorter not even the bytes are counted before it is known not to be compressed. */
const NEVER_COMPRESSED_CHARACTERS = 32 * 1024

/** @returns how many bytes the body has; undefined when an answer was under way already */
export async function sendAnswer(
  answer: Answer,
  request: FastifyRequest,
  reply: FastifyReply,
  warnings: WarningCollector,
): Promise<number | undefined> {
  const pretty = wantsPretty(request.url, request.headers['user-agent'] ?? '')
  const { code, contentType, headers, body } = render(answer, errorFormat(request.headers.accept), pretty)
  const response = reply.raw
  if (response.headersSent) return undefined
  reply.hijack()
  response.setHeader('cache-control', 'no-cache, private')
  for (const [name, value] of headers) response.setHeader(name, value)
  const warned = warnings.headers()
  if (warned.length > 0) response.setHeader('warning', warned)
  // A short text goes to the socket together with its headers, in one write.
  if (typeof body === 'string' && body.length < NEVER_COMPRESSED_CHARACTERS) {
    const length = Buffer.byteLength(body)
    response.writeHead(code, { 'content-type': contentType, 'content-length': length })
    response.end(body)
    return length
  }
  let bytes: Uint8Array = typeof body === 'string' ? Buffer.from(body) : body
  if (wantsGzip(request.headers['accept-encoding'], bytes)) {
    bytes = await compress(bytes)
    response.setHeader('content-encoding', 'gzip')
    response.appendHeader('vary', 'Accept-Encoding')
  }
  response.writeHead(code, { 'content-type': contentType, 'content-length': bytes.length })
  response.end(bytes)
  return bytes.length
}
