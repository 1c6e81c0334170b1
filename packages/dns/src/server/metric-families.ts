// The HELP line of each metric and the buckets of the histograms. Source: CoreDNS, the metrics.go files of the plugins.

import type { MetricFamily } from '@podwire/engine'

const HELP: readonly (readonly [string, string])[] = [
  ['coredns_autopath_success_total', 'Counter of requests that did autopath.'],
  [
    'coredns_build_info',
    "A metric with a constant '1' value labeled by version, revision, and goversion from which CoreDNS was built.",
  ],
  ['coredns_cache_entries', 'The number of elements in the cache.'],
  ['coredns_cache_hits_total', 'The count of cache hits.'],
  [
    'coredns_cache_misses_total',
    'The count of cache misses. Deprecated, derive misses from cache hits/requests counters.',
  ],
  ['coredns_cache_prefetch_total', 'The number of times the cache has prefetched a cached item.'],
  ['coredns_cache_requests_total', 'The count of cache requests.'],
  ['coredns_cache_served_stale_total', 'The number of requests served from stale cache entries.'],
  ['coredns_dns_do_requests_total', 'Counter of DNS requests with DO bit set per zone.'],
  ['coredns_dns_request_duration_seconds', 'Histogram of the time (in seconds) each request took per zone.'],
  ['coredns_dns_request_size_bytes', 'Size of the EDNS0 UDP buffer in bytes (64K for TCP) per zone and protocol.'],
  ['coredns_dns_requests_total', 'Counter of DNS requests made per zone, protocol and family.'],
  ['coredns_dns_response_size_bytes', 'Size of the returned response in bytes.'],
  ['coredns_dns_responses_total', 'Counter of response status codes.'],
  ['coredns_forward_healthcheck_broken_total', 'Counter of the number of complete failures of the healthchecks.'],
  [
    'coredns_forward_max_concurrent_rejects_total',
    'Counter of the number of queries rejected because the concurrent queries were at maximum.',
  ],
  ['coredns_hosts_entries', 'The combined number of entries in hosts and Corefile.'],
  ['coredns_hosts_reload_timestamp_seconds', 'The timestamp of the last reload of hosts file.'],
  ['coredns_panics_total', 'A metrics that counts the number of panics.'],
  ['coredns_plugin_enabled', 'A metric that indicates whether a plugin is enabled on per server and zone basis.'],
  ['coredns_proxy_healthcheck_failures_total', 'Counter of the number of failed healthchecks.'],
  ['coredns_proxy_request_duration_seconds', 'Histogram of the time each request took.'],
  ['coredns_reload_failed_total', 'Counter of the number of failed reload attempts.'],
  [
    'coredns_reload_version_info',
    "A metric with a constant '1' value labeled by hash, and value which type of hash generated.",
  ],
  ['coredns_template_matches_total', 'Counter of template regex matches.'],
  ['coredns_template_rr_failures_total', 'Counter of mis-templated RRs.'],
  ['coredns_template_template_failures_total', 'Counter of go template failures.'],
]

/** prometheus.ExponentialBuckets(0.00025, 2, 16) */
const SECONDS: readonly number[] = Array.from({ length: 16 }, (_, i) => 0.000_25 * 2 ** i)
const BYTES: readonly number[] = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3]

export const METRIC_FAMILIES: ReadonlyMap<string, MetricFamily> = new Map(
  HELP.map(([name, help]) => [name, { help, buckets: name.endsWith('_bytes') ? BYTES : SECONDS }]),
)
