// Kubernetes quantities as numbers. Source: apimachinery api/resource/quantity.go. Departure: a number holds them exactly up
// to 2^53, far above any node here.

const UNITS: ReadonlyMap<string, number> = new Map([
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['E', 1e18],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
  ['Pi', 2 ** 50],
  ['Ei', 2 ** 60],
])

const parsed = new Map<string, number>()

/** The value in the quantity's own unit; 0 for what the API server would not have stored. */
export function quantityValue(text: string): number {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const match = /^([+-]?[0-9.]+)(?:[eE]([+-]?[0-9]+)|([a-zA-Z]*))$/.exec(text)
  const factor = match?.[2] === undefined ? UNITS.get(match?.[3] ?? '') : 10 ** Number(match[2])
  const value = match === null || factor === undefined ? 0 : Number(match[1]) * factor
  parsed.set(text, value)
  return value
}

/** In thousandths, rounded up: how CPU is counted. */
export function milliValue(text: string): number {
  return Math.ceil(quantityValue(text) * 1000 - 1e-9)
}
