// Where the answer to a proxied request goes: a response of Node's, or a stream of HTTP/2.

import type { ServerResponse } from 'node:http'
import type { Headers } from './forwarded-headers.ts'

export interface ProxyReply {
  readonly headersSent: boolean
  readonly destroyed: boolean
  readonly writableLength: number
  /** Sends it at once. @throws Error for headers that are none */
  head(code: number, reason: string, headers: Headers): void
  write(bytes: Uint8Array): unknown
  end(): unknown
  destroy(): unknown
  onClose(listener: () => void): void
}

/** A response of Node's as what a proxied answer is written to. */
export function proxyReply(response: ServerResponse): ProxyReply {
  return {
    get headersSent() {
      return response.headersSent
    },
    get destroyed() {
      return response.destroyed
    },
    get writableLength() {
      return response.writableLength
    },
    head: (code, reason, headers) => {
      try {
        // Repeated headers become lists.
        for (const [name, value] of headers) response.appendHeader(name, value)
        response.writeHead(code, reason)
        response.flushHeaders()
      } catch (error) {
        for (const name of response.getHeaderNames()) response.removeHeader(name)
        throw error
      }
    },
    write: (bytes) => response.write(bytes),
    end: () => response.end(),
    destroy: () => response.destroy(),
    onClose: (listener) => response.once('close', listener),
  }
}
