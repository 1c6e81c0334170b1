// What goes over the wire of a TLS connection: objects to the other end of ours, bytes that look the part to anybody else.
// Departure: the connection has no cryptography. Certificates are shown and can be verified, secrets are not kept, and the bytes
// carry no content.

import type { WireFrame } from '../fabric/network.ts'
import type { ServerCredentials } from './credentials.ts'

const HANDSHAKE = 0x16
const APPLICATION_DATA = 0x17
const CLIENT_HELLO = 1
const SERVER_HELLO = 2
const CERTIFICATE = 11

function record(type: number, content: Uint8Array): Uint8Array {
  const head = Buffer.from([type, 3, type === HANDSHAKE ? 1 : 3, 0, 0])
  head.writeUInt16BE(content.length % 0x10000, 3)
  return Buffer.concat([head, content])
}

/** A line feed stands where the random part would have one sooner or later: line-based servers answer at once. */
function hello(type: number): Uint8Array {
  return record(
    HANDSHAKE,
    Buffer.concat([Buffer.from([type, 0, 0, 36, 3, 3]), Buffer.alloc(32, '\n'), Buffer.alloc(2)]),
  )
}

export class ClientHello implements WireFrame {
  /** SNI; '' for an address. */
  readonly serverName: string
  /** Common name of the client's certificate. */
  readonly certificate: string | undefined
  /** ALPN: what it would speak inside, by preference. */
  readonly protocols: readonly string[]

  constructor(serverName: string, certificate?: string, protocols: readonly string[] = NO_PROTOCOLS) {
    this.serverName = serverName
    this.certificate = certificate
    this.protocols = protocols
  }

  bytes(): Uint8Array {
    return hello(CLIENT_HELLO)
  }
}

const NO_PROTOCOLS: readonly string[] = []

export class ServerHello implements WireFrame {
  /** A client looks at the certificates; the key is for the door to the host, which shows the same. */
  readonly credentials: ServerCredentials
  /** What is spoken inside, of what the client offered. */
  readonly protocol: string | undefined
  /** The client is to answer with a certificate, or without one, before it says anything else. */
  readonly asksForCertificate: boolean

  constructor(credentials: ServerCredentials, protocol: string | undefined, asksForCertificate = false) {
    this.credentials = credentials
    this.protocol = protocol
    this.asksForCertificate = asksForCertificate
  }

  bytes(): Uint8Array {
    return hello(SERVER_HELLO)
  }
}

/** The client's answer to who asks for its certificate. */
export class ClientCertificate implements WireFrame {
  /** PEM, its own first; '' for none. */
  readonly chain: string

  constructor(chain: string) {
    this.chain = chain
  }

  bytes(): Uint8Array {
    return record(HANDSHAKE, Buffer.from([CERTIFICATE, 0, 0, 0]))
  }
}

export class ApplicationData implements WireFrame {
  readonly content: Uint8Array | WireFrame

  constructor(content: Uint8Array | WireFrame) {
    this.content = content
  }

  get size(): number {
    const { content } = this
    return content instanceof Uint8Array ? content.length : (content.size ?? 0)
  }

  bytes(): Uint8Array {
    const { content } = this
    return record(
      APPLICATION_DATA,
      new Uint8Array(content instanceof Uint8Array ? content.length : content.bytes().length),
    )
  }
}
