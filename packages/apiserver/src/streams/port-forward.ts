// port-forward over SPDY streams: a pair of streams (error, data) for each connection a client accepted, matched by requestid.
// Source: kubelet server/portforward/httpstream.go; pkg/apis/core/v1/conversion.go (ports).

import { SECOND, type Engine, type ScheduledTask } from '@podwire/engine'
import type { Pod } from '../objects/index.ts'
import { badRequest } from '../status/errors.ts'
import { integerProblem } from '../validation/go-integer.ts'
import type { ByteStream, NodeConnection } from './node-connection.ts'
import type { SpdyStream, SpdyStreams } from './spdy/connection.ts'

/** Ports may be named in the query, `ports=80&ports=81` or `ports=80,81`. @throws StatusError 400 for what fits no port */
export function checkForwardedPorts(query: URLSearchParams): void {
  for (const text of query.getAll('ports').flatMap((texts) => texts.split(','))) {
    const problem = integerProblem(text, 'ParseUint', 16)
    if (problem !== undefined) throw badRequest(`cannot convert to []int32: ${problem}`)
  }
}

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

/** How long the stream of a pair waits for the other (kubelet's stream creation timeout). */
const PAIR_TIMEOUT_US = 30 * SECOND

interface WaitingPair {
  readonly errors: SpdyStream | undefined
  readonly data: SpdyStream | undefined
  readonly timeout: ScheduledTask
}

/** Pairs the streams of one SPDY connection and forwards each pair. */
export class SpdyPortForward implements SpdyStreams {
  readonly #engine: Engine
  readonly #node: NodeConnection
  readonly #pod: Pod
  readonly #waiting = new Map<string, WaitingPair>()

  constructor(engine: Engine, node: NodeConnection, pod: Pod) {
    this.#engine = engine
    this.#node = node
    this.#pod = pod
  }

  accepts(headers: ReadonlyMap<string, string>): boolean {
    const port = headers.get('port') ?? ''
    const type = headers.get('streamtype') ?? ''
    return /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535 && (type === 'error' || type === 'data')
  }

  add(stream: SpdyStream): void {
    // Clients older than 1.2 send no id: their pairs have consecutive numbers.
    const id = stream.headers.get('requestid') ?? `${Math.floor((stream.id - 1) / 4)}`
    const isError = stream.headers.get('streamtype') === 'error'
    const waiting = this.#waiting.get(id)
    const errors = isError ? stream : waiting?.errors
    const data = isError ? waiting?.data : stream
    this.#engine.cancel(waiting?.timeout)
    this.#waiting.delete(id)
    if (errors !== undefined && data !== undefined) this.#forward(data, errors)
    else this.#waiting.set(id, { errors, data, timeout: this.#giveUpLater(id) })
  }

  /** The connection is gone. */
  gone(): void {
    for (const { timeout } of this.#waiting.values()) this.#engine.cancel(timeout)
    this.#waiting.clear()
  }

  #giveUpLater(id: string): ScheduledTask {
    const giveUp = (): void => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      void waiting?.errors?.write(Buffer.from(`error forwarding port: timed out waiting for streams of request ${id}`))
      waiting?.errors?.end()
      waiting?.data?.end()
    }
    return this.#engine.schedule(PAIR_TIMEOUT_US, 'port-forward stream pair', giveUp, 'background')
  }

  #forward(data: SpdyStream, errors: SpdyStream): void {
    const port = Number(data.headers.get('port') ?? '')
    const connection = forwardPort(this.#node, this.#pod, port, {
      data: (bytes) => void data.write(bytes),
      end: () => {
        data.end()
        errors.end()
      },
      error: (message) => void errors.write(Buffer.from(message)),
    })
    errors.listen({ data: () => undefined, end: () => {}, gone: () => {} })
    data.listen({
      data: (bytes) => {
        connection.write(bytes)
        return undefined
      },
      end: () => connection.end(),
      gone: () => connection.destroy(),
    })
  }
}
