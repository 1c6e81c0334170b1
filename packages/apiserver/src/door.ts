// The HTTPS door is loaded only by those who open it: a cluster in a unit test never pays for a web server and certificates.

import type { createServerCertificates, createToken, kubeconfigText, writeKubeconfig } from './certificates/index.ts'
import type { openInProcessDoor } from './in-process/index.ts'
import type { createDoor, startHttpServer } from './http/server.ts'

export type { HttpServer, HttpServerOptions } from './http/server.ts'
export type { RecordedRequest } from './http/recorded-request.ts'
export type { InProcessDoor } from './in-process/index.ts'
export type { ClientIdentity, ServerCertificates } from './certificates/index.ts'

export interface HttpDoor {
  readonly startHttpServer: typeof startHttpServer
  /** A door that is not open yet, or never: for requests that are given again. */
  readonly createDoor: typeof createDoor
  readonly openInProcessDoor: typeof openInProcessDoor
  readonly createServerCertificates: typeof createServerCertificates
  readonly createToken: typeof createToken
  readonly kubeconfigText: typeof kubeconfigText
  readonly writeKubeconfig: typeof writeKubeconfig
}

export async function loadHttpDoor(): Promise<HttpDoor> {
  // One after the other: they share modules, and vitest's vm pools cannot link a module for two importers at once.
  const http = await import('./http/server.ts')
  const inProcess = await import('./in-process/index.ts')
  const certificates = await import('./certificates/index.ts')
  return { ...http, ...inProcess, ...certificates }
}
