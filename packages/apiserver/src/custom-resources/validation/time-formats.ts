// Dates, times and durations as schemas' formats know them. Source: kube-openapi pkg/validation/strfmt (date.go, time.go,
// duration.go), Go's time.ParseDuration.

export function isDate(text: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (parts === null) return false
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  if (month < 1 || month > 12 || day < 1) return false
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  return day <= (days[month - 1] ?? 0)
}

export function isDateTime(text: string): boolean {
  const parts = text.toLowerCase().split('t')
  if (text.length < 4 || parts.length < 2 || !isDate(parts[0] ?? '')) return false
  const time = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$/.exec(parts[1] ?? '')
  if (time === null) return false
  const [, hours = '', minutes = '', seconds = ''] = time
  return hours <= '23' && minutes <= '59' && seconds <= '59'
}

const GO_DURATION = /^[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/
const UNITS = ['ns', 'us', 'µs', 'ms', 's', 'm', 'h', 'hr', 'd', 'w', 'wk']
const UNIT_STARTS = ['nano', 'micro', 'milli', 'sec', 'min', 'hour', 'day', 'week']

/** Go's notation (`1h30m`), or numbers with units in words (`3 weeks`). */
export function isDuration(text: string): boolean {
  if (GO_DURATION.test(text)) return true
  for (const match of text.matchAll(/(\d+)\s*([A-Za-zµ]+)/g)) {
    const unit = (match[2] ?? '').toLowerCase()
    if (UNITS.includes(unit) || UNIT_STARTS.some((start) => unit.startsWith(start))) return true
  }
  return false
}
