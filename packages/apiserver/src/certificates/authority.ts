// The cluster's own certificate authority and the API server's certificate, made in memory when the door opens. Keys leave as
// PEM text for the TLS server and are never printed. This is the door to the host, not the simulation: its keys come from the
// host's cryptography, and its validity from the moment handed in.

import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
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

const DAY_MS = 86_400_000
const VALID_DAYS_DEFAULT = 365
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

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

/** PEM texts. */
export interface ServerCertificates {
  /** The authority's certificate: what a kubeconfig trusts. */
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

function serialNumber(randomBytes: (length: number) => Uint8Array): string {
  const bytes = Buffer.from(randomBytes(16))
  // Positive and without a leading zero byte, as DER wants integers.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
}

export async function createServerCertificates(options: CertificateOptions): Promise<ServerCertificates> {
  cryptoProvider.set(webcrypto)
  const { nowMs, randomBytes, validDays = VALID_DAYS_DEFAULT } = options
  const validity = { notBefore: new Date(nowMs - DAY_MS), notAfter: new Date(nowMs + validDays * DAY_MS) }
  const authorityKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: serialNumber(randomBytes),
    name: 'CN=kubernetes',
    keys: authorityKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  const serverKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const names = [...new Set([...SERVER_NAMES, ...(options.names ?? [])])]
  const certificate = await X509CertificateGenerator.create({
    ...validity,
    serialNumber: serialNumber(randomBytes),
    subject: 'CN=kube-apiserver',
    issuer: authority.subject,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: ALGORITHM,
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
  }
}

/** A bearer token nobody can guess. */
export function createToken(randomBytes: (length: number) => Uint8Array): string {
  return Buffer.from(randomBytes(32)).toString('base64url')
}
