// Requests with an Upgrade header: exec, attach, port-forward, logs and watches, over websockets and SPDY/3.1. Everything is checked
// before the protocol changes, because kubectl falls back only on plain refusals. It keeps the open connections.
// Source: apiserver util/proxy, kubelet server.go; kubectl's side in client-go tools/remotecommand.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { PodwireError, type Driver } from '@podwire/engine'
import { refusalAnswer, type Answer } from '../http/answer.ts'
import type { DoorContext, DoorRequest } from '../http/router.ts'
import { isReadableUrl } from '../http/url.ts'
import { isProxyUrl, type ProxyDoor } from '../proxy/proxy-door.ts'
import { badRequest } from '../status/errors.ts'
import { KubeletRefusal } from './node-connection.ts'
import { SpdySessions } from './spdy-sessions.ts'
import type { SpdyConnection } from './spdy/connection.ts'
import { answerUpgrade, passRefusal, refuseUpgrade } from './upgrade-protocols.ts'
import { upgradeSession } from './upgrade-session.ts'
import { WebSocketSessions } from './websocket-sessions.ts'

/** The kernel looks after peers that vanished without a word. */
const TCP_KEEP_ALIVE_MS = 15_000

type KeptAlive = Duplex & {
  setKeepAlive?: (enable: boolean, delayMs: number) => void
  setNoDelay?: (enable: boolean) => void
}

export class UpgradeDoor {
  readonly #context: DoorContext
  readonly #driver: Pick<Driver, 'enter'>
  readonly #proxies: Pick<ProxyDoor, 'handleUpgrade'>
  readonly #sockets = new Set<Duplex>()
  readonly #websockets: WebSocketSessions
  readonly #spdy: SpdySessions

  constructor(context: DoorContext, driver: Pick<Driver, 'enter'>, proxies: Pick<ProxyDoor, 'handleUpgrade'>) {
    this.#context = context
    this.#driver = driver
    this.#proxies = proxies
    const host = {
      engine: context.engine,
      enter: this.#enter,
      begin: <Result>(work: () => Result): Result => this.#driver.enter(work),
      keep: (socket: Duplex, onClose: () => void) => this.#keep(socket, onClose),
      receive: (connection: SpdyConnection, bytes: Uint8Array, abort: () => void) =>
        this.#receive(connection, bytes, abort),
    }
    this.#websockets = new WebSocketSessions(host)
    this.#spdy = new SpdySessions(host)
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
    if (!isReadableUrl(request.url ?? '/')) {
      passRefusal(socket, 400, '400 Bad Request')
      return
    }
    if (isProxyUrl(request.method ?? 'GET', request.url ?? '/')) {
      this.#proxies.handleUpgrade(request, socket, head)
      return
    }
    try {
      this.#open(request, socket, head)
    } catch (error) {
      if (error instanceof KubeletRefusal) passRefusal(socket, error.code, error.message)
      else refuseUpgrade(socket, this.#context.report(error), request)
    }
  }

  #open(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const session = this.#driver.enter(() => upgradeSession(this.#context, request))
    const protocol = (request.headers.upgrade ?? '').toLowerCase()
    if (session.kind === 'answer') void this.#answer(socket, session.answer, session.request)
    else if (protocol === 'websocket') this.#websockets.open({ request, socket, head, session })
    else if (protocol === 'spdy/3.1' && (session.kind === 'command' || session.kind === 'forward')) {
      this.#spdy.open({ request, socket, head, session })
    } else throw badRequest(`unable to upgrade: ${request.headers.upgrade ?? 'nothing'} is not spoken here`)
  }

  /** The request takes no upgrade: it is answered as if it had not asked for one. */
  async #answer(socket: Duplex, answer: Answer | Promise<Answer>, request: DoorRequest): Promise<void> {
    try {
      answerUpgrade(socket, await answer, request)
    } catch (error) {
      answerUpgrade(socket, refusalAnswer(this.#context.report(error)), request)
    }
  }

  #keep(socket: Duplex, onClose: () => void): void {
    const connection: KeptAlive = socket
    connection.setKeepAlive?.(true, TCP_KEEP_ALIVE_MS)
    connection.setNoDelay?.(true)
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#enter(onClose)
    })
  }

  readonly #enter = (work: () => void): void => {
    try {
      this.#driver.enter(work)
    } catch (error) {
      this.#context.report(error)
    }
  }

  #receive(connection: SpdyConnection, data: Uint8Array, abort: () => void): void {
    try {
      this.#driver.enter(() => connection.receive(data))
    } catch (error) {
      // What a client sends that is no SPDY is the client's fault, and ends its connection alone.
      if (!(error instanceof PodwireError)) this.#context.report(error)
      abort()
    }
  }
}
