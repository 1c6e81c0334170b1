// Text as a shell would have to read it: for `set -x`, `export -p`, `trap`, `${x@Q}`.

/** Quotes only where needed, unless `always`. */
export function quoteWord(text: string, always = false): string {
  if (!always && /^[\w@%+=:,./-]+$/.test(text)) return text
  return `'${text.replaceAll("'", `'\\''`)}'`
}
