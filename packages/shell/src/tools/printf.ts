// printf: %s %d %i %u %o %x %X %c %b %q %(format)T %e %f %g %%, widths, precisions, `*`; the format is used again while arguments
// are left. `-v` is the builtin's.

import type { Command } from '../command.ts'
import { formatDate } from './date.ts'
import { expandEscapes } from './escapes.ts'

const SPEC = /%(?:%|([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(?:\(([^)]*)\)(?=T))?([a-zA-Z]))/g

export const printf: Command = async ({ args, stdout, stderr, name, engine }) => {
  const operands = args[0] === '--' ? args.slice(1) : args
  const [format, ...values] = operands
  if (format === undefined) {
    await stderr.write(`${name}: usage: printf format [arguments]\n`)
    return 2
  }
  const run = new Formatter(values, engine.clock.wallTimeMs())
  let out = ''
  do {
    const before = run.used
    out += run.round(format)
    if (run.stop || run.used === before) break
  } while (run.used < values.length)
  await stdout.write(out)
  if (run.problem !== undefined) await stderr.write(`${name}: ${run.problem}\n`)
  return run.problem === undefined ? 0 : 1
}

class Formatter {
  readonly #values: readonly string[]
  readonly #nowMs: number
  used = 0
  stop = false
  problem: string | undefined

  constructor(values: readonly string[], nowMs: number) {
    this.#values = values
    this.#nowMs = nowMs
  }

  round(format: string): string {
    let out = ''
    let from = 0
    for (const match of format.matchAll(SPEC)) {
      out += expandEscapes(format.slice(from, match.index), false).text
      if (this.stop) return out
      from = match.index + match[0].length
      out += match[0] === '%%' ? '%' : this.#convert(match)
      if (this.stop) return out
    }
    const tail = expandEscapes(format.slice(from), false)
    this.stop ||= tail.stop
    return out + tail.text
  }

  #next(): string | undefined {
    const value = this.#values[this.used]
    if (value !== undefined) this.used++
    return value
  }

  #convert(match: RegExpExecArray): string {
    let flags = match[1] ?? ''
    const size = (text: string | undefined): number | undefined => {
      if (text === undefined) return undefined
      return text === '*' ? Number(this.#next() ?? '0') : Number(text)
    }
    let width = size(match[2]) ?? 0
    if (width < 0) {
      flags += '-'
      width = -width
    }
    const dot = /\.(\*|\d+)?[a-zA-Z]$/.test(match[0])
    const precision = dot ? (size(match[3]) ?? 0) : undefined
    const letter = match[5] ?? 's'
    const body = letter === 'T' ? this.#time(match[4]) : this.#body(letter, flags, precision)
    if (body.length >= width) return body
    if (flags.includes('-')) return body.padEnd(width)
    const numeric = 'diuoxXeEfFgG'.includes(letter)
    if (!numeric || !flags.includes('0') || (precision !== undefined && 'diuoxX'.includes(letter)))
      return body.padStart(width)
    const sign = /^[-+ ]/.exec(body)?.[0] ?? ''
    return sign + body.slice(sign.length).padStart(width - sign.length, '0')
  }

  #body(letter: string, flags: string, precision: number | undefined): string {
    const value = this.#next()
    switch (letter) {
      case 's':
        return precision === undefined ? (value ?? '') : (value ?? '').slice(0, precision)
      case 'c':
        return (value ?? '').slice(0, 1)
      case 'q':
        return backslashed(value ?? '')
      case 'b': {
        const expanded = expandEscapes(value ?? '', true)
        this.stop ||= expanded.stop
        return expanded.text
      }
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X':
        return integerText(this.#integer(value), letter, flags, precision)
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        return realText(this.#real(value), letter, flags, precision)
      default:
        this.problem ??= `%${letter}: invalid directive`
        this.stop = true
        return ''
    }
  }

  /** `%(format)T`: seconds since 1970; -1, -2 and nothing are now. */
  #time(format: string | undefined): string {
    const value = this.#next()
    const seconds = value === undefined || value === '-1' || value === '-2' ? this.#nowMs / 1000 : Number(value)
    return formatDate(format === undefined || format === '' ? '%T' : format, seconds * 1000, 0)
  }

  #integer(value: string | undefined): bigint {
    const text = (value ?? '').trim()
    if (text === '') return 0n
    if (/^['"]/.test(text)) return BigInt(text.codePointAt(1) ?? 0)
    const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text)
    if (match === null || match[0] !== text) this.problem ??= `${text}: invalid number`
    if (match === null) return 0n
    const digits = match[2] ?? '0'
    const magnitude = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits)
    return match[1] === '-' ? -magnitude : magnitude
  }

  #real(value: string | undefined): number {
    const text = (value ?? '').trim()
    if (text === '') return 0
    const number = Number(text)
    if (!Number.isNaN(number)) return number
    this.problem ??= `${text}: invalid number`
    return Number.parseFloat(text) || 0
  }
}

/** As bash quotes with %q. */
function backslashed(text: string): string {
  if (text === '') return "''"
  if (/[\x00-\x1f\x7f]/.test(text)) {
    const named: ReadonlyMap<string, string> = new Map([
      ['\n', '\\n'],
      ['\t', '\\t'],
      ['\r', '\\r'],
      ['\x1b', '\\E'],
    ])
    const escaped = text
      .replace(/[\\']/g, '\\$&')
      .replace(/[\x00-\x1f\x7f]/g, (char) => named.get(char) ?? `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
    return `$'${escaped}'`
  }
  return text.replace(/[^\w@%+=:./-]/gu, (char) => (char > '\x7f' ? char : `\\${char}`))
}

function integerText(value: bigint, letter: string, flags: string, precision: number | undefined): string {
  const unsigned = letter !== 'd' && letter !== 'i'
  const number = unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)
  const negative = number < 0n
  const base = letter === 'o' ? 8 : letter === 'x' || letter === 'X' ? 16 : 10
  let digits = (negative ? -number : number).toString(base)
  if (letter === 'X') digits = digits.toUpperCase()
  digits = digits.padStart(precision ?? 1, '0')
  if (flags.includes('#') && number !== 0n)
    digits = (letter === 'o' ? '0' : letter === 'x' ? '0x' : letter === 'X' ? '0X' : '') + digits
  return sign(negative, flags, unsigned) + digits
}

function sign(negative: boolean, flags: string, unsigned = false): string {
  if (negative) return '-'
  if (unsigned) return ''
  return flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
}

function realText(value: number, letter: string, flags: string, precision = 6): string {
  const negative = value < 0 || Object.is(value, -0)
  const magnitude = Math.abs(value)
  const upper = letter === letter.toUpperCase()
  let text: string
  if (!Number.isFinite(magnitude)) text = Number.isNaN(magnitude) ? 'nan' : 'inf'
  else if ('fF'.includes(letter)) text = magnitude.toFixed(Math.min(100, precision))
  else if ('eE'.includes(letter)) text = exponential(magnitude, precision)
  else text = general(magnitude, precision === 0 ? 1 : precision, flags.includes('#'))
  return sign(negative, flags) + (upper ? text.toUpperCase() : text)
}

function exponential(value: number, precision: number): string {
  return value.toExponential(Math.min(100, precision)).replace(/e([-+])(\d)$/, 'e$10$2')
}

function general(value: number, precision: number, keepZeros: boolean): string {
  const exponent = value === 0 ? 0 : Number(value.toExponential(precision - 1).split('e')[1])
  const text =
    exponent < -4 || exponent >= precision
      ? exponential(value, precision - 1)
      : value.toFixed(Math.max(0, precision - 1 - exponent))
  return keepZeros || !text.includes('.') ? text : text.replace(/\.?0+(e|$)/, '$1')
}
