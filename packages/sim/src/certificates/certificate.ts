// One X.509 certificate, from what it shall say to PEM text. RFC 5280; extensions as `openssl` and Go's crypto/x509 set them for
// servers and authorities.

import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { bits, element, integer, objectIdentifier, octets, sequence, set, text, time, truth } from './der.ts'
import type { SeededKey } from './seeded-key.ts'

export interface DistinguishedName {
  readonly organization?: string
  readonly commonName?: string
}

export interface CertificateContent {
  readonly serial: bigint
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  readonly notBefore: Date
  readonly notAfter: Date
  /** Subject alternative names: DNS names (`*.foo.com` too) and addresses. */
  readonly hosts: readonly string[]
  readonly isAuthority: boolean
  readonly key: SeededKey
  readonly issuerKey: SeededKey
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const COMMON_NAME = '2.5.4.3'
const ORGANIZATION = '2.5.4.10'
const SUBJECT_KEY_IDENTIFIER = '2.5.29.14'
const KEY_USAGE = '2.5.29.15'
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'
const BASIC_CONSTRAINTS = '2.5.29.19'
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

const VERSION_3 = element(0xa0, integer(2n))
const ALGORITHM = sequence(objectIdentifier(ECDSA_WITH_SHA256))
const DNS_NAME = 0x82
const IP_ADDRESS = 0x87

export function certificatePem(content: CertificateContent): string {
  const { serial, issuer, subject, notBefore, notAfter, key, issuerKey } = content
  const signed = sequence(
    VERSION_3,
    integer(serial),
    ALGORITHM,
    name(issuer),
    sequence(time(notBefore), time(notAfter)),
    name(subject),
    key.publicDer,
    element(0xa3, sequence(...extensions(content))),
  )
  const der = sequence(signed, ALGORITHM, bits(issuerKey.sign(signed)))
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function name({ organization, commonName }: DistinguishedName): Buffer {
  const attribute = (type: string, value: string | undefined): readonly Buffer[] =>
    value === undefined ? [] : [set(sequence(objectIdentifier(type), text(value)))]
  return sequence(...attribute(ORGANIZATION, organization), ...attribute(COMMON_NAME, commonName))
}

function extensions({ hosts, isAuthority, key, issuerKey }: CertificateContent): readonly Buffer[] {
  const issuerId = sequence(element(0x80, keyIdentifier(issuerKey)))
  const common = [
    extension(SUBJECT_KEY_IDENTIFIER, octets(keyIdentifier(key))),
    extension(AUTHORITY_KEY_IDENTIFIER, issuerId),
  ]
  if (isAuthority) {
    // keyCertSign and cRLSign.
    return [
      criticalExtension(BASIC_CONSTRAINTS, sequence(truth())),
      criticalExtension(KEY_USAGE, bits(Buffer.from([0x06]), 1)),
      ...common,
    ]
  }
  return [
    criticalExtension(BASIC_CONSTRAINTS, sequence()),
    // digitalSignature and keyEncipherment.
    criticalExtension(KEY_USAGE, bits(Buffer.from([0xa0]), 5)),
    extension(EXTENDED_KEY_USAGE, sequence(objectIdentifier(SERVER_AUTH))),
    ...common,
    ...(hosts.length === 0 ? [] : [extension(SUBJECT_ALTERNATIVE_NAME, sequence(...hosts.map(generalName)))]),
  ]
}

const extension = (type: string, value: Buffer): Buffer => sequence(objectIdentifier(type), octets(value))
const criticalExtension = (type: string, value: Buffer): Buffer =>
  sequence(objectIdentifier(type), truth(), octets(value))

function generalName(host: string): Buffer {
  if (isIP(host) === 0) return element(DNS_NAME, Buffer.from(host, 'latin1'))
  return element(IP_ADDRESS, Buffer.from(ipaddr.parse(host).toByteArray()))
}

/** RFC 5280 §4.2.1.2, method 1. */
function keyIdentifier({ point }: SeededKey): Buffer {
  return createHash('sha1').update(point).digest()
}
