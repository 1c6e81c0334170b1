// exec and attach, whatever carries them: reads the options from the URL, starts the session on the pod's node, and turns its
// result into the Status kubectl reads its exit code from. Source: apimachinery/kubelet remotecommand (v4 and v5 protocols).

import type { Pod } from '../objects/index.ts'
import { isTrue } from '../http/request-info.ts'
import { badRequest } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'
import { KubeletRefusal, type ExecResult, type ExecSession, type NodeConnection } from './node-connection.ts'

export interface CommandOptions {
  readonly attach: boolean
  readonly container: string
  readonly command: readonly string[]
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

/** What a client sends during a session. */
export interface CommandEvents {
  /** Resolves when the program has room for more; undefined: it has. */
  stdin(bytes: Uint8Array): Promise<void> | undefined
  stdinEnd(): void
  resize(columns: number, rows: number): void
  /** The client went away. */
  gone(): void
}

/** A client's end of a session: websocket channels or SPDY streams. */
export interface CommandTransport {
  /** Resolve when the client has room for more; undefined: it has. */
  stdout(bytes: Uint8Array): Promise<void> | undefined
  stderr(bytes: Uint8Array): Promise<void> | undefined
  /** Sends the closing status and closes. */
  finish(status: CommandStatus): void
  /** Starts delivery; what came before is delivered first. */
  listen(events: CommandEvents): void
}

/** The closing Status as it is sent: a bare one for success and exit codes, a whole one for errors. */
export interface CommandStatus {
  readonly metadata: object
  readonly status?: string
  readonly message?: string
  readonly reason?: string
  readonly details?: object
  readonly code?: number
}

/** What protocols before version 4 send: the message of a failure, nothing for success. */
export function statusText({ status, message }: CommandStatus): string {
  return status === 'Success' ? '' : (message ?? '')
}

/** @throws StatusError 400 for options no kubelet accepts */
export function commandOptions(query: URLSearchParams, container: string, attach: boolean): CommandOptions {
  const options: CommandOptions = {
    attach,
    container,
    command: query.getAll('command'),
    stdin: isTrue(query.get('stdin')),
    stdout: isTrue(query.get('stdout')),
    stderr: isTrue(query.get('stderr')),
    tty: isTrue(query.get('tty')),
  }
  if (!options.stdin && !options.stdout && !options.stderr) {
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr')
  }
  if (!attach && options.command.length === 0) throw badRequest('you must specify at least 1 command')
  return options
}

export function internalErrorStatus(message: string): CommandStatus {
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ message }] },
    code: 500,
  }
}

/** The Status on the error channel. */
export function resultStatus(result: ExecResult): CommandStatus {
  if ('error' in result) return internalErrorStatus(result.error)
  if (result.exitCode === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${result.exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(result.exitCode) }] },
  }
}

/** A terminal size as clients send it: `{"Width":80,"Height":24}`, one a line. */
export function parseResize(text: string): readonly { readonly columns: number; readonly rows: number }[] {
  const sizes: { columns: number; rows: number }[] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    try {
      const { Width: columns, Height: rows } = JSON.parse(line) as { Width?: unknown; Height?: unknown }
      if (typeof columns === 'number' && typeof rows === 'number') sizes.push({ columns, rows })
    } catch {
      // A client that sends broken sizes keeps the size it had.
    }
  }
  return sizes
}

function start(node: NodeConnection, pod: Pod, options: CommandOptions, transport: CommandTransport): ExecSession {
  const { attach, container, command, stdin, tty } = options
  const output = {
    stdout: (data: Uint8Array) => (options.stdout ? transport.stdout(data) : undefined),
    // A terminal has one output; without a terminal, stderr goes nowhere unless asked for.
    stderr: (data: Uint8Array) => {
      if (tty) return transport.stdout(data)
      return options.stderr ? transport.stderr(data) : undefined
    },
  }
  return attach
    ? node.attach(pod, { container, stdin, tty }, output)
    : node.exec(pod, { container, command, stdin, tty }, output)
}

/** Runs a session to its end, or until the client goes away. Call it inside the simulation. */
export function runRemoteCommand(
  node: NodeConnection,
  pod: Pod,
  options: CommandOptions,
  transport: CommandTransport,
): void {
  let session: ExecSession
  try {
    session = start(node, pod, options, transport)
  } catch (error) {
    if (error instanceof StatusError) transport.finish(error.status)
    else if (error instanceof KubeletRefusal) {
      transport.finish(internalErrorStatus(`unable to upgrade connection: ${error.message}`))
    } else throw error
    return
  }
  let over = false
  transport.listen({
    stdin: (bytes) => (options.stdin && !over ? session.write(bytes) : undefined),
    stdinEnd: () => {
      if (options.stdin && !over) session.closeStdin()
    },
    resize: (columns, rows) => {
      if (options.tty && !over) session.resize(columns, rows)
    },
    gone: () => {
      if (over) return
      over = true
      session.abort()
    },
  })
  const finish = (result: ExecResult): void => {
    if (over) return
    over = true
    transport.finish(resultStatus(result))
  }
  session.result.then(finish, (error: unknown) =>
    finish({ error: error instanceof Error ? error.message : String(error) }),
  )
}
