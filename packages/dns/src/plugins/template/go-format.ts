// Values as Go prints them: `%v` and the verbs of printf that fit texts, whole numbers and truth values. Whole numbers are
// bigints. Source: Go fmt.

/** What `{{ . }}` shows. */
export function goText(value: unknown): string {
  if (value === undefined) return '<no value>'
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (value instanceof Map) {
    const entries = [...value].map(([key, one]) => `${String(key)}:${goText(one)}`)
    return `map[${entries.sort((a, b) => (a < b ? -1 : 1)).join(' ')}]`
  }
  return typeof value === 'object' ? '{}' : String(value)
}

const VERB = /%([-+# 0]*)(\d*)(?:\.(\d*))?([a-zA-Z%])/g

export function goFormat(format: string, values: readonly unknown[]): string {
  let next = 0
  const text = format.replace(VERB, (_, flags: string, width: string, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%'
    if (next >= values.length) return `%!${verb}(MISSING)`
    const shown = show(verb, values[next++], flags, precision)
    const padded = Number(width)
    if (shown.length >= padded) return shown
    if (flags.includes('-')) return shown.padEnd(padded)
    if (!flags.includes('0')) return shown.padStart(padded)
    return shown.startsWith('-') ? `-${shown.slice(1).padStart(padded - 1, '0')}` : shown.padStart(padded, '0')
  })
  const extra = values.slice(next).map((value) => `${typeOf(value)}=${goText(value)}`)
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`
}

const RADIX: ReadonlyMap<string, number> = new Map([
  ['d', 10],
  ['b', 2],
  ['o', 8],
  ['x', 16],
  ['X', 16],
])
const PREFIX: ReadonlyMap<string, string> = new Map([
  ['b', '0b'],
  ['o', '0'],
  ['x', '0x'],
  ['X', '0X'],
])

function show(verb: string, value: unknown, flags: string, precision: string | undefined): string {
  const wrong = `%!${verb}(${typeOf(value)}=${goText(value)})`
  if (verb === 'v') return value === undefined ? '<nil>' : goText(value)
  if (typeof value === 'bigint') return showInteger(verb, value, flags) ?? wrong
  if (typeof value === 'number') {
    const digits = precision === undefined ? 6 : Number(precision)
    if (verb === 'f' || verb === 'F') return value.toFixed(digits)
    if (verb === 'e') return value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2')
    return verb === 'g' ? String(value) : wrong
  }
  if (typeof value === 'boolean') return verb === 't' ? String(value) : wrong
  if (typeof value !== 'string') return wrong
  const cut = precision === undefined ? value : [...value].slice(0, Number(precision)).join('')
  if (verb === 's') return cut
  if (verb === 'q') return JSON.stringify(cut)
  if (verb !== 'x' && verb !== 'X') return wrong
  const hex = Buffer.from(cut, 'utf8').toString('hex')
  return verb === 'X' ? hex.toUpperCase() : hex
}

function showInteger(verb: string, value: bigint, flags: string): string | undefined {
  if (verb === 'c') return String.fromCodePoint(Number(value))
  if (verb === 'U') return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`
  const radix = RADIX.get(verb)
  if (radix === undefined) return undefined
  const sign = value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  const digits = (value < 0n ? -value : value).toString(radix)
  const prefix = flags.includes('#') ? (PREFIX.get(verb) ?? '') : ''
  return `${sign}${prefix}${verb === 'X' ? digits.toUpperCase() : digits}`
}

/** Go's name for a value's type, as printf's complaints have it. */
export function typeOf(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return 'int'
    case 'number':
      return 'float64'
    case 'boolean':
      return 'bool'
    case 'string':
      return 'string'
    default:
      return value === undefined ? '<nil>' : Array.isArray(value) ? '[]string' : 'map[string]string'
  }
}
