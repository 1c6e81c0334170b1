// What a server proves itself with, and what a client reads of it. Certificates are real ones (PEM), so that the real door can show
// the same, and verification here is a real one too.

import { X509Certificate } from 'node:crypto'

/** PEM texts. */
export interface ServerCredentials {
  /** The server's own first, then those of intermediate authorities. */
  readonly certificate: string
  readonly key: string
}

const known = new WeakMap<ServerCredentials, readonly X509Certificate[]>()

/** The certificates a client is shown. */
export function chainOf(credentials: ServerCredentials): readonly X509Certificate[] {
  const read = known.get(credentials)
  if (read !== undefined) return read
  const chain = certificatesIn(credentials.certificate)
  known.set(credentials, chain)
  return chain
}

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** Every readable certificate of a text, in order. */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  return [...pem.matchAll(BLOCK)].flatMap(([block]) => {
    try {
      return [new X509Certificate(block)]
    } catch {
      return []
    }
  })
}

/** Credentials that are made when somebody looks at them: most servers of a cluster are never asked for theirs. */
export function lazyCredentials(make: () => ServerCredentials): ServerCredentials {
  let made: ServerCredentials | undefined
  const get = (): ServerCredentials => (made ??= make())
  return {
    get certificate() {
      return get().certificate
    },
    get key() {
      return get().key
    },
  }
}
