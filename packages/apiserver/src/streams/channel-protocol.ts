// Websocket messages of several channels: one byte (or one digit) names the channel, the rest is payload, as bytes or in base64.
// Which of these a connection speaks is told by its subprotocol. Source: apimachinery util/httpstream/wsstream (conn.go).
// Text and binary messages are read alike, as there.

import type { Duplex } from 'node:stream'

export interface ChannelMessage {
  readonly channel: number
  readonly payload: Buffer
}

export interface ChannelCodec {
  encode(channel: number, bytes: Uint8Array): Buffer | string
  /** undefined: what the peer sent is no message of this kind, and it is cut off. */
  decode(data: Buffer): ChannelMessage | undefined
}

const ZERO = 48
const BASE64_TEXT = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export const BINARY: ChannelCodec = {
  encode: (channel, bytes) => Buffer.concat([Uint8Array.of(channel), bytes]),
  decode: (data) => ({ channel: data[0] ?? 0, payload: data.subarray(1) }),
}

export const BASE64: ChannelCodec = {
  encode: (channel, bytes) => `${String.fromCharCode(ZERO + channel)}${Buffer.from(bytes).toString('base64')}`,
  decode: (data) => {
    const text = data.toString('latin1', 1)
    if (!BASE64_TEXT.test(text)) return undefined
    return { channel: (data[0] ?? 0) - ZERO, payload: Buffer.from(text, 'base64') }
  },
}

export const V5_PROTOCOL = 'v5.channel.k8s.io'

/** What a client's offer is answered with: the first name in it that is known; '' stands for no offer at all. */
export function negotiated<T>(offered: readonly string[], known: ReadonlyMap<string, T>): T | undefined {
  if (offered.length === 0) return known.get('')
  for (const name of offered) {
    const found = known.get(name)
    if (found !== undefined) return found
  }
  return undefined
}

/** Which of two protocols of a name family an offer gets is the websocket library's to refuse: 403 and not a word. */
export function forbidUpgrade(socket: Duplex): void {
  socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
}
