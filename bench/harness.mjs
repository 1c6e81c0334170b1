// A small harness: runs each case several times after a warm-up and reports medians. It never judges; ratios compare cases of
// one run, because machines differ and drift.

/** Middle value of a list of numbers. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Runs `work` and returns the wall milliseconds of each counted run. `work` may return its own milliseconds instead. */
export async function sample(work, { runs, warmup }) {
  const samples = []
  for (let i = 0; i < warmup + runs; i++) {
    const start = performance.now()
    const own = await work()
    const wallMs = performance.now() - start
    if (i >= warmup) samples.push(typeof own === 'number' ? own : wallMs)
  }
  return samples
}

export function summary(samples) {
  return { median: median(samples), min: Math.min(...samples), max: Math.max(...samples), runs: samples.length }
}

/** One aligned table; numbers are formatted by the caller. */
export function table(head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => String(row[column]).length)))
  const line = (row) =>
    row
      .map((cell, column) =>
        column === 0 ? String(cell).padEnd(widths[column]) : String(cell).padStart(widths[column]),
      )
      .join('  ')
  return [line(head), ...rows.map(line)].join('\n')
}

export const ms = (value) => (value === undefined ? '-' : value >= 100 ? value.toFixed(0) : value.toFixed(2))
