// `'%s is %d'.format([...])`: verbs and what each can print. Source: cel-go ext/formatting.go.

import { compareText } from '@podwire/engine'
import { quote } from '../../validation/field-errors.ts'
import {
  CelError,
  Duration,
  isList,
  isMap,
  Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
  type CelMap,
  type List,
  type MapKey,
  type Value,
} from '../run/values.ts'
import { printed } from './conversions.ts'

/** What a text could not be formatted for. */
export class FormatError extends Error {}

const DEFAULT_PRECISION = 6
/** What Intl prints in every Node. Departure: Go prints up to a million digits behind the point. */
const MOST_DIGITS = 20

export interface Clause {
  readonly verb: string
  readonly precision: number | undefined
}

/** The text with each clause replaced by what it prints. @throws FormatError */
export function fillClauses(template: string, print: (clause: Clause, index: number) => string): string {
  let filled = ''
  let index = 0
  for (let at = 0; at < template.length;) {
    if (template.charAt(at) !== '%') filled += template.charAt(at++)
    else if (template.charAt(at + 1) === '%') {
      filled += '%'
      at += 2
    } else {
      const { clause, end } = readClause(template, at + 1)
      filled += print(clause, index++)
      at = end
    }
  }
  return filled
}

function readClause(template: string, start: number): { readonly clause: Clause; readonly end: number } {
  const [whole = '', digits] = /^(?:\.(\d*))?/.exec(template.slice(start)) ?? []
  const at = start + whole.length
  const verb = String.fromCodePoint(template.codePointAt(at) ?? 0)
  if (at >= template.length) {
    const why =
      whole === ''
        ? 'unexpected end of string'
        : `${PARSING}: error while parsing precision: could not find end of precision specifier`
    throw new FormatError(why)
  }
  if (digits === '') {
    const why = 'error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax'
    throw new FormatError(`${PARSING}: error while parsing precision: ${why}`)
  }
  if (!VERBS.has(verb)) throw new FormatError(`${PARSING}: unrecognized formatting clause "${verb}"`)
  return { clause: { verb, precision: digits === undefined ? undefined : Number(digits) }, end: at + verb.length }
}

const PARSING = 'could not parse formatting clause'
const VERBS: ReadonlySet<string> = new Set(['s', 'd', 'f', 'e', 'b', 'x', 'X', 'o'])

/** Why a verb cannot print a type. */
export function misfit(verb: string, typeName: string): FormatError {
  return new FormatError(`error during formatting: ${CAN_PRINT[verb] ?? ''}, was given ${typeName}`)
}

const CAN_PRINT: Readonly<Record<string, string>> = {
  b: 'only integers and bools can be formatted as binary',
  d: 'decimal clause can only be used on integers',
  e: 'scientific clause can only be used on doubles',
  f: 'fixed-point clause can only be used on doubles',
  o: 'octal clause can only be used on integers',
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  x: 'only integers, byte buffers, and strings can be formatted as hex',
  X: 'only integers, byte buffers, and strings can be formatted as hex',
}

export function format(template: string, values: List): Value {
  try {
    return fillClauses(template, (clause, index) => {
      const value = values[index]
      if (value === undefined) throw new FormatError(`index ${index} out of range`)
      return print(clause, value)
    })
  } catch (error) {
    if (error instanceof FormatError) return new CelError(error.message)
    throw error
  }
}

function print({ verb, precision = DEFAULT_PRECISION }: Clause, value: Value): string {
  switch (verb) {
    case 's':
      return printText(value)
    case 'd':
      if (typeof value === 'bigint' || value instanceof Uint) return String(whole(value))
      break
    case 'f':
    case 'e': {
      const number = doubleOf(value)
      if (number !== undefined) return printNumber(number, verb, precision)
      break
    }
    default: {
      const text = radix(verb, value)
      if (text !== undefined) return text
    }
  }
  throw misfit(verb, typeNameOf(value))
}

function whole(value: bigint | Uint): bigint {
  return typeof value === 'bigint' ? value : value.value
}

function doubleOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (value === 'NaN') return Number.NaN
  return value === 'Infinity' ? Infinity : value === '-Infinity' ? -Infinity : undefined
}

/** Newer than the types of the language's library. */
const HALF_EVEN: object = { roundingMode: 'halfEven' }

/** With thousands apart, as the locale of the real library does. Of an exponent's digits upstream takes the number for a width. */
function printNumber(value: number, verb: string, precision: number): string {
  if (verb === 'f' && precision > MOST_DIGITS) {
    throw new FormatError(`error during formatting: podwire prints at most ${MOST_DIGITS} digits behind the point`)
  }
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞'
  if (verb === 'f')
    return value.toLocaleString('en-US', {
      minimumFractionDigits: precision,
      maximumFractionDigits: precision,
      ...HALF_EVEN,
    })
  const [digits = '', power = '0'] = value.toExponential(DEFAULT_PRECISION).split('e')
  const sign = power.startsWith('-') ? '-' : '+'
  const superscript = power.replace(/[+-]/, '').padStart(2, '0')
  return `${digits}×10${[...`${sign === '-' ? '-' : ''}${superscript}`].map(raised).join('')}`
}

function raised(char: string): string {
  return char === '-' ? '⁻' : ('⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(char)] ?? char)
}

function radix(verb: string, value: Value): string | undefined {
  if (verb === 'b' && typeof value === 'boolean') return value ? '1' : '0'
  const base = verb === 'b' ? 2 : verb === 'o' ? 8 : 16
  const text =
    typeof value === 'bigint' || value instanceof Uint
      ? whole(value).toString(base)
      : base === 16 && (typeof value === 'string' || value instanceof Uint8Array)
        ? Buffer.from(value as string).toString('hex')
        : undefined
  return verb === 'X' ? text?.toUpperCase() : text
}

function printText(value: Value): string {
  if (isList(value)) return `[${value.map(printInside).join(', ')}]`
  if (isMap(value)) return printMap(value)
  if (value === null) return 'null'
  const text = printed(value)
  if (typeof text !== 'string') throw misfit('s', typeNameOf(value))
  return text
}

function printMap(map: CelMap): string {
  const entries = [...map].map(([key, value]) => [printKey(key), printInside(value)] as const)
  const sorted = entries.sort(([a], [b]) => compareText(a, b))
  return `{${sorted.map(([key, value]) => `${key}:${value}`).join(', ')}}`
}

function printKey(key: MapKey): string {
  if (typeof key === 'number')
    throw new FormatError('error during formatting: no formatting function for map key of type double')
  return typeof key === 'string' ? quote(key) : String(key)
}

/** Inside lists and maps values look as they would in an expression. */
function printInside(value: Value): string {
  if (value === null || isList(value) || isMap(value)) return printText(value)
  if (typeof value === 'number')
    return Number.isFinite(value) ? value.toFixed(DEFAULT_PRECISION) : quote(goDouble(value))
  if (value instanceof Timestamp) return `timestamp(${quote(printText(value))})`
  if (value instanceof Duration) return `duration(${quote(printText(value))})`
  if (typeof value === 'string') return quote(value)
  if (value instanceof Uint8Array) return `b${quote(printText(value))}`
  if (['bigint', 'boolean'].includes(typeof value) || value instanceof Uint || value instanceof TypeValue)
    return printText(value)
  throw new FormatError(`error during formatting: no formatting function for ${typeNameOf(value)}`)
}

function goDouble(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
