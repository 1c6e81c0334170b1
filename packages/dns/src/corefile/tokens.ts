// Splits a Corefile into tokens with their lines: words parted by blanks, double quotes around words with blanks, `#` comments.
// Source: coredns/caddy caddyfile/lexer.go. `{$NAME}` and `{%NAME%}` are the server's environment, which is empty here.

export interface Token {
  readonly text: string
  /** 1-based. */
  readonly line: number
}

export function tokenize(corefile: string): readonly Token[] {
  // Every replica of every cluster has the same one, and its hash is asked for besides.
  if (corefile !== lastText) {
    lastTokens = split(corefile)
    lastText = corefile
  }
  return lastTokens
}

let lastText: string | undefined
let lastTokens: readonly Token[] = []

function split(corefile: string): readonly Token[] {
  const tokens: Token[] = []
  for (const [i, raw] of corefile.split('\n').entries()) {
    const text = raw.replace(/\r$/, '')
    for (const match of text.matchAll(/"((?:[^"\\]|\\.)*)"|(#.*)|([^\s]+)/g)) {
      const [, quoted, comment, word] = match
      if (comment !== undefined) break
      const token = quoted === undefined ? (word ?? '') : quoted.replaceAll('\\"', '"')
      tokens.push({ text: token.replace(/\{[$%][^}]*\}/g, ''), line: i + 1 })
    }
  }
  return tokens
}
