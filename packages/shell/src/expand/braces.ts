// Brace expansion of bash (`{a,b}`, `{1..5}`, `{01..10..2}`, `{a..e}`) on the text of a word, before anything else is
// expanded. `sh` has none.

/** The words a word stands for; itself when it has no braces. */
export function expandBraces(text: string): readonly string[] {
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\') at++
    else if (char === "'" || char === '"' || char === '`') at = skipQuoted(text, at)
    else if (char === '$' && /[({]/.test(text.charAt(at + 1))) at = skipNested(text, at + 1)
    else if (char === '{') {
      const end = skipNested(text, at)
      const choices = end < text.length ? braceChoices(text.slice(at + 1, end)) : undefined
      if (choices === undefined) continue
      const before = text.slice(0, at)
      const tails = expandBraces(text.slice(end + 1))
      return choices.flatMap((choice) =>
        expandBraces(choice).flatMap((one) => tails.map((tail) => before + one + tail)),
      )
    }
  }
  return [text]
}

function braceChoices(inside: string): readonly string[] | undefined {
  const choices = ['']
  for (let at = 0; at < inside.length; at++) {
    const char = inside.charAt(at)
    const start = at
    if (char === '\\') at++
    else if (char === "'" || char === '"') at = skipQuoted(inside, at)
    else if (char === '{') at = skipNested(inside, at)
    else if (char === ',') {
      choices.push('')
      continue
    }
    choices[choices.length - 1] += inside.slice(start, at + 1)
  }
  return choices.length > 1 ? choices : sequence(inside)
}

function sequence(inside: string): readonly string[] | undefined {
  const numbers = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/.exec(inside)
  const letters = /^([a-zA-Z])\.\.([a-zA-Z])(?:\.\.(-?\d+))?$/.exec(inside)
  const match = numbers ?? letters
  if (match === null) return undefined
  const [, first = '', last = '', stepText = '1'] = match
  const value = (text: string): number => (numbers === null ? text.charCodeAt(0) : Number(text))
  const step = Math.max(1, Math.abs(Number(stepText)))
  const padded = /^-?0\d/.test(first) || /^-?0\d/.test(last) ? Math.max(first.length, last.length) : 0
  const result: string[] = []
  const down = value(first) > value(last)
  for (let at = value(first); down ? at >= value(last) : at <= value(last); at += down ? -step : step) {
    result.push(numbers === null ? String.fromCharCode(at) : String(at).padStart(padded, '0'))
    if (result.length > 100_000) return undefined
  }
  return result
}

function skipQuoted(text: string, from: number): number {
  const quote = text.charAt(from)
  let at = from + 1
  while (at < text.length && text.charAt(at) !== quote) at += text.charAt(at) === '\\' && quote !== "'" ? 2 : 1
  return at
}

/** The place of the bracket that closes the one at `from`; the text's length when none does. */
function skipNested(text: string, from: number): number {
  const open = text.charAt(from)
  const close = open === '(' ? ')' : '}'
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\') at++
    else if (char === "'" || char === '"') at = skipQuoted(text, at)
    else if (char === open) depth++
    else if (char === close && --depth === 0) return at
  }
  return text.length
}
