// What becomes of a client by the certificate it shows (auth-tls-…), and what the backend is told of it. Who has no good one gets 400 with
// nginx's own words, or is sent elsewhere; who asked for one name and wants another host is misdirected (421).
// Source: nginx ngx_http_request.c (ngx_http_process_request, ngx_http_set_virtual_server), ngx_http_ssl_module.c (variables);
// ingress-nginx rootfs/etc/nginx/template/nginx.tmpl, docs/user-guide/nginx-configuration/annotations.md (client certificates).

import { X509Certificate } from 'node:crypto'
import type { Secret } from '@podwire/apiserver'
import type { HeaderList, Peer } from '../http/message.ts'
import type { ClientCertificateRules } from './annotations/client-certificates.ts'

/** OpenSSL's words for what is wrong with a chain; undefined: nothing is. */
export type VerifyClient = (chain: string, authorities: string, depth: number) => string | undefined

export type ClientVerdict =
  | { readonly kind: 'pass'; readonly headers: HeaderList }
  | { readonly kind: 'refuse'; readonly status: 403 | 421 | 495 | 496 }

const PASS: ClientVerdict = { kind: 'pass', headers: [] }
/** What optional_no_ca lets pass. */
const OF_AUTHORITIES = /self.signed|local issuer|first certificate/

/** @param secret undefined: it is not there, and the host is closed */
export function clientVerdict(
  rules: ClientCertificateRules,
  secret: Secret | undefined,
  peer: Peer,
  { isHttps, host, verify }: { readonly isHttps: boolean; readonly host: string; readonly verify: VerifyClient },
): ClientVerdict {
  if (secret === undefined) return { kind: 'refuse', status: 403 }
  const authorities = authoritiesOf(secret)
  if (!isHttps || authorities === undefined) return PASS
  if (rules.verify === 'off') return { kind: 'pass', headers: [['ssl-client-verify', 'NONE']] }
  const { client } = peer
  if (client === undefined || client.serverName.toLowerCase() !== host) return { kind: 'refuse', status: 421 }
  if (client.chain === '') {
    if (rules.verify === 'on') return { kind: 'refuse', status: 496 }
    return { kind: 'pass', headers: [['ssl-client-verify', 'NONE']] }
  }
  const problem = verify(client.chain, authorities, rules.depth)
  const isLetPass = rules.verify === 'optional_no_ca' && problem !== undefined && OF_AUTHORITIES.test(problem)
  if (problem !== undefined && !isLetPass) return { kind: 'refuse', status: 495 }
  const leaf = new X509Certificate(client.chain)
  const subject = distinguishedName(leaf.subject)
  if (rules.matchCommonName !== '' && !commonNameMatches(subject, rules.matchCommonName)) {
    return { kind: 'refuse', status: 403 }
  }
  return {
    kind: 'pass',
    headers: [
      ...(rules.passCertificate ? ([['ssl-client-cert', encodeURIComponent(leaf.toString())]] as const) : []),
      ['ssl-client-verify', problem === undefined ? 'SUCCESS' : `FAILED:${problem}`],
      ['ssl-client-subject-dn', subject],
      ['ssl-client-issuer-dn', distinguishedName(leaf.issuer)],
    ],
  }
}

/** Undefined: without ca.crt nobody is asked for anything. */
export function authoritiesOf({ data = {} }: Secret): string | undefined {
  const text = data['ca.crt'] ?? ''
  return text === '' ? undefined : Buffer.from(text, 'base64').toString('latin1')
}

/** `CN=client,O=team`: the last part first. RFC 2253. */
function distinguishedName(lines: string): string {
  return lines
    .split('\n')
    .reverse()
    .map((part) => part.replace(/[,+"\\<>;]/g, '\\$&'))
    .join(',')
}

/** The pattern takes the whole `CN=…` part. */
function commonNameMatches(subject: string, pattern: string): boolean {
  const name = subject.split(',').find((part) => part.startsWith('CN=')) ?? ''
  return new RegExp(`^(?:${pattern})$`).test(name)
}
