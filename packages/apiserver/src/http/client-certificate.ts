// The user a client certificate names: common name and organizations, when the cluster's own authority has signed it.
// The handshake itself has checked signature, validity and usage; what it found is read once a connection.
// Source: apiserver authentication/request/x509 (CommonNameUserConversion).

import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { CertificateOutcome } from './authentication.ts'
import type { UserInfo } from './request-handler.ts'

/** Kubernetes' own attribute type for a user's uid in a subject. */
const UID_ATTRIBUTE = '1.3.6.1.4.1.57683.2'

const known = new WeakMap<TLSSocket, { readonly outcome: CertificateOutcome }>()

export function certificateOf(socket: Duplex | null | undefined): CertificateOutcome {
  if (!(socket instanceof TLSSocket)) return undefined
  const read = known.get(socket)
  if (read !== undefined) return read.outcome
  const outcome = readCertificate(socket)
  known.set(socket, { outcome })
  return outcome
}

type Subject = Readonly<Record<string, string | readonly string[] | undefined>>

function readCertificate(socket: TLSSocket): CertificateOutcome {
  // Without a certificate Node answers with an empty object, of a connection that is gone with nothing.
  const certificate = socket.getPeerCertificate() as ReturnType<TLSSocket['getPeerCertificate']> | null
  if (certificate === null || Object.keys(certificate).length === 0) return undefined
  if (!socket.authorized) return { error: `verifying certificate failed: ${String(socket.authorizationError)}` }
  const subject = certificate.subject as unknown as Subject
  const name = first(subject.CN)
  if (name === '') return { error: 'the certificate names nobody' }
  const uid = first(subject[UID_ATTRIBUTE])
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  const user: UserInfo = {
    name,
    ...(uid === '' ? {} : { uid }),
    groups: all(subject.O),
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] },
  }
  return { user }
}

function all(value: Subject[string]): readonly string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}

function first(value: Subject[string]): string {
  return all(value)[0] ?? ''
}
