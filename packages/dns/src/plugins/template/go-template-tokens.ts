// Splits a text in Go's text/template into literal text and actions, and an action into words. `{{-` and `-}}` eat the blanks
// beside them. Source: Go text/template/parse/lex.go.

export type TemplatePart = { readonly text: string } | { readonly action: readonly Word[]; readonly line: number }

export interface Word {
  readonly kind: 'field' | 'variable' | 'name' | 'string' | 'char' | 'number' | 'mark'
  /** Without quotes; a field without its dot. */
  readonly text: string
  /** A blank before it: `(index .Match 1).X` against `f .X`. */
  readonly spaced: boolean
}

/** What is wrong, in Go's words, with the line it is on. */
export class TemplateSyntaxError {
  readonly reason: string
  readonly line: number

  constructor(reason: string, line: number) {
    this.reason = reason
    this.line = line
  }
}

const WORD =
  /^(?:"((?:[^"\\\n]|\\.)*)"|`([^`]*)`|'((?:[^'\\\n]|\\.)+)'|([+-]?(?:0x[0-9a-fA-F_]+|0b[01_]+|0o[0-7_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?))|\$(\w*)|\.([A-Za-z_]\w*)|([A-Za-z_]\w*)|(:=|[|(),.=]))/

export function splitTemplate(text: string): TemplatePart[] | TemplateSyntaxError {
  const parts: TemplatePart[] = []
  let at = 0
  let trims = false
  while (at <= text.length) {
    const open = text.indexOf('{{', at)
    const trimsBefore = /^\{\{-\s/.test(text.slice(open))
    let literal = text.slice(at, open < 0 ? undefined : open)
    if (trims) literal = literal.trimStart()
    if (open >= 0 && trimsBefore) literal = literal.trimEnd()
    if (literal !== '') parts.push({ text: literal })
    if (open < 0) return parts
    const line = text.slice(0, open).split('\n').length
    const start = open + (trimsBefore ? 3 : 2)
    const comment = /^\s*\/\*[\s\S]*?\*\/\s*?(\s-)?\}\}/.exec(text.slice(start))
    if (comment !== null) {
      trims = comment[1] !== undefined
      at = start + comment[0].length
      continue
    }
    const read = readAction(text, start, line)
    if (read instanceof TemplateSyntaxError) return read
    parts.push({ action: read.words, line })
    trims = read.trims
    at = read.end
  }
  return parts
}

function readAction(
  text: string,
  start: number,
  line: number,
): { readonly words: readonly Word[]; readonly end: number; readonly trims: boolean } | TemplateSyntaxError {
  const words: Word[] = []
  let at = start
  for (;;) {
    const blank = /^\s*/.exec(text.slice(at))?.[0].length ?? 0
    const rest = text.slice(at + blank)
    if (blank > 0 && rest.startsWith('-}}')) return { words, end: at + blank + 3, trims: true }
    if (rest.startsWith('}}')) return { words, end: at + blank + 2, trims: false }
    if (rest === '') return new TemplateSyntaxError('unclosed action', line)
    const match = WORD.exec(rest)
    if (match === null) {
      const char = rest.charAt(0)
      if (char === '"' || char === "'" || char === '`') {
        const what = char === '"' ? 'quoted string' : char === '`' ? 'raw quoted string' : 'character constant'
        return new TemplateSyntaxError(`unterminated ${what}`, line)
      }
      const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
      return new TemplateSyntaxError(`unrecognized character in action: U+${code} '${char}'`, line)
    }
    words.push(wordOf(match, blank > 0))
    at += blank + match[0].length
  }
}

function wordOf(match: RegExpExecArray, spaced: boolean): Word {
  const [, quoted, raw, char, number, variable, field, name, mark = ''] = match
  if (quoted !== undefined) return { kind: 'string', text: unescaped(quoted), spaced }
  if (raw !== undefined) return { kind: 'string', text: raw, spaced }
  if (char !== undefined) return { kind: 'char', text: unescaped(char), spaced }
  if (number !== undefined) return { kind: 'number', text: number, spaced }
  if (variable !== undefined) return { kind: 'variable', text: variable, spaced }
  if (field !== undefined) return { kind: 'field', text: field, spaced }
  return name === undefined ? { kind: 'mark', text: mark, spaced } : { kind: 'name', text: name, spaced }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
])

function unescaped(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[0-7]{3}|.)/g, (_, code: string) => {
    if (/^[xu]./.test(code)) return String.fromCharCode(parseInt(code.slice(1), 16))
    if (/^[0-7]{3}$/.test(code)) return String.fromCharCode(parseInt(code, 8))
    return ESCAPES.get(code) ?? code
  })
}
