// Field selectors: `spec.nodeName=node-1,status.phase!=Failed`. Source: apimachinery fields/selector.go; which labels a
// kind has is in its resource file (selectableFields).

import type { KubeObject } from '../objects/kube-object.ts'
import type { Resource } from '../resources/resource.ts'
import { badRequest } from '../status/errors.ts'

export interface FieldRequirement {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[]
  matches(object: KubeObject): boolean
}

/** Parses a selector for a kind; throws the server's 400 for bad syntax or a field the kind does not offer. */
export function parseFieldSelector(text: string, resource: Resource): FieldSelector {
  return bindFieldSelector(parseFieldRequirements(text), resource)
}

/** The syntax alone. @throws StatusError 400 */
export function parseFieldRequirements(text: string): readonly FieldRequirement[] {
  return splitTerms(text).map((term) => parseTerm(term, text))
}

/** @throws StatusError 400 for a field the kind does not offer */
export function bindFieldSelector(requirements: readonly FieldRequirement[], resource: Resource): FieldSelector {
  const tests = requirements.map((requirement) => ({ requirement, read: readerOf(requirement.field, resource) }))
  return {
    requirements,
    matches: (object) =>
      tests.every(({ requirement, read }) => (read(object) === requirement.value) === (requirement.operator === '=')),
  }
}

/** Splits at commas that are not escaped; empty terms are dropped. */
function splitTerms(text: string): readonly string[] {
  const terms: string[] = []
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === ',') {
      terms.push(text.slice(start, i))
      start = i + 1
    }
  }
  terms.push(text.slice(start))
  return terms.filter((term) => term !== '')
}

function parseTerm(term: string, whole: string): FieldRequirement {
  const equals = term.indexOf('=')
  if (equals < 0) throw badRequest(`invalid selector: '${whole}'; can't understand '${term}'`)
  // `!=`, `==` or `=`: the first of them that there is.
  const differs = term[equals - 1] === '!'
  const doubled = !differs && term[equals + 1] === '='
  const value = unescape(term.slice(doubled ? equals + 2 : equals + 1))
  return { field: term.slice(0, differs ? equals - 1 : equals), operator: differs ? '!=' : '=', value }
}

/** `\\`, `\,` and `\=` stand for the character; a bare `=` may not be in a value. */
function unescape(value: string): string {
  if (!value.includes('\\') && !value.includes('=')) return value
  let text = ''
  for (let i = 0; i < value.length; i++) {
    const char = value.charAt(i)
    if (char === '\\') {
      const next = value.charAt(++i)
      if (next !== '\\' && next !== ',' && next !== '=')
        throw badRequest(`invalid field selector: invalid escape sequence: \\${next}`)
      text += next
    } else if (char === '=') throw badRequest('invalid field selector: unescaped character in value: 61')
    else text += char
  }
  return text
}

function readerOf(field: string, resource: Resource): (object: KubeObject) => string {
  if (field === 'metadata.name') return (object) => object.metadata.name
  if (field === 'metadata.namespace' && hasNamespaceField(resource)) return (object) => object.metadata.namespace ?? ''
  const read = resource.selectableFields[field]
  if (read !== undefined && Object.hasOwn(resource.selectableFields, field)) return read
  if (resource.unknownFieldText !== undefined) throw badRequest(resource.unknownFieldText(field))
  throw badRequest(
    Object.keys(resource.selectableFields).length > 0 || resource.custom !== undefined
      ? `field label not supported: ${field}`
      : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  )
}

/** Kinds with fields of their own list metadata.namespace only when they are namespaced. */
function hasNamespaceField(resource: Resource): boolean {
  if (resource.type.namespaced) return true
  return Object.keys(resource.selectableFields).length === 0 && resource.custom === undefined
}
