// What a real client of a door shows of itself, as text for the inside.

import type { TLSSocket } from 'node:tls'

/** The client's certificates, PEM; '' for none. */
export function shownBy(socket: Pick<TLSSocket, 'getPeerX509Certificate'>): string {
  const chain: string[] = []
  for (let next = socket.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate) {
    const pem = next.toString()
    // An authority that vouches for itself is its own issuer.
    if (chain.includes(pem)) break
    chain.push(pem)
  }
  return chain.join('')
}
