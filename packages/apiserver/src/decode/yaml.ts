// YAML bodies as sigs.k8s.io/yaml reads them: YAML 1.1, turned into JSON. Its parser's texts are kept where the same mistake
// has one. Departure: deep nesting is refused somewhat before Go's 10,000 levels.

import type { Document } from 'yaml'
import { JsonSyntaxError, type ScannedJson } from './json-scanner.ts'
import { yaml } from './load-yaml.ts'
import { resolvePlain, resolveTagged } from './yaml-scalars.ts'
import { yamlProblem } from './yaml-words.ts'

const MERGE_KEY = '<<'

// Every plain scalar is a text at first; what they mean is our own business.
const OPTIONS = { version: '1.1', schema: 'failsafe', merge: true, logLevel: 'error' } as const

// Tabs and ends of lines are none of these.
const CONTROL_CHARACTER = /(?![\t\n\r])\p{Cc}(?<!\x85)/u

/** @throws JsonSyntaxError */
export function scanYaml(text: string): ScannedJson & { readonly duplicateText: string | undefined } {
  if (CONTROL_CHARACTER.test(text)) throw new JsonSyntaxError('yaml: control characters are not allowed')
  const { LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  const document = parsed(text, () => parseDocument(text, { ...OPTIONS, lineCounter: lines, prettyErrors: false }))
  // Only the first document counts.
  const errors = document.errors.filter((error) => error.code !== 'MULTIPLE_DOCS')
  const broken = errors.find((error) => error.code !== 'DUPLICATE_KEY')
  if (broken !== undefined) throw new JsonSyntaxError(yamlProblem(broken, errors, text, lines))
  const duplicates = errors.map((error) => {
    const key = text.slice(error.pos[0]).split(/[:\s]/)[0] ?? ''
    return `  line ${lines.linePos(error.pos[0]).line}: key ${JSON.stringify(key)} already set in map`
  })
  return {
    value: parsed(text, () => jsonOf(document)),
    duplicates: [],
    depth: 0,
    duplicateText: duplicates.length === 0 ? undefined : `yaml: unmarshal errors:\n${duplicates.join('\n')}`,
  }
}

/**
 * What stands in each document of a text, as kubectl turns a file of manifests into JSON; null for an empty one. A key that stands
 * there twice is refused.
 * @throws JsonSyntaxError when the document is reached that is no YAML, with its line and column
 */
export function* scanYamlDocuments(text: string): Generator {
  for (const document of parsed(text, () => yaml().parseAllDocuments(text, OPTIONS))) {
    const [problem] = document.errors
    // The parser shows the place in further lines.
    if (problem !== undefined) throw new JsonSyntaxError(problem.message.split('\n')[0]?.replace(/:$/, '') ?? '')
    yield parsed(text, () => jsonOf(document))
  }
}

/** The parser uses the stack for nesting; Go's gives up at 10,000 levels. */
function parsed<T>(text: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new JsonSyntaxError(`yaml: line ${text.split('\n').length}: exceeded max depth of 10000`)
  }
}

function jsonOf(document: Document.Parsed): unknown {
  const { isAlias, isScalar, visit } = yaml()
  visit(document, (key, node, around) => {
    if (isAlias(node)) {
      const anchored = node.resolve(document)
      if (anchored === undefined) throw new JsonSyntaxError(`yaml: unknown anchor '${node.source}' referenced`)
      if (around.includes(anchored)) throw new JsonSyntaxError(`yaml: anchor '${node.source}' value contains itself`)
    }
    if (!isScalar(node) || typeof node.value !== 'string') return
    if (node.tag !== undefined) node.value = resolveTagged(node.value, node.tag)
    else if (node.type === 'PLAIN' && !(key === 'key' && node.value === MERGE_KEY))
      node.value = resolvePlain(node.value)
    if (typeof node.value === 'number' && !Number.isFinite(node.value)) throw unsupported(node.value)
  })
  try {
    return document.contents === null ? null : (document.toJS({ maxAliasCount: 10_000 }) as unknown)
  } catch (error) {
    // What the parser throws when aliases would multiply.
    if (error instanceof ReferenceError) throw new JsonSyntaxError('yaml: document contains excessive aliasing')
    if (error instanceof Error && error.message.startsWith('Merge sources'))
      throw new JsonSyntaxError('yaml: map merge requires map or sequence of maps as the value')
    throw error
  }
}

function unsupported(value: number): JsonSyntaxError {
  return new JsonSyntaxError(`json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`)
}
