// Counters, gauges and histograms of one component, and their text as Prometheus reads it (text format 0.0.4). What a metric
// is called, helps with and is cut into comes from its owner's table; gauges of the Go runtime are not made up.

/** What the owner of a metric says of it. */
export interface MetricFamily {
  readonly help: string
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[]
}

export interface Counter {
  value: number
}

export interface Histogram {
  observe(value: number): void
}

/** Written to by whatever counts; labels are text as it is printed: `server="dns://:53",zone="."`. */
export interface Metrics {
  /** The counter with these labels; the same one for the same words. */
  counter(name: string, labels: string): Counter
  histogram(name: string, labels: string): Histogram
  /** A number that is read when the page is. */
  gauge(name: string, labels: string, read: () => number): void
}

type Series =
  | { kind: 'counter'; counter: Counter }
  | { kind: 'gauge'; read: () => number }
  | { kind: 'histogram'; buckets: Buckets }

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
    // Every request comes by here: no iterator.
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
  readonly #described: ReadonlyMap<string, MetricFamily>
  readonly #families = new Map<string, Map<string, Series>>()

  constructor(described: ReadonlyMap<string, MetricFamily>) {
    this.#described = described
  }

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
    const buckets = new Buckets(this.#described.get(name)?.buckets ?? [])
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
      lines.push(
        `# HELP ${name} ${this.#described.get(name)?.help ?? ''}`,
        `# TYPE ${name} ${all[0]?.[1].kind ?? 'counter'}`,
      )
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

/** `name="value",…` with the values escaped; in the order given. */
export function metricLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`,
    )
    .join(',')
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
}
