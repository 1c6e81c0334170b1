// The HTTP door without a network: Node's HTTP clients reach it through an agent whose connections are pairs of streams. It is the
// same server, request by request; virtual time stands still while messages are under way, so that a program that talks to it
// (an operator in a test) runs deterministically.

import { Agent } from 'node:http'
import type { Duplex } from 'node:stream'
import { createDoor, type HttpServerOptions } from '../http/server.ts'
import { BusyHold } from './busy-hold.ts'
import { MemorySocket } from './memory-socket.ts'

export interface InProcessDoor {
  /** For `http.request`, node-fetch, ws: whatever takes an http.Agent. Host and port of the URL do not matter. */
  readonly agent: Agent
  /** As if nobody listened: connections end, new ones are refused, until it is told otherwise. */
  refuse(refusing: boolean): void
  close(): Promise<void>
}

type InProcessDoorOptions = Omit<HttpServerOptions, 'tls' | 'host' | 'port'>

export async function openInProcessDoor(options: InProcessDoorOptions): Promise<InProcessDoor> {
  const door = createDoor(options)
  await door.ready()
  const agent = new MemoryAgent(new BusyHold(options.engine), (socket) => door.accept(socket))
  return {
    agent,
    refuse: (refusing) => agent.refuse(refusing),
    close: async () => {
      agent.refuse(true)
      await door.close()
    },
  }
}

class MemoryAgent extends Agent {
  readonly #hold: BusyHold
  readonly #accept: (socket: Duplex) => void
  readonly #open = new Set<Duplex>()
  #refusing = false

  constructor(hold: BusyHold, accept: (socket: Duplex) => void) {
    super({ keepAlive: false })
    this.#hold = hold
    this.#accept = accept
  }

  refuse(refusing: boolean): void {
    this.#refusing = refusing
    if (refusing) for (const socket of this.#open) socket.destroy()
  }

  override createConnection(
    _options: unknown,
    connected?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | undefined {
    this.#hold.touch()
    const [client, server] = MemorySocket.pair(this.#hold.touch)
    if (this.#refusing) {
      process.nextTick(() => connected?.(refused(), client))
      return undefined
    }
    this.#open.add(client)
    client.once('close', () => this.#open.delete(client))
    this.#accept(server)
    return client
  }
}

/** As Node words it for a socket. */
function refused(): Error {
  const error = new Error('connect ECONNREFUSED 127.0.0.1:6443')
  return Object.assign(error, { code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port: 6443 })
}
