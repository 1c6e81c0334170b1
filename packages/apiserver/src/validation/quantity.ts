// Resource quantities: `500m`, `1Gi`, `1e3`. Parsed to exact billionths, compared, printed in canonical form.
// Source: apimachinery api/resource/quantity.go. Departure: digits finer than a billionth are rounded up, as upstream does,
// but numbers above 2^63-1 are kept rather than capped.

export interface Quantity {
  /** Billionths of one. */
  readonly nano: bigint
  readonly format: 'decimal' | 'binary' | 'exponent'
}

export const QUANTITY_TEXT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

const NANO = 1_000_000_000n
const DECIMAL_EXPONENTS: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
])
const BINARY_SUFFIXES: readonly string[] = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

export function parseQuantity(text: string): Quantity | undefined {
  const known = parsedQuantities.get(text)
  if (known !== undefined) return known
  const quantity = parseAnew(text)
  if (quantity !== undefined && parsedQuantities.size < MAX_REMEMBERED) parsedQuantities.set(text, quantity)
  return quantity
}

// A cluster uses few different quantities, over and over.
const parsedQuantities = new Map<string, Quantity>()
const MAX_REMEMBERED = 1000

function parseAnew(text: string): Quantity | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([a-zA-Z]*)([+-]?\d*)$/.exec(text)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', suffix = '', exponent = ''] = match
  if (whole === '' && fraction === '') return undefined
  const scale = scaleOf(suffix, exponent)
  if (scale === undefined) return undefined
  const digits = BigInt(whole + fraction)
  const power = 9 - fraction.length + scale.exponent
  let nano = digits * scale.factor
  if (power >= 0) nano *= 10n ** BigInt(power)
  else nano = divideUp(nano, 10n ** BigInt(-power))
  return { nano: sign === '-' ? -nano : nano, format: scale.format }
}

function scaleOf(
  suffix: string,
  exponent: string,
): { readonly factor: bigint; readonly exponent: number; readonly format: Quantity['format'] } | undefined {
  if ((suffix === 'e' || suffix === 'E') && exponent !== '' && exponent !== '+' && exponent !== '-') {
    const power = Number(exponent)
    return Math.abs(power) > 27 ? undefined : { factor: 1n, exponent: power, format: 'exponent' }
  }
  if (exponent !== '') return undefined
  const binary = BINARY_SUFFIXES.indexOf(suffix)
  if (binary >= 0) return { factor: 1n << BigInt(10 * (binary + 1)), exponent: 0, format: 'binary' }
  const decimal = DECIMAL_EXPONENTS.get(suffix)
  return decimal === undefined ? undefined : { factor: 1n, exponent: decimal, format: 'decimal' }
}

function divideUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor
}

/** The canonical text: the largest suffix that leaves no fraction. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0'
  const sign = nano < 0n ? '-' : ''
  const size = nano < 0n ? -nano : nano
  if (format === 'binary' && size % NANO === 0n && size / NANO >= 1024n) return sign + binaryText(size / NANO)
  return sign + decimalText(size, format === 'exponent')
}

function binaryText(value: bigint): string {
  let rest = value
  let suffix = ''
  for (const next of BINARY_SUFFIXES) {
    if (rest % 1024n !== 0n) break
    rest /= 1024n
    suffix = next
  }
  return `${rest}${suffix}`
}

function decimalText(nano: bigint, exponents: boolean): string {
  let rest = nano
  let exponent = -9
  while (rest % 1000n === 0n && exponent < 18) {
    rest /= 1000n
    exponent += 3
  }
  if (exponents && exponent !== 0) return `${rest}e${exponent}`
  for (const [suffix, power] of DECIMAL_EXPONENTS) if (power === exponent) return `${rest}${suffix}`
  return `${rest}`
}

/** The canonical text of a quantity, or undefined when it is none. */
export function canonicalQuantity(text: string): string | undefined {
  if (/^[1-9]\d{0,2}[mkMG]?$|^[1-9]\d{0,2}[KMG]i$/.test(text)) return text
  const quantity = parseQuantity(text)
  if (quantity === undefined) return undefined
  return isKept(text) ? text : formatQuantity(quantity)
}

/** What upstream reads into 64 bits and takes for canonical as it was written: `+1`, `01`, `1.500`, `3Gi`. */
function isKept(text: string): boolean {
  const [, whole = '', fraction = '', suffix = '', exponent = ''] =
    /^[+-]?0*(\d*)(?:\.(\d*))?([a-zA-Z]*)([+-]?\d*)$/.exec(text) ?? []
  const digits = (whole === '' ? '0' : whole) + fraction
  const binary = BINARY_SUFFIXES.indexOf(suffix)
  if (binary >= 0) {
    const room = 15 - whole.length - 3 * (binary + 1) - 1
    return fraction === '' && room >= 0 && BigInt(digits) % 8n !== 0n
  }
  const power = (scaleOf(suffix, exponent)?.exponent ?? 0) - fraction.length
  return digits.length <= 18 && power >= -9 && power % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0')
}
