// DNS over TCP puts two bytes of length before each message; several messages may share a connection (RFC 1035 4.2.2,
// RFC 7766).

export function frameMessage(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(message.length + 2)
  framed[0] = message.length >> 8
  framed[1] = message.length
  framed.set(message, 2)
  return framed
}

export interface MessageReader {
  /** Takes the next bytes of the stream; gives the messages they complete. */
  push(data: Uint8Array): Uint8Array[]
}

export function createMessageReader(): MessageReader {
  let pending = new Uint8Array()
  return {
    push(data) {
      const bytes = new Uint8Array(pending.length + data.length)
      bytes.set(pending)
      bytes.set(data, pending.length)
      const messages: Uint8Array[] = []
      let offset = 0
      while (bytes.length - offset >= 2) {
        const length = ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)
        if (bytes.length - offset - 2 < length) break
        messages.push(bytes.slice(offset + 2, offset + 2 + length))
        offset += 2 + length
      }
      pending = bytes.slice(offset)
      return messages
    },
  }
}
