// How a proxy holds bodies: the whole request before anybody is asked, a limit on what comes without a length, and responses held back
// until a buffer is full. Source: nginx ngx_http_request_body.c (client_max_body_size), ngx_event_pipe.c (proxy_buffering).

import type { Handled, Passed } from '@podwire/ingress'
import { BodyStream, joinParts } from '../http/body-stream.ts'
import type { HttpReply } from '../http/client.ts'
import { headerValue, type HttpResponse } from '../http/message.ts'

/** The body as it comes, up to a limit; past it the stream fails. */
export function limitedBody(source: BodyStream, limitBytes: number, tooLarge: () => void): BodyStream {
  let bytes = 0
  return relay(source, {
    part: (part, out) => {
      bytes += part.length
      if (bytes <= limitBytes) return out.write(part)
      source.cancel()
      tooLarge()
      return out.fail()
    },
  })
}

/** What comes is held back until so much is there. */
export function bufferedBody(source: BodyStream, bufferBytes: number): BodyStream {
  let held: Uint8Array[] = []
  let bytes = 0
  const flush = (out: BodyStream): void => {
    out.write(joinParts(held))
    held = []
    bytes = 0
  }
  return relay(source, {
    part: (part, out) => {
      held.push(part)
      bytes += part.length
      if (bytes >= bufferBytes) flush(out)
    },
    last: flush,
  })
}

interface Relay {
  part(part: Uint8Array, out: BodyStream): void
  /** Before the end. */
  last?(out: BodyStream): void
}

/** A slow reader of the copy slows the source. */
function relay(source: BodyStream, { part, last }: Relay): BodyStream {
  const out = new BodyStream()
  out.onCancel = () => source.cancel()
  out.onRoom = () => source.resume()
  source.readBy({
    part: (bytes) => {
      part(bytes, out)
      if (out.full) source.pause()
    },
    end: (trailers) => {
      last?.(out)
      out.end(trailers)
    },
    failed: () => out.fail(),
  })
  return out
}

/** The same message, its body whole by now. */
export function withWholeBody(request: HandedRequest, body: Uint8Array): WholeRequest {
  const others = request.headers.filter(([name]) => !/^(?:content-length|transfer-encoding)$/i.test(name))
  return { ...request, headers: [...others, ['Content-Length', String(body.length)]], body, stream: undefined }
}

type HandedRequest = Passed['request']
type WholeRequest = Omit<HandedRequest, 'stream'> & { readonly stream: undefined }

/** Responses as the rules have them go out: as they come, or a buffer at a time unless the server itself says no. */
export function heldBack(reply: HttpReply, { body }: Passed): HttpReply {
  const { stream, headers } = reply
  if (stream === undefined || body.responseBufferBytes === 0) return reply
  // Source: ngx_http_upstream.c (X-Accel-Buffering).
  if (headerValue(headers, 'x-accel-buffering')?.toLowerCase() === 'no') return reply
  return { ...reply, stream: bufferedBody(stream, body.responseBufferBytes) }
}

/** The controller hands bodies on without looking into them. */
export function responseOf({ response }: Extract<Handled, { kind: 'respond' }>): HttpResponse {
  const { stream, ...rest } = response
  return stream instanceof BodyStream ? { ...rest, stream } : rest
}
