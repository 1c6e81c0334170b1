// The first words of a TLS client: which server it wants (SNI) and what it would speak (ALPN). Read before the handshake, because the
// certificate to show is the simulated server's to choose. RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301.

export interface Greeting {
  /** '' where the client names nobody. */
  readonly serverName: string
  readonly protocols: readonly string[]
}

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const ALPN = 16
/** Greetings are a few hundred bytes; post-quantum key shares make them two thousand. */
const LONGEST = 64 * 1024

/** Does a connection that begins like this speak TLS? */
export function looksLikeTls(first: Uint8Array): boolean {
  return first[0] === HANDSHAKE && (first.length < 2 || first[1] === 3)
}

/** @returns 'more' while it is not complete, 'broken' for what no client says */
export function readGreeting(bytes: Buffer): Greeting | 'more' | 'broken' {
  const message = handshakeMessage(bytes)
  if (typeof message === 'string') return message
  try {
    return greetingOf(new Reader(message))
  } catch (error) {
    if (error instanceof RangeError) return 'broken'
    throw error
  }
}

/** Puts the records' parts together, as far as the first message reaches. */
function handshakeMessage(bytes: Buffer): Buffer | 'more' | 'broken' {
  const parts: Buffer[] = []
  let wanted = Infinity
  for (let at = 0, got = 0; got < wanted;) {
    if (bytes.length < at + 5) return bytes.length > LONGEST ? 'broken' : 'more'
    if (bytes[at] !== HANDSHAKE) return 'broken'
    const length = bytes.readUInt16BE(at + 3)
    const part = bytes.subarray(at + 5, at + 5 + length)
    if (length === 0 || at > LONGEST) return 'broken'
    if (part.length < length) return bytes.length > LONGEST ? 'broken' : 'more'
    parts.push(part)
    got += length
    at += 5 + length
    const start = Buffer.concat(parts)
    if (start.length < 4) continue
    if (start[0] !== CLIENT_HELLO) return 'broken'
    wanted = 4 + start.readUIntBE(1, 3)
  }
  return Buffer.concat(parts).subarray(4, wanted)
}

function greetingOf(hello: Reader): Greeting {
  hello.take(2 + 32)
  hello.vector(1)
  hello.vector(2)
  hello.vector(1)
  let serverName = ''
  let protocols: readonly string[] = []
  if (hello.done) return { serverName, protocols }
  for (const extensions = new Reader(hello.vector(2)); !extensions.done;) {
    const type = extensions.number(2)
    const content = new Reader(extensions.vector(2))
    if (type === SERVER_NAME) serverName = hostNameIn(content)
    else if (type === ALPN) protocols = protocolsIn(content)
  }
  return { serverName, protocols }
}

function hostNameIn(content: Reader): string {
  if (content.done) return ''
  for (const names = new Reader(content.vector(2)); !names.done;) {
    const type = names.number(1)
    const name = names.vector(2)
    if (type === 0) return name.toString('latin1')
  }
  return ''
}

function protocolsIn(content: Reader): readonly string[] {
  const found: string[] = []
  for (const names = new Reader(content.vector(2)); !names.done;) found.push(names.vector(1).toString('latin1'))
  return found
}

/** Numbers and vectors in order. @throws RangeError past the end */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  number(size: number): number {
    const value = this.#bytes.readUIntBE(this.#at, size)
    this.#at += size
    return value
  }

  take(size: number): Buffer {
    if (this.#at + size > this.#bytes.length) throw new RangeError('past the end')
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }

  /** @param size of its length */
  vector(size: number): Buffer {
    return this.take(this.number(size))
  }
}
