// exec and attach, whatever carries them: reads the options from the URL, starts the session on the pod's node, and turns its
// result into the Status kubectl reads its exit code from. Source: apimachinery/kubelet remotecommand (v4 and v5 protocols).

import type { Pod } from '../objects/index.ts'
import { isTrue } from '../http/request-info.ts'
import { badRequest } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'
import type { ExecResult, ExecSession, NodeConnection } from './node-connection.ts'

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
  stdin(bytes: Uint8Array): void
  stdinEnd(): void
  resize(columns: number, rows: number): void
  /** The client went away. */
  gone(): void
}

/** A client's end of a session: websocket channels or SPDY streams. */
export interface CommandTransport {
  stdout(bytes: Uint8Array): void
  stderr(bytes: Uint8Array): void
  /** Sends the closing status and closes. */
  finish(status: object): void
  /** Starts delivery; what came before is delivered first. */
  listen(events: CommandEvents): void
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

/** The Status on the error channel. */
export function resultStatus(result: ExecResult): object {
  if ('error' in result) {
    return {
      metadata: {},
      status: 'Failure',
      message: `Internal error occurred: ${result.error}`,
      reason: 'InternalError',
      details: { causes: [{ message: result.error }] },
      code: 500,
    }
  }
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
    stdout: (data: Uint8Array): void => {
      if (options.stdout) transport.stdout(data)
    },
    // A terminal has one output; without a terminal, stderr goes nowhere unless asked for.
    stderr: (data: Uint8Array): void => {
      if (tty) transport.stdout(data)
      else if (options.stderr) transport.stderr(data)
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
    if (!(error instanceof StatusError)) throw error
    transport.finish(error.status)
    return
  }
  let over = false
  transport.listen({
    stdin: (bytes) => {
      if (options.stdin && !over) session.write(bytes)
    },
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
