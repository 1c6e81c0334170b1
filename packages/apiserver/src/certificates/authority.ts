// The cluster's own certificate authority and the API server's certificate, made in memory when the door opens. Keys leave as
// PEM text for the TLS server and are never printed. This is the door to the host, not the simulation: its keys come from the
// host's cryptography, and its validity from the moment handed in.

import { webcrypto } from 'node:crypto'
// For its effect; bound to a name, it stays out of the declarations, which would ask users for its types.
import * as reflectMetadata from 'reflect-metadata'
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { isIP } from 'node:net'
import { signClientCertificate, type ClientCertificate, type ClientIdentity } from './client-certificate.ts'
import { keyPem, serialNumber, SIGNATURE, validity } from './signing.ts'

void reflectMetadata

/** Names the API server answers to, whatever address it listens on. */
export const SERVER_NAMES: readonly string[] = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  '127.0.0.1',
  '::1',
  '10.96.0.1',
]

export interface CertificateOptions {
  /** Calendar time now, milliseconds since 1970; certificates are valid from a day before. */
  readonly nowMs: number
  /** Default 365. */
  readonly validDays?: number
  /** Bytes of real randomness, for serial numbers. */
  readonly randomBytes: (length: number) => Uint8Array
  /** More names and addresses for the server, e.g. the host it listens on. */
  readonly names?: readonly string[]
}

/** PEM texts, and the authority's hand. */
export interface ServerCertificates {
  /** The authority's certificate: what a kubeconfig trusts. */
  readonly authority: string
  readonly certificate: string
  readonly key: string
  /** A certificate for a user of the cluster, signed by its authority. */
  signClient(who: ClientIdentity): Promise<ClientCertificate>
}

export async function createServerCertificates(options: CertificateOptions): Promise<ServerCertificates> {
  cryptoProvider.set(webcrypto)
  const { randomBytes } = options
  const period = validity(options)
  const authorityKeys = await webcrypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify'])
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...period,
    serialNumber: serialNumber(randomBytes),
    name: 'CN=kubernetes',
    keys: authorityKeys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  const serverKeys = await webcrypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify'])
  const names = [...new Set([...SERVER_NAMES, ...(options.names ?? [])])]
  const certificate = await X509CertificateGenerator.create({
    ...period,
    serialNumber: serialNumber(randomBytes),
    subject: 'CN=kube-apiserver',
    issuer: authority.subject,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
    ],
  })
  return {
    authority: `${authority.toString('pem')}\n`,
    certificate: `${certificate.toString('pem')}\n`,
    key: await keyPem(serverKeys.privateKey),
    signClient: (who) =>
      signClientCertificate({ certificate: authority, signingKey: authorityKeys.privateKey, randomBytes }, who),
  }
}
