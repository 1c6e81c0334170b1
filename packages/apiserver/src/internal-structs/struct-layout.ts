// Reads the struct table: the layout of a struct by name, parsed when it is first asked for.

import { invariant } from '@podwire/engine'
import { STRUCT_TABLE } from './struct-table.ts'

export type ValueKind = 'string' | 'number' | 'boolean' | 'quantity' | 'time' | 'nullable' | 'map'

export interface FieldLayout {
  /** As printed. */
  readonly name: string
  /** As on the wire. */
  readonly wire: string
  readonly kind: ValueKind | 'struct' | 'pointer' | 'slice' | 'embedded'
  /** Which one, for the last four. */
  readonly struct: string
  readonly omitEmpty: boolean
}

const KINDS: ReadonlyMap<string, ValueKind> = new Map([
  ['s', 'string'],
  ['i', 'number'],
  ['b', 'boolean'],
  ['q', 'quantity'],
  ['t', 'time'],
  ['n', 'nullable'],
  ['m', 'map'],
])

let lines: ReadonlyMap<string, string> | undefined
const parsed = new Map<string, readonly FieldLayout[]>()

export function structLayout(struct: string): readonly FieldLayout[] {
  const known = parsed.get(struct)
  if (known !== undefined) return known
  lines ??= new Map(
    STRUCT_TABLE.trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  )
  const line = lines.get(struct)
  invariant(line !== undefined, `no internal struct ${struct}`)
  const fields = line.split(' ').map(fieldLayout)
  parsed.set(struct, fields)
  return fields
}

/** Names of all structs of the table. */
export function structNames(): readonly string[] {
  return STRUCT_TABLE.trim()
    .split('\n')
    .map((line) => line.slice(0, line.indexOf(' ')))
}

function fieldLayout(text: string): FieldLayout {
  if (text.startsWith('+')) {
    return { name: '', wire: '', kind: 'embedded', struct: text.slice(1), omitEmpty: false }
  }
  const omitEmpty = text.startsWith('?')
  const colon = text.indexOf(':')
  const [name = '', wire = wireName(name)] = text.slice(omitEmpty ? 1 : 0, colon).split('=')
  return { name, wire, omitEmpty, ...valueLayout(text.slice(colon + 1)) }
}

function valueLayout(code: string): Pick<FieldLayout, 'kind' | 'struct'> {
  const simple = KINDS.get(code)
  if (simple !== undefined) return { kind: simple, struct: '' }
  if (code.startsWith('*')) return { kind: 'pointer', struct: code.slice(1) }
  if (code.startsWith('[]')) return { kind: 'slice', struct: code.slice(2) }
  return { kind: 'struct', struct: code }
}

/** DNSPolicy → dnsPolicy, TTY → tty: the first word in small letters. */
function wireName(name: string): string {
  const capitals = /^[A-Z]*/.exec(name)?.[0].length ?? 0
  const next = name.charAt(capitals)
  const small = capitals > 1 && next >= 'a' && next <= 'z' ? capitals - 1 : capitals
  return name.slice(0, small).toLowerCase() + name.slice(small)
}
