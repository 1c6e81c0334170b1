// POSIX basic and extended regular expressions (grep, sed, expr) as JavaScript ones. Departure: alternatives match
// leftmost-first, not leftmost-longest.

const BRACKET_CLASSES: ReadonlyMap<string, string> = new Map([
  ['alpha', 'a-zA-Z'],
  ['digit', '0-9'],
  ['alnum', 'a-zA-Z0-9'],
  ['upper', 'A-Z'],
  ['lower', 'a-z'],
  ['space', '\\s'],
  ['blank', ' \\t'],
  ['punct', '!-\\/:-@\\[-`{-~'],
  ['xdigit', '0-9A-Fa-f'],
  ['cntrl', '\\x00-\\x1f\\x7f'],
  ['print', '\\x20-\\x7e'],
  ['graph', '\\x21-\\x7e'],
])

/** Undefined when the expression is not valid. */
export function compileExpression(text: string, extended: boolean, flags: string): RegExp | undefined {
  try {
    return new RegExp(extended ? extendedSource(text) : basicSource(text), flags)
  } catch {
    return undefined
  }
}

export function escapeExpression(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

function bracket(text: string, from: number): { readonly source: string; readonly end: number } | undefined {
  let at = from + 1
  let source = '['
  if (text.charAt(at) === '^') {
    source += '^'
    at++
  }
  for (let first = true; at < text.length; at++, first = false) {
    const char = text.charAt(at)
    const named = char === '[' ? /^\[:(\w+):\]/.exec(text.slice(at)) : null
    if (char === ']' && !first) return { source: `${source}]`, end: at }
    if (named !== null) {
      source += BRACKET_CLASSES.get(named[1] ?? '') ?? ''
      at += named[0].length - 1
    } else source += /[\\\][]/.test(char) ? `\\${char}` : char
  }
  return undefined
}

const WORD_EDGES: ReadonlyMap<string, string> = new Map([
  ['<', '\\b(?=\\w)'],
  ['>', '\\b(?<=\\w)'],
  ['b', '\\b'],
  ['B', '\\B'],
  ['w', '\\w'],
  ['W', '\\W'],
  ['s', '\\s'],
  ['S', '\\S'],
  ['n', '\\n'],
  ['t', '\\t'],
])

function extendedSource(text: string): string {
  let source = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '[') {
      const found = bracket(text, at)
      if (found === undefined) return '['
      source += found.source
      at = found.end
    } else if (char === '\\') {
      const next = text.charAt(++at)
      source += WORD_EDGES.get(next) ?? (/\d/.test(next) ? `\\${next}` : escapeExpression(next))
    } else if (char === '{' && !/^\{\d*(,\d*)?\}/.test(text.slice(at))) source += '\\{'
    else if (char === '/') source += '\\/'
    else source += char
  }
  return source
}

/** In basic expressions `\(`, `\{`, `\+`, `\?`, `\|` are the operators and the bare characters are literal. */
function basicSource(text: string): string {
  let source = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    const start = source === '' || source.endsWith('(') || source.endsWith('|')
    if (char === '[') {
      const found = bracket(text, at)
      if (found === undefined) return '['
      source += found.source
      at = found.end
    } else if (char === '\\') {
      const next = text.charAt(++at)
      if ('(){}+?|'.includes(next)) source += next
      else source += WORD_EDGES.get(next) ?? (/\d/.test(next) ? `\\${next}` : escapeExpression(next))
    } else if (char === '*') source += start || source === '^' ? '\\*' : '*'
    else if (char === '^') source += start ? '^' : '\\^'
    else if (char === '$') source += at === text.length - 1 || /^\\[)|]/.test(text.slice(at + 1)) ? '$' : '\\$'
    else if (char === '.') source += '.'
    else source += escapeExpression(char)
  }
  return source
}
