// Which curl a place has, and what differs. Images with glibc have CentOS 8's 7.61.1, which the course's sessions show: it
// prints what a server that speaks no HTTP sends. Images with musl have 7.88.1, which refuses that (HTTP/0.9).
// Texts of 7.88.1 were compared with the real program; those of 7.61.1 follow its source (lib/connect.c, lib/transfer.c).

import type { ToolHost } from '../tool.ts'

export type CurlVersion = '7.61.1' | '7.88.1'

export function curlVersion(host: ToolHost): CurlVersion {
  return host.libc === 'musl' ? '7.88.1' : '7.61.1'
}

export interface ConnectFailure {
  readonly host: string
  readonly port: number
  readonly elapsedMs: number
  readonly reason: string
}

/** Exit status 7: nobody took the connection. */
export function connectFailure(version: CurlVersion, failure: ConnectFailure): string {
  const { host, port, elapsedMs, reason } = failure
  if (version === '7.61.1') return `Failed to connect to ${host} port ${port}: ${reason}`
  return `Failed to connect to ${host} port ${port} after ${elapsedMs} ms: Couldn't connect to server`
}

/** Exit status 28 while connecting. */
export function connectTimeout(version: CurlVersion, failure: ConnectFailure): string {
  if (version === '7.61.1') return `Connection timed out after ${failure.elapsedMs} milliseconds`
  return `Failed to connect to ${failure.host} port ${failure.port} after ${failure.elapsedMs} ms: Timeout was reached`
}

export function failedStatus(version: CurlVersion, status: number, reason: string): string {
  const text = version === '7.61.1' && reason !== '' ? `${status} ${reason}` : String(status)
  return `The requested URL returned error: ${text}`
}

/** `-v` lines about connecting. */
export function tryingLines(version: CurlVersion, address: string, port: number): readonly string[] {
  const shown = address.includes(':') ? `[${address}]` : address
  if (version === '7.61.1') return [`  Trying ${address}...`, 'TCP_NODELAY set']
  return [`  Trying ${shown}:${port}...`]
}
