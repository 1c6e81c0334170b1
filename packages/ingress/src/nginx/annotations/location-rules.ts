// What annotations say about the locations of an Ingress. One value per setting, with the real controller's defaults.

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
  /** Service that stands in for one without endpoints: `namespace/name`. */
  readonly defaultBackend: { readonly namespace: string; readonly name: string } | undefined
}

export const NO_RULES: LocationRules = {
  rewriteTarget: undefined,
  useRegex: false,
  sslRedirect: true,
  forceSslRedirect: false,
  appRoot: undefined,
  permanentRedirect: undefined,
  temporalRedirect: undefined,
  maxBodyBytes: 1024 * 1024,
  allowedSources: [],
  deniedSources: [],
  serverAliases: [],
  upstreamVhost: undefined,
  defaultBackend: undefined,
}

/** Rules while they are read. */
export type RulesDraft = { -readonly [Key in keyof LocationRules]: LocationRules[Key] }
