// Which names a certificate is for. Source: Go crypto/x509 (VerifyHostname, matchHostnames), ingress-nginx
// internal/ingress/controller/certificate.go (the common name, where there are no alternative names) and ssl.go (IsValidHostname).

import type { X509Certificate } from 'node:crypto'

/** DNS names among the subject alternative names. */
function dnsNames({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return subjectAltName.split(', ').flatMap((name) => (name.startsWith('DNS:') ? [name.slice('DNS:'.length)] : []))
}

function commonName({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? ''
}

/** All of them, lower case: the common name too. */
export function certifiedNames(certificate: X509Certificate): readonly string[] {
  const names = [commonName(certificate), ...dnsNames(certificate)].map((name) => name.toLowerCase())
  return [...new Set(names)].filter((name) => name !== '')
}

/** Why the certificate is not for this host, as Go says it; undefined when it is. @param host may be `*.foo.com` */
export function hostProblem(certificate: X509Certificate, host: string): string | undefined {
  const names = dnsNames(certificate)
  if (names.length === 0) {
    return commonName(certificate) === ''
      ? `x509: certificate is not valid for any names, but wanted to match ${host}`
      : 'x509: certificate relies on legacy Common Name field, use SANs instead'
  }
  if (names.some((name) => matches(name, host))) return undefined
  return `x509: certificate is valid for ${names.join(', ')}, not ${host}`
}

/** Good enough for ingress-nginx: the common name counts as long as nothing else is named. */
export function isForHost(certificate: X509Certificate, host: string): boolean {
  const names = dnsNames(certificate)
  return (names.length > 0 ? names : [commonName(certificate)]).some((name) => matches(name, host))
}

/** As an alias of a server is looked up: among alternative names and the common name. */
export function isForAlias(certificate: X509Certificate, alias: string): boolean {
  const star = alias.replace(/^[^.]*/, '*').toLowerCase()
  const names = [...dnsNames(certificate), commonName(certificate)].map((name) => name.toLowerCase())
  return names.includes(alias.toLowerCase()) || names.includes(star)
}

/** A star stands for the first label alone, and only in the certificate. */
function matches(pattern: string, host: string): boolean {
  const [name, wanted] = [pattern.toLowerCase().replace(/\.$/, ''), host.toLowerCase().replace(/\.$/, '')]
  if (name === wanted) return name !== ''
  if (!name.startsWith('*.') || wanted.startsWith('*')) return false
  const dot = wanted.indexOf('.')
  return dot > 0 && wanted.slice(dot) === name.slice(1)
}
