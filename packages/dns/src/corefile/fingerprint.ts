// What `reload` compares and logs: the SHA512 of the parsed Corefile, so blanks and comments do not matter but lines do. The
// hashed text is Go's JSON of the parser's blocks. Source: CoreDNS plugin/reload (parse), coredns/caddy caddyfile.

import { createHash } from 'node:crypto'
import { goJson } from '@podwire/apiserver'
import { tokenize, type Token } from './tokens.ts'

const FILE = '/etc/coredns/Corefile'

interface JsonToken {
  readonly File: string
  readonly Line: number
  readonly Text: string
}

export function corefileHash(corefile: string): string {
  if (corefile !== lastText) {
    lastHash = hashOf(corefile)
    lastText = corefile
  }
  return lastHash
}

// Every CoreDNS pod of every cluster starts with the same text.
let lastText: string | undefined
let lastHash = ''

function hashOf(corefile: string): string {
  return createHash('sha512')
    .update(goJson(blocksOf(tokenize(corefile))))
    .digest('hex')
}

/** The tokens of each block, by directive; a directive's arguments and its braces belong to it. */
function blocksOf(tokens: readonly Token[]): object[] {
  const blocks: object[] = []
  let at = 0
  while (at < tokens.length) {
    const keys: string[] = []
    for (; tokens[at] !== undefined && tokens[at]?.text !== '{'; at++) keys.push(tokens[at]?.text ?? '')
    at++
    const directives = new Map<string, JsonToken[]>()
    while (tokens[at] !== undefined && tokens[at]?.text !== '}') at = takeDirective(tokens, at, directives)
    at++
    const sorted = [...directives].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    blocks.push({
      Keys: keys.flatMap((key) => key.split(',')).filter((key) => key !== ''),
      Tokens: Object.fromEntries(sorted),
    })
  }
  return blocks
}

function takeDirective(tokens: readonly Token[], start: number, directives: Map<string, JsonToken[]>): number {
  const first = tokens[start]
  const name = first?.text ?? ''
  const own = directives.get(name) ?? []
  directives.set(name, own)
  let nesting = 0
  let line = first?.line ?? 0
  let at = start
  for (; at < tokens.length; at++) {
    const token = tokens[at]
    if (token === undefined) break
    if (at > start && nesting === 0 && (token.line !== line || token.text === '}')) break
    if (token.text === '{') nesting++
    else if (token.text === '}') nesting--
    line = token.line
    own.push({ File: FILE, Line: token.line, Text: token.text })
  }
  return at
}
