// An expression as tokens; what is none is told and skipped. Source: cel-go parser/gen/CEL.g4 (lexer rules), the ANTLR runtime
// (longest match; after an error it goes on behind the character that did not fit).

import type { Problem } from './problem.ts'

export type TokenType =
  | 'bytes'
  | 'end'
  | 'escaped'
  | 'float'
  | 'identifier'
  | 'int'
  /** An operator, a bracket, `in`, `true`, `false` or `null`: its text says which. */
  | 'mark'
  | 'string'
  | 'uint'

export interface Token {
  readonly type: TokenType
  readonly text: string
  readonly start: number
}

export interface Tokens {
  /** The last is the end. */
  readonly tokens: readonly Token[]
  readonly problems: readonly Problem[]
}

const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?${'`'}]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7][0-7])`
const TEXT = [
  `"""(?:${ESCAPE}|[^\\\\])*?"""`,
  `'''(?:${ESCAPE}|[^\\\\])*?'''`,
  String.raw`[rR]"""[\s\S]*?"""`,
  String.raw`[rR]'''[\s\S]*?'''`,
  `"(?:${ESCAPE}|[^\\\\"\\n\\r])*"`,
  `'(?:${ESCAPE}|[^\\\\'\\n\\r])*'`,
  String.raw`[rR]"[^"\n\r]*"`,
  String.raw`[rR]'[^'\n\r]*'`,
].join('|')

const RULES: readonly (readonly [TokenType | undefined, RegExp])[] = [
  ['mark', /==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%]|(?:in|true|false|null)(?!\w)/y],
  [undefined, /[\t \r\n\f]+|\/\/[^\n]*/y],
  ['float', /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?/y],
  ['uint', /(?:0x[0-9a-fA-F]+|\d+)[uU]/y],
  ['int', /0x[0-9a-fA-F]+|\d+/y],
  ['string', new RegExp(TEXT, 'y')],
  ['bytes', new RegExp(`[bB](?:${TEXT})`, 'y')],
  ['identifier', /[A-Za-z_]\w*/y],
  ['escaped', /`[A-Za-z0-9_.\-/ ]+`/y],
]

export function tokensOf(text: string): Tokens {
  const tokens: Token[] = []
  const problems: Problem[] = []
  let at = 0
  while (at < text.length) {
    const found = longest(text, at)
    if (found === undefined) {
      const end = endOfMisfit(text, at)
      problems.push({ at, message: `Syntax error: token recognition error at: '${text.slice(at, end)}'` })
      at = end
    } else {
      if (found.type !== undefined) tokens.push({ type: found.type, text: text.slice(at, found.end), start: at })
      at = found.end
    }
  }
  tokens.push({ type: 'end', text: '<EOF>', start: text.length })
  return { tokens, problems }
}

function longest(text: string, at: number): { readonly type: TokenType | undefined; readonly end: number } | undefined {
  let best: { readonly type: TokenType | undefined; readonly end: number } | undefined
  for (const [type, rule] of RULES) {
    rule.lastIndex = at
    if (rule.test(text) && rule.lastIndex > (best?.end ?? at)) best = { type, end: rule.lastIndex }
  }
  return best
}

/** Behind the first character that fits no token. */
function endOfMisfit(text: string, at: number): number {
  const first = text.charAt(at)
  if (first === '"' || first === "'") return endOfBadText(text, at, first)
  if (first === '`') {
    const inside = /^`[A-Za-z0-9_.\-/ ]*/.exec(text.slice(at))?.[0] ?? ''
    return Math.min(text.length, at + inside.length + 1)
  }
  if (first === '=' || first === '&' || first === '|') return Math.min(text.length, at + 2)
  return at + String.fromCodePoint(text.codePointAt(at) ?? 0).length
}

const GOOD_START = new RegExp(`^(?:${ESCAPE})`)

function endOfBadText(text: string, start: number, quote: string): number {
  let at = start + 1
  while (at < text.length) {
    const char = text.charAt(at)
    if (char === '\n' || char === '\r' || char === quote) return at + 1
    if (char === '\\') {
      const good = GOOD_START.exec(text.slice(at, at + 10))
      if (good === null) return Math.min(text.length, at + 2)
      at += good[0].length
    } else at++
  }
  return text.length
}
