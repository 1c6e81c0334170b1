// Certificates for tests and classes: an authority of one's own, what it signs for servers, and the kubernetes.io/tls Secrets
// that Ingresses name. Equal options give equal certificates, so that a run with TLS repeats like any other.

import type { Manifest } from '@podwire/apiserver'
import { DEFAULT_EPOCH_MS, PodwireError } from '@podwire/engine'
import { isIP } from 'node:net'
import { AUTHORITY, CERTIFICATE_REQUEST, SELF_SIGNED } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import { certificatePem, type DistinguishedName } from './certificate.ts'
import { seededKey, sha256, toNumber, type SeededKey } from './seeded-key.ts'

export interface AuthorityOptions {
  /** Calendar time now, milliseconds since 1970; default 2026-01-01, where a cluster's clock starts unless told otherwise. */
  readonly nowMs?: number
  /** Common name; default `podwire test CA`. */
  readonly name?: string
  /** Its keys, and those it makes, follow from it; default 1. */
  readonly seed?: number
  /** Default 3650. */
  readonly validDays?: number
}

export interface CertificateRequest {
  /** DNS names, `*.example.com` among them, and addresses. The first is the common name unless that is given. */
  readonly hosts: readonly string[]
  readonly commonName?: string
  readonly organization?: string
  /** Default: a day before now. */
  readonly notBefore?: Date
  /** Default: a year after now. */
  readonly notAfter?: Date
}

/** PEM texts, and the same as a Secret. */
export interface IssuedCertificate {
  /** With the certificates of intermediate authorities behind it, as servers send them. */
  readonly certificate: string
  readonly key: string
  /** A Secret of type kubernetes.io/tls; default namespace `default`. */
  secret(name: string, namespace?: string): Manifest
}

export interface CertificateAuthority {
  /** What clients trust: PEM text for `curl --cacert`. */
  readonly certificate: string
  /** @throws PodwireError for hosts no certificate can name */
  issue(request: CertificateRequest): IssuedCertificate
  /** An authority that this one vouches for. */
  intermediate(name: string): CertificateAuthority
}

const DAY_MS = 86_400_000
const LEAF_DAYS = 365
const AUTHORITY_DAYS = 3650
const SERIAL_BYTES = 16
// RFC 5280's own limit of a common name.
const LONGEST_COMMON_NAME = 64

export function createCertificateAuthority(options: AuthorityOptions = {}): CertificateAuthority {
  checkArguments('create a certificate authority', AUTHORITY, [options])
  const { nowMs = DEFAULT_EPOCH_MS, name = 'podwire test CA', seed = 1, validDays = AUTHORITY_DAYS } = options
  const identity = `${seed}/${name}`
  const subject = { commonName: name }
  const period = { notBefore: new Date(nowMs - DAY_MS), notAfter: new Date(nowMs + validDays * DAY_MS) }
  return new Authority(identity, subject, nowMs, period, undefined)
}

/** A certificate that vouches for itself, as `openssl req -x509` makes one. */
export function createSelfSignedCertificate(
  request: CertificateRequest,
  options: { readonly nowMs?: number; readonly seed?: number | string } = {},
): IssuedCertificate {
  checkArguments('create a certificate', SELF_SIGNED, [request, options])
  const { nowMs = DEFAULT_EPOCH_MS, seed = 1 } = options
  const identity = `${seed}/self-signed/${request.hosts.join(',')}`
  const key = seededKey(identity)
  const subject = subjectOf(request)
  return issued(
    certificatePem({
      serial: serialOf(identity),
      issuer: subject,
      subject,
      ...periodOf(request, nowMs),
      hosts: request.hosts,
      isAuthority: false,
      key,
      issuerKey: key,
    }),
    key,
  )
}

interface Period {
  readonly notBefore: Date
  readonly notAfter: Date
}

class Authority implements CertificateAuthority {
  readonly certificate: string
  readonly #identity: string
  readonly #subject: DistinguishedName
  readonly #nowMs: number
  readonly #period: Period
  readonly #key: SeededKey
  /** Behind a leaf: this authority and those above it, but not the root. */
  readonly #chain: string
  #issued = 0

  constructor(
    identity: string,
    subject: DistinguishedName,
    nowMs: number,
    period: Period,
    parent: Authority | undefined,
  ) {
    this.#identity = identity
    this.#subject = subject
    this.#nowMs = nowMs
    this.#period = period
    this.#key = seededKey(identity)
    this.certificate = certificatePem({
      serial: serialOf(identity),
      issuer: parent === undefined ? subject : parent.#subject,
      subject,
      ...period,
      hosts: [],
      isAuthority: true,
      key: this.#key,
      issuerKey: parent === undefined ? this.#key : parent.#key,
    })
    this.#chain = parent === undefined ? '' : this.certificate + parent.#chain
  }

  issue(request: CertificateRequest): IssuedCertificate {
    checkArguments('issue a certificate', [CERTIFICATE_REQUEST], [request])
    const subject = subjectOf(request)
    const identity = `${this.#identity}/${++this.#issued}/${request.hosts.join(',')}`
    const key = seededKey(identity)
    const leaf = certificatePem({
      serial: serialOf(identity),
      issuer: this.#subject,
      subject,
      ...periodOf(request, this.#nowMs),
      hosts: request.hosts,
      isAuthority: false,
      key,
      issuerKey: this.#key,
    })
    return issued(leaf + this.#chain, key)
  }

  intermediate(name: string): CertificateAuthority {
    return new Authority(`${this.#identity}/${name}`, { commonName: name }, this.#nowMs, this.#period, this)
  }
}

function subjectOf({ hosts, commonName, organization }: CertificateRequest): DistinguishedName {
  const bad = hosts.find((host) => isIP(host) === 0 && !/^(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(host))
  if (bad !== undefined) {
    const remedy = 'Give DNS names (`*.example.com` too) and addresses, without scheme and port.'
    throw new PodwireError('make a certificate', `${JSON.stringify(bad)} is neither a name nor an address`, remedy)
  }
  const name = commonName ?? hosts.find((host) => host.length <= LONGEST_COMMON_NAME)
  return {
    ...(organization === undefined ? {} : { organization }),
    ...(name === undefined ? {} : { commonName: name }),
  }
}

function periodOf(request: CertificateRequest, nowMs: number): Period {
  const notBefore = request.notBefore ?? new Date(Math.min(nowMs - DAY_MS, request.notAfter?.getTime() ?? Infinity))
  const notAfter = request.notAfter ?? new Date(nowMs + LEAF_DAYS * DAY_MS)
  if (!(notBefore.getTime() <= notAfter.getTime())) {
    throw new PodwireError('make a certificate', 'it would end before it begins', 'Look at notBefore and notAfter.')
  }
  return { notBefore, notAfter }
}

/** Positive, and of full length. */
function serialOf(identity: string): bigint {
  const bytes = sha256(Buffer.from(`serial/${identity}`)).subarray(0, SERIAL_BYTES)
  return toNumber(Buffer.from([((bytes[0] ?? 0) & 0x3f) | 0x40, ...bytes.subarray(1)]))
}

function issued(certificate: string, { pem }: SeededKey): IssuedCertificate {
  const base64 = (value: string): string => Buffer.from(value).toString('base64')
  return {
    certificate,
    key: pem,
    secret: (name, namespace = 'default') => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name, namespace },
      data: { 'tls.crt': base64(certificate), 'tls.key': base64(pem) },
    }),
  }
}
