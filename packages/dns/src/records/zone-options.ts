// What the `kubernetes` block of a Corefile says, as far as answers depend on it. Source: CoreDNS plugin/kubernetes README.

export interface ZoneOptions {
  /** Lower case, fully qualified: `cluster.local.`, `in-addr.arpa.`. The first that is no reverse zone is primary. */
  readonly zones: readonly string[]
  /** Seconds. */
  readonly ttl: number
  readonly pods: 'disabled' | 'insecure' | 'verified'
  /** Empty: all. */
  readonly namespaces: ReadonlySet<string>
  readonly endpointPodNames: boolean
  readonly ignoreEmptyService: boolean
  /** Zones in which a missing name is the next plugin's to answer; `.` for all. */
  readonly fallthrough: readonly string[]
}

export const DEFAULT_ZONE_OPTIONS: ZoneOptions = {
  zones: ['cluster.local.'],
  ttl: 5,
  pods: 'disabled',
  namespaces: new Set(),
  endpointPodNames: false,
  ignoreEmptyService: false,
  fallthrough: [],
}
