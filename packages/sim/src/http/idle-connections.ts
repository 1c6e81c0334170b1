// What a proxy's client keeps open between requests: connections by where they lead, each for one request at a time. The one
// used last is taken first, as nginx and Go's http.Transport do it. One that the peer closes, or on which something arrives unasked,
// goes at once; the others when they are too many, too old or idle for too long.

import type { Engine, Microseconds, ScheduledTask } from '@podwire/engine'
import type { SocketError, WireFrame } from '../fabric/network.ts'
import type { StreamSocket } from '../tls/index.ts'

/** How long and how many. Infinity is no limit. */
export interface ReuseRules {
  /** Idle ones to one place; one more is closed instead of kept. */
  readonly idlePerPlace: number
  /** Idle ones at all; one more, and the one that is idle longest is closed. */
  readonly idle: number
  readonly idleTimeoutUs: Microseconds
  /** Requests on one connection. */
  readonly requests: number
  /** From when a connection was opened. */
  readonly ageUs: Microseconds
}

/** Whose request is on a connection. */
export interface ConnectionUser {
  frame(socket: StreamSocket, frame: WireFrame): void
  bytes(socket: StreamSocket, data: Uint8Array): void
  end(socket: StreamSocket): void
  fail(error: SocketError): void
}

/** A connection that carries one request after the other. */
export class ClientConnection {
  readonly socket: StreamSocket
  readonly place: string
  readonly openedUs: Microseconds
  requests = 0
  idleSinceUs: Microseconds = 0
  /** undefined while it is idle. */
  user: ConnectionUser | undefined = undefined

  constructor(owner: IdleConnections, place: string, socket: StreamSocket, openedUs: Microseconds) {
    this.place = place
    this.socket = socket
    this.openedUs = openedUs
    const unasked = (): void => owner.close(this)
    const onFrame: StreamSocket['onFrame'] = (frame) =>
      this.user === undefined ? unasked() : this.user.frame(socket, frame)
    const onData: StreamSocket['onData'] = (data) =>
      this.user === undefined ? unasked() : this.user.bytes(socket, data)
    const onEnd: StreamSocket['onEnd'] = () => (this.user === undefined ? unasked() : this.user.end(socket))
    const onError: StreamSocket['onError'] = (error) =>
      this.user === undefined ? owner.close(this) : this.user.fail(error)
    socket.onFrame = onFrame
    socket.onData = onData
    socket.onEnd = onEnd
    socket.onError = onError
  }
}

export class IdleConnections {
  readonly #engine: Engine
  readonly #rules: ReuseRules
  readonly #byPlace = new Map<string, ClientConnection[]>()
  /** The one that is idle longest comes first. */
  readonly #idle = new Set<ClientConnection>()
  #expiry: ScheduledTask | undefined
  #retired = false

  constructor(engine: Engine, rules: ReuseRules) {
    this.#engine = engine
    this.#rules = rules
  }

  get size(): number {
    return this.#idle.size
  }

  /** An idle connection to the place, which is the caller's now. */
  take(place: string): ClientConnection | undefined {
    const connection = this.#byPlace.get(place)?.at(-1)
    if (connection !== undefined) this.#forget(connection)
    return connection
  }

  /** Makes a connection of a socket that was just opened; it is the caller's. */
  open(place: string, socket: StreamSocket): ClientConnection {
    return new ClientConnection(this, place, socket, this.#engine.clock.now())
  }

  /** Takes a connection back whose request is answered. @returns false when it is to be closed instead */
  keep(connection: ClientConnection): boolean {
    const { idlePerPlace, idle, idleTimeoutUs, requests, ageUs } = this.#rules
    const nowUs = this.#engine.clock.now()
    const there = this.#byPlace.get(connection.place) ?? []
    if (this.#retired || connection.requests >= requests || nowUs - connection.openedUs > ageUs) return false
    if (there.length >= idlePerPlace || idle === 0) return false
    const [longest] = this.#idle
    if (longest !== undefined && this.#idle.size >= idle) this.close(longest)
    connection.user = undefined
    connection.idleSinceUs = nowUs
    if (there.push(connection) === 1) this.#byPlace.set(connection.place, there)
    this.#idle.add(connection)
    if (this.#expiry?.pending !== true) this.#expireIn(idleTimeoutUs)
    return true
  }

  /** Closes an idle connection. */
  close(connection: ClientConnection): void {
    this.#forget(connection)
    const { socket } = connection
    socket.onEnd = socket.onError = undefined
    socket.end()
  }

  /** Closes the idle ones, and keeps no more: whoever kept them has gone. */
  retire(): void {
    this.#retired = true
    this.#engine.cancel(this.#expiry)
    for (const connection of this.#idle) this.close(connection)
  }

  #forget(connection: ClientConnection): void {
    if (!this.#idle.delete(connection)) return
    const there = this.#byPlace.get(connection.place) ?? []
    if (there.at(-1) === connection) there.pop()
    else there.splice(there.indexOf(connection), 1)
    if (there.length === 0) this.#byPlace.delete(connection.place)
  }

  /** One timer for all: it looks for the next one when it is due. */
  #expireIn(delayUs: Microseconds): void {
    if (delayUs === Infinity) return
    this.#expiry = this.#engine.schedule(delayUs, 'http: idle connections', () => this.#expire(), 'background')
  }

  #expire(): void {
    const { idleTimeoutUs } = this.#rules
    const nowUs = this.#engine.clock.now()
    for (const connection of this.#idle) {
      const leftUs = connection.idleSinceUs + idleTimeoutUs - nowUs
      if (leftUs > 0) return this.#expireIn(leftUs)
      this.close(connection)
    }
  }
}
