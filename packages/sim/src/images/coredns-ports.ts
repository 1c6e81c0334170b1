// The sockets of a CoreDNS process: one UDP and one TCP socket for each port of the Corefile, and its pages. After a reload
// ports that are new are bound and those that are gone are closed; the others stay open, as in the real one.

import { createMessageReader, frameMessage, type DnsServer } from '@podwire/dns'
import { SECOND, type ScheduledTask } from '@podwire/engine'
import type { TcpSocket } from '../fabric/network.ts'
import { serveHttp } from '../http/index.ts'
import type { ContainerContext } from './image.ts'
import { goResponse, pathOf } from './responses.ts'

/** As CoreDNS sets its servers up. */
const READ_TIMEOUT_US = 3 * SECOND
const IDLE_TIMEOUT_US = 10 * SECOND

export class CoreDnsPorts {
  readonly #context: ContainerContext
  readonly #server: DnsServer
  readonly #dns = new Map<number, () => void>()
  readonly #pages = new Map<number, () => void>()

  constructor(context: ContainerContext, server: DnsServer) {
    this.#context = context
    this.#server = server
  }

  /** Binds what the running Corefile says, and nothing else. */
  sync(): void {
    match(this.#dns, this.#server.ports, (port) => this.#bindDns(port))
    match(this.#pages, this.#server.httpPorts, (port) => this.#servePages(port))
  }

  #bindDns(port: number): () => void {
    const { network, engine } = this.#context
    const udp = network.bindUdp(port)
    const onMessage: typeof udp.onMessage = (data, from) => {
      const reply = this.#server.handleUdp(data, from, port)
      if (!(reply instanceof Promise)) {
        if (reply !== undefined) udp.send(reply, from)
        return
      }
      engine.touchAsync()
      void reply.then((bytes) => (bytes === undefined ? undefined : udp.send(bytes, from)))
    }
    udp.onMessage = onMessage
    const tcp = network.listenTcp(port, (socket) => this.#serveStream(socket, port))
    return () => {
      udp.close()
      tcp.close()
    }
  }

  /** Answers come in the order they are ready, not in the order of the questions: clients tell them apart by id. */
  #serveStream(socket: TcpSocket, port: number): void {
    const { engine } = this.#context
    const reader = createMessageReader()
    // One that never completes a question, or asks no more, is let go.
    const closeAfter = (delayUs: number): ScheduledTask =>
      engine.schedule(delayUs, 'dns tcp timeout', () => socket.end(), 'background')
    let timeout = closeAfter(READ_TIMEOUT_US)
    socket.onData = (data) => {
      for (const message of reader.push(data)) {
        engine.cancel(timeout)
        timeout = closeAfter(IDLE_TIMEOUT_US)
        const reply = this.#server.handleTcp(message, socket.remote, port)
        if (reply instanceof Promise) {
          engine.touchAsync()
          void reply.then((bytes) => (bytes === undefined ? undefined : socket.write(frameMessage(bytes))))
        } else if (reply !== undefined) socket.write(frameMessage(reply))
      }
    }
    socket.onEnd = () => {
      engine.cancel(timeout)
      socket.end()
    }
    socket.onError = () => engine.cancel(timeout)
  }

  #servePages(port: number): () => void {
    const { network, engine } = this.#context
    const server = serveHttp(network, port, ({ target }) => {
      const page = this.#server.handleHttp(port, pathOf(target))
      return goResponse(engine.clock, page.status, page.body, page.contentType)
    })
    return () => server.close()
  }
}

function match(open: Map<number, () => void>, wanted: readonly number[], bind: (port: number) => () => void): void {
  for (const [port, close] of [...open]) {
    if (wanted.includes(port)) continue
    close()
    open.delete(port)
  }
  for (const port of wanted) if (!open.has(port)) open.set(port, bind(port))
}
