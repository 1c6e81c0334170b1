// HTTP messages as the controller sees them. Declared here by shape, so that the package knows nothing of sockets; whoever
// carries the messages has the same shape.

/** Header names keep the case they were sent in. Repeated headers are repeated entries. */
export type HeaderList = readonly (readonly [name: string, value: string])[]

export interface HttpRequest {
  readonly method: string
  /** Path and query as sent: `/blog/index/?page=2`. */
  readonly target: string
  readonly version: '1.0' | '1.1'
  readonly headers: HeaderList
  readonly body: Uint8Array
}

export interface HttpResponse {
  readonly status: number
  /** Reason phrase; '' for the standard one. */
  readonly reason: string
  readonly headers: HeaderList
  readonly body: Uint8Array
}

export interface Peer {
  readonly address: string
  readonly port: number
}

/** First value of a header, whatever its case. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  const wanted = name.toLowerCase()
  for (const [key, value] of headers) if (key.length === name.length && key.toLowerCase() === wanted) return value
  return undefined
}
