// Whether the certificate and the key of a TLS Secret belong together. The server warns about those that do not, and stores them.
// Source: Go crypto/tls X509KeyPair. Departure: what is wrong inside a certificate is told in one sentence for all of it.

import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'

interface Block {
  readonly type: string
  readonly text: string
}

/** What is wrong, in Go's words; undefined when nothing is. Both in PEM. */
export function keyPairProblem(certificate: string, key: string): string | undefined {
  const [shown, skipped] = firstOf(blocksIn(certificate), (type) => type === 'CERTIFICATE')
  if (shown === undefined) return certificateMissing(skipped)
  const [hidden, others] = firstOf(blocksIn(key), (type) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY'))
  if (hidden === undefined) return keyMissing(others)
  const theirs = publicKeyOf(shown)
  if (theirs === undefined) return 'x509: malformed certificate'
  const mine = privateKeyOf(hidden)
  if (mine === undefined) return 'tls: failed to parse private key'
  if (mine.asymmetricKeyType !== theirs.asymmetricKeyType) return 'tls: private key type does not match public key type'
  return createPublicKey(mine).equals(theirs) ? undefined : 'tls: private key does not match public key'
}

const PEM = /-----BEGIN ([^\n]*?)-----\r?\n[A-Za-z0-9+/=\s:,-]*?-----END \1-----/g

function blocksIn(text: string): readonly Block[] {
  return [...text.matchAll(PEM)].map(([whole, type = '']) => ({ type, text: whole }))
}

function firstOf(
  blocks: readonly Block[],
  wanted: (type: string) => boolean,
): readonly [Block | undefined, readonly string[]] {
  const at = blocks.findIndex(({ type }) => wanted(type))
  return [blocks[at], blocks.slice(0, at < 0 ? blocks.length : at).map(({ type }) => type)]
}

function certificateMissing(skipped: readonly string[]): string {
  if (skipped.length === 0) return 'tls: failed to find any PEM data in certificate input'
  if (skipped.length === 1 && skipped[0]?.endsWith('PRIVATE KEY') === true) {
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
  }
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${skipped.join(' ')}]`
}

function keyMissing(skipped: readonly string[]): string {
  if (skipped.length === 0) return 'tls: failed to find any PEM data in key input'
  if (skipped.length === 1 && skipped[0] === 'CERTIFICATE') {
    return 'tls: found a certificate rather than a key in the PEM for the private key'
  }
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${skipped.join(' ')}]`
}

function publicKeyOf({ text }: Block): KeyObject | undefined {
  try {
    return new X509Certificate(text).publicKey
  } catch {
    return undefined
  }
}

function privateKeyOf({ text }: Block): KeyObject | undefined {
  try {
    return createPrivateKey(text)
  } catch {
    return undefined
  }
}
