// Times in queries, RFC 3339 as Go's time.Parse reads it, and its error for what is none. Source: Go's time/format.go.

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([.,]\d+)?(Z|[+-]\d\d:\d\d)$/

/** Milliseconds since 1970; undefined when it is no RFC 3339 time. */
export function parseRfc3339(text: string): number | undefined {
  const found = RFC3339.exec(text)
  if (found === null) return undefined
  const milliseconds = Date.parse(text.replace(',', '.'))
  if (Number.isNaN(milliseconds)) return undefined
  // Date.parse takes 2026-02-31 for a day in March.
  const [, year, month, day] = found.map(Number)
  const last = new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate()
  return (day ?? 0) <= last ? milliseconds : undefined
}

const LAYOUT = '2006-01-02T15:04:05Z07:00'
/** Parts of the layout and what each takes from the text. */
const PARTS: readonly (readonly [layout: string, pattern: RegExp])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/],
  ['-', /^-/],
  ['02', /^\d\d/],
  ['T', /^T/],
  ['15', /^\d\d/],
  [':', /^:/],
  ['04', /^\d\d/],
  [':', /^:/],
  ['05', /^\d\d(?:[.,]\d+)?/],
  ['Z07:00', /^(?:Z|[+-]\d\d:\d\d)/],
]

export function goTimeError(text: string): string {
  const start = `parsing time ${JSON.stringify(text)}`
  let left = text
  for (const [layout, pattern] of PARTS) {
    const found = pattern.exec(left)
    if (found === null)
      return `${start} as ${JSON.stringify(LAYOUT)}: cannot parse ${JSON.stringify(left)} as ${JSON.stringify(layout)}`
    left = left.slice(found[0].length)
  }
  return left === '' ? `${start}: value out of range` : `${start}: extra text: ${JSON.stringify(left)}`
}
