// What the door's TLS is made of, in Node's terms.

import type { SecureContextOptions, TlsOptions as TlsServerOptions } from 'node:tls'

/** PEM texts. */
export interface TlsOptions {
  readonly key: string
  readonly certificate: string
  /** Whose client certificates are believed; absent: nobody's, and clients are not asked. */
  readonly authority?: string
}

/** In the order the server prefers them. Clients are asked for a certificate and need not have one; what they present is judged request by request. */
export function tlsOptions({ key, certificate, authority }: TlsOptions): SecureContextOptions & TlsServerOptions {
  const clients = authority === undefined ? {} : { ca: authority, requestCert: true, rejectUnauthorized: false }
  return { key, cert: certificate, ALPNProtocols: ['h2', 'http/1.1'], ...clients }
}
