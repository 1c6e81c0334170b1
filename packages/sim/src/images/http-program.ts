// Starts a program that serves HTTP: the common start of most images.

import { serveHttp } from '../http/index.ts'
import type { HttpHandler } from '../http/message.ts'
import type { ContainerContext, RunningProgram } from './image.ts'
import { takesSignals, type SignalTable } from './program.ts'
import { SocketError } from '../fabric/network.ts'

export interface HttpProgramOptions {
  readonly ports: readonly number[]
  readonly handler: HttpHandler
  readonly signals: SignalTable
  /** Serves HTTPS. */
  readonly tls?: boolean
  /** What the server writes when its port is taken, before it exits with 1. */
  readonly portTaken?: (port: number) => string
}

export function startHttpProgram(context: ContainerContext, options: HttpProgramOptions): RunningProgram {
  for (const port of options.ports) {
    try {
      serveHttp(context.network, port, options.handler, { tls: options.tls === true })
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      context.stderr(options.portTaken?.(port) ?? `listen tcp :${port}: bind: address already in use\n`)
      context.exit(1)
      return { signal: () => undefined }
    }
  }
  return takesSignals(context, options.signals)
}
