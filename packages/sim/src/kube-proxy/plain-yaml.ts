// A configuration as YAML, the way the yaml library lays it out: mappings, lists of texts, scalars. Written here because every cluster
// writes one when it starts, and most never need the library for anything else.

export type Field = string | number | boolean | null | readonly string[] | { readonly [name: string]: Field }

/** Lines of block style, two blanks an indent, with a line break behind the last. */
export function plainYaml(fields: Readonly<Record<string, Field>>, indent = ''): string {
  let text = ''
  for (const [name, value] of Object.entries(fields)) text += `${indent}${name}:${valueText(value, `${indent}  `)}\n`
  return text
}

/** What stands behind the colon. */
function valueText(value: Field, indent: string): string {
  if (typeof value === 'string') return ` ${textScalar(value)}`
  if (value === null || typeof value !== 'object') return ` ${String(value)}`
  if (isList(value)) {
    return value.length === 0 ? ' []' : value.map((item) => `\n${indent}- ${textScalar(item)}`).join('')
  }
  return Object.keys(value).length === 0 ? ' {}' : `\n${plainYaml(value, indent).trimEnd()}`
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value)
}

/** Begins and ends with what means nothing in YAML; no blank that could follow a colon. */
const PLAIN = /^[A-Za-z0-9/](?:[\w./:,+-]*[\w/+])?$/
const WORDS_WITH_A_MEANING: ReadonlySet<string> = new Set(['true', 'false', 'null'])

function textScalar(text: string): string {
  const plain = PLAIN.test(text) && Number.isNaN(Number(text)) && !WORDS_WITH_A_MEANING.has(text.toLowerCase())
  return plain ? text : JSON.stringify(text)
}
