// Is this certificate the server's, and do we trust who says so? In OpenSSL's order: the chain to an authority that is trusted,
// then every certificate's time from the authority down, then the name. Source: OpenSSL crypto/x509/x509_vfy.c; RFC 6125 for names.
// Departures: purposes, policies, name constraints and revocation are not looked at.

import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

export interface Trust {
  /** The name or address the client wanted. */
  readonly host: string
  /** Certificates that are trusted: authorities, or a server's own. */
  readonly authorities: readonly X509Certificate[]
  /** Milliseconds since 1970. */
  readonly nowMs: number
}

export type CertificateProblem =
  | 'no-certificate'
  | 'self-signed'
  | 'self-signed-in-chain'
  | 'unknown-issuer'
  | 'invalid-authority'
  | 'bad-signature'
  | 'not-yet-valid'
  | 'expired'
  | 'wrong-name'
  /** More authorities stand between than the verifier allows. */
  | 'chain-too-long'

const LONGEST_CHAIN = 10

/** @param chain as the server sent it, its own certificate first */
export function verifyChain(chain: readonly X509Certificate[], trust: Trust): CertificateProblem | undefined {
  return verifyTrust(chain, trust) ?? (namesHost(chain[0], trust.host) ? undefined : 'wrong-name')
}

/** The same without the name. @param depth authorities between the certificate and a trusted one */
export function verifyTrust(
  chain: readonly X509Certificate[],
  { authorities, nowMs }: Pick<Trust, 'authorities' | 'nowMs'>,
  depth = LONGEST_CHAIN,
): CertificateProblem | undefined {
  const [leaf, ...sent] = chain
  if (leaf === undefined) return 'no-certificate'
  const path = [leaf]
  for (let last = leaf; !isTrusted(last, authorities);) {
    const issuer = findIssuer(last, authorities) ?? (isSelfSigned(last) ? undefined : findIssuer(last, sent))
    if (issuer === undefined || path.length > LONGEST_CHAIN) {
      if (!isSelfSigned(last)) return 'unknown-issuer'
      return path.length === 1 ? 'self-signed' : 'self-signed-in-chain'
    }
    if (!issuer.ca) return 'invalid-authority'
    if (!last.verify(issuer.publicKey)) return 'bad-signature'
    path.push(issuer)
    last = issuer
  }
  // Neither the certificate itself nor the trusted authority counts.
  if (path.length - 2 > depth) return 'chain-too-long'
  for (const certificate of path.reverse()) {
    if (Date.parse(certificate.validFrom) > nowMs) return 'not-yet-valid'
    if (Date.parse(certificate.validTo) < nowMs) return 'expired'
  }
  return undefined
}

/** As OpenSSL 3 calls it (X509_verify_cert_error_string). */
export function verifyText(problem: CertificateProblem): string {
  return OPENSSL_TEXTS[problem]
}

const OPENSSL_TEXTS: Readonly<Record<CertificateProblem, string>> = {
  'no-certificate': 'application verification failure',
  'self-signed': 'self-signed certificate',
  'self-signed-in-chain': 'self-signed certificate in certificate chain',
  'unknown-issuer': 'unable to get local issuer certificate',
  'invalid-authority': 'invalid CA certificate',
  'chain-too-long': 'certificate chain too long',
  'bad-signature': 'certificate signature failure',
  'not-yet-valid': 'certificate is not yet valid',
  expired: 'certificate has expired',
  'wrong-name': 'hostname mismatch',
}

const isTrusted = (certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean =>
  authorities.some((trusted) => trusted.raw.equals(certificate.raw))

/** `checkIssued` would ask for the right to sign others' too. */
const isSelfSigned = (certificate: X509Certificate): boolean =>
  certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey)

function findIssuer(certificate: X509Certificate, among: readonly X509Certificate[]): X509Certificate | undefined {
  return among.find((candidate) => certificate.checkIssued(candidate))
}

function namesHost(certificate: X509Certificate | undefined, host: string): boolean {
  return matchedName(certificate, host) !== undefined
}

/** The name in the certificate that stands for the host: `*.foo.com` for `bar.foo.com`. */
export function matchedName(certificate: X509Certificate | undefined, host: string): string | undefined {
  if (certificate === undefined) return undefined
  // `default`: the common name counts only where there are no alternative names.
  return isIP(host) === 0
    ? certificate.checkHost(host.replace(/\.$/, ''), { subject: 'default', partialWildcards: false })
    : certificate.checkIP(host)
}
