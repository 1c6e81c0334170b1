// The HTTPS door is loaded only by those who open it: a cluster in a unit test never pays for a web server and certificates.

export type { HttpServer, HttpServerOptions } from './http/server.ts'
export type { ServerCertificates } from './certificates/index.ts'

export async function loadHttpDoor(): Promise<typeof import('./http/index.ts') & typeof import('./certificates/index.ts')> {
  const [http, certificates] = await Promise.all([import('./http/index.ts'), import('./certificates/index.ts')])
  return { ...http, ...certificates }
}
