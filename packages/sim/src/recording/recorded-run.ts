// A cluster that inputs are given to, one after the other: by a recorder as they come, and by a replay as they came. Both go through here,
// so that an input does the same each time; only who hears the answers differs.

import {
  pods,
  type ByteStream,
  type ExecOutput,
  type ExecResult,
  type ExecSession,
  type HttpServerOptions,
  type BackendResponse,
  type Pod,
  type RecordedRequest,
} from '@podwire/apiserver'
import { assertNever, PodwireError } from '@podwire/engine'
import type { ServiceDoors } from '../doors/service-doors.ts'
import type { SocketError, NetworkNamespace, TcpSocket, UdpSocket } from '../fabric/network.ts'
import type { Cluster } from '../sdk/cluster.ts'
import type { Input, PodPlace } from './input.ts'

export type Extensions = NonNullable<HttpServerOptions['extensions']>

/** What of a cluster is made by whoever runs it. */
export interface RunParts {
  readonly cluster: Cluster
  readonly extensions: Extensions
  readonly request: (request: RecordedRequest) => void
  readonly openDoors: (block: number) => ServiceDoors
}

/** Who hears what an input leads to; a replay has nobody. */
export interface Listeners {
  readonly connected?: (socket: TcpSocket) => void
  readonly forwarded?: () => void
  readonly failed?: (error: unknown) => void
  readonly data?: (data: Uint8Array) => void
  readonly ended?: () => void
  readonly broken?: (error: SocketError | string) => void
  readonly response?: BackendResponse
  readonly output?: ExecOutput
  readonly result?: (result: Promise<ExecResult>) => void
}

const NO_RESPONSE: BackendResponse = { head: () => {}, data: () => {}, end: () => {}, error: () => {} }
const NO_OUTPUT: ExecOutput = { stdout: () => undefined, stderr: () => undefined }

type FollowUp = Extract<
  Input,
  { do: 'write' | 'end' | 'destroy' | 'send' | 'close' | 'stdin' | 'stdin-end' | 'abort' | 'resize' }
>

export class RecordedRun {
  readonly #parts: RunParts
  readonly #streams = new Map<number, ByteStream>()
  readonly #sockets = new Map<number, UdpSocket>()
  readonly #sessions = new Map<number, ExecSession>()
  #doors: ServiceDoors | undefined

  constructor(parts: RunParts) {
    this.#parts = parts
  }

  /** Does what the input says, now. What it refuses it refuses each time. */
  take(input: Input, listeners: Listeners = {}): unknown {
    const { cluster, extensions, request, openDoors } = this.#parts
    switch (input.do) {
      case 'request':
        return request(input.request)
      case 'control':
        return extensions.get(input.route)?.(input.body)
      case 'nginx':
        return cluster.external.nginx(input.text, { file: input.file })
      case 'doors':
        this.#doors = openDoors(input.block)
        return this.#doors
      case 'event':
        return this.#doors?.event(input.owner, input.type, input.reason, input.message)
      case 'connect':
        return this.#connect(input, listeners)
      case 'forward':
        return this.#forward(input, listeners)
      case 'proxy': {
        const { nodeConnection } = cluster.composition
        const response = listeners.response ?? NO_RESPONSE
        this.#streams.set(input.id, nodeConnection.sendRequest(input.backend, input.request, response))
        return undefined
      }
      case 'bind':
        return this.#bind(input.id, this.#network(input.from), listeners)
      case 'exec':
      case 'attach':
        return this.#session(input, listeners)
      case 'untold':
        return undefined
      default:
        return this.#carryOn(input)
    }
  }

  /** What follows on a connection, a socket or a session that there is, or was. */
  #carryOn(input: FollowUp): unknown {
    switch (input.do) {
      case 'write':
        return this.#streams.get(input.id)?.write(input.data)
      case 'end':
        return this.#streams.get(input.id)?.end()
      case 'destroy':
        this.#streams.get(input.id)?.destroy()
        return this.#streams.delete(input.id)
      case 'send':
        return this.#sockets.get(input.id)?.send(input.data, { address: input.address, port: input.port })
      case 'close':
        this.#sockets.get(input.id)?.close()
        return this.#sockets.delete(input.id)
      case 'stdin':
        return void this.#sessions.get(input.id)?.write(input.data)
      case 'stdin-end':
        return this.#sessions.get(input.id)?.closeStdin()
      case 'abort':
        this.#sessions.get(input.id)?.abort()
        return this.#sessions.delete(input.id)
      case 'resize':
        return this.#sessions.get(input.id)?.resize(input.columns, input.rows)
    }
    return assertNever(input, 'an input')
  }

  /** Its doors of Services look after nothing any more. */
  async release(): Promise<void> {
    await this.#doors?.close()
  }

  #network(name: string): NetworkNamespace {
    const { cluster } = this.#parts
    return name === 'external'
      ? cluster.external.network
      : cluster.composition.fabric.nodeNetwork(name.replace(/^node\//, ''))
  }

  #connect({ id, from, address, port }: Extract<Input, { do: 'connect' }>, listeners: Listeners): void {
    this.#network(from)
      .connectTcp({ address, port })
      .then(
        (socket) => {
          socket.onData = (data) => listeners.data?.(data)
          socket.onEnd = () => listeners.ended?.()
          socket.onError = (error) => listeners.broken?.(error)
          this.#streams.set(id, socket)
          listeners.connected?.(socket)
        },
        (error: unknown) => listeners.failed?.(error),
      )
  }

  #forward({ id, pod, port }: Extract<Input, { do: 'forward' }>, listeners: Listeners): void {
    this.#parts.cluster.composition.nodeConnection
      .portForward(this.#pod(pod), port, {
        data: (bytes) => listeners.data?.(bytes),
        end: () => listeners.ended?.(),
        error: (message) => listeners.broken?.(message),
      })
      .then(
        (stream) => {
          this.#streams.set(id, stream)
          listeners.forwarded?.()
        },
        (error: unknown) => listeners.failed?.(error),
      )
  }

  #bind(id: number, network: NetworkNamespace, { data }: Listeners): void {
    const socket = network.bindUdp(0)
    socket.onMessage = (message) => data?.(message)
    this.#sockets.set(id, socket)
  }

  #session(input: Extract<Input, { do: 'exec' | 'attach' }>, { output = NO_OUTPUT, result }: Listeners): void {
    const { nodeConnection } = this.#parts.cluster.composition
    const pod = this.#pod(input.pod)
    const session =
      input.do === 'exec'
        ? nodeConnection.exec(pod, input.request, output)
        : nodeConnection.attach(pod, input.request, output)
    this.#sessions.set(input.id, session)
    result?.(session.result)
  }

  #pod({ namespace, name, uid }: PodPlace): Pod {
    const pod = this.#parts.cluster.client.find(pods, { namespace, name })
    if (pod !== undefined && pod.metadata.uid === uid) return pod
    throw new PodwireError(`reach pod ${namespace}/${name}`, 'it is gone')
  }
}
