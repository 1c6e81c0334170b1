// The counters of one server and their text as Prometheus reads it. Build information and gauges of the Go runtime are not
// made up. Source: CoreDNS plugin/metrics README for names and help texts.

import type { Counter, Metrics } from '../plugins/plugin.ts'

const HELP: ReadonlyMap<string, string> = new Map([
  ['coredns_cache_hits_total', 'The count of cache hits.'],
  [
    'coredns_cache_misses_total',
    'The count of cache misses. Deprecated, derive misses from cache hits/requests counters.',
  ],
  ['coredns_cache_requests_total', 'The count of cache requests.'],
  ['coredns_dns_requests_total', 'Counter of DNS requests made per zone, protocol and family.'],
  ['coredns_dns_responses_total', 'Counter of response status codes.'],
  ['coredns_reload_failed_total', 'Counter of the number of failed reload attempts.'],
])

export class MetricsRegistry implements Metrics {
  readonly #counters = new Map<string, Map<string, Counter>>()

  counter(name: string, labels: string): Counter {
    let series = this.#counters.get(name)
    if (series === undefined) {
      series = new Map()
      this.#counters.set(name, series)
    }
    let counter = series.get(labels)
    if (counter === undefined) {
      counter = { value: 0 }
      series.set(labels, counter)
    }
    return counter
  }

  /** Sorted by name, then labels. */
  text(): string {
    const lines: string[] = []
    for (const [name, series] of [...this.#counters].sort(byKey)) {
      lines.push(`# HELP ${name} ${HELP.get(name) ?? ''}`, `# TYPE ${name} counter`)
      for (const [labels, { value }] of [...series].sort(byKey))
        lines.push(`${name}${labels === '' ? '' : `{${labels}}`} ${value}`)
    }
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`
  }
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
}
