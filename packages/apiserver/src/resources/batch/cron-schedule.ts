// Cron schedules: whether one can be read, and what is wrong with it in the parser's words.
// Source: robfig/cron v3 ParseStandard (five fields, names, steps, ranges, descriptors), as kube-apiserver uses it.

import { quote } from '../../validation/field-errors.ts'
import { timeZoneProblem } from './time-zone.ts'

interface Bounds {
  readonly min: number
  readonly max: number
  readonly names: ReadonlyMap<string, number>
}

function names(list: string, first: number): ReadonlyMap<string, number> {
  return new Map(list.split(' ').map((name, index) => [name, first + index]))
}

const NO_NAMES: ReadonlyMap<string, number> = new Map()
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59, names: NO_NAMES },
  { min: 0, max: 23, names: NO_NAMES },
  { min: 1, max: 31, names: NO_NAMES },
  { min: 1, max: 12, names: names('jan feb mar apr may jun jul aug sep oct nov dec', 1) },
  { min: 0, max: 6, names: names('sun mon tue wed thu fri sat', 0) },
]
const DESCRIPTORS = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'])
const UNITS = new Set(['ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h'])

/** Why the schedule cannot be read; undefined when it can. */
export function cronScheduleProblem(schedule: string): string | undefined {
  if (schedule === '') return 'empty spec string'
  const zone = /^(?:CRON_)?TZ=(?<name>[^ ]*)(?<rest> .*)?$/s.exec(schedule)?.groups
  if (zone === undefined) return fieldsProblem(schedule)
  // The parser runs into the end of the text here.
  if (zone['rest'] === undefined) return 'invalid schedule format: runtime error: slice bounds out of range [:-1]'
  const problem = timeZoneProblem(zone['name'] ?? '')
  if (problem !== undefined) return `provided bad location ${zone['name']}: ${problem}`
  return fieldsProblem(zone['rest'].trim())
}

function fieldsProblem(schedule: string): string | undefined {
  if (schedule.startsWith('@')) return descriptorProblem(schedule)
  const fields = schedule.split(/\s+/).filter((field) => field !== '')
  if (fields.length !== FIELDS.length) {
    return `expected exactly ${FIELDS.length} fields, found ${fields.length}: [${fields.join(' ')}]`
  }
  for (const [index, bounds] of FIELDS.entries()) {
    const problem = fieldProblem(fields[index] ?? '', bounds)
    if (problem !== undefined) return problem
  }
  return undefined
}

function descriptorProblem(text: string): string | undefined {
  if (DESCRIPTORS.has(text)) return undefined
  const every = '@every '
  if (!text.startsWith(every)) return `unrecognized descriptor: ${text}`
  const duration = text.slice(every.length)
  const problem = durationProblem(duration)
  return problem === undefined ? undefined : `failed to parse duration ${text}: time: ${problem}`
}

/** Why Go cannot read it: numbers, each with its unit. */
function durationProblem(duration: string): string | undefined {
  const whole = quote(duration)
  let rest = duration.replace(/^[-+]/, '')
  if (rest === '0') return undefined
  if (rest === '') return `invalid duration ${whole}`
  while (rest !== '') {
    const number = /^(?:\d+\.?\d*|\.\d+)/.exec(rest)?.[0]
    if (number === undefined) return `invalid duration ${whole}`
    rest = rest.slice(number.length)
    const unit = /^[^.\d]*/.exec(rest)?.[0] ?? ''
    if (unit === '') return `missing unit in duration ${whole}`
    if (!UNITS.has(unit)) return `unknown unit ${quote(unit)} in duration ${whole}`
    rest = rest.slice(unit.length)
  }
  return undefined
}

function fieldProblem(field: string, bounds: Bounds): string | undefined {
  for (const part of field.split(',').filter((text) => text !== '')) {
    const problem = rangeProblem(part, bounds)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** `5`, `1-5`, `*`, `?`, each with `/step`. */
function rangeProblem(text: string, bounds: Bounds): string | undefined {
  const [range = '', step, ...moreSteps] = text.split('/')
  const [low = '', high, ...moreHighs] = range.split('-')
  const everything = low === '*' || low === '?'
  let start = bounds.min
  let end = bounds.max
  if (!everything) {
    const parsed = parseValue(low, bounds)
    if (typeof parsed === 'string') return parsed
    start = parsed
    if (moreHighs.length > 0) return `too many hyphens: ${text}`
    const parsedEnd = high === undefined ? parsed : parseValue(high, bounds)
    if (typeof parsedEnd === 'string') return parsedEnd
    end = step !== undefined && high === undefined ? bounds.max : parsedEnd
  }
  if (moreSteps.length > 0) return `too many slashes: ${text}`
  const width = step === undefined ? 1 : parseNumber(step)
  if (typeof width === 'string') return width
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${text}`
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${text}`
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`
  return width === 0 ? `step of range should be a positive number: ${text}` : undefined
}

function parseValue(text: string, bounds: Bounds): number | string {
  return bounds.names.get(text.toLowerCase()) ?? parseNumber(text)
}

function parseNumber(text: string): number | string {
  if (!/^[-+]?\d+$/.test(text)) {
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${quote(text)}: invalid syntax`
  }
  const value = Number(text)
  return value < 0 ? `negative number (${value}) not allowed: ${text}` : value
}
