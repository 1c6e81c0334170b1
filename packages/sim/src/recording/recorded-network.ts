// The network as the doors of a recorded cluster see it: what they dial and send is handed to the recorder, and happens when its turn has
// come. Nothing holds back a sender that is faster than its reader: how fast a program of the host reads is no part of the run.

import { PodwireError } from '@podwire/engine'
import type {
  ConnectOptions,
  NetworkNamespace,
  SocketAddress,
  SocketError,
  TcpSocket,
  UdpSocket,
  WireFrame,
} from '../fabric/network.ts'
import type { Flow } from '../fabric/flow.ts'
import type { Recorder } from './recorder.ts'

/** @param inner `external`, or a node's */
export function recordedNetwork(inner: NetworkNamespace, recorder: Recorder): NetworkNamespace {
  const replaced: Pick<NetworkNamespace, 'connectTcp' | 'bindUdp' | 'openTcp'> = {
    connectTcp: (options) => connect(inner, recorder, options),
    bindUdp: () => new RecordedDatagrams(inner.name, recorder),
    openTcp: (options) => {
      recorder.untold(`HTTP/2 to ${options.address}:${options.port}`)
      return inner.openTcp(options)
    },
  }
  return new Proxy(inner, {
    get(target, property) {
      if (property in replaced) return Reflect.get(replaced, property) as unknown
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

function connect(inner: NetworkNamespace, recorder: Recorder, options: ConnectOptions): Promise<TcpSocket> {
  const id = recorder.nextId()
  const { address, port } = options
  return new Promise((resolve, reject) => {
    let outer: RecordedSocket | undefined
    recorder
      .give(
        { do: 'connect', id, from: inner.name, address, port },
        {
          connected: (socket) => resolve((outer = new RecordedSocket(socket, id, recorder))),
          failed: (error) => reject(error as Error),
          data: (data) => outer?.heard({ data }),
          ended: () => outer?.heard('end'),
          broken: (error) => outer?.heard({ error: error as SocketError }),
        },
      )
      .catch(reject)
  })
}

type Heard = { readonly data: Uint8Array } | 'end' | { readonly error: SocketError }

class RecordedSocket implements TcpSocket {
  readonly #inner: TcpSocket
  readonly #id: number
  readonly #recorder: Recorder
  #waiting: Heard[] = []
  #onData: TcpSocket['onData']
  onEnd: TcpSocket['onEnd']
  onError: TcpSocket['onError']
  endsWithPeer = false

  constructor(inner: TcpSocket, id: number, recorder: Recorder) {
    this.#inner = inner
    this.#id = id
    this.#recorder = recorder
  }

  get local(): SocketAddress {
    return this.#inner.local
  }

  get remote(): SocketAddress {
    return this.#inner.remote
  }

  get flow(): Flow {
    return this.#inner.flow
  }

  get backlogBytes(): number {
    return this.#inner.backlogBytes
  }

  get onTaken(): TcpSocket['onTaken'] {
    return this.#inner.onTaken
  }

  set onTaken(listener: TcpSocket['onTaken']) {
    this.#inner.onTaken = listener
  }

  get onFrame(): TcpSocket['onFrame'] {
    return this.#inner.onFrame
  }

  set onFrame(listener: TcpSocket['onFrame']) {
    this.#inner.onFrame = listener
  }

  get onData(): TcpSocket['onData'] {
    return this.#onData
  }

  set onData(listener: TcpSocket['onData']) {
    this.#onData = listener
    // When whoever sets it has set the others too.
    if (listener !== undefined && this.#waiting.length > 0) void Promise.resolve().then(() => this.#tell())
  }

  /** What the connection inside said. */
  heard(what: Heard): void {
    this.#waiting.push(what)
    this.#tell()
  }

  pause(): void {
    // It takes everything, always.
  }

  resume(): void {
    // As it does anyway.
  }

  write(data: Uint8Array | WireFrame): void {
    if (data instanceof Uint8Array) return this.#recorder.send({ do: 'write', id: this.#id, data })
    const { address, port } = this.remote
    const what = `TLS to ${address}:${port}`
    this.#recorder.perform({ do: 'untold', what }, () => this.#inner.write(data)).catch(() => undefined)
  }

  end(): void {
    this.#recorder.send({ do: 'end', id: this.#id })
  }

  destroy(): void {
    this.#recorder.send({ do: 'destroy', id: this.#id })
  }

  read(): Promise<Uint8Array | undefined> {
    const remedy = 'Set onData.'
    return Promise.reject(new PodwireError('read from a recorded connection', 'it tells what comes by onData', remedy))
  }

  #tell(): void {
    while (this.#onData !== undefined) {
      const what = this.#waiting.shift()
      if (what === undefined) return
      if (what === 'end') this.onEnd?.()
      else if ('data' in what) this.#onData(what.data)
      else this.onError?.(what.error)
    }
  }
}

/** A UDP socket on a port of its own choice. */
class RecordedDatagrams implements UdpSocket {
  readonly #id: number
  readonly #recorder: Recorder
  onMessage: UdpSocket['onMessage']
  onError: UdpSocket['onError']
  /** Not known here. */
  readonly local: SocketAddress = { address: '', port: 0 }

  constructor(from: string, recorder: Recorder) {
    this.#id = recorder.nextId()
    this.#recorder = recorder
    const data = (message: Uint8Array): void => this.onMessage?.(message, this.local)
    recorder.give({ do: 'bind', id: this.#id, from }, { data }).catch(() => undefined)
  }

  /** What it takes is found out later: its hops are in the trace. */
  send(data: Uint8Array, { address, port }: SocketAddress): Flow {
    this.#recorder.send({ do: 'send', id: this.#id, data, address, port })
    const { local } = this
    const original = { source: local.address, sourcePort: local.port, destination: address, destinationPort: port }
    return {
      original: { protocol: 'udp', ...original },
      delivered: undefined,
      outcome: 'delivered',
      receiver: undefined,
      latencyUs: 0,
      steps: [],
    }
  }

  close(): void {
    this.#recorder.send({ do: 'close', id: this.#id })
  }
}
