// Collects the fields a command line's words become: quoted text stays together, unquoted expansions are split at IFS, and
// each field remembers which of its characters may act as a pattern (POSIX XCU 2.6.5, 2.6.6).

import { escapePattern } from './pattern.ts'

export interface Field {
  /** As it is without pathname expansion. */
  plain: string
  /** The same with every quoted character escaped. */
  pattern: string
  /** It has an unquoted `*`, `?` or `[`. */
  active: boolean
}

export class FieldBuilder {
  readonly fields: Field[] = []
  readonly splitting: boolean
  readonly #white: string
  readonly #hard: string
  #current: Field | undefined

  constructor(splitting: boolean, ifs: string | undefined) {
    this.splitting = splitting
    const separators = ifs ?? ' \t\n'
    this.#white = [...separators].filter((char) => ' \t\n'.includes(char)).join('')
    this.#hard = [...separators].filter((char) => !' \t\n'.includes(char)).join('')
  }

  /** Makes sure there is a field, though it may be empty: `""`. */
  open(): Field {
    this.#current ??= { plain: '', pattern: '', active: false }
    return this.#current
  }

  quoted(text: string): void {
    const field = this.open()
    field.plain += text
    field.pattern += escapePattern(text)
  }

  /** Characters written as a pattern in the script itself. */
  glob(text: string): void {
    const field = this.open()
    field.plain += text
    field.pattern += text
    field.active = true
  }

  /** Ends the present field, if there is one: between the parameters of `"$@"`. */
  boundary(): void {
    if (this.#current !== undefined) this.fields.push(this.#current)
    this.#current = undefined
  }

  /** The result of an unquoted expansion. */
  expansion(text: string): void {
    if (!this.splitting) {
      if (text !== '') this.#plainExpansion(text)
      return
    }
    let at = 0
    while (at < text.length) {
      const start = at
      while (at < text.length && !this.#white.includes(text.charAt(at)) && !this.#hard.includes(text.charAt(at))) at++
      if (at > start) this.#plainExpansion(text.slice(start, at))
      if (at < text.length) at = this.#separator(text, at)
    }
  }

  finish(): readonly Field[] {
    this.boundary()
    return this.fields
  }

  #plainExpansion(text: string): void {
    const field = this.open()
    field.plain += text
    field.pattern += text.replaceAll('\\', '\\\\')
    field.active ||= /[*?[]/.test(text)
  }

  #separator(text: string, from: number): number {
    let at = this.#skipWhite(text, from)
    if (at < text.length && this.#hard.includes(text.charAt(at))) {
      this.open()
      at = this.#skipWhite(text, at + 1)
    }
    this.boundary()
    return at
  }

  #skipWhite(text: string, from: number): number {
    let at = from
    while (at < text.length && this.#white.includes(text.charAt(at))) at++
    return at
  }
}
