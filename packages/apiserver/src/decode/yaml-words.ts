// What is wrong with a YAML text, in go-yaml's words. Its scanner and its parser count lines their own ways: what the first line
// is to blame for has no line, the scanner counts from one and the parser from nought, and the end of the text is a line of its
// own. Source: go.yaml.in/yaml/v2 decode.go (parser.fail), scannerc.go, parserc.go.

import type { LineCounter, YAMLParseError } from 'yaml'

type Finder = 'scanner' | 'parser' | 'parser at the end'

interface Words {
  readonly text: string
  readonly by: Finder
}

const MAPPING_VALUES: Words = { text: 'mapping values are not allowed in this context', by: 'scanner' }
const NO_TOKEN: Words = { text: 'found character that cannot start any token', by: 'scanner' }
const NO_KEY: Words = { text: 'did not find expected key', by: 'parser' }
const NO_CONTENT: Words = { text: 'did not find expected node content', by: 'parser' }

/** By the parser's code, where that says enough. */
const BY_CODE: ReadonlyMap<string, Words> = new Map([
  ['BLOCK_AS_IMPLICIT_KEY', MAPPING_VALUES],
  ['MULTILINE_IMPLICIT_KEY', MAPPING_VALUES],
  ['BAD_INDENT', MAPPING_VALUES],
  ['TAB_AS_INDENT', NO_TOKEN],
  ['BAD_SCALAR_START', NO_TOKEN],
  ['UNEXPECTED_TOKEN', NO_CONTENT],
  ['MISSING_CHAR', NO_KEY],
])

/** go-yaml's text for a mistake; `errors` are all that were found. */
export function yamlProblem(
  broken: YAMLParseError,
  errors: readonly YAMLParseError[],
  text: string,
  lines: LineCounter,
): string {
  const { text: words, by } = wordsOf(broken, text)
  // The parser may report one mistake several times; the widest report ends where go-yaml stumbles.
  const end = Math.max(...errors.filter((error) => error.pos[0] === broken.pos[0]).map((error) => error.pos[1]))
  return `yaml: ${lineOf(by, lines.linePos(Math.max(0, end - 1)).line, text)}${words}`
}

/** @param line from one */
function lineOf(by: Finder, line: number, text: string): string {
  if (by === 'parser at the end') return `line ${text.replace(/\n$/, '').split('\n').length}: `
  if (line === 1) return ''
  return `line ${by === 'scanner' ? line : line - 1}: `
}

function wordsOf({ code, message, pos }: YAMLParseError, text: string): Words {
  // A flow collection that ends with the document, just where an item is due.
  if (/[[{,]\s*$/.test(text) && pos[0] >= text.trimEnd().length - 1) return { ...NO_CONTENT, by: 'parser at the end' }
  const bracket = openBracket(text)
  if (/^Missing closing .quote/.test(message)) return { text: 'found unexpected end of stream', by: 'scanner' }
  if (/^(Flow|Expected flow) /.test(message) && bracket !== undefined)
    return { text: `did not find expected ',' or '${bracket}'`, by: 'parser at the end' }
  if (code === 'BLOCK_IN_FLOW') return { text: `did not find expected ',' or '${bracket ?? '}'}'`, by: 'parser' }
  if (/ at node end|same column|must not specify any properties/.test(message)) return NO_KEY
  if (code === 'BAD_ALIAS') return { text: 'did not find expected alphabetic or numeric character', by: 'scanner' }
  if (code === 'BAD_DQ_ESCAPE') {
    const isNumber = /\\[xuU]/.test(message)
    return {
      text: isNumber ? 'did not find expected hexdecimal number' : 'found unknown escape character',
      by: 'scanner',
    }
  }
  return BY_CODE.get(code) ?? { text: message, by: 'scanner' }
}

/** What would close the innermost collection that is open at the end. */
function openBracket(text: string): '}' | ']' | undefined {
  const open: ('}' | ']')[] = []
  for (const char of text.replace(/"(?:\\.|[^"\\])*"|'[^']*'|#.*/g, '')) {
    if (char === '{') open.push('}')
    else if (char === '[') open.push(']')
    else if (char === '}' || char === ']') open.pop()
  }
  return open.at(-1)
}
