// Numbers as Go's %v prints them. Source: Go's fmt and strconv (format g, shortest; an exponent below 1e-4 and from 1e+21 on
// would be JSON's way, %v has it from 1e+06 on).

/** A number that came as JSON: an int64, or a float64. */
export function goNumber(value: number | bigint): string {
  if (typeof value === 'bigint') return String(value)
  return Number.isSafeInteger(value) ? String(value) : goFloat(value)
}

/** A float64, whole or not. */
export function goFloat(value: number): string {
  const size = Math.abs(value)
  if (size === 0 || (size >= 1e-4 && size < 1e6)) return String(value)
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
}
