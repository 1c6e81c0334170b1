// What the door says of itself when HTTP/2 begins, and what one connection may cost it. The figures are the real server's; where
// Node has limits of its own (resets, unanswered pings and settings, frames that make no sense) they stay as they are.
// Source: apiserver server/secure_serving.go (http2Options), Go's http2/server.go (initial settings, maxHeaderListSize).

import type { ServerOptions } from 'node:http2'

const STREAM_WINDOW_BYTES = 256 * 1024
const HEADER_LIMIT_BYTES = 1024 * 1024
/** Go counts 32 bytes a header beside its text, for ten of them. */
const HEADER_OVERHEAD_BYTES = 10 * 32

/** A connection without a request is ended after so long. */
export const IDLE_TIMEOUT_MS = 90_000

/** What clients may send on all streams of a connection before it is read. */
export function connectionWindowBytes(maxStreams: number): number {
  return STREAM_WINDOW_BYTES * maxStreams
}

export function sessionOptions(maxStreams: number): ServerOptions {
  return {
    settings: {
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxFrameSize: STREAM_WINDOW_BYTES,
      maxConcurrentStreams: maxStreams,
      maxHeaderListSize: HEADER_LIMIT_BYTES + HEADER_OVERHEAD_BYTES,
    },
    // Only their size is limited.
    maxHeaderListPairs: HEADER_LIMIT_BYTES / 32,
    // Megabytes. Streams that are open count, with what they have not sent; the default refuses new ones beside one long list.
    maxSessionMemory: 64,
  }
}
