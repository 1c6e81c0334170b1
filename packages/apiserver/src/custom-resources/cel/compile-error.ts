// How a rule that does not compile is refused: the message, the line, and a mark under the place. Source: cel-go common/error.go
// (format), checker/errors.go (the texts). Departure: one error is told where cel-go tells all, and syntax errors have the words
// of podwire's own parser.

import type { ASTNode, ParseError, TypeError } from '@marcbachmann/cel-js'
import { withGivenNames } from './library/own-names.ts'

type CelError = ParseError | TypeError

/** Functions of Kubernetes' libraries that podwire's rules do not have. */
const MISSING: ReadonlySet<string> = new Set([
  ...['semver', 'isSemver', 'sortBy', 'transformList', 'transformMap', 'transformMapEntry'],
])

export function compileErrorText(error: CelError, rule: string): string {
  const { message: own, offset } = described(error, rule)
  const message = withGivenNames(own)
  const lines = rule.slice(0, offset).split('\n')
  const line = lines.length
  const column = lines.at(-1)?.length ?? 0
  const shown = rule.split('\n')[line - 1] ?? ''
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${shown}\n | ${'.'.repeat(column)}^`
}

/** A part of the language that rules may use and podwire's do not have. */
export function notSimulatedText(what: string, rule: string): string {
  return `ERROR: <input>:1:1: podwire does not simulate the CEL ${what}\n | ${rule}\n | ^`
}

interface Described {
  readonly message: string
  readonly offset: number
}

function described(error: CelError, rule: string): Described {
  const node = error.node as ASTNode | undefined
  const start = error.range?.start ?? 0
  switch (error.code) {
    case 'no_such_key': {
      const field = /No such key: (.*)$/.exec(error.summary)?.[1] ?? ''
      return { message: `undefined field '${field}'`, offset: Math.max(0, rule.lastIndexOf('.', start)) }
    }
    case 'unknown_variable': {
      const name = /Unknown variable: (.*)$/.exec(error.summary)?.[1] ?? ''
      return { message: `undeclared reference to '${name}' (in container '')`, offset: start }
    }
    case 'no_such_overload':
      return noOverload(error, rule, node)
    case 'invalid_logical_operand':
      return { message: `expected type 'bool' but found '${typeIn(error.summary)}'`, offset: start }
    case 'no_matching_overload':
      return noFunction(error, rule, node)
    default:
      if (error.name !== 'ParseError') return { message: error.summary, offset: start }
      return { message: `Syntax error: ${syntaxProblem(error, rule)}`, offset: start }
  }
}

/** What may begin an expression, as the grammar's tool lists it. */
const EXPRESSION_STARTS =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['RPAREN', ')'],
  ['RBRACKET', ']'],
  ['RBRACE', '}'],
])

function syntaxProblem({ code, summary, range }: CelError, rule: string): string {
  const found = rule.slice(range?.start ?? 0, range?.end ?? 0)
  if (code === 'unexpected_token') {
    return found === ''
      ? `mismatched input '<EOF>' expecting ${EXPRESSION_STARTS}`
      : `extraneous input '${found}' expecting ${EXPRESSION_STARTS}`
  }
  const closing = CLOSING.get(/^Expected (\w+), got EOF$/.exec(summary)?.[1] ?? '')
  if (closing !== undefined) return `missing '${closing}' at '<EOF>'`
  return code === 'unexpected_character' && /^[^\w\s]$/.test(found) ? `token recognition error at: '${found}'` : summary
}

function noOverload(error: CelError, rule: string, node: ASTNode | undefined): Described {
  const parts = /no such overload: (.+) ([^ ]+) (.+)$/.exec(error.summary)
  const start = error.range?.start ?? 0
  if (parts === null) return { message: error.summary, offset: start }
  const [, left = '', operator = '', right = ''] = parts
  const message = `found no matching overload for '_${operator}_' applied to '(${celType(left)}, ${celType(right)})'`
  const args = node?.args as readonly Partial<ASTNode>[] | undefined
  const from = Array.isArray(args) ? (args[0]?.end ?? start) : start
  return { message, offset: Math.max(start, rule.indexOf(operator, from)) }
}

function noFunction(error: CelError, rule: string, node: ASTNode | undefined): Described {
  const call = /found no matching overload for '(?:(.+)\.)?([A-Za-z_]\w*)\((.*)\)'$/.exec(error.summary)
  const start = error.range?.start ?? node?.start ?? 0
  if (call === null) return { message: error.summary, offset: start }
  const [, receiver, name = '', args = ''] = call
  const offset = Math.max(start, rule.indexOf('(', Math.max(start, rule.indexOf(withGivenNames(name), start))))
  if (MISSING.has(name)) return { message: `podwire does not simulate the CEL function '${name}'`, offset }
  const given = args === '' ? '' : args.split(', ').map(celType).join(', ')
  const applied = receiver === undefined ? `(${given})` : `${celType(receiver)}.(${given})`
  return { message: `found no matching overload for '${name}' applied to '${applied}'`, offset }
}

function typeIn(summary: string): string {
  return celType(/got '(.*)'$/.exec(summary)?.[1] ?? '')
}

/** `list<string>` → `list(string)`; objects have names of their own, which nobody should rely on. */
function celType(type: string): string {
  return type
    .replaceAll('<', '(')
    .replaceAll('>', ')')
    .replaceAll('google.protobuf.Timestamp', 'timestamp')
    .replaceAll('google.protobuf.Duration', 'duration')
}
