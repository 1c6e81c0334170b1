// Sessions over SPDY/3.1 on the upgraded connection itself, as kubectl up to 1.29 asks for them and later ones fall back to.
// Source: kubelet server/remotecommand and portforward (httpstream.go), apimachinery util/httpstream (Handshake).

import type { Duplex } from 'node:stream'
import { SECOND } from '@podwire/engine'
import { negotiated } from './channel-protocol.ts'
import { KubeletRefusal } from './node-connection.ts'
import { Outflow } from './outflow.ts'
import { SpdyPortForward } from './port-forward.ts'
import { runRemoteCommand } from './remote-command.ts'
import { SpdyConnection, type SpdyStreams } from './spdy/connection.ts'
import { SPDY_COMMAND_PROTOCOLS, SpdyCommand, type SpdyCommandProtocol } from './spdy-command.ts'
import { offeredProtocols } from './upgrade-protocols.ts'
import type { CommandSession, ForwardSession } from './upgrade-session.ts'
import type { SessionHost, Upgrade } from './websocket-sessions.ts'

const FORWARD_PROTOCOLS: ReadonlyMap<string, { readonly name: string }> = new Map([
  ['portforward.k8s.io', { name: 'portforward.k8s.io' }],
])
/** A client that upgrades to SPDY and opens no streams is let go (kubelet's stream creation timeout). */
const STREAM_CREATION_TIMEOUT_US = 30 * SECOND

/** What runs on the streams of one connection. */
interface Bound extends SpdyStreams {
  gone(): void
}

/** @throws KubeletRefusal 400 and 403, as the kubelet words them */
function choose<T>(offered: readonly string[], known: ReadonlyMap<string, T>): T {
  if (offered.length === 0) {
    throw new KubeletRefusal(400, 'unable to upgrade: header X-Stream-Protocol-Version does not exist in request')
  }
  const protocol = negotiated(offered, known)
  if (protocol !== undefined) return protocol
  const names = [...known.keys()].join(' ')
  const message = `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${names}]`
  throw new KubeletRefusal(403, message)
}

export class SpdySessions {
  readonly #host: SessionHost

  constructor(host: SessionHost) {
    this.#host = host
  }

  /** @throws KubeletRefusal */
  open({ request, socket, head, session }: Upgrade<CommandSession | ForwardSession>): void {
    const offered = offeredProtocols(request.headers['x-stream-protocol-version'])
    if (session.kind === 'command') {
      const refusal = session.node.commandRefusal(session.pod, session.options.container)
      if (refusal !== undefined) throw refusal
      const protocol = choose(offered, SPDY_COMMAND_PROTOCOLS)
      this.#serve(socket, head, protocol.name, (connection) => this.#command(session, protocol, socket, connection))
    } else {
      const { name } = choose(offered, FORWARD_PROTOCOLS)
      this.#serve(socket, head, name, () => new SpdyPortForward(this.#host.engine, session.node, session.pod))
    }
  }

  #serve(socket: Duplex, head: Buffer, protocol: string, bind: (connection: () => SpdyConnection) => Bound): void {
    const { engine, enter } = this.#host
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n' +
        `X-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
    )
    const outflow = new Outflow(engine, enter, () => socket.destroy())
    const transport = {
      send: (bytes: Uint8Array) =>
        socket.destroyed || socket.writableEnded
          ? undefined
          : outflow.send(bytes.length, (sent) => socket.write(bytes, () => sent())),
      pauseWhile: (busy: Promise<void>): void => {
        socket.pause()
        void busy.then(() => socket.resume())
      },
    }
    enter(() => {
      const bound = bind(() => connection)
      const connection: SpdyConnection = new SpdyConnection(transport, bound)
      const receive = (data: Uint8Array): void => this.#host.receive(connection, data, () => socket.destroy())
      this.#host.keep(socket, () => {
        outflow.close()
        bound.gone()
        connection.close()
      })
      socket.on('data', receive)
      socket.once('end', () => socket.end())
      if (head.length > 0) receive(head)
      socket.resume()
    })
  }

  #command(
    { node, pod, options }: CommandSession,
    protocol: SpdyCommandProtocol,
    socket: Duplex,
    connection: () => SpdyConnection,
  ): Bound {
    const { engine } = this.#host
    const ready = (): void => {
      engine.cancel(timeout)
      runRemoteCommand(node, pod, options, command)
    }
    // The client answers our FINs with its own, then closes; a client that does not is closed with the server.
    const command = new SpdyCommand(options, protocol, ready, () => connection().goAway())
    const giveUp = (): void => {
      if (command.waiting) socket.destroy()
    }
    const timeout = engine.schedule(STREAM_CREATION_TIMEOUT_US, 'SPDY stream creation timeout', giveUp, 'background')
    return {
      accepts: (headers) => command.accepts(headers),
      add: (stream) => command.add(stream),
      gone: () => {
        engine.cancel(timeout)
        command.gone()
      },
    }
  }
}
