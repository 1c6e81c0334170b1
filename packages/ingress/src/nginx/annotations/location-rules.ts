// What annotations say about the locations of an Ingress. One value per setting, with the real controller's defaults.

import { type Authentication, NO_AUTHENTICATION } from './authentication.ts'
import { type ClientCertificateRules, NO_CLIENT_CERTIFICATES } from './client-certificates.ts'
import { type CanaryRules, NO_CANARY } from './canary.ts'
import { type CookieAffinity, NO_AFFINITY } from './cookie-affinity.ts'
import { type CorsRules, NO_CORS } from './cors.ts'
import { type MirrorRules, NO_MIRROR } from './errors-and-mirrors.ts'
import { NO_LIMITS, type RequestLimits } from './limits.ts'
import { DEFAULT_UPSTREAM, type UpstreamRules } from './upstream.ts'

interface Redirect {
  readonly url: string
  readonly code: number
}

export interface LocationRules {
  readonly rewriteTarget: string | undefined
  readonly useRegex: boolean
  /** Redirect to https where the host has a certificate. */
  readonly sslRedirect: boolean
  /** Redirect to https in any case. */
  readonly forceSslRedirect: boolean
  /** TLS for the host goes on to the backend of `/` as it is. */
  readonly sslPassthrough: boolean
  /** Where `/` is redirected to. */
  readonly appRoot: string | undefined
  readonly permanentRedirect: Redirect | undefined
  readonly temporalRedirect: Redirect | undefined
  /** Bytes; 0 is no limit. */
  readonly maxBodyBytes: number
  /** Networks in CIDR notation; empty: everybody. */
  readonly allowedSources: readonly string[]
  readonly deniedSources: readonly string[]
  readonly serverAliases: readonly string[]
  /** Replaces the Host header. */
  readonly upstreamVhost: string | undefined
  readonly affinity: CookieAffinity
  readonly canary: CanaryRules
  readonly cors: CorsRules
  readonly authentication: Authentication
  readonly clientCertificates: ClientCertificateRules
  readonly limits: RequestLimits
  readonly upstream: UpstreamRules
  readonly mirror: MirrorRules
  /** Codes whose answers the default backend gives. */
  readonly customErrors: readonly number[]
  /** `www.` and the bare name lead to the one that has rules. */
  readonly fromToWww: boolean
  /** Service that stands in for one without endpoints: `namespace/name`. */
  readonly defaultBackend: { readonly namespace: string; readonly name: string } | undefined
}

export const NO_RULES: LocationRules = {
  rewriteTarget: undefined,
  useRegex: false,
  sslRedirect: true,
  forceSslRedirect: false,
  sslPassthrough: false,
  appRoot: undefined,
  permanentRedirect: undefined,
  temporalRedirect: undefined,
  maxBodyBytes: 1024 * 1024,
  allowedSources: [],
  deniedSources: [],
  serverAliases: [],
  upstreamVhost: undefined,
  affinity: NO_AFFINITY,
  canary: NO_CANARY,
  cors: NO_CORS,
  authentication: NO_AUTHENTICATION,
  clientCertificates: NO_CLIENT_CERTIFICATES,
  limits: NO_LIMITS,
  upstream: DEFAULT_UPSTREAM,
  mirror: NO_MIRROR,
  customErrors: [],
  fromToWww: false,
  defaultBackend: undefined,
}

/** Rules while they are read. */
export type RulesDraft = { -readonly [Key in keyof LocationRules]: LocationRules[Key] }
