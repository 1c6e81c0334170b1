// The answer of a backend on its way to the client: its Location and the links of its web pages lead through the proxy, headers of
// its connection and its CORS policy stay behind, and what was compressed only for us is unpacked. A page is held back until it is
// whole; everything else passes as it comes. Source: apimachinery util/proxy/transport.go, Go's http.Transport (gzip).

import { deflateRawSync, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib'
import type { BackendResponse } from '../streams/node-connection.ts'
import { headerOf, without, withoutCors, withoutHopByHop, type Headers } from './forwarded-headers.ts'
import { rewriteHtml } from './rewrite-html.ts'

export interface ResponseSettings {
  readonly method: string
  /** The client asked for no encoding, so gzip was asked for in its place. */
  readonly unpack: boolean
  readonly rewriteUrl: (url: string) => string
}

interface Codec {
  decode(bytes: Buffer): Buffer
  encode(bytes: Buffer): Buffer
}

/** More than this unpacked is no page to be held in memory. */
const PAGE_LIMIT = { maxOutputLength: 256 * 1024 * 1024 }

const PLAIN: Codec = { decode: (bytes) => bytes, encode: (bytes) => bytes }
/** Go calls raw DEFLATE `deflate`. */
const CODECS: ReadonlyMap<string, Codec> = new Map([
  ['', PLAIN],
  ['gzip', { decode: (bytes) => gunzipSync(bytes, PAGE_LIMIT), encode: (bytes) => gzipSync(bytes) }],
  ['deflate', { decode: (bytes) => inflateRawSync(bytes, PAGE_LIMIT), encode: (bytes) => deflateRawSync(bytes) }],
])

/** How a whole body is changed; undefined: not at all. */
function transformOf(
  headers: Headers,
  settings: ResponseSettings,
  located: boolean,
): ((body: Buffer) => Buffer) | undefined {
  const encoding = headerOf(headers, 'content-encoding') ?? ''
  const unpack = settings.unpack && encoding === 'gzip'
  const type = (headerOf(headers, 'content-type') ?? '').split(';', 1)[0]?.trim()
  const codec = CODECS.get(encoding)
  const page = type === 'text/html' && !located && codec !== undefined
  if (settings.method === 'HEAD' || codec === undefined || (!page && !unpack)) return undefined
  const encode = unpack ? PLAIN.encode : codec.encode
  if (!page) return codec.decode
  return (body) => encode(Buffer.from(rewriteHtml(codec.decode(body).toString('utf8'), settings.rewriteUrl), 'utf8'))
}

export function rewrittenResponse(out: BackendResponse, settings: ResponseSettings): BackendResponse {
  const parts: Uint8Array[] = []
  let finish: (() => void) | undefined
  return {
    head: (code, reason, received) => {
      if (code === 101) {
        out.head(code, reason, received)
        return
      }
      const location = headerOf(received, 'location') ?? ''
      const headers = withoutCors(withoutHopByHop(received)).map(
        ([name, value]) => [name, name.toLowerCase() === 'location' ? settings.rewriteUrl(value) : value] as const,
      )
      const transform = transformOf(headers, settings, location !== '')
      if (transform === undefined) {
        out.head(code, reason, headers)
        return
      }
      finish = () => {
        const body = transform(Buffer.concat(parts))
        const dropped = settings.unpack ? ['content-length', 'content-encoding'] : ['content-length']
        out.head(code, reason, [...without(headers, ...dropped), ['Content-Length', String(body.length)]])
        out.data(body)
        out.end()
      }
    },
    data: (bytes) => {
      if (finish === undefined) out.data(bytes)
      else parts.push(bytes)
    },
    end: () => {
      if (finish === undefined) {
        out.end()
        return
      }
      try {
        finish()
      } catch (error) {
        // A body that is not what its Content-Encoding says.
        out.error(error instanceof Error ? error.message : String(error))
      }
    },
    error: (message) => out.error(message),
  }
}
