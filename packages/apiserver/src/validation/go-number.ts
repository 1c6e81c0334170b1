// A float as Go's %v prints it. Source: Go's strconv.FormatFloat (format g, shortest, exponents from 21 digits on).

export function goNumber(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  return String(value)
}
