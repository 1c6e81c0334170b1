// A SOCKS5 door: browsers and tools of this machine reach cluster names, ClusterIPs and pods through it, as a client on a node would
// that asks cluster DNS. CONNECT alone, without authentication. RFC 1928. TLS works as at any door (tls-door.ts).

import { createServer, isIPv6, type Socket } from 'node:net'
import type { Driver } from '@podwire/engine'
import ipaddr from 'ipaddr.js'
import { SocketError, type NetworkNamespace, type SocketErrorCode, type TcpSocket } from '../fabric/network.ts'
import type { NameResolver } from '../images/image.ts'
import { decide, listenForDoor, type Door } from './tcp-door.ts'

export interface SocksDoorOptions {
  readonly driver: Driver
  readonly listen: { readonly address: string; readonly port: number }
  /** Who dials inside: a node. */
  readonly from: NetworkNamespace
  readonly resolver: NameResolver
  readonly connectTimeoutUs: number
}

const VERSION = 5
const NO_AUTHENTICATION = 0
const NO_METHOD = 0xff
const CONNECT = 1
const IPV4 = 1
const DOMAIN = 3
const IPV6 = 4

const SUCCEEDED = 0
const GENERAL_FAILURE = 1
const HOST_UNREACHABLE = 4
const COMMAND_NOT_SUPPORTED = 7
const ADDRESS_NOT_SUPPORTED = 8

/** RFC 1928 §6. A name that does not resolve is a host nobody reaches. */
const REPLIES: Readonly<Partial<Record<SocketErrorCode, number>>> = {
  ENETUNREACH: 3,
  EHOSTUNREACH: HOST_UNREACHABLE,
  ECONNREFUSED: 5,
  ETIMEDOUT: 6,
}

/** Rejects with the host's error when it cannot listen. */
export function openSocksDoor(options: SocksDoorOptions): Promise<Door> {
  const server = createServer({ allowHalfOpen: true }, (client) => new SocksClient(client, options).start())
  return listenForDoor(server, options.listen)
}

type State = 'greeting' | 'request' | 'connecting'

class SocksClient {
  readonly #client: Socket
  readonly #options: SocksDoorOptions
  #state: State = 'greeting'
  #heard: Buffer = Buffer.alloc(0)

  constructor(client: Socket, options: SocksDoorOptions) {
    this.#client = client
    this.#options = options
  }

  start(): void {
    const client = this.#client
    client.setNoDelay(true)
    client.on('error', () => client.destroy())
    client.on('data', this.#take)
    client.once('end', this.#leave)
  }

  readonly #take = (data: Buffer): void => {
    this.#heard = Buffer.concat([this.#heard, data])
    if (this.#heard[0] !== VERSION) return void this.#client.destroy()
    if (this.#state === 'greeting') this.#greet()
    if (this.#state === 'request') this.#ask()
  }

  readonly #leave = (): void => {
    if (this.#state !== 'connecting') this.#client.destroy()
  }

  #greet(): void {
    const [, count = 0] = this.#heard
    if (this.#heard.length < 2 || this.#heard.length < 2 + count) return
    const methods = this.#heard.subarray(2, 2 + count)
    this.#heard = this.#heard.subarray(2 + count)
    if (!methods.includes(NO_AUTHENTICATION)) {
      this.#client.end(Buffer.from([VERSION, NO_METHOD]))
      this.#state = 'connecting'
      return
    }
    this.#client.write(Buffer.from([VERSION, NO_AUTHENTICATION]))
    this.#state = 'request'
  }

  #ask(): void {
    const [, command, , type = 0, nameLength = 0] = this.#heard
    if (this.#heard.length < 5) return
    const size = type === IPV4 ? 4 : type === IPV6 ? 16 : type === DOMAIN ? 1 + nameLength : undefined
    if (size === undefined) return this.#refuse(ADDRESS_NOT_SUPPORTED)
    if (this.#heard.length < 4 + size + 2) return
    if (command !== CONNECT) return this.#refuse(COMMAND_NOT_SUPPORTED)
    const address = this.#heard.subarray(4, 4 + size)
    const port = this.#heard.readUInt16BE(4 + size)
    this.#heard = this.#heard.subarray(4 + size + 2)
    const name =
      type === DOMAIN ? address.subarray(1).toString('latin1') : ipaddr.fromByteArray([...address]).toString()
    this.#state = 'connecting'
    this.#client.pause()
    void this.#connect(name, port, type !== DOMAIN)
  }

  async #connect(name: string, port: number, isAddress: boolean): Promise<void> {
    const { driver } = this.#options
    try {
      const inner = await driver.enter(() => this.#dial(name, port, isAddress))
      if (typeof inner === 'number') return this.#refuse(inner)
      this.#client.off('data', this.#take)
      this.#client.off('end', this.#leave)
      this.#client.write(reply(SUCCEEDED, inner.local))
      if (this.#heard.length > 0) this.#client.unshift(this.#heard)
      decide(driver, this.#client, inner, { from: this.#options.from, address: inner.remote.address, port })
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      this.#refuse(REPLIES[error.code] ?? GENERAL_FAILURE)
    }
  }

  /** One address after the other, as long as they cannot be connected to. A number is the reply that refuses. */
  async #dial(name: string, port: number, isAddress: boolean): Promise<TcpSocket | number> {
    const { from, resolver, connectTimeoutUs } = this.#options
    const found = isAddress ? { addresses: [name] } : await resolver.lookup(name)
    const addresses = 'error' in found ? [] : found.addresses
    let failure: SocketError | undefined
    for (const address of addresses) {
      try {
        return await from.connectTcp({ address, port, timeoutUs: connectTimeoutUs })
      } catch (error) {
        if (!(error instanceof SocketError)) throw error
        failure = error
      }
    }
    if (failure !== undefined) throw failure
    return HOST_UNREACHABLE
  }

  #refuse(code: number): void {
    this.#state = 'connecting'
    this.#client.end(reply(code, { address: '0.0.0.0', port: 0 }))
  }
}

function reply(code: number, { address, port }: { readonly address: string; readonly port: number }): Buffer {
  const end = Buffer.alloc(2)
  end.writeUInt16BE(port)
  const type = isIPv6(address) ? IPV6 : IPV4
  return Buffer.concat([Buffer.from([VERSION, code, 0, type, ...ipaddr.parse(address).toByteArray()]), end])
}
