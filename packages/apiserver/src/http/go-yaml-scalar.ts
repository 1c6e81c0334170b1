// One string as a YAML scalar, in the style and with the line breaks go-yaml v2 gives it: plain where that reads back as the same
// string, in quotes where not, as a literal block when it has lines, broken after 80 columns. Source: go-yaml v2 encode.go
// (stringv), resolve.go, emitterc.go (yaml_emitter_analyze_scalar, select_scalar_style and the writers of scalars).

const WIDTH_COLUMNS = 80

/** Words that are no strings in YAML 1.1. */
const WORDS: ReadonlySet<string> = new Set(
  ['', '~', ...['y', 'yes', 'true', 'on', 'n', 'no', 'false', 'off', 'null'].flatMap(threeCases)].concat(
    ['.nan', '.inf', '+.inf', '-.inf'].flatMap((word) => [word, word.replace(/[a-z]/, upper), upper(word)]),
    ['.NaN'],
  ),
)

function upper(text: string): string {
  return text.toUpperCase()
}

function threeCases(word: string): readonly string[] {
  return [word, upper(word.charAt(0)) + word.slice(1), upper(word)]
}

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/
const DAY = /^\d{4}-\d\d?-\d\d?/.source
const CLOCK = /\d\d?:\d\d?:\d\d?(?:\.\d+)?/.source
const TIMESTAMP = new RegExp(`${DAY}(?:[Tt]${CLOCK}(?:Z|[-+]\\d\\d:\\d\\d)| ${CLOCK})?$`)

/** Bigger than any 64 bits hold is a string again. */
function isNumber(text: string): boolean {
  if (INTEGER.test(text)) return text.replace(/^[-+]/, '').length < 20 || FLOAT.test(text)
  return FLOAT.test(text) && Number.isFinite(Number(text))
}

function readsAsString(text: string): boolean {
  if (WORDS.has(text)) return false
  const first = text.charAt(0)
  if (first === '.') return !isNumber(text)
  if (!/[-+0-9]/.test(first)) return true
  return !isNumber(text.replaceAll('_', '')) && !BASE_60.test(text) && !TIMESTAMP.test(text)
}

// What is written as it is; of more than two bytes, what lies beyond the basic plane is not.
const UNPRINTABLE = /[^\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u
const BREAK = /[\n\u0085\u2028\u2029]/
const OPENS_WITH_INDICATOR = /^(?:[#,[\]{}&*!|>'"%@`]|[?:](?:[ \t]|$)|-(?:[ \t]|$)|---|\.\.\.)/
const HAS_INDICATOR = /.:(?:[ \t]|$)|[ \t\n]#/s
const ENDS_WITH_SPACE_OR_BREAK = /^[ \n\u0085\u2028\u2029]|[ \n\u0085\u2028\u2029]$/

type Style = 'plain' | 'single' | 'double' | 'literal'

function styleOf(text: string, isKey: boolean): Style {
  const isUnquotable = UNPRINTABLE.test(text) || / [\n\u0085\u2028\u2029]/.test(text)
  if (text.includes('\n')) return isKey || isUnquotable || text.endsWith(' ') ? 'double' : 'literal'
  if (!readsAsString(text) || isUnquotable) return 'double'
  const isPlain =
    !ENDS_WITH_SPACE_OR_BREAK.test(text) &&
    !BREAK.test(text) &&
    !OPENS_WITH_INDICATOR.test(text) &&
    !HAS_INDICATOR.test(text)
  if (isPlain) return 'plain'
  return (isKey && BREAK.test(text)) || /[\n\u0085\u2028\u2029] /.test(text) ? 'double' : 'single'
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['\0', '0'],
  ['\x07', 'a'],
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\v', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\x1b', 'e'],
  ['"', '"'],
  ['\\', '\\'],
  ['\x85', 'N'],
  ['\xa0', '_'],
  ['\u2028', 'L'],
  ['\u2029', 'P'],
])

function escaped(char: string): string {
  const named = NAMED.get(char)
  if (named !== undefined && (char === '"' || char === '\\' || BREAK.test(char) || UNPRINTABLE.test(char))) {
    return `\\${named}`
  }
  if (!UNPRINTABLE.test(char)) return char
  const code = char.codePointAt(0) ?? 0
  const [letter, digits] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8]
  return `\\${letter}${upper(code.toString(16)).padStart(digits, '0')}`
}

export interface ScalarPlace {
  /** Where the scalar begins, its quote included. */
  readonly column: number
  /** How far its further lines are indented. */
  readonly indent: number
  /** A key stays on its line. */
  readonly isKey?: boolean
}

/** Breaks at single spaces once the line is long enough. `written` gives a character's text. */
function folded(text: string, style: Style, place: ScalarPlace, written: (char: string) => string): string {
  const chars = [...text]
  const isQuoted = style !== 'plain'
  let column = place.column + (isQuoted ? 1 : 0)
  let afterSpace = false
  let out = ''
  for (const [i, char] of chars.entries()) {
    const isSpace = char === ' '
    const mayBreak = isSpace && place.isKey !== true && !afterSpace && column > WIDTH_COLUMNS
    const isInside = !isQuoted || (i > 0 && i < chars.length - 1)
    const beforeSpace = chars[i + 1] === ' '
    if (mayBreak && isInside && (style === 'double' || !beforeSpace)) {
      out += `\n${' '.repeat(place.indent)}${beforeSpace ? '\\' : ''}`
      column = place.indent + (beforeSpace ? 1 : 0)
    } else {
      const piece = written(char)
      out += piece
      column += piece.length
    }
    afterSpace = isSpace
  }
  return out
}

function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? '2' : ''
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : ''
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
  const margin = ' '.repeat(indent)
  return `|${hint}${chomp}\n${lines.map((line) => (line === '' ? '' : margin + line)).join('\n')}`
}

/** A string without the newline after it. */
export function scalarText(text: string, place: ScalarPlace): string {
  const style = styleOf(text, place.isKey === true)
  if (style === 'literal') return literal(text, place.indent)
  if (style === 'plain') return folded(text, style, place, (char) => char)
  if (style === 'double') return `"${folded(text, style, place, escaped)}"`
  return `'${folded(text, style, place, (char) => (char === "'" ? "''" : char))}'`
}
