// JSON as the YAML the real server writes: keys in go-yaml's order (numbers in them by their value), block style, two columns a
// level, lists under their key not indented. Source: sigs.k8s.io/yaml (JSONToYAML), go-yaml v2 sorter.go, encode.go, emitterc.go.

import { scalarText } from './go-yaml-scalar.ts'
import { parseExactly } from '../decode/index.ts'

const LETTER = /\p{L}/u
const DIGITS = /^\p{Nd}+/u
const LONGEST_SIMPLE_KEY_BYTES = 128

function leadingNumber(chars: readonly string[], from: number): { readonly value: bigint; readonly end: number } {
  const digits = DIGITS.exec(chars.slice(from).join(''))?.[0] ?? ''
  return { value: digits === '' ? 0n : BigInt(digits), end: from + [...digits].length }
}

/** Letters after everything else, runs of digits as numbers. */
function compareYamlKeys(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [x = '', y = ''] = [left[i], right[i]]
    if (x === y) continue
    const [xIsLetter, yIsLetter] = [LETTER.test(x), LETTER.test(y)]
    const byCode = (x.codePointAt(0) ?? 0) - (y.codePointAt(0) ?? 0)
    if (xIsLetter && yIsLetter) return byCode
    if (xIsLetter || yIsLetter) return yIsLetter ? -1 : 1
    const [m, n] = [leadingNumber(left, i), leadingNumber(right, i)]
    // After a zero, digits that follow a number go on with it.
    const goesOn = (x === '0' || y === '0') && /[1-9]\d*$/.test(left.slice(0, i).join(''))
    const [p, q] = goesOn ? [`1${left.slice(i, m.end).join('')}`, `1${right.slice(i, n.end).join('')}`] : ['', '']
    const [u, v] = goesOn ? [BigInt(p), BigInt(q)] : [m.value, n.value]
    if (u !== v) return u < v ? -1 : 1
    return m.end === n.end ? byCode : m.end - n.end
  }
  return left.length - right.length
}

/** strconv.FormatFloat 'g' for what is no integer. */
function numberText(value: number): string {
  if (Number.isInteger(value) && value > -(2 ** 63) && value < 2 ** 64) return String(value)
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 21 && power < 6) return String(value)
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

type JsonMap = Readonly<Record<string, unknown>>

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function leafText(value: unknown, column: number, indent: number): string {
  if (typeof value === 'string') return scalarText(value, { column, indent })
  if (typeof value === 'number') return numberText(value)
  if (Array.isArray(value)) return '[]'
  return isMap(value) ? '{}' : String(value)
}

class Writer {
  text = ''
  #column = 0

  put(text: string): void {
    this.text += text
    const lastBreak = text.lastIndexOf('\n')
    this.#column = lastBreak < 0 ? this.#column + [...text].length : [...text.slice(lastBreak + 1)].length
  }

  #leaf(value: unknown, indent: number): void {
    this.put(' ')
    this.put(`${leafText(value, this.#column, indent + 2)}\n`)
  }

  /** @param isOpen the first entry goes on with a line that is begun */
  map(value: JsonMap, indent: number, isOpen: boolean): void {
    let open = isOpen
    for (const key of Object.keys(value).sort(compareYamlKeys)) {
      if (!open) this.put(' '.repeat(indent))
      open = false
      const isSimple = Buffer.byteLength(key) <= LONGEST_SIMPLE_KEY_BYTES && !key.includes('\n')
      if (isSimple) {
        this.put(`${scalarText(key, { column: indent, indent, isKey: true })}:`)
        this.#value(value[key], indent)
      } else {
        this.put('?')
        this.#leaf(key, indent)
        this.put(`${' '.repeat(indent)}:`)
        this.item(value[key], indent)
      }
    }
  }

  #value(value: unknown, indent: number): void {
    if (Array.isArray(value) && value.length > 0) {
      this.put('\n')
      this.list(value, indent, false)
    } else if (isMap(value) && Object.keys(value).length > 0) {
      this.put('\n')
      this.map(value, indent + 2, false)
    } else this.#leaf(value, indent)
  }

  list(items: readonly unknown[], indent: number, isOpen: boolean): void {
    let open = isOpen
    for (const item of items) {
      if (!open) this.put(' '.repeat(indent))
      open = false
      this.put('-')
      this.item(item, indent)
    }
  }

  /** What follows an indicator on its line. */
  item(value: unknown, indent: number): void {
    const isFilled = typeof value === 'object' && value !== null && Object.keys(value).length > 0
    if (!isFilled) return this.#leaf(value, indent)
    this.put(' ')
    if (Array.isArray(value)) this.list(value, indent + 2, true)
    else if (isMap(value)) this.map(value, indent + 2, true)
  }
}

export function jsonToYaml(json: string): string {
  const value = parseExactly(json)
  const writer = new Writer()
  if (Array.isArray(value) && value.length > 0) writer.list(value, 0, false)
  else if (isMap(value) && Object.keys(value).length > 0) writer.map(value, 0, false)
  else writer.put(`${leafText(value, 0, 2)}\n`)
  return writer.text
}
