// What Go says of a text that is no duration, and of one that is nothing. Source: Go's time.ParseDuration (format.go).

const UNITS_NS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
])

const MAX_NS = 2 ** 63

/** undefined: Go reads it. Signs, fractions and several units in a row (`1h-30m` is none, `1h30m` is one) as Go has them. */
export function goDurationProblem(text: string): string | undefined {
  const invalid = `time: invalid duration ${JSON.stringify(text)}`
  let rest = text.replace(/^[+-]/, '')
  if (rest === '0') return undefined
  if (rest === '') return invalid
  let totalNs = 0
  while (rest !== '') {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest)?.[0]
    if (number === undefined) return invalid
    rest = rest.slice(number.length)
    const unit = /^[^.\d]+/.exec(rest)?.[0]
    if (unit === undefined) return `time: missing unit in duration ${JSON.stringify(text)}`
    const unitNs = UNITS_NS.get(unit)
    if (unitNs === undefined) return `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`
    totalNs += Number(number) * unitNs
    if (totalNs > MAX_NS) return invalid
    rest = rest.slice(unit.length)
  }
  return undefined
}
