// YAML bodies. Source: sigs.k8s.io/yaml; its parser's texts are kept where the same mistake has one.
// Departure: YAML 1.2 rules for plain scalars (`yes` and `on` are strings; kubectl sends JSON anyway).

import { LineCounter, parseDocument, type YAMLParseError } from 'yaml'
import { JsonSyntaxError, type ScannedJson } from './json-scanner.ts'

/** Texts of go-yaml for mistakes the parser names by code. */
const TEXTS: ReadonlyMap<string, string> = new Map([
  ['BLOCK_AS_IMPLICIT_KEY', 'mapping values are not allowed in this context'],
  ['MULTILINE_IMPLICIT_KEY', 'mapping values are not allowed in this context'],
  ['BAD_INDENT', 'mapping values are not allowed in this context'],
  ['TAB_AS_INDENT', 'found character that cannot start any token'],
  ['UNEXPECTED_TOKEN', 'did not find expected node content'],
  ['MISSING_CHAR', 'did not find expected key'],
])

/** @throws JsonSyntaxError */
export function scanYaml(text: string): ScannedJson & { readonly duplicateText: string | undefined } {
  const lines = new LineCounter()
  const document = parseDocument(text, { version: '1.2', merge: true, lineCounter: lines, prettyErrors: false })
  const broken = document.errors.find((error) => error.code !== 'DUPLICATE_KEY')
  if (broken !== undefined) {
    // The parser may report one mistake several times; the widest report ends where go-yaml stumbles.
    const end = Math.max(
      ...document.errors.filter((error) => error.pos[0] === broken.pos[0]).map((error) => error.pos[1]),
    )
    throw new JsonSyntaxError(`yaml: line ${lines.linePos(Math.max(0, end - 1)).line}: ${wordsOf(broken, text)}`)
  }
  const duplicates = document.errors.map((error) => {
    const key = text.slice(error.pos[0]).split(/[:\s]/)[0] ?? ''
    return `  line ${lines.linePos(error.pos[0]).line}: key ${JSON.stringify(key)} already set in map`
  })
  return {
    value: document.toJS({ maxAliasCount: 100 }) as unknown,
    duplicates: [],
    duplicateText: duplicates.length === 0 ? undefined : `yaml: unmarshal errors:\n${duplicates.join('\n')}`,
  }
}

function wordsOf(error: YAMLParseError, text: string): string {
  // A flow collection that ends with the document, just where an item is due.
  if (/[[{,]\s*$/.test(text) && error.pos[0] >= text.trimEnd().length - 1) return 'did not find expected node content'
  return TEXTS.get(error.code) ?? error.message
}
