// One request of curl's: look the host up, connect, send, read the response. What goes wrong is a value with curl's exit
// status and message. The response is read as bytes, so a server that speaks no HTTP shows what it says.

import type { CommandContext } from '@podwire/shell'
import { SocketError, type TcpSocket } from '../../fabric/network.ts'
import {
  createResponseReader,
  encodeRequest,
  type HeaderList,
  type HttpRequest,
  type ResponseReader,
} from './response-reader.ts'
import type { ReadableSocket } from '../../tls/index.ts'
import type { ToolHost } from '../tool.ts'
import { isAddress, lookupName, TIMED_OUT, within } from '../waiting.ts'
import { CurlHandshake, type CurlTls } from './curl-tls.ts'
import { connectFailure, connectTimeout, curlVersion, tryingLines } from './curl-version.ts'
import type { CurlUrl } from './curl-url.ts'

export interface TransferRequest {
  readonly url: CurlUrl
  readonly method: string
  readonly headers: HeaderList
  readonly body: Uint8Array
  readonly version: '1.0' | '1.1'
  readonly allowHttp09: boolean
  readonly connectTimeoutUs: number | undefined
  /** Moment at which -m ends everything. */
  readonly deadlineUs: number | undefined
  /** `--resolve host:port:address`. */
  readonly addresses: ReadonlyMap<string, string>
  /** `--connect-to`: where to connect to in place of what the URL says. */
  readonly connectTo: { readonly name: string; readonly port: number } | undefined
  readonly family: 4 | 6 | undefined
  /** For https. */
  readonly tls: CurlTls
  readonly verbose: (line: string, mark?: '*' | '>' | '<') => Promise<void>
}

export interface TransferTimes {
  lookupUs: number
  connectUs: number
  /** The handshake is done; 0 over plain HTTP. */
  appConnectUs: number
  firstByteUs: number
  totalUs: number
}

export interface TransferResult {
  /** 0 when the response is whole. */
  readonly exit: number
  readonly message: string
  readonly status: number
  readonly reason: string
  readonly httpVersion: string
  readonly headers: HeaderList
  readonly body: Uint8Array
  readonly remote: { readonly address: string; readonly port: number } | undefined
  readonly local: { readonly address: string; readonly port: number } | undefined
  readonly times: TransferTimes
}

const NOTHING = new Uint8Array()

class Failure extends Error {
  readonly exit: number

  constructor(exit: number, message: string) {
    super(message)
    this.exit = exit
  }
}

export class Transfer {
  readonly #context: CommandContext
  readonly #host: ToolHost
  readonly #request: TransferRequest
  readonly #startUs: number
  readonly #times: TransferTimes = { lookupUs: 0, connectUs: 0, appConnectUs: 0, firstByteUs: 0, totalUs: 0 }
  #socket: ReadableSocket | undefined

  constructor(context: CommandContext, host: ToolHost, request: TransferRequest) {
    this.#context = context
    this.#host = host
    this.#request = request
    this.#startUs = context.engine.clock.now()
  }

  async run(): Promise<TransferResult> {
    const reader = createResponseReader(this.#request.method)
    try {
      const addresses = await this.#lookup()
      const socket = await this.#connect(addresses)
      this.#socket = socket
      await this.#send(socket)
      await this.#receive(socket, reader)
      this.#times.totalUs = this.#elapsed()
      return this.#result(0, '', reader)
    } catch (error) {
      this.#times.totalUs = this.#elapsed()
      this.#socket?.destroy()
      if (!(error instanceof Failure)) throw error
      return this.#result(error.exit, error.message, reader)
    }
  }

  #elapsed(): number {
    return this.#context.engine.clock.now() - this.#startUs
  }

  #elapsedMs(): number {
    return Math.floor(this.#elapsed() / 1000)
  }

  /** What is left of -m. */
  #left(): number | undefined {
    const { deadlineUs } = this.#request
    return deadlineUs === undefined ? undefined : Math.max(0, deadlineUs - this.#context.engine.clock.now())
  }

  async #lookup(): Promise<readonly string[]> {
    const { url: asked, addresses, connectTo, verbose, connectTimeoutUs } = this.#request
    const url = connectTo ?? asked
    if (connectTo !== undefined) await verbose(`Connecting to hostname: ${connectTo.name}`)
    const pinned = addresses.get(`${url.name}:${url.port}`) ?? addresses.get(`*:${url.port}`)
    if (pinned !== undefined) await verbose(`Hostname ${url.name} was found in DNS cache`)
    const target = pinned ?? url.name
    const limits = [this.#left(), connectTimeoutUs].filter((one) => one !== undefined)
    const limit = limits.length === 0 ? undefined : Math.min(...limits)
    const found = await within(this.#context, lookupName(this.#host, target, this.#request.family), limit)
    if (found === TIMED_OUT) throw new Failure(28, `Resolving timed out after ${this.#elapsedMs()} milliseconds`)
    this.#times.lookupUs = this.#elapsed()
    if (!('error' in found) && found.addresses.length > 0) return found.addresses
    await verbose(`Could not resolve host: ${url.name}`)
    if (curlVersion(this.#host) === '7.61.1') await verbose('Closing connection 0')
    throw new Failure(6, `Could not resolve host: ${url.name}`)
  }

  async #connect(addresses: readonly string[]): Promise<ReadableSocket> {
    const { url, connectTo, verbose, connectTimeoutUs } = this.#request
    const port = connectTo?.port ?? url.port
    const version = curlVersion(this.#host)
    const limits = [
      this.#left(),
      connectTimeoutUs === undefined ? undefined : Math.max(0, connectTimeoutUs - this.#elapsed()),
    ].filter((one) => one !== undefined)
    const endUs = limits.length === 0 ? undefined : this.#context.engine.clock.now() + Math.min(...limits)
    let reason = ''
    let timedOut = false
    for (const address of addresses) {
      for (const line of tryingLines(version, address, port)) await verbose(line)
      const timeoutUs = endUs === undefined ? undefined : Math.max(1, endUs - this.#context.engine.clock.now())
      const options = { address, port, ...(timeoutUs === undefined ? {} : { timeoutUs }) }
      try {
        const socket = await this.#context.block(this.#host.network.connectTcp(options))
        this.#times.connectUs = this.#elapsed()
        await verbose(`Connected to ${url.name} (${address}) port ${port} (#0)`)
        this.#socket = socket
        return url.scheme === 'https' ? await this.#secure(socket) : socket
      } catch (error) {
        if (!(error instanceof SocketError)) throw error
        const limited = endUs !== undefined && this.#context.engine.clock.now() >= endUs
        if (error.code === 'ETIMEDOUT' && limited) {
          const failure = { host: url.name, port, elapsedMs: this.#elapsedMs(), reason: '' }
          const whole = this.#left() === 0 && connectTimeoutUs === undefined
          throw new Failure(
            28,
            whole ? `Connection timed out after ${failure.elapsedMs} milliseconds` : connectTimeout(version, failure),
          )
        }
        reason = connectReason(error)
        timedOut = error.code === 'ETIMEDOUT'
        await verbose(`connect to ${address} port ${port} failed: ${reason}`)
      }
    }
    const message = connectFailure(version, { host: url.name, port, elapsedMs: this.#elapsedMs(), reason })
    await verbose(message)
    await verbose('Closing connection 0')
    // Since 7.67 a connection the kernel gave up counts as timed out.
    throw new Failure(timedOut && version !== '7.61.1' ? 28 : 7, message)
  }

  async #secure(socket: TcpSocket): Promise<ReadableSocket> {
    const { url, tls, verbose } = this.#request
    const version = curlVersion(this.#host)
    const handshake = new CurlHandshake(this.#context, url.name, version, tls, (line) => verbose(line))
    try {
      const secured = await within(this.#context, handshake.run(socket, url.port), this.#left())
      if (secured === TIMED_OUT) {
        const message = version === '7.61.1' ? 'Operation' : 'SSL connection'
        throw new Failure(28, `${message} ${version === '7.61.1' ? 'timed out' : 'timeout'}`)
      }
      this.#times.appConnectUs = this.#elapsed()
      if ('read' in secured) return secured
      await verbose('Closing connection 0')
      if (secured.afterwards !== undefined) await verbose(secured.afterwards)
      throw new Failure(secured.exit, secured.message)
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      const where = `in connection to ${url.name}:${url.port} `
      const reason = version === '7.61.1' ? 'SSL_ERROR_SYSCALL' : connectReason(error)
      throw new Failure(35, `OpenSSL SSL_connect: ${reason} ${where}`)
    }
  }

  async #send(socket: ReadableSocket): Promise<void> {
    const { url, method, headers, body, version, verbose } = this.#request
    const request: HttpRequest = { method, target: url.target, version, headers, body }
    await verbose(`${method} ${url.target} HTTP/${version}`, '>')
    for (const [name, value] of headers) await verbose(`${name}: ${value}`, '>')
    await verbose('', '>')
    socket.write(encodeRequest(request))
  }

  async #receive(socket: ReadableSocket, reader: ResponseReader): Promise<void> {
    for (;;) {
      const chunk = await this.#read(socket, reader)
      if (this.#times.firstByteUs === 0) this.#times.firstByteUs = this.#elapsed()
      reader.feed(chunk)
      const { state } = reader
      if (state === 'not-http' && !this.#request.allowHttp09) throw new Failure(1, 'Received HTTP/0.9 when not allowed')
      if (state === 'broken') throw new Failure(56, reader.problem)
      if (state === 'done' || chunk === undefined) break
    }
    if (reader.state === 'empty' || reader.state === 'head') throw new Failure(52, 'Empty reply from server')
    if (reader.state === 'body') throw new Failure(18, reader.missing())
    if (reader.state === 'not-http') socket.destroy()
    else socket.end()
  }

  async #read(socket: ReadableSocket, reader: ResponseReader): Promise<Uint8Array | undefined> {
    try {
      const chunk = await within(this.#context, socket.read(), this.#left())
      if (chunk !== TIMED_OUT) return chunk
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      if (error.code === 'ECONNRESET') {
        // What came before the reset is the answer of a server that speaks no HTTP.
        throw new Failure(56, 'Recv failure: Connection reset by peer')
      }
      throw new Failure(56, `Recv failure: ${connectReason(error)}`)
    }
    const received = reader.received
    const total = reader.expected === undefined ? '' : `out of ${reader.expected} `
    throw new Failure(
      28,
      `Operation timed out after ${this.#elapsedMs()} milliseconds with ${received} ${total}bytes received`,
    )
  }

  #result(exit: number, message: string, reader: ResponseReader): TransferResult {
    return {
      exit,
      message,
      status: reader.status,
      reason: reader.reason,
      httpVersion: reader.httpVersion,
      headers: reader.headers,
      body: exit === 1 ? NOTHING : (reader.body() ?? NOTHING),
      remote: this.#socket?.remote,
      local: this.#socket?.local,
      times: this.#times,
    }
  }
}

export function connectReason(error: SocketError): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'Connection refused'
    case 'ETIMEDOUT':
      return 'Connection timed out'
    case 'EHOSTUNREACH':
      return 'No route to host'
    case 'ENETUNREACH':
      return 'Network is unreachable'
    case 'ECONNRESET':
      return 'Connection reset by peer'
    case 'EPIPE':
      return 'Broken pipe'
    case 'EPERM':
      return 'Operation not permitted'
    case 'EADDRINUSE':
      return 'Address already in use'
    case 'EADDRNOTAVAIL':
      return 'Cannot assign requested address'
  }
}

/** The Host header's value. */
export function hostHeader(url: CurlUrl): string {
  const name = url.name.includes(':') && isAddress(url.name) ? `[${url.name}]` : url.name
  return url.portGiven ? `${name}:${url.port}` : name
}
