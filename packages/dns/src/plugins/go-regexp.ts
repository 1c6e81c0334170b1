// Regular expressions of a Corefile, which are Go's (RE2): named groups `(?P<name>…)`, flags at the start, POSIX classes, `\A`,
// `\z`, `\Q…\E`. What RE2 has not (look-around, back references) is its error; flags inside the pattern, Unicode classes and
// ungreedy mode are refused by name. Names in DNS are ASCII here, so JavaScript's engine decides alike otherwise.
// Source: the syntax page of RE2, Go's regexp/syntax for the messages.

const POSIX: ReadonlyMap<string, string> = new Map([
  ['alnum', '0-9A-Za-z'],
  ['alpha', 'A-Za-z'],
  ['ascii', '\\x00-\\x7f'],
  ['blank', '\\t '],
  ['cntrl', '\\x00-\\x1f\\x7f'],
  ['digit', '0-9'],
  ['graph', '!-~'],
  ['lower', 'a-z'],
  ['print', ' -~'],
  ['punct', '!-\\/:-@\\[-`{-~'],
  ['space', '\\t\\n\\v\\f\\r '],
  ['upper', 'A-Z'],
  ['word', '0-9A-Za-z_'],
  ['xdigit', '0-9A-Fa-f'],
])

export type GoRegexp = { readonly pattern: RegExp; readonly groups: number } | { readonly problem: string }

/** The pattern and how many groups it has, or Go's message. */
export function goRegexp(text: string): GoRegexp {
  const flags = /^\(\?([ims]+)\)/.exec(text)
  const read = translate(text, flags === null ? 0 : flags[0].length)
  if ('problem' in read) return read
  try {
    const pattern = new RegExp(read.source, [...new Set(flags?.[1] ?? '')].join(''))
    const groups = (new RegExp(`${read.source}|`).exec('')?.length ?? 1) - 1
    return { pattern, groups }
  } catch {
    return { problem: `error parsing regexp: invalid syntax: \`${text}\`` }
  }
}

type Translated = { readonly source: string } | { readonly problem: string }

function translate(text: string, start: number): Translated {
  let source = ''
  let depth = 0
  for (let at = start; at < text.length;) {
    const rest = text.slice(at)
    const char = rest.charAt(0)
    const part =
      char === '\\'
        ? escaped(rest, false)
        : char === '['
          ? bracket(rest)
          : char === '('
            ? group(rest)
            : { length: 1, source: char }
    if ('problem' in part) return part
    if (char === '(') depth++
    if (char === ')' && --depth < 0) return problem('unexpected )', text)
    source += part.source
    at += part.length
  }
  return depth > 0 ? problem('missing closing )', text) : { source }
}

interface Part {
  readonly length: number
  readonly source: string
}

function problem(what: string, where: string): { readonly problem: string } {
  return { problem: `error parsing regexp: ${what}: \`${where}\`` }
}

function group(rest: string): Part | { readonly problem: string } {
  if (!rest.startsWith('(?')) return { length: 1, source: '(' }
  if (rest.startsWith('(?:')) return { length: 3, source: '(?:' }
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest)
  if (named !== null) return { length: named[0].length, source: `(?<${named[1] ?? ''}>` }
  if (/^\(\?[imsU-]+[:)]/.test(rest))
    return { problem: `flags inside a regular expression are not simulated by podwire` }
  return problem('invalid or unsupported Perl syntax', rest.slice(0, 3))
}

function escaped(rest: string, inClass: boolean): Part | { readonly problem: string } {
  const char = rest.charAt(1)
  if (char === '') return problem('trailing backslash at end of expression', '')
  if (!inClass && char === 'A') return { length: 2, source: '(?<![\\s\\S])' }
  if (!inClass && char === 'z') return { length: 2, source: '(?![\\s\\S])' }
  if (!inClass && char === 'Q') {
    const end = rest.indexOf('\\E')
    const literal = rest.slice(2, end < 0 ? undefined : end)
    return { length: end < 0 ? rest.length : end + 2, source: literal.replace(/[$()*+.?[\\\]^{|}/-]/g, '\\$&') }
  }
  if (char === 'a') return { length: 2, source: '\\x07' }
  const braced = /^\\x\{([0-9A-Fa-f]{1,4})\}/.exec(rest)
  if (braced !== null) return { length: braced[0].length, source: `\\u${(braced[1] ?? '').padStart(4, '0')}` }
  if (char === 'p' || char === 'P') return { problem: `\\${char} in a regular expression is not simulated by podwire` }
  if (/^[dDwWsSfnrtvx]$/.test(char) || (!inClass && /^[bB]$/.test(char)) || !/^[0-9A-Za-z]$/.test(char)) {
    return { length: 2, source: `\\${char}` }
  }
  return problem('invalid escape sequence', `\\${char}`)
}

/** `[…]`: a closing bracket right at the start stands for itself, and an opening one anywhere does. */
function bracket(rest: string): Part | { readonly problem: string } {
  let source = '['
  let at = 1
  if (rest.charAt(at) === '^') source += rest.charAt(at++)
  for (let first = true; ; first = false) {
    const char = rest.charAt(at)
    if (char === '') return problem('missing closing ]', rest)
    if (char === ']' && !first) return { length: at + 1, source: `${source}]` }
    const posix = /^\[:(\^?)(\w+):\]/.exec(rest.slice(at))
    if (posix !== null) {
      const set = posix[1] === '' ? POSIX.get(posix[2] ?? '') : undefined
      if (set === undefined) return problem('invalid character class range', posix[0])
      source += set
      at += posix[0].length
    } else if (char === '\\') {
      const part = escaped(rest.slice(at), true)
      if ('problem' in part) return part
      source += part.source
      at += part.length
    } else {
      source += char === '[' || char === ']' ? `\\${char}` : char
      at++
    }
  }
}
