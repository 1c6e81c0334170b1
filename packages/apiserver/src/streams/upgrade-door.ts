// Where HTTP requests become sockets: exec, attach and port-forward, over websocket or SPDY/3.1. A refusal is still an HTTP
// answer, so clients fall back from one to the other as they do upstream. Everything open is known and closed with the server.
// Source: apiserver util/proxy (streamtranslator), kubelet server.go; kubectl's side in client-go tools/remotecommand.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { SECOND, type Driver } from '@podwire/engine'
import type { Pod } from '../objects/index.ts'
import { certificateOf } from '../http/client-certificate.ts'
import { resourceNotServed } from '../http/refusals.ts'
import { parseRequestInfo } from '../http/request-info.ts'
import { admit, toResourceRequest, type DoorContext } from '../http/router.ts'
import { badRequest, notSimulated } from '../status/errors.ts'
import type { NodeConnection } from './node-connection.ts'
import { containerOf, findPod, nodeOf } from './pod-target.ts'
import { SpdyPortForward } from './port-forward.ts'
import { commandOptions, runRemoteCommand, type CommandOptions } from './remote-command.ts'
import { SPDY_COMMAND_PROTOCOLS, SpdyCommand } from './spdy-command.ts'
import { SpdyConnection, type SpdyStream } from './spdy/connection.ts'
import { offeredProtocols, refuseUpgrade } from './upgrade-protocols.ts'
import { COMMAND_PROTOCOLS, WebSocketCommand } from './websocket-command.ts'
import { CHANNEL_FORWARD_PROTOCOLS, forwardChannels, forwardedPorts } from './websocket-port-forward.ts'

/** SPDY inside a websocket. The name is no token, so it is kept from `ws` (which would refuse it). */
const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io'
const SPDY_FORWARD_PROTOCOL = 'portforward.k8s.io'
/** A client that upgrades to SPDY and opens no streams is let go (kubelet's stream creation timeout). */
const STREAM_CREATION_TIMEOUT_US = 30 * SECOND
/** The kernel looks after peers that vanished without a word. */
const TCP_KEEP_ALIVE_MS = 15_000
const MESSAGE_LIMIT_BYTES = 32 * 1024 * 1024

/** What an admitted request upgrades to. */
type Session =
  | { readonly kind: 'command'; readonly node: NodeConnection; readonly pod: Pod; readonly options: CommandOptions }
  | { readonly kind: 'forward'; readonly node: NodeConnection; readonly pod: Pod; readonly query: URLSearchParams }

interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly session: Session
}

type KeptAlive = Duplex & {
  setKeepAlive?: (enable: boolean, delayMs: number) => void
  setNoDelay?: (enable: boolean) => void
}

export class UpgradeDoor {
  readonly #context: DoorContext
  readonly #driver: Pick<Driver, 'enter'>
  readonly #sockets = new Set<Duplex>()
  readonly #protocols = new WeakMap<IncomingMessage, string>()
  readonly #websockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MESSAGE_LIMIT_BYTES,
  })

  constructor(context: DoorContext, driver: Pick<Driver, 'enter'>) {
    this.#context = context
    this.#driver = driver
    this.#websockets.on('headers', (headers, request) => {
      const protocol = this.#protocols.get(request)
      if (protocol !== undefined) headers.push(`Sec-WebSocket-Protocol: ${protocol}`)
    })
  }

  /** How many upgraded connections are open. */
  get open(): number {
    return this.#sockets.size
  }

  close(): void {
    for (const socket of [...this.#sockets]) socket.destroy()
  }

  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A peer that resets is no error of ours; 'close' follows.
    socket.on('error', () => {})
    try {
      const session = this.#driver.enter(() => this.#admit(request))
      const upgrade = { request, socket, head, session }
      const protocol = (request.headers.upgrade ?? '').toLowerCase()
      if (protocol === 'websocket') this.#websocket(upgrade)
      else if (protocol === 'spdy/3.1') this.#spdy(upgrade)
      else throw notSimulated(`an upgrade to ${request.headers.upgrade ?? 'nothing'}`)
    } catch (error) {
      refuseUpgrade(socket, this.#context.report(error))
    }
  }

  #admit(request: IncomingMessage): Session {
    const { method = 'GET', url = '/', headers } = request
    const certificate = certificateOf(request.socket)
    const { user, query, path } = admit(this.#context, {
      method,
      url,
      headers,
      distinct: request.headersDistinct,
      certificate,
    })
    const info = parseRequestInfo(method, path, query)
    if (info.kind === 'path') throw resourceNotServed()
    const stream = info.group === '' && info.resource === 'pods' ? info.subresource : ''
    const pods = this.#context.served().find('', info.version, 'pods')
    if (pods === undefined || info.name === '') throw resourceNotServed()
    if (stream === '') throw notSimulated('watches over websockets')
    if (!['exec', 'attach', 'portforward'].includes(stream)) throw resourceNotServed()
    const pod = findPod(this.#context, toResourceRequest(info, pods, user, query, { headers, warn: () => {} }))
    if (stream === 'portforward') return { kind: 'forward', node: nodeOf(this.#context, pod), pod, query }
    const container = containerOf(pod, query.get('container') ?? '')
    const options = commandOptions(query, container, stream === 'attach')
    return { kind: 'command', node: nodeOf(this.#context, pod), pod, options }
  }

  #keep(socket: Duplex, onClose: () => void): void {
    const connection: KeptAlive = socket
    connection.setKeepAlive?.(true, TCP_KEEP_ALIVE_MS)
    connection.setNoDelay?.(true)
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#driver.enter(onClose)
    })
  }

  readonly #enter = (work: () => void): void => {
    try {
      this.#driver.enter(work)
    } catch (error) {
      this.#context.report(error)
    }
  }

  #websocket(upgrade: Upgrade): void {
    const { request, socket, head, session } = upgrade
    const offered = offeredProtocols(request.headers['sec-websocket-protocol'])
    const known = session.kind === 'command' ? COMMAND_PROTOCOLS : [TUNNEL_PROTOCOL, ...CHANNEL_FORWARD_PROTOCOLS]
    const protocol = known.find((name) => offered.includes(name))
    if (protocol === undefined)
      throw badRequest(`unable to upgrade: none of the protocols [${offered.join(' ')}] is supported`)
    const ports = session.kind === 'forward' && protocol !== TUNNEL_PROTOCOL ? forwardedPorts(session.query) : []
    this.#protocols.set(request, protocol)
    delete request.headers['sec-websocket-protocol']
    this.#websockets.handleUpgrade(request, socket, head, (websocket) => {
      this.#keep(socket, () => {})
      websocket.on('error', () => websocket.terminate())
      this.#enter(() => {
        if (session.kind === 'command') {
          const transport = new WebSocketCommand(websocket, this.#enter)
          runRemoteCommand(session.node, session.pod, session.options, transport)
        } else if (protocol === TUNNEL_PROTOCOL) this.#tunnel(websocket, session)
        else forwardChannels(session.node, session.pod, ports, websocket, this.#enter)
      })
    })
  }

  /** SPDY frames cut into binary messages anywhere. */
  #tunnel(websocket: WebSocket, session: Extract<Session, { kind: 'forward' }>): void {
    const forward = new SpdyPortForward(session.node, session.pod)
    const connection = new SpdyConnection(
      (bytes) => {
        if (websocket.readyState === websocket.OPEN) websocket.send(bytes)
      },
      (stream) => forward.add(stream),
    )
    websocket.on('message', (data: Buffer) => this.#receive(connection, data, () => websocket.terminate()))
    websocket.on('close', () => this.#enter(() => connection.close()))
  }

  #spdy({ request, socket, head, session }: Upgrade): void {
    const offered = offeredProtocols(request.headers['x-stream-protocol-version'])
    const known = session.kind === 'command' ? SPDY_COMMAND_PROTOCOLS : [SPDY_FORWARD_PROTOCOL]
    const protocol = known.find((name) => offered.includes(name))
    if (protocol === undefined)
      throw badRequest(
        `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${known.join(' ')}]`,
      )
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n' +
        `X-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
    )
    let add: (stream: SpdyStream) => void = () => {}
    const connection = new SpdyConnection(
      (bytes) => {
        if (!socket.destroyed && !socket.writableEnded) socket.write(bytes)
      },
      (stream) => add(stream),
    )
    const gone = this.#driver.enter(() => {
      const bound = session.kind === 'command' ? this.#spdyCommand(session, socket, connection) : spdyForward(session)
      add = bound.add
      return bound.gone
    })
    this.#keep(socket, () => {
      gone()
      connection.close()
    })
    socket.on('data', (data: Buffer) => this.#receive(connection, data, () => socket.destroy()))
    socket.once('end', () => socket.end())
    if (head.length > 0) this.#receive(connection, head, () => socket.destroy())
    socket.resume()
  }

  #spdyCommand(session: Extract<Session, { kind: 'command' }>, socket: Duplex, connection: SpdyConnection) {
    const { engine } = this.#context
    const ready = (): void => {
      engine.cancel(timeout)
      runRemoteCommand(session.node, session.pod, session.options, command)
    }
    // The client answers our FINs with its own, then closes; a client that does not is closed with the server.
    const command = new SpdyCommand(session.options, ready, () => connection.goAway())
    const giveUp = (): void => {
      if (command.waiting) socket.destroy()
    }
    const timeout = engine.schedule(STREAM_CREATION_TIMEOUT_US, 'SPDY stream creation timeout', giveUp, 'background')
    return {
      add: (stream: SpdyStream) => command.add(stream),
      gone: () => {
        engine.cancel(timeout)
        command.gone()
      },
    }
  }

  #receive(connection: SpdyConnection, data: Uint8Array, abort: () => void): void {
    try {
      this.#driver.enter(() => connection.receive(data))
    } catch (error) {
      this.#context.report(error)
      abort()
    }
  }
}

function spdyForward(session: Extract<Session, { kind: 'forward' }>) {
  const forward = new SpdyPortForward(session.node, session.pod)
  return { add: (stream: SpdyStream): void => forward.add(stream), gone: (): void => {} }
}
