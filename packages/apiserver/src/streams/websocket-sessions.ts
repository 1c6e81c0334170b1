// Sessions over websockets: which subprotocol an offer gets, and what then runs on the connection. kubectl from 1.30 on runs
// commands as v5.channel.k8s.io and, from 1.31 on, tunnels port-forwards as SPDY in websocket messages.
// Source: apiserver util/proxy (streamtranslator.go, streamtunnel.go), kubelet remotecommand and portforward.

import { WebSocketServer, type WebSocket } from 'ws'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Engine } from '@podwire/engine'
import type { StreamAnswer } from '../http/stream-answer.ts'
import { forbidUpgrade, negotiated, V5_PROTOCOL } from './channel-protocol.ts'
import { Outflow } from './outflow.ts'
import { SpdyPortForward } from './port-forward.ts'
import { internalErrorStatus, runRemoteCommand } from './remote-command.ts'
import { SpdyConnection } from './spdy/connection.ts'
import { offeredProtocols, passRefusal } from './upgrade-protocols.ts'
import { takeBearerProtocol, type CommandSession, type ForwardSession, type Session } from './upgrade-session.ts'
import { COMMAND_PROTOCOLS, WebSocketCommand } from './websocket-command.ts'
import { CHANNEL_FORWARD_PROTOCOLS, forwardChannels, forwardedPorts } from './websocket-port-forward.ts'
import { handshakeRefusal } from './watch-handshake.ts'
import { LOG_PROTOCOLS, streamLog, WatchMessages } from './websocket-stream.ts'

const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io'
const MESSAGE_LIMIT_BYTES = 32 * 1024 * 1024

export interface Upgrade<S extends Session = Session> {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly session: S
}

/** What sessions need of the door. */
export interface SessionHost {
  readonly engine: Engine
  /** Enters the simulation; a bug in there is reported. */
  readonly enter: (work: () => void) => void
  /** The same before anything is under way: what goes wrong is thrown. */
  readonly begin: <Result>(work: () => Result) => Result
  /** Counts the connection as open, and looks after its peer. */
  keep(socket: Duplex, onClose: () => void): void
  /** Hands bytes to a SPDY connection; what is no SPDY ends this connection alone. */
  receive(connection: SpdyConnection, bytes: Uint8Array, abort: () => void): void
}

type Start = (websocket: WebSocket, outflow: Outflow) => void

export class WebSocketSessions {
  readonly #host: SessionHost
  readonly #protocols = new WeakMap<IncomingMessage, string>()
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MESSAGE_LIMIT_BYTES,
  })

  constructor(host: SessionHost) {
    this.#host = host
    this.#server.on('headers', (headers, request) => {
      const protocol = this.#protocols.get(request) ?? ''
      if (protocol !== '') headers.push(`Sec-WebSocket-Protocol: ${protocol}`)
    })
  }

  /** @throws KubeletRefusal, StatusError */
  open(upgrade: Upgrade<Exclude<Session, { kind: 'answer' }>>): void {
    const { session, request } = upgrade
    const offered = offeredProtocols(request.headers['sec-websocket-protocol'])
    const { protocols } = takeBearerProtocol(offered)
    if (session.kind === 'command') this.#command({ ...upgrade, session }, protocols)
    else if (session.kind === 'forward') this.#forward({ ...upgrade, session }, protocols)
    else if (session.kind === 'log') {
      const log = negotiated(protocols, LOG_PROTOCOLS)
      if (log === undefined) return forbidUpgrade(upgrade.socket)
      this.#stream(upgrade, log.name, (websocket, outflow) => streamLog(websocket, session.answer, log.encode, outflow))
    } else {
      const refusal = handshakeRefusal(request.headers, offered.length - protocols.length)
      if (refusal === undefined) this.#watch(upgrade, session.answer, protocols[0] ?? '')
      else upgrade.socket.end(refusal)
    }
  }

  /** Opened before the protocol changes: a watch that is refused is an ordinary answer. */
  #watch(upgrade: Upgrade, answer: StreamAnswer, protocol: string): void {
    const events = new WatchMessages()
    const stop = this.#host.begin(() => answer.open(events))
    let connected = false
    this.#stream(upgrade, protocol, (websocket, outflow) => {
      connected = true
      events.sendTo(websocket, outflow)
      return stop
    })
    // The handshake was refused after all.
    if (!connected) this.#host.enter(stop)
  }

  #command(upgrade: Upgrade<CommandSession>, offered: readonly string[]): void {
    const { session, socket } = upgrade
    const { node, pod, options } = session
    // Version 5 ends at the API server; everything else goes through to the kubelet, which may refuse the upgrade itself.
    const v5 = offered.includes(V5_PROTOCOL)
    const protocol = negotiated(v5 ? [V5_PROTOCOL] : offered, COMMAND_PROTOCOLS)
    const refusal = node.commandRefusal(pod, options.container)
    if (refusal !== undefined && !v5) return passRefusal(socket, refusal.code, refusal.message)
    if (protocol === undefined) return forbidUpgrade(socket)
    this.#upgrade(upgrade, protocol.name, (websocket, outflow) => {
      const command = new WebSocketCommand(websocket, protocol, outflow, this.#host.enter)
      command.opened(options)
      if (refusal === undefined) runRemoteCommand(node, pod, options, command)
      else command.finish(internalErrorStatus(`unable to upgrade connection: ${refusal.message}`))
    })
  }

  #forward(upgrade: Upgrade<ForwardSession>, offered: readonly string[]): void {
    const { node, pod, query } = upgrade.session
    if (offered.includes(TUNNEL_PROTOCOL)) {
      this.#upgrade(upgrade, TUNNEL_PROTOCOL, (websocket, outflow) => this.#tunnel(websocket, outflow, upgrade.session))
      return
    }
    const protocol = negotiated(offered, CHANNEL_FORWARD_PROTOCOLS)
    if (protocol === undefined) return forbidUpgrade(upgrade.socket)
    const ports = forwardedPorts(query)
    this.#upgrade(upgrade, protocol.name, (websocket, outflow) =>
      forwardChannels(websocket, { node, pod, ports, codec: protocol.codec, outflow, enter: this.#host.enter }),
    )
  }

  /** SPDY frames cut into binary messages anywhere. */
  #tunnel(websocket: WebSocket, outflow: Outflow, { node, pod }: ForwardSession): void {
    const forward = new SpdyPortForward(this.#host.engine, node, pod)
    const connection = new SpdyConnection(
      {
        send: (bytes) =>
          websocket.readyState === websocket.OPEN
            ? outflow.send(bytes.length, (sent) => websocket.send(bytes, sent))
            : undefined,
        pauseWhile: (busy) => {
          websocket.pause()
          void busy.then(() => websocket.resume())
        },
      },
      forward,
    )
    websocket.on('message', (data: Buffer, binary: boolean) => {
      if (binary) this.#host.receive(connection, data, () => websocket.terminate())
      else websocket.close(1003, 'invalid message type received')
    })
    websocket.on('close', () =>
      this.#host.enter(() => {
        forward.gone()
        connection.close()
      }),
    )
  }

  #stream(upgrade: Upgrade, protocol: string, open: (websocket: WebSocket, outflow: Outflow) => () => void): void {
    this.#upgrade(upgrade, protocol, (websocket, outflow) => {
      const stop = open(websocket, outflow)
      websocket.on('close', () => this.#host.enter(stop))
    })
  }

  #upgrade({ request, socket, head }: Upgrade, protocol: string, start: Start): void {
    this.#protocols.set(request, protocol)
    delete request.headers['sec-websocket-protocol']
    this.#server.handleUpgrade(request, socket, head, (websocket) => {
      const outflow = new Outflow(this.#host.engine, this.#host.enter, () => websocket.terminate())
      this.#host.keep(socket, () => outflow.close())
      websocket.on('error', () => websocket.terminate())
      this.#host.enter(() => start(websocket, outflow))
    })
  }
}
