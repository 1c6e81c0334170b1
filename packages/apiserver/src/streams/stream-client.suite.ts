// A client for tests of the streams: websockets of any subprotocol, and a SPDY/3.1 client of a few lines.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { constants, createDeflate, type Deflate } from 'node:zlib'
import { WebSocket } from 'ws'
import { startFakeCluster, TOKEN, type FakeCluster } from '../http/fake-handler.suite.ts'
import { createEchoNode, NODE, POD, type EchoNode } from './echo-node.suite.ts'
import { controlFrame, dataFrame, FLAG_FIN, FRAME_SYN_STREAM, FrameReader, words, type Frame } from './spdy/frames.ts'
import { SPDY_DICTIONARY } from './spdy/header-block.ts'

export const PODS = '/api/v1/namespaces/default/pods'

export type StreamCluster = FakeCluster & { readonly node: EchoNode }

export async function startStreamCluster(): Promise<StreamCluster> {
  const node = createEchoNode()
  const cluster = await startFakeCluster(node)
  cluster.handler.objects.set('pods/default/p', POD)
  cluster.handler.objects.set('nodes//node-1', NODE)
  return { ...cluster, node, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
}

export function dial(cluster: StreamCluster, path: string, protocols: readonly string[], token = TOKEN): WebSocket {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` }
  return new WebSocket(`ws://127.0.0.1:${cluster.server.port}${path}`, [...protocols], {
    headers,
    origin: 'http://127.0.0.1',
    perMessageDeflate: false,
  })
}

export interface Talk {
  /** Binary messages as `<hex of the first byte>:text`, texts as they are. */
  readonly messages: string[]
  readonly code: number
}

/** Everything a session says, and the code it closes with. */
export function talk(socket: WebSocket): Promise<Talk> {
  const messages: string[] = []
  socket.on('message', (data: Buffer, binary: boolean) =>
    messages.push(binary ? `${data[0] ?? ''}:${data.subarray(1).toString()}` : data.toString()),
  )
  return new Promise((resolve, reject) => {
    socket.on('close', (code) => resolve({ messages, code }))
    socket.on('error', reject)
  })
}

export interface Refused {
  readonly code: number
  readonly body: string
}

export async function refused(socket: WebSocket): Promise<Refused> {
  socket.on('error', () => {})
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { statusCode: number; toArray(): Promise<Buffer[]> },
  ]
  return { code: response.statusCode, body: Buffer.concat(await response.toArray()).toString() }
}

export function opened(socket: WebSocket): Promise<unknown> {
  return once(socket, 'open')
}

function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

/** A websocket of the SPDY tunnel, frame by frame: its protocol's name is one that client libraries turn down. */
export class Tunnel {
  readonly socket: Socket
  readonly closed: Promise<void>
  heard: Buffer = Buffer.alloc(0)

  constructor(cluster: StreamCluster, path: string) {
    this.socket = connect(cluster.server.port, '127.0.0.1')
    this.socket.on('error', () => {})
    this.closed = closing(this.socket)
    this.socket.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
        'Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io\r\n\r\n',
    )
    this.socket.on('data', (bytes: Buffer) => (this.heard = Buffer.concat([this.heard, bytes])))
  }

  async upgraded(): Promise<void> {
    while (!this.heard.includes('\r\n\r\n')) await once(this.socket, 'data')
  }

  /** One whole message, masked with zeros. */
  send(opcode: 1 | 2, payload: Uint8Array): void {
    const head = Buffer.alloc(14)
    head.writeUInt8(0x80 | opcode, 0)
    head.writeUInt8(0x80 | 127, 1)
    head.writeBigUInt64BE(BigInt(payload.length), 2)
    this.socket.write(Buffer.concat([head, payload]))
  }
}

/** An upgraded SPDY connection. */
export class SpdyClient {
  readonly socket: Socket
  /** Types of the control frames that came, in order. */
  readonly control: number[] = []
  readonly closed: Promise<void>
  head = ''
  readonly #deflate: Deflate = createDeflate({ dictionary: SPDY_DICTIONARY })
  readonly #reader = new FrameReader()
  readonly #parts = new Map<number, Buffer[]>()
  readonly #ended = new Set<number>()
  #lastId = -1

  constructor(cluster: StreamCluster, path: string, protocols: readonly string[]) {
    this.socket = connect(cluster.server.port, '127.0.0.1')
    this.socket.on('error', () => {})
    this.closed = closing(this.socket)
    const offers = protocols.map((name) => `X-Stream-Protocol-Version: ${name}\r\n`)
    this.socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: Upgrade\r\n` +
        `Upgrade: SPDY/3.1\r\n${offers.join('')}\r\n`,
    )
    this.socket.on('data', (bytes: Buffer) => this.#receive(bytes))
  }

  /** Resolves with the head of the answer. */
  async upgraded(): Promise<string> {
    while (!this.head.includes('\r\n\r\n')) await once(this.socket, 'data')
    return this.head
  }

  /** @returns the id of the new stream */
  async open(headers: Readonly<Record<string, string>>, flags = 0): Promise<number> {
    this.#lastId += 2
    const entries = Object.entries(headers).flatMap(([name, value]) => [
      words(name.length),
      Buffer.from(name),
      words(value.length),
      Buffer.from(value),
    ])
    this.#deflate.write(Buffer.concat([words(entries.length / 4), ...entries]))
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, () => resolve()))
    const block = this.#deflate.read() as Buffer
    this.socket.write(
      controlFrame(FRAME_SYN_STREAM, flags, Buffer.concat([words(this.#lastId, 0), Buffer.alloc(2), block])),
    )
    return this.#lastId
  }

  send(streamId: number, text: string | Uint8Array, fin = false): void {
    this.socket.write(dataFrame(streamId, fin ? FLAG_FIN : 0, typeof text === 'string' ? Buffer.from(text) : text))
  }

  /** The bytes of a stream. */
  bytes(streamId: number): Buffer {
    return Buffer.concat(this.#parts.get(streamId) ?? [])
  }

  /** The server half-closed the stream. */
  ended(streamId: number): boolean {
    return this.#ended.has(streamId)
  }

  /** What came on a stream, and whether it was half-closed. */
  heard(streamId: number): string {
    const text = this.bytes(streamId).toString()
    return this.ended(streamId) ? `${text} FIN` : text
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.socket, 'data', { signal: AbortSignal.timeout(10_000) })
  }

  #receive(bytes: Buffer): void {
    const inHead = !this.head.includes('\r\n\r\n')
    if (!inHead) {
      this.#take(this.#reader.push(bytes))
      return
    }
    const text = this.head + bytes.toString('latin1')
    const end = text.indexOf('\r\n\r\n')
    this.head = end < 0 ? text : text.slice(0, end + 4)
    if (end >= 0) this.#take(this.#reader.push(Buffer.from(text.slice(end + 4), 'latin1')))
  }

  #take(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.kind === 'control') this.control.push(frame.type)
      else {
        const parts = this.#parts.get(frame.streamId) ?? []
        parts.push(frame.payload)
        this.#parts.set(frame.streamId, parts)
        if ((frame.flags & FLAG_FIN) !== 0) this.#ended.add(frame.streamId)
      }
    }
  }
}
