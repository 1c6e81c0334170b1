// What is wrong with an expression, and how it is shown: the message, the line, and a mark under the place. Source: cel-go
// common/error.go, common/errors.go.

export interface Problem {
  /** undefined: about the expression as a whole. */
  readonly at: number | undefined
  readonly message: string
}

const MAX_TOLD = 100
const MAX_SNIPPET = 16_384

/** All problems in the order of their places. */
export function problemText(problems: readonly Problem[], text: string): string {
  const sorted = [...problems].sort((a, b) => (a.at ?? -1) - (b.at ?? -1))
  const told = sorted.slice(0, MAX_TOLD).map((problem) => told1(problem, text))
  const rest = problems.length - MAX_TOLD
  return [...told, ...(rest > 0 ? [`${rest} more errors were truncated`] : [])].join('\n')
}

function told1({ at, message }: Problem, text: string): string {
  if (at === undefined) return `ERROR: <input>:-1:0: ${message}`
  const before = text.slice(0, at).split('\n')
  const line = before.length
  const column = [...(before.at(-1) ?? '')].length
  const head = `ERROR: <input>:${line}:${column + 1}: ${message}`
  const snippet = (text.split('\n')[line - 1] ?? '').replaceAll('\t', ' ')
  if (snippet.length > MAX_SNIPPET) return head
  const characters = [...snippet]
  const marks = characters.slice(0, column).map((char) => (isWide(char) ? '\uff0e' : '.'))
  const mark = isWide(characters[column] ?? '') ? '\uff3e' : '^'
  return `${head}\n | ${snippet}\n | ${marks.join('')}${mark}`
}

function isWide(char: string): boolean {
  return (char.codePointAt(0) ?? 0) > 127
}
