// A certificate with its key, as a Secret of type kubernetes.io/tls has them; what is wrong with it in the words of Go's crypto/tls.
// Source: ingress-nginx internal/ingress/controller/store/backend_ssl.go (getPemCertificate), internal/net/ssl/ssl.go (CreateSSLCert).

import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Secret } from '@podwire/apiserver'

export interface KeyPair {
  /** PEM: the server's certificate, then those of intermediate authorities. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
  /** The server's certificate, read. */
  readonly leaf: X509Certificate
}

export type ReadSecret =
  | { readonly kind: 'pair'; readonly pair: KeyPair }
  /** Authorities for client certificates, no certificate of a server. */
  | { readonly kind: 'authorities' }
  /** Passwords: not meant for TLS, and no mistake. */
  | { readonly kind: 'passwords' }
  | { readonly kind: 'broken'; readonly problem: string }

const broken = (problem: string): ReadSecret => ({ kind: 'broken', problem })

export function readTlsSecret({ metadata, data = {} }: Secret): ReadSecret {
  const name = `${metadata.namespace ?? ''}/${metadata.name}`
  const certificate = decoded(data['tls.crt'])
  const key = decoded(data['tls.key'])
  if (certificate !== undefined && key !== undefined) {
    const pair = readKeyPair(certificate, key)
    return typeof pair === 'string' ? broken(`unexpected error creating SSL Cert: ${pair}`) : { kind: 'pair', pair }
  }
  if ((data['ca.crt'] ?? '') !== '') return { kind: 'authorities' }
  if (data['auth'] !== undefined) return { kind: 'passwords' }
  return broken(`secret "${name}" contains no keypair or CA certificate`)
}

function decoded(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('latin1')
}

/** A text is what is wrong. */
function readKeyPair(certificate: string, key: string): KeyPair | string {
  const first = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/.exec(certificate)
  if (first === null) return 'no valid PEM formatted block found'
  if (first[1] !== 'CERTIFICATE') {
    return "no certificate PEM data found, make sure certificate content starts with 'BEGIN CERTIFICATE'"
  }
  let leaf: X509Certificate
  try {
    leaf = new X509Certificate(first[0])
  } catch {
    return 'x509: malformed certificate'
  }
  const mismatch = keyProblem(leaf, key)
  if (mismatch === undefined) return { certificate, key, leaf }
  return `certificate and private key does not have a matching public key: tls: ${mismatch}`
}

function keyProblem(leaf: X509Certificate, key: string): string | undefined {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) return 'failed to find any PEM data in key input'
  try {
    return leaf.checkPrivateKey(createPrivateKey(key)) ? undefined : 'private key does not match public key'
  } catch {
    return 'failed to parse private key'
  }
}
