// port-forward over SPDY streams: a pair of streams (error, data) for each connection a client accepted, matched by requestid.
// Source: kubelet server/portforward/httpstream.go.

import type { Pod } from '../objects/index.ts'
import type { ByteStream, NodeConnection } from './node-connection.ts'
import type { SpdyStream } from './spdy/connection.ts'

/** One forwarded connection, as the transport sees it. */
export interface ForwardEnds {
  data(bytes: Uint8Array): void
  /** Nothing more comes from the pod. */
  end(): void
  /** Why it failed, for the client to print. */
  error(message: string): void
}

export interface ForwardedConnection {
  write(bytes: Uint8Array): void
  end(): void
  destroy(): void
}

/** Connects to a port of a pod; what the client sends meanwhile waits. Call it inside the simulation. */
export function forwardPort(node: NodeConnection, pod: Pod, port: number, ends: ForwardEnds): ForwardedConnection {
  let stream: ByteStream | undefined
  let waiting: ((stream: ByteStream) => void)[] = []
  let over = false
  const fail = (message: string): void => {
    if (over) return
    over = true
    ends.error(message)
    ends.end()
  }
  const act = (work: (stream: ByteStream) => void): void => {
    if (over) return
    if (stream === undefined) waiting.push(work)
    else work(stream)
  }
  const receive = {
    data: (bytes: Uint8Array): void => {
      if (!over) ends.data(bytes)
    },
    end: (): void => {
      if (!over) ends.end()
    },
    error: fail,
  }
  node.portForward(pod, port, receive).then(
    (connected) => {
      if (over) {
        connected.destroy()
        return
      }
      stream = connected
      const works = waiting
      waiting = []
      for (const work of works) work(connected)
    },
    (error: unknown) => fail(error instanceof Error ? error.message : String(error)),
  )
  return {
    write: (bytes) => act((connected) => connected.write(bytes)),
    end: () => act((connected) => connected.end()),
    destroy: () => {
      if (over) return
      over = true
      stream?.destroy()
    },
  }
}

/** Pairs the streams of one SPDY connection and forwards each pair. */
export class SpdyPortForward {
  readonly #node: NodeConnection
  readonly #pod: Pod
  readonly #errors = new Map<string, SpdyStream>()

  constructor(node: NodeConnection, pod: Pod) {
    this.#node = node
    this.#pod = pod
  }

  add(stream: SpdyStream): void {
    const id = stream.headers.get('requestid') ?? `${Math.floor((stream.id - 1) / 4)}`
    if (stream.headers.get('streamtype') === 'error') {
      this.#errors.set(id, stream)
      return
    }
    const errors = this.#errors.get(id)
    this.#errors.delete(id)
    this.#forward(stream, errors)
  }

  #forward(data: SpdyStream, errors: SpdyStream | undefined): void {
    const port = Number(data.headers.get('port') ?? '')
    const connection = forwardPort(this.#node, this.#pod, port, {
      data: (bytes) => data.write(bytes),
      end: () => {
        data.end()
        errors?.end()
      },
      error: (message) => errors?.write(Buffer.from(message)),
    })
    data.listen({
      data: (bytes) => connection.write(bytes),
      end: () => connection.end(),
      gone: () => connection.destroy(),
    })
  }
}
