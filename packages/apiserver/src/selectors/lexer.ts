// Cuts a label selector into tokens. Source: apimachinery labels/selector.go (Lexer, Parser.lookahead).

export interface Token {
  readonly type: 'identifier' | 'in' | 'notin' | '=' | '==' | '!=' | '!' | '>' | '<' | '(' | ')' | ',' | 'end' | 'error'
  readonly text: string
}

const SYMBOLS: ReadonlySet<string> = new Set(['=', '==', '!=', '!', '>', '<', '(', ')', ','])
const isSymbolChar = (char: string): boolean => '=!(),><'.includes(char)

function isSymbol(text: string): text is '=' | '==' | '!=' | '!' | '>' | '<' | '(' | ')' | ',' {
  return SYMBOLS.has(text)
}

/** `in` and `notin` are words where an operator may stand and plain identifiers among values. */
export type Context = 'key' | 'values'

export class LexerState {
  readonly #text: string
  #position = 0

  constructor(text: string) {
    this.#text = text
  }

  peek(context: Context): Token {
    const position = this.#position
    const token = this.take(context)
    this.#position = position
    return token
  }

  take(context: Context): Token {
    while (/\s/.test(this.#text.charAt(this.#position))) this.#position++
    const start = this.#position
    if (start >= this.#text.length) return { type: 'end', text: '' }
    return isSymbolChar(this.#text.charAt(start)) ? this.#symbol(start) : this.#word(start, context)
  }

  /** The longest run of symbol characters that is a symbol. */
  #symbol(start: number): Token {
    let end = start
    let best: Token | undefined
    while (end < this.#text.length && isSymbolChar(this.#text.charAt(end))) {
      end++
      const text = this.#text.slice(start, end)
      if (isSymbol(text)) best = { type: text, text }
      else if (best !== undefined) break
    }
    if (best === undefined) return { type: 'error', text: this.#text.slice(start, end) }
    this.#position = start + best.text.length
    return best
  }

  #word(start: number, context: Context): Token {
    let end = start
    while (end < this.#text.length && !isSymbolChar(this.#text.charAt(end)) && !/\s/.test(this.#text.charAt(end))) end++
    this.#position = end
    const text = this.#text.slice(start, end)
    if (context === 'key' && (text === 'in' || text === 'notin')) return { type: text, text }
    return { type: 'identifier', text }
  }
}
