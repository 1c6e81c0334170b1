// The counters, gauges and histograms of one server and their text as Prometheus reads it. Gauges of the Go runtime and of
// the process are not made up. Source: the plugins' metrics.go for names, help texts and buckets.

import type { Counter, Histogram, Metrics } from '../plugins/plugin.ts'
import { METRIC_HELP } from './metric-help.ts'

type Series =
  | { kind: 'counter'; counter: Counter }
  | { kind: 'gauge'; read: () => number }
  | { kind: 'histogram'; buckets: Buckets }

/** prometheus.ExponentialBuckets(0.00025, 2, 16) */
const SECONDS: readonly number[] = Array.from({ length: 16 }, (_, i) => 0.000_25 * 2 ** i)
const BYTES: readonly number[] = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3]

class Buckets implements Histogram {
  readonly #limits: readonly number[]
  readonly #counts: number[]
  #sum = 0
  #count = 0

  constructor(limits: readonly number[]) {
    this.#limits = limits
    this.#counts = limits.map(() => 0)
  }

  observe(value: number): void {
    this.#sum += value
    this.#count++
    // Every query comes by here: no iterator.
    let i = 0
    while (i < this.#limits.length && value > (this.#limits[i] ?? Infinity)) i++
    if (i < this.#counts.length) this.#counts[i] = (this.#counts[i] ?? 0) + 1
  }

  lines(name: string, labels: string): string[] {
    const before = labels === '' ? '' : `${labels},`
    const lines: string[] = []
    let below = 0
    for (const [i, limit] of this.#limits.entries()) {
      below += this.#counts[i] ?? 0
      lines.push(`${name}_bucket{${before}le="${limit}"} ${below}`)
    }
    const own = labels === '' ? '' : `{${labels}}`
    lines.push(
      `${name}_bucket{${before}le="+Inf"} ${this.#count}`,
      `${name}_sum${own} ${this.#sum}`,
      `${name}_count${own} ${this.#count}`,
    )
    return lines
  }
}

export class MetricsRegistry implements Metrics {
  readonly #families = new Map<string, Map<string, Series>>()

  counter(name: string, labels: string): Counter {
    const series = this.#family(name)
    const known = series.get(labels)
    if (known?.kind === 'counter') return known.counter
    const counter = { value: 0 }
    series.set(labels, { kind: 'counter', counter })
    return counter
  }

  histogram(name: string, labels: string): Histogram {
    const series = this.#family(name)
    const known = series.get(labels)
    if (known?.kind === 'histogram') return known.buckets
    const buckets = new Buckets(name.endsWith('_bytes') ? BYTES : SECONDS)
    series.set(labels, { kind: 'histogram', buckets })
    return buckets
  }

  gauge(name: string, labels: string, read: () => number): void {
    this.#family(name).set(labels, { kind: 'gauge', read })
  }

  /** Forgets one family: what a reload starts anew. */
  clear(name: string): void {
    this.#families.delete(name)
  }

  /** Sorted by name, then labels. */
  text(): string {
    const lines: string[] = []
    for (const [name, family] of [...this.#families].sort(byKey)) {
      const all = [...family].sort(byKey)
      lines.push(`# HELP ${name} ${METRIC_HELP.get(name) ?? ''}`, `# TYPE ${name} ${all[0]?.[1].kind ?? 'counter'}`)
      for (const [labels, series] of all) {
        if (series.kind === 'histogram') lines.push(...series.buckets.lines(name, labels))
        else {
          const value = series.kind === 'counter' ? series.counter.value : series.read()
          lines.push(`${name}${labels === '' ? '' : `{${labels}}`} ${value}`)
        }
      }
    }
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`
  }

  #family(name: string): Map<string, Series> {
    let family = this.#families.get(name)
    if (family === undefined) {
      family = new Map()
      this.#families.set(name, family)
    }
    return family
  }
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
}
