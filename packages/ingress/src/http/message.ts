// HTTP messages as the controller sees them. Declared here by shape, so that the package knows nothing of sockets; whoever
// carries the messages has the same shape.

/** Header names keep the case they were sent in. Repeated headers are repeated entries. */
export type HeaderList = readonly (readonly [name: string, value: string])[]

/** A body that comes in parts: handed on, never looked into. */
export interface BodyParts {
  cancel(): void
}

export interface HttpRequest {
  readonly method: string
  /** Path and query as sent: `/blog/index/?page=2`. */
  readonly target: string
  readonly version: '1.0' | '1.1' | '2'
  readonly headers: HeaderList
  readonly body: Uint8Array
  /** Then `body` is empty. */
  readonly stream?: BodyParts | undefined
}

export interface HttpResponse {
  readonly status: number
  /** Reason phrase; '' for the standard one. */
  readonly reason: string
  readonly headers: HeaderList
  readonly body: Uint8Array
  /** Then `body` is empty. */
  readonly stream?: BodyParts | undefined
}

/** One the controller makes itself. */
export type WholeResponse = Omit<HttpResponse, 'stream'>

export interface Peer {
  readonly address: string
  readonly port: number
  /** Over TLS, where the server asked for certificates: SNI, and the chain as PEM ('' for none), which nobody has verified. */
  readonly client?: { readonly serverName: string; readonly chain: string }
}

/** First value of a header, whatever its case. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  const wanted = name.toLowerCase()
  for (const [key, value] of headers) if (key.length === name.length && key.toLowerCase() === wanted) return value
  return undefined
}

/** What Content-Length says to the next hop; undefined: there is none. */
export function passedLength({ headers, body, stream }: HttpRequest): string | undefined {
  const given = headerValue(headers, 'content-length')
  if (stream !== undefined) return given
  return body.length > 0 || given !== undefined ? String(body.length) : undefined
}

/** The client takes trailers, which a proxy of HTTP/2 says on. */
export function takesTrailers(headers: HeaderList): boolean {
  return /(?:^|,)\s*trailers\s*(?:,|$)/i.test(headerValue(headers, 'te') ?? '')
}
