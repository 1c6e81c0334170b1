// Certificates for users, as `kubectl` presents them: the common name is the user, organizations are the groups, signed by the
// cluster's authority. Source: Kubernetes' X.509 client certificates (authentication/request/x509).

import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { keyPem, serialNumber, SIGNATURE, validity, type Authority } from './signing.ts'

export interface ClientIdentity {
  readonly user: string
  readonly groups?: readonly string[]
  /** Calendar time now, milliseconds since 1970. */
  readonly nowMs: number
  /** Default 365. */
  readonly validDays?: number
}

/** PEM texts. */
export interface ClientCertificate {
  readonly certificate: string
  readonly key: string
}

export async function signClientCertificate(authority: Authority, who: ClientIdentity): Promise<ClientCertificate> {
  const keys = await webcrypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create({
    ...validity(who),
    serialNumber: serialNumber(authority.randomBytes),
    subject: [...(who.groups ?? []).map((group) => ({ O: [group] })), { CN: [who.user] }],
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.signingKey,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    ],
  })
  return { certificate: `${certificate.toString('pem')}\n`, key: await keyPem(keys.privateKey) }
}
