// What the API server asks of a kubelet: exec, attach, logs and port-forward. The composition root connects the real nodes;
// the HTTP door turns these into websockets and SPDY streams.

import type { Pod } from '../objects/index.ts'

export interface ExecRequest {
  readonly container: string
  readonly command: readonly string[]
  readonly stdin: boolean
  readonly tty: boolean
}

/** Where a session's output goes. Called in virtual-time order. */
export interface ExecOutput {
  stdout(data: Uint8Array): void
  stderr(data: Uint8Array): void
}

/** How a command ended: its exit code, or why it could not be started (kubelet's message, HTTP 500 Status). */
export type ExecResult = { readonly exitCode: number } | { readonly error: string }

export interface ExecSession {
  write(data: Uint8Array): void
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
  readonly limitBytes?: number
}

/** A byte stream in both directions, for port-forward. */
export interface ByteStream {
  write(data: Uint8Array): void
  end(): void
  destroy(): void
}

/**
 * `exec`, `attach` and `logs` may throw StatusError when the kubelet refuses outright (a container that is not running yet):
 * the client gets it as an HTTP answer where nothing was sent so far, else as the closing status.
 */
export interface NodeConnection {
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
}
