// The metrics that /metrics shows, with the real server's names, help texts and buckets. Source: apiserver
// endpoints/metrics/metrics.go, storage/etcd3/metrics, storage/cacher/metrics, component-base/version.
// Departure: durations are not shown, as a request takes none of the cluster's time; nor is what podwire lacks (etcd, queues
// of fair sharing, webhooks, Go's runtime).

import type { MetricFamily } from '@podwire/engine'

/** 1 kB to 1 GB */
const SIZES: readonly number[] = Array.from({ length: 7 }, (_, i) => 1000 * 10 ** i)

export const API_METRICS: ReadonlyMap<string, MetricFamily> = new Map<string, MetricFamily>([
  [
    'apiserver_longrunning_requests',
    {
      help:
        '[STABLE] Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope ' +
        'and component. Not all requests are tracked this way.',
    },
  ],
  [
    'apiserver_request_total',
    {
      help:
        '[STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, ' +
        'component, and HTTP response code.',
    },
  ],
  [
    'apiserver_requested_deprecated_apis',
    {
      help:
        '[STABLE] Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, ' +
        'subresource, and removed_release.',
    },
  ],
  [
    'apiserver_resource_objects',
    { help: '[STABLE] Number of stored objects at the time of last check split by kind.' },
  ],
  [
    'apiserver_response_sizes',
    {
      help:
        '[STABLE] Response size distribution in bytes for each group, version, verb, resource, subresource, scope and ' +
        'component.',
      buckets: SIZES,
    },
  ],
  ['apiserver_storage_objects', { help: '[STABLE] Number of stored objects at the time of last check split by kind.' }],
  [
    'apiserver_terminated_watchers_total',
    { help: '[ALPHA] Counter of watchers closed due to unresponsiveness broken by resource type.' },
  ],
  ['apiserver_watch_events_total', { help: '[BETA] Number of events sent in watch clients' }],
  [
    'kubernetes_build_info',
    {
      help:
        "[ALPHA] A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, " +
        'build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.',
    },
  ],
  ['process_cpu_seconds_total', { help: 'Total user and system CPU time spent in seconds.' }],
  ['process_resident_memory_bytes', { help: 'Resident memory size in bytes.' }],
])
