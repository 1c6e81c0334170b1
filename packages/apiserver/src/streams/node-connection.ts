// What the API server asks of the cluster's machines: exec, attach, logs and port-forward of kubelets, and HTTP requests sent
// from the control plane's node. The composition root connects the real nodes; the HTTP door turns these into websockets, SPDY
// streams and proxied requests.

import type { Pod } from '../objects/index.ts'

export interface ExecRequest {
  readonly container: string
  readonly command: readonly string[]
  readonly stdin: boolean
  readonly tty: boolean
}

/** Where a session's output goes. Called in virtual-time order. A promise resolves when there is room for more. */
export interface ExecOutput {
  stdout(data: Uint8Array): Promise<void> | undefined
  stderr(data: Uint8Array): Promise<void> | undefined
}

/** How a command ended: its exit code, or why it could not be started (kubelet's message, HTTP 500 Status). */
export type ExecResult = { readonly exitCode: number } | { readonly error: string }

export interface ExecSession {
  /** Resolves when the program has room for more; undefined: it has. */
  write(data: Uint8Array): Promise<void> | undefined
  closeStdin(): void
  resize(columns: number, rows: number): void
  /** The client went away. */
  abort(): void
  readonly result: Promise<ExecResult>
}

export interface LogRequest {
  readonly container: string
  readonly follow: boolean
  readonly previous: boolean
  readonly timestamps: boolean
  readonly tailLines?: number
  readonly sinceSeconds?: number
  /** Milliseconds since 1970. */
  readonly sinceTimeMs?: number
  readonly limitBytes?: number
}

/** A byte stream in both directions, for port-forward. */
export interface ByteStream {
  write(data: Uint8Array): void
  end(): void
  destroy(): void
}

/** Where a proxied request goes: an address of the simulated network. */
export interface Backend {
  readonly scheme: 'http' | 'https'
  readonly address: string
  readonly port: number
}

/** The head of a request for a backend; its body follows through the BackendExchange. */
export interface BackendRequest {
  readonly method: string
  /** Path and query as they are sent. */
  readonly target: string
  /** Complete: Host, and Content-Length or Transfer-Encoding where there is a body. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** What comes back. Head once, then data, then `end` or `error`. After a head with code 101 the bytes are the other protocol's. */
export interface BackendResponse {
  head(code: number, reason: string, headers: BackendRequest['headers']): void
  data(bytes: Uint8Array): void
  end(): void
  /** In the words of Go's HTTP transport: `dial tcp 10.0.0.1:80: connect: connection refused`. */
  error(message: string): void
}

/** What a kubelet answers instead of a stream: an HTTP code and a line of text. */
export class KubeletRefusal extends Error {
  override readonly name = 'KubeletRefusal'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** `exec`, `attach` and `logs` throw KubeletRefusal; all but `sendRequest` throw StatusError for a kubelet out of reach. */
export interface NodeConnection {
  /** Why `exec` and `attach` would refuse, asked before a client's connection is upgraded. */
  commandRefusal(pod: Pod, container: string): KubeletRefusal | undefined
  exec(pod: Pod, request: ExecRequest, output: ExecOutput): ExecSession
  attach(pod: Pod, request: Omit<ExecRequest, 'command'>, output: ExecOutput): ExecSession
  /** Calls `onText` with what there is, later with what comes (follow), then `onEnd`. Returns a way to stop. */
  logs(pod: Pod, request: LogRequest, onText: (text: Uint8Array) => void, onEnd: () => void): { stop(): void }
  /** Rejects with kubelet's message when nothing listens. */
  portForward(
    pod: Pod,
    port: number,
    receive: { data(bytes: Uint8Array): void; end(): void; error(message: string): void },
  ): Promise<ByteStream>
  /** Sends a request from the control plane's node. The stream carries its body; `destroy` gives up. */
  sendRequest(backend: Backend, request: BackendRequest, response: BackendResponse): ByteStream
}
