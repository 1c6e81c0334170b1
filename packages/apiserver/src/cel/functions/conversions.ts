// Conversions between types, sizes, and the functions of texts that the language itself has. Source: cel-go
// common/stdlib/standard.go, common/types (ConvertToType of each type).

import { compileGoRegexp, type GoRegexp } from '../../validation/go-regexp.ts'
import {
  CelError,
  Duration,
  isList,
  isMap,
  NO_OVERLOAD,
  Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
  characterCount,
  type Value,
} from '../run/values.ts'
import type { FunctionTable } from './function-table.ts'
import { intOf, timestampOf, uintOf } from './operators.ts'
import { parseDuration, parseTimestamp, printDuration, printTimestamp } from './times.ts'

const SECOND = 1_000_000_000n

export function addConversions(table: FunctionTable): void {
  for (const [name, sources] of [
    ['bool', ['bool', 'string']],
    ['bytes', ['bytes', 'string']],
    ['double', ['double', 'int', 'string', 'uint']],
    ['duration', ['duration', 'int', 'string']],
    ['int', ['int', 'double', 'duration', 'string', 'timestamp', 'uint']],
    ['string', ['string', 'bool', 'bytes', 'double', 'duration', 'int', 'timestamp', 'uint']],
    ['timestamp', ['timestamp', 'int', 'string']],
    ['uint', ['uint', 'double', 'int', 'string']],
  ] as const) {
    for (const source of sources) {
      table.free(
        `${source}_to_${name}`,
        name,
        [source],
        name,
        (value = null) => CONVERT[name](value) ?? failed(value, name),
      )
    }
  }
  table
    .free('to_dyn', 'dyn', ['A'], 'dyn', (value = null) => value)
    .free('type', 'type', ['A'], 'type<A>', (value = null) => new TypeValue(typeNameOf(value)))
  addTexts(table)
}

function addTexts(table: FunctionTable): void {
  for (const [type, id] of [
    ['bytes', 'bytes'],
    ['list<A>', 'list'],
    ['map<A, B>', 'map'],
    ['string', 'string'],
  ] as const) {
    table.free(`size_${id}`, 'size', [type], 'int', size).member(`${id}_size`, 'size', [type], 'int', size)
  }
  table
    .member(
      'contains_string',
      'contains',
      ['string', 'string'],
      'bool',
      texts((a, b) => a.includes(b)),
    )
    .member(
      'ends_with_string',
      'endsWith',
      ['string', 'string'],
      'bool',
      texts((a, b) => a.endsWith(b)),
    )
    .member(
      'starts_with_string',
      'startsWith',
      ['string', 'string'],
      'bool',
      texts((a, b) => a.startsWith(b)),
    )
    .free('matches', 'matches', ['string', 'string'], 'bool', texts(matches))
    .member('matches_string', 'matches', ['string', 'string'], 'bool', texts(matches))
}

/** A function of two texts. */
export function texts(run: (a: string, b: string) => Value): (...args: readonly Value[]) => Value {
  return (a, b) => (typeof a === 'string' && typeof b === 'string' ? run(a, b) : NO_OVERLOAD)
}

function matches(text: string, pattern: string): Value {
  const regexp = regexpOf(pattern)
  return regexp instanceof CelError ? regexp : regexp.matches(text)
}

export function regexpOf(pattern: string, prefix = ''): GoRegexp | CelError {
  const regexp = compileGoRegexp(pattern)
  return 'error' in regexp ? new CelError(`${prefix}${regexp.error}`) : regexp
}

function size(value: Value = null): Value {
  if (typeof value === 'string') return BigInt(characterCount(value))
  if (isList(value) || value instanceof Uint8Array) return BigInt(value.length)
  return isMap(value) ? BigInt(value.size) : NO_OVERLOAD
}

function failed(value: Value, to: string): CelError {
  const names: Readonly<Record<string, string>> = {
    timestamp: 'google.protobuf.Timestamp',
    duration: 'google.protobuf.Duration',
  }
  return new CelError(`type conversion error from '${typeNameOf(value)}' to '${names[to] ?? to}'`)
}

type Converted = Value | undefined

/** undefined: it cannot be converted. */
const CONVERT: Readonly<Record<string, (value: Value) => Converted>> & {
  readonly [Name in 'bool' | 'bytes' | 'double' | 'duration' | 'int' | 'string' | 'timestamp' | 'uint']: (
    value: Value,
  ) => Converted
} = {
  bool: (value) => {
    if (typeof value === 'boolean') return value
    if (typeof value !== 'string') return undefined
    if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true
    return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value) ? false : undefined
  },
  bytes: (value) => {
    if (value instanceof Uint8Array) return value
    return typeof value === 'string' ? new Uint8Array(Buffer.from(value)) : undefined
  },
  double: (value) => {
    if (typeof value === 'number') return value
    if (typeof value === 'bigint') return Number(value)
    if (value instanceof Uint) return Number(value.value)
    return typeof value === 'string' ? parseDouble(value) : undefined
  },
  duration: (value) => {
    if (value instanceof Duration) return value
    if (typeof value === 'bigint') return new Duration(value)
    return typeof value === 'string' ? parseDuration(value) : undefined
  },
  int: toInt,
  string: printed,
  timestamp: (value) => {
    if (value instanceof Timestamp) return value
    if (typeof value === 'bigint') return timestampOf(value * SECOND)
    return typeof value === 'string' ? parseTimestamp(value) : undefined
  },
  uint: (value) => {
    if (value instanceof Uint) return value
    if (typeof value === 'bigint') return uintOf(value)
    if (typeof value === 'number') return Number.isFinite(value) ? uintOf(BigInt(Math.trunc(value))) : uintOf(-1n)
    if (typeof value !== 'string' || !/^\d+$/.test(value)) return undefined
    const result = uintOf(BigInt(value))
    return result instanceof CelError ? undefined : result
  },
}

function toInt(value: Value): Converted {
  if (typeof value === 'bigint') return value
  if (value instanceof Uint) return intOf(value.value)
  if (typeof value === 'number') return Number.isFinite(value) ? intOf(BigInt(Math.trunc(value))) : intOf(2n ** 63n)
  if (value instanceof Duration) return value.nanos
  if (value instanceof Timestamp) return floorSeconds(value.nanos)
  if (typeof value !== 'string' || !/^[+-]?\d+$/.test(value)) return undefined
  const result = intOf(BigInt(value.replace(/^\+/, '')))
  return result instanceof CelError ? undefined : result
}

function floorSeconds(nanos: bigint): bigint {
  const seconds = nanos / SECOND
  return nanos % SECOND < 0n ? seconds - 1n : seconds
}

function parseDouble(text: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }
  const special = /^([+-]?)(?:inf|infinity)$/i.exec(text)
  if (special !== null) return special[1] === '-' ? -Infinity : Infinity
  return /^[+-]?nan$/i.test(text) ? Number.NaN : undefined
}

/** A value as string() prints it. */
export function printed(value: Value): Converted {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return printDouble(value)
  if (value instanceof Uint) return String(value.value)
  if (value instanceof Duration) return printDuration(value)
  if (value instanceof Timestamp) return printTimestamp(value)
  if (value instanceof TypeValue) return value.name
  if (!(value instanceof Uint8Array)) return undefined
  const text = Buffer.from(value).toString()
  return Buffer.from(text).equals(Buffer.from(value))
    ? text
    : new CelError('invalid UTF-8 in bytes, cannot convert to string')
}

/** As Go's %g prints it: with an exponent below 1e-4 and from 1e6 on. */
export function printDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
  const [digits = '', power = '0'] = value.toExponential().split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 6) return Object.is(value, -0) ? '-0' : plainDigits(value, exponent)
  const sign = exponent < 0 ? '-' : '+'
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function plainDigits(value: number, exponent: number): string {
  return exponent < 0 ? value.toFixed(20).replace(/0+$/, '') : String(value)
}
