// Functions of texts beyond the language's own: charAt, indexOf, replace, split, substring, join, quote, find and the like.
// Source: cel-go ext/strings.go (version 2), apiserver pkg/cel/library/regex.go.

import { CelError, isList, NO_OVERLOAD, type List, type Value } from '../run/values.ts'
import { regexpOf } from './conversions.ts'
import { format } from './format-text.ts'
import type { FunctionTable } from './function-table.ts'

export function addStrings(table: FunctionTable): void {
  const text = 'string'
  table
    .member('string_char_at_int', 'charAt', [text, 'int'], text, (a, i) =>
      typeof a === 'string' && typeof i === 'bigint' ? charAt(a, i) : NO_OVERLOAD,
    )
    .member('string_index_of_string', 'indexOf', [text, text], 'int', (a, b) => indexOf(a, b, 0n))
    .member('string_index_of_string_int', 'indexOf', [text, text, 'int'], 'int', indexOf)
    .member('string_last_index_of_string', 'lastIndexOf', [text, text], 'int', (a, b) => lastIndexOf(a, b))
    .member('string_last_index_of_string_int', 'lastIndexOf', [text, text, 'int'], 'int', lastIndexOf)
    .member(
      'string_lower_ascii',
      'lowerAscii',
      [text],
      text,
      ofText((a) => a.replace(/[A-Z]/g, (c) => c.toLowerCase())),
    )
    .member(
      'string_upper_ascii',
      'upperAscii',
      [text],
      text,
      ofText((a) => a.replace(/[a-z]/g, (c) => c.toUpperCase())),
    )
    .member('string_replace_string_string', 'replace', [text, text, text], text, (a, b, c) => replace(a, b, c, -1n))
    .member('string_replace_string_string_int', 'replace', [text, text, text, 'int'], text, replace)
    .member('string_split_string', 'split', [text, text], 'list<string>', (a, b) => split(a, b, -1n))
    .member('string_split_string_int', 'split', [text, text, 'int'], 'list<string>', split)
    .member('string_substring_int', 'substring', [text, 'int'], text, (a, from) => substring(a, from))
    .member('string_substring_int_int', 'substring', [text, 'int', 'int'], text, substring)
    .member(
      'string_trim',
      'trim',
      [text],
      text,
      ofText((a) => a.replace(/^[\s\u0085]+|[\s\u0085]+$/g, '')),
    )
    .member('string_format', 'format', [text, 'list<dyn>'], text, (a, values = null) =>
      typeof a === 'string' && isList(values) ? format(a, values) : NO_OVERLOAD,
    )
    .free('strings_quote', 'strings.quote', [text], text, ofText(quote))
    .member('list_join', 'join', ['list<string>'], text, (list = null) => join(list, ''))
    .member('list_join_string', 'join', ['list<string>', text], text, join)
  addRegularExpressions(table)
}

function addRegularExpressions(table: FunctionTable): void {
  table
    .member('string_find_string', 'find', ['string', 'string'], 'string', (text, pattern) => {
      const found = matches(text, pattern, 1)
      return found instanceof CelError ? found : (found[0] ?? '')
    })
    .member('string_find_all_string', 'findAll', ['string', 'string'], 'list<string>', (text, pattern) =>
      matches(text, pattern, Infinity),
    )
    .member(
      'string_find_all_string_int',
      'findAll',
      ['string', 'string', 'int'],
      'list<string>',
      (text, pattern, limit) =>
        matches(text, pattern, typeof limit === 'bigint' && limit >= 0n ? Number(limit) : Infinity),
    )
}

function matches(text: Value | undefined, pattern: Value | undefined, limit: number): List | CelError {
  if (typeof text !== 'string' || typeof pattern !== 'string') return NO_OVERLOAD
  const regexp = regexpOf(pattern, 'Illegal regex: ')
  return regexp instanceof CelError ? regexp : regexp.findAll(text).slice(0, limit)
}

function ofText(run: (text: string) => string): (value?: Value) => Value {
  return (value) => (typeof value === 'string' ? run(value) : NO_OVERLOAD)
}

function outOfRange(index: bigint): CelError {
  return new CelError(`index out of range: ${index}`)
}

function charAt(text: string, index: bigint): Value {
  const characters = [...text]
  if (index < 0n || index > BigInt(characters.length)) return outOfRange(index)
  return characters[Number(index)] ?? ''
}

function indexOf(text?: Value, part?: Value, offset?: Value): Value {
  if (typeof text !== 'string' || typeof part !== 'string' || typeof offset !== 'bigint') return NO_OVERLOAD
  if (part === '') return offset
  if (offset < 0n) return outOfRange(offset)
  const characters = [...text]
  if (offset >= BigInt(characters.length)) return -1n
  const rest = characters.slice(Number(offset)).join('')
  const found = rest.indexOf(part)
  return found === -1 ? -1n : offset + BigInt([...rest.slice(0, found)].length)
}

function lastIndexOf(text?: Value, part?: Value, offset?: Value): Value {
  if (typeof text !== 'string' || typeof part !== 'string') return NO_OVERLOAD
  const characters = [...text]
  if (part === '') return typeof offset === 'bigint' ? offset : BigInt(characters.length)
  if (offset === undefined && text.length < part.length) return -1n
  const from = typeof offset === 'bigint' ? offset : BigInt(characters.length - 1)
  if (from < 0n) return outOfRange(from)
  if (from >= BigInt(characters.length)) return -1n
  const end = Number(from) + [...part].length
  const found = characters.slice(0, end).join('').lastIndexOf(part)
  return found === -1 ? -1n : BigInt([...text.slice(0, found)].length)
}

function replace(text?: Value, from?: Value, to?: Value, limit?: Value): Value {
  if (typeof text !== 'string' || typeof from !== 'string' || typeof to !== 'string') return NO_OVERLOAD
  let left = typeof limit === 'bigint' && limit >= 0n ? Number(limit) : Infinity
  if (from !== '') return text.replaceAll(from, (found) => (left-- > 0 ? to : found))
  const characters = [...text]
  const inserted = characters.map((character) => (left-- > 0 ? `${to}${character}` : character))
  return inserted.join('') + (left > 0 ? to : '')
}

function split(text?: Value, separator?: Value, limit?: Value): Value {
  if (typeof text !== 'string' || typeof separator !== 'string' || typeof limit !== 'bigint') return NO_OVERLOAD
  if (limit === 0n) return []
  const parts = separator === '' ? [...text] : text.split(separator)
  const count = Number(limit)
  if (limit < 0n || parts.length <= count) return parts
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)]
}

function substring(text?: Value, from?: Value, to?: Value): Value {
  if (typeof text !== 'string' || typeof from !== 'bigint') return NO_OVERLOAD
  const characters = [...text]
  const length = BigInt(characters.length)
  if (typeof to !== 'bigint') {
    return from < 0n || from > length ? outOfRange(from) : characters.slice(Number(from)).join('')
  }
  if (from > to) return new CelError(`invalid substring range. start: ${from}, end: ${to}`)
  if (from < 0n || from > length) return outOfRange(from)
  if (to > length) return outOfRange(to)
  return characters.slice(Number(from), Number(to)).join('')
}

function join(list: Value = null, separator: Value = ''): Value {
  if (!isList(list) || typeof separator !== 'string') return NO_OVERLOAD
  const wrong = list.find((item) => typeof item !== 'string')
  return wrong === undefined ? list.join(separator) : new CelError(`join: invalid input: ${String(wrong)}`)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

function quote(text: string): string {
  return `"${Buffer.from(text)
    .toString()
    .replace(/[\u0007\b\f\n\r\t\v\\"]/g, (char) => ESCAPES[char] ?? char)}"`
}
