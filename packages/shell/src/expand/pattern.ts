// Shell patterns (`*`, `?`, `[a-z]`, classes, bash's extended forms) as regular expressions. Quoted characters arrive
// escaped by a backslash.

const CLASSES: ReadonlyMap<string, string> = new Map([
  ['alpha', 'a-zA-Z'],
  ['digit', '0-9'],
  ['alnum', 'a-zA-Z0-9'],
  ['upper', 'A-Z'],
  ['lower', 'a-z'],
  ['space', ' \\t\\n\\r\\f\\v'],
  ['blank', ' \\t'],
  ['punct', '!-\\/:-@\\[-`{-~'],
  ['xdigit', '0-9A-Fa-f'],
  ['cntrl', '\\x00-\\x1f\\x7f'],
  ['print', '\\x20-\\x7e'],
  ['graph', '\\x21-\\x7e'],
])

const cache = new Map<string, RegExp>()

export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]()|!+@]/g, '\\$&')
}

export function hasPattern(pattern: string): boolean {
  return /(^|[^\\])(\\\\)*[*?[]/.test(pattern) || /(^|[^\\])(\\\\)*[!+@]\(/.test(pattern)
}

/** The text a pattern stands for when it is no pattern. */
export function unescapePattern(pattern: string): string {
  return pattern.replace(/\\(.)/gs, '$1')
}

export function matchesPattern(text: string, pattern: string): boolean {
  let compiled = cache.get(pattern)
  if (compiled === undefined) {
    compiled = new RegExp(`^(?:${patternSource(pattern)})$`, 's')
    if (cache.size > 1000) cache.clear()
    cache.set(pattern, compiled)
  }
  return compiled.test(text)
}

export function patternSource(pattern: string): string {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at)
    const extended = '?*+@!'.includes(char) && pattern.charAt(at + 1) === '(' ? closing(pattern, at + 1) : -1
    if (extended > 0) {
      source += extendedSource(char, pattern.slice(at + 2, extended))
      at = extended
    } else if (char === '\\' && at + 1 < pattern.length) source += literal(pattern.charAt(++at))
    else if (char === '*') source += '.*'
    else if (char === '?') source += '.'
    else if (char === '[') {
      const bracket = bracketSource(pattern, at)
      source += bracket?.source ?? '\\['
      at = bracket?.end ?? at
    } else source += literal(char)
  }
  return source
}

function extendedSource(operator: string, inside: string): string {
  const choices = splitChoices(inside).map(patternSource).join('|')
  if (operator === '!') return `(?!(?:${choices})$).*`
  return `(?:${choices})${operator === '@' ? '' : operator}`
}

function splitChoices(inside: string): string[] {
  const choices = ['']
  let depth = 0
  for (let at = 0; at < inside.length; at++) {
    const char = inside.charAt(at)
    if (char === '(') depth++
    if (char === ')') depth--
    if (char === '|' && depth === 0) choices.push('')
    else choices[choices.length - 1] += char === '\\' ? char + inside.charAt(++at) : char
  }
  return choices
}

function closing(pattern: string, open: number): number {
  let depth = 0
  for (let at = open; at < pattern.length; at++) {
    const char = pattern.charAt(at)
    if (char === '\\') at++
    else if (char === '(') depth++
    else if (char === ')' && --depth === 0) return at
  }
  return -1
}

function bracketSource(pattern: string, start: number): { readonly source: string; readonly end: number } | undefined {
  let at = start + 1
  let source = ''
  const negated = pattern.charAt(at) === '!' || pattern.charAt(at) === '^'
  if (negated) at++
  for (let first = true; at < pattern.length; at++, first = false) {
    const char = pattern.charAt(at)
    if (char === ']' && !first) return { source: `[${negated ? '^' : ''}${source}]`, end: at }
    const named = char === '[' ? /^\[:(\w+):\]/.exec(pattern.slice(at)) : null
    if (named !== null) {
      source += CLASSES.get(named[1] ?? '') ?? ''
      at += named[0].length - 1
    } else if (char === '\\' && at + 1 < pattern.length) source += bracketLiteral(pattern.charAt(++at))
    else if (char === '-') source += '-'
    else source += bracketLiteral(char)
  }
  return undefined
}

function bracketLiteral(char: string): string {
  return /[\\\]^[-]/.test(char) ? `\\${char}` : char
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char
}
