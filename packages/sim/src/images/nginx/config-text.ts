// nginx's configuration language as a tree: words, quotes, comments, blocks. Pure. Source: nginx src/core/ngx_conf_file.c.

export interface Directive {
  readonly name: string
  readonly args: readonly string[]
  readonly block: readonly Directive[] | undefined
  /** `/etc/nginx/conf.d/default.conf:3`, as nginx's messages end. */
  readonly at: string
}

interface Token {
  readonly text: string
  readonly kind: 'word' | ';' | '{' | '}'
  readonly line: number
}

/** A `${name}` inside a word keeps its braces; everything else ends at a space, a semicolon or a brace. */
const TOKEN =
  /\s+|#[^\n]*|"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'|([;{}])|((?:\$\{[^}]*\}|\\.|[^\s;{}"'])+)|["']/gy

function tokens(text: string): readonly Token[] {
  const found: Token[] = []
  let line = 1
  for (const match of text.matchAll(TOKEN)) {
    const [whole, double, single, mark, word] = match
    const quoted = double ?? single
    if (quoted !== undefined) found.push({ text: quoted.replace(/\\(["'\\tnr])/g, unescape), kind: 'word', line })
    else if (mark === ';' || mark === '{' || mark === '}') found.push({ text: mark, kind: mark, line })
    else if (word !== undefined) found.push({ text: word, kind: 'word', line })
    line += whole.split('\n').length - 1
  }
  return found
}

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
])

function unescape(_all: string, char: string): string {
  return CONTROLS.get(char) ?? char
}

/** @returns the directives, or what nginx says before it exits */
export function parseConfig(text: string, file: string): readonly Directive[] | { readonly error: string } {
  const all = tokens(text)
  let place = 0
  let error: string | undefined
  const fail = (what: string, line: number): readonly Directive[] => {
    error ??= `${what} in ${file}:${line}`
    return []
  }
  const block = (depth: number): readonly Directive[] => {
    const directives: Directive[] = []
    while (error === undefined) {
      const first = all[place]
      if (first === undefined) {
        return depth === 0 ? directives : fail('unexpected end of file, expecting "}"', all.at(-1)?.line ?? 1)
      }
      place++
      if (first.kind === '}') return depth > 0 ? directives : fail('unexpected "}"', first.line)
      if (first.kind !== 'word') return fail(`unexpected "${first.text}"`, first.line)
      const args: string[] = []
      while (all[place]?.kind === 'word') args.push(all[place++]?.text ?? '')
      const end = all[place++]
      if (end === undefined) return fail('unexpected end of file, expecting ";" or "}"', first.line)
      if (end.kind === '}') return fail('unexpected "}"', end.line)
      const at = `${file}:${first.line}`
      directives.push({ name: first.text, args, block: end.kind === '{' ? block(depth + 1) : undefined, at })
    }
    return []
  }
  const directives = block(0)
  return error === undefined ? directives : { error }
}
