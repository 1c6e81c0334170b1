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

interface Series {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  lines(name: string, labels: string): readonly string[]
}

class CounterSeries implements Series, Counter {
  readonly kind = 'counter'
  value = 0

  lines(name: string, labels: string): readonly string[] {
    return [`${name}${braced(labels)} ${this.value}`]
  }
}

class GaugeSeries implements Series {
  readonly kind = 'gauge'
  readonly #read: () => number

  constructor(read: () => number) {
    this.#read = read
  }

  lines(name: string, labels: string): readonly string[] {
    return [`${name}${braced(labels)} ${this.#read()}`]
  }
}

class HistogramSeries implements Series, Histogram {
  readonly kind = 'histogram'
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
    lines.push(
      `${name}_bucket{${before}le="+Inf"} ${this.#count}`,
      `${name}_sum${braced(labels)} ${this.#sum}`,
      `${name}_count${braced(labels)} ${this.#count}`,
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
    if (known instanceof CounterSeries) return known
    const counter = new CounterSeries()
    series.set(labels, counter)
    return counter
  }

  histogram(name: string, labels: string): Histogram {
    const series = this.#family(name)
    const known = series.get(labels)
    if (known instanceof HistogramSeries) return known
    const histogram = new HistogramSeries(this.#described.get(name)?.buckets ?? [])
    series.set(labels, histogram)
    return histogram
  }

  gauge(name: string, labels: string, read: () => number): void {
    this.#family(name).set(labels, new GaugeSeries(read))
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
      for (const [labels, series] of all) lines.push(...series.lines(name, labels))
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

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`
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
