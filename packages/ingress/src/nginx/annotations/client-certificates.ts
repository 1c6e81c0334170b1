// auth-tls-…: clients show a certificate that an authority in a Secret vouches for. It counts for the whole host, whichever of its paths
// the Ingress has. Source: ingress-nginx internal/ingress/annotations/authtls/main.go.

import { readBoolean, type Annotation } from './annotation.ts'
import type { RulesDraft } from './location-rules.ts'

export interface ClientCertificateRules {
  /** `namespace/name` of a Secret with ca.crt; '' is no such rule. */
  readonly secret: string
  readonly verify: 'on' | 'off' | 'optional' | 'optional_no_ca'
  /** Authorities between the certificate and the trusted one. */
  readonly depth: number
  /** Where a client without a good certificate is sent. */
  readonly errorPage: string
  /** The backend gets the certificate itself. */
  readonly passCertificate: boolean
  /** `CN=` and a pattern. */
  readonly matchCommonName: string
}

export const NO_CLIENT_CERTIFICATES: ClientCertificateRules = {
  secret: '',
  verify: 'on',
  depth: 1,
  errorPage: '',
  passCertificate: false,
  matchCommonName: '',
}

function setting(name: string, read: (text: string) => Partial<ClientCertificateRules> | string): Annotation {
  return {
    name,
    read(text, rules: RulesDraft) {
      const change = read(text)
      if (typeof change === 'string') return change
      rules.clientCertificates = { ...rules.clientCertificates, ...change }
      return undefined
    },
  }
}

const VERIFY = ['on', 'off', 'optional', 'optional_no_ca'] as const

export const CLIENT_CERTIFICATES: readonly Annotation[] = [
  setting('auth-tls-secret', (text) =>
    /^[a-z0-9.-]+\/[a-z0-9.-]+$/.test(text) ? { secret: text } : 'must be namespace/name of a Secret',
  ),
  setting('auth-tls-verify-client', (text) => {
    const verify = VERIFY.find((known) => known === text)
    return verify === undefined ? `must be one of ${VERIFY.join(', ')}` : { verify }
  }),
  setting('auth-tls-verify-depth', (text) =>
    /^\d+$/.test(text) ? { depth: Number(text) || 1 } : 'must be a whole number',
  ),
  setting('auth-tls-error-page', (text) =>
    /^(?:https?:\/\/|\/)[\w.~/:,?&=$%-]*$/.test(text) ? { errorPage: text } : 'must be a URL or a path',
  ),
  {
    name: 'auth-tls-pass-certificate-to-upstream',
    read: (text, rules) =>
      readBoolean(text, (passCertificate) => {
        rules.clientCertificates = { ...rules.clientCertificates, passCertificate }
      }),
  },
  setting('auth-tls-match-cn', (text) => {
    try {
      return /^CN=/.test(text) && new RegExp(text) instanceof RegExp ? { matchCommonName: text } : 'must begin with CN='
    } catch {
      return 'is no regular expression'
    }
  }),
]
