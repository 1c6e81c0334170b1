// Corefile text to server blocks: keys, and directives with arguments and sub-directives. Snippets `(name) { … }` are put in
// where they are imported, and so are files; patterns (`conf.d/*`) are refused by name.
// Source: coredns/caddy caddyfile/parse.go; messages are its.

import { argumentError, notSimulated, parseError } from './corefile-error.ts'
import { tokenize, type Token } from './tokens.ts'

export interface Directive {
  readonly name: string
  readonly args: readonly string[]
  readonly line: number
  /** Undefined when the directive has no braces. */
  readonly body: readonly Directive[] | undefined
}

export interface ServerBlock {
  /** As written: `.:53`, `example.org`. */
  readonly keys: readonly string[]
  readonly line: number
  readonly directives: readonly Directive[]
}

/** @throws CorefileError with CoreDNS's message */
export function parseCorefile(
  corefile: string,
  readFile: (path: string) => string | undefined = () => undefined,
): ServerBlock[] {
  return new Parser(tokenize(corefile), new Map(), readFile, 0).blocks()
}

const MOST_IMPORTS = 20

class Parser {
  readonly #tokens: readonly Token[]
  readonly #snippets: Map<string, readonly Directive[]>
  readonly #readFile: (path: string) => string | undefined
  readonly #imports: number
  #next = 0

  constructor(
    tokens: readonly Token[],
    snippets: Map<string, readonly Directive[]>,
    readFile: (path: string) => string | undefined,
    imports: number,
  ) {
    this.#tokens = tokens
    this.#snippets = snippets
    this.#readFile = readFile
    this.#imports = imports
  }

  blocks(): ServerBlock[] {
    const blocks: ServerBlock[] = []
    while (this.#next < this.#tokens.length) {
      const line = this.#peek()?.line ?? 0
      if (this.#peek()?.text === 'import') {
        this.#next++
        blocks.push(...this.#file(this.#take().text, line, []).blocks())
        continue
      }
      const keys = this.#keys()
      const snippet = keys.length === 1 ? /^\((.*)\)$/.exec(keys[0] ?? '')?.[1] : undefined
      const directives = this.#braced(0)
      if (snippet === undefined) blocks.push({ keys, line, directives })
      else if (this.#snippets.has(snippet))
        throw parseError(line, `redeclaration of previously declared snippet ${snippet}`)
      else this.#snippets.set(snippet, directives)
    }
    return blocks
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  #take(): Token {
    const token = this.#tokens[this.#next++]
    if (token === undefined) throw parseError(this.#tokens.at(-1)?.line ?? 1, 'Unexpected EOF')
    return token
  }

  /** `a, b c {`: commas may end a key. */
  #keys(): string[] {
    const keys: string[] = []
    for (;;) {
      const token = this.#peek()
      if (token === undefined) throw parseError(this.#tokens.at(-1)?.line ?? 1, 'Unexpected EOF')
      if (token.text === '{') {
        if (keys.length === 0)
          throw parseError(token.line, `Syntax error: Unexpected token '{', expecting 'server address'`)
        return keys
      }
      this.#next++
      if (token.text === '}')
        throw parseError(token.line, `Syntax error: Unexpected token '}', expecting 'server address'`)
      keys.push(...token.text.split(',').filter((key) => key !== ''))
    }
  }

  #braced(depth: number): Directive[] {
    this.#take()
    const directives: Directive[] = []
    for (;;) {
      const token = this.#take()
      if (token.text === '}') return directives
      if (token.text === '{') throw parseError(token.line, `Syntax error: Unexpected token '{', expecting 'directive'`)
      const directive = this.#directive(token, depth)
      if (depth === 0 && directive.name === 'import') directives.push(...this.#imported(directive))
      else directives.push(directive)
    }
  }

  #directive(first: Token, depth: number): Directive {
    const args: string[] = []
    for (;;) {
      const token = this.#peek()
      if (token === undefined || token.line !== first.line || token.text === '}') break
      if (token.text === '{') {
        return { name: first.text, args, line: first.line, body: this.#braced(depth + 1) }
      }
      args.push(token.text)
      this.#next++
    }
    return { name: first.text, args, line: first.line, body: undefined }
  }

  #imported(directive: Directive): readonly Directive[] {
    const name = directive.args[0]
    if (name === undefined || directive.args.length !== 1) throw argumentError(directive.line, 'import')
    const snippet = this.#snippets.get(name)
    if (snippet !== undefined) return snippet
    const brace = (text: string): Token => ({ text, line: directive.line })
    return this.#file(name, directive.line, [brace('{'), brace('}')]).#braced(0)
  }

  /** A parser of a file's tokens; `around` are put before and after them. */
  #file(path: string, line: number, around: readonly Token[]): Parser {
    if (/[*?[]/.test(path)) throw notSimulated(`import of files by pattern (${path})`)
    if (this.#imports >= MOST_IMPORTS) throw parseError(line, `maximum of ${MOST_IMPORTS} nested imports reached`)
    const absolute = path.startsWith('/') ? path : `/etc/coredns/${path}`
    const content = this.#readFile(absolute)
    if (content === undefined) throw parseError(line, `File to import not found: ${path}`)
    const tokens = [...around.slice(0, 1), ...tokenize(content), ...around.slice(1)]
    return new Parser(tokens, this.#snippets, this.#readFile, this.#imports + 1)
  }
}
