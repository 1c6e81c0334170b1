// Writes plain JSON whose whole numbers may be bigints: those are the int64 that no double holds, which custom objects and other
// untyped JSON keep digit by digit, as Go's int64 does. Without any, this is JSON.stringify and costs what that costs.

/**
 * @param indent blanks a level; 0: all on one line
 * @throws TypeError for what is no JSON
 */
export function jsonText(value: unknown, indent = 0): string {
  try {
    return JSON.stringify(value, undefined, indent)
  } catch (error) {
    // What it says of a bigint, and of values that hold themselves.
    if (!(error instanceof TypeError)) throw error
    return written(value, indent, '\n') ?? 'null'
  }
}

/** undefined: nothing is written, and in a list it is null. */
function written(value: unknown, indent: number, newline: string): string | undefined {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) as string | undefined
  const inner = newline + ' '.repeat(indent)
  if (Array.isArray(value)) {
    return enclosed(
      '[]',
      value.map((item) => written(item, indent, inner) ?? 'null'),
      indent,
      newline,
    )
  }
  const colon = indent === 0 ? ':' : ': '
  const fields = Object.entries(value).flatMap(([key, field]) => {
    const text = written(field, indent, inner)
    return text === undefined ? [] : [`${JSON.stringify(key)}${colon}${text}`]
  })
  return enclosed('{}', fields, indent, newline)
}

function enclosed(brackets: '[]' | '{}', parts: readonly string[], indent: number, newline: string): string {
  const [open, close] = [brackets.charAt(0), brackets.charAt(1)]
  if (parts.length === 0 || indent === 0) return `${open}${parts.join(',')}${close}`
  const inner = newline + ' '.repeat(indent)
  return `${open}${inner}${parts.join(`,${inner}`)}${newline}${close}`
}
