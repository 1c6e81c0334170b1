// What encoding/json makes of an internal struct: Go's field names in Go's order, nothing left out. The server's messages print
// such values, and diffs of them. Source: apimachinery util/validation/field/errors.go, kubernetes pkg/apis/core/v1/conversion.go.

import { compareKeys } from '@podwire/engine'
import { sentEmpty, withNotesOf } from '../decode/sent-empty.ts'
import { structLayout, type FieldLayout } from './struct-layout.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * A wire object as the internal struct `struct` prints, e.g. `goStruct('core.ServicePort', port)`: an object for `printValue`.
 * @param wire undefined prints the zero value
 */
export function goStruct(struct: string, wire: unknown): unknown {
  const out: Record<string, unknown> = {}
  addFields(out, struct, internalForm(struct, isFields(wire) ? wire : {}))
  return out
}

/** A pointer to a struct; nothing is nil. */
export function goPointer(struct: string, wire: unknown): unknown {
  return wire === undefined || wire === null ? null : goStruct(struct, wire)
}

/** A list of structs; nothing is Go's nil slice. */
export function goStructs(struct: string, wire: readonly unknown[] | undefined): unknown {
  return wire === undefined ? null : wire.map((item) => goStruct(struct, item))
}

function addFields(out: Record<string, unknown>, struct: string, fields: Fields): void {
  for (const field of structLayout(struct)) {
    if (field.kind === 'embedded') addEmbedded(out, field, fields)
    else {
      const value = fields[field.wire] ?? sentEmpty(fields, field.wire)
      if (field.omitEmpty && isEmpty(value)) continue
      out[field.name] = printed(field, value)
    }
  }
}

/** The wire inlines what Go embeds, but for metadata. */
function addEmbedded(out: Record<string, unknown>, { struct }: FieldLayout, fields: Fields): void {
  if (struct !== 'meta.ObjectMeta') addFields(out, struct, fields)
  else if (isFields(fields['metadata'])) addFields(out, struct, fields['metadata'])
}

function printed({ kind, struct }: FieldLayout, value: unknown): unknown {
  switch (kind) {
    case 'string':
      return value ?? ''
    case 'number':
      return value ?? 0
    case 'boolean':
      return value ?? false
    case 'quantity':
      return value ?? '0'
    case 'map':
      return isFields(value) ? sorted(value) : null
    case 'pointer':
      return goPointer(struct, value)
    case 'slice':
      return Array.isArray(value) ? value.map((item) => goStruct(struct, item)) : null
    case 'struct':
    case 'embedded':
      return goStruct(struct, value)
    case 'time':
    case 'nullable':
      return value ?? null
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0) return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.keys(value).length === 0
}

function sorted(map: Fields): Fields {
  return Object.fromEntries(Object.entries(map).sort(compareKeys))
}

// Inside the server they belong to the security context, which every pod spec has.
const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'] as const

function internalForm(struct: string, fields: Fields): Fields {
  if (struct !== 'core.PodSpec') return fields
  const context = fields['securityContext']
  const security: Record<string, unknown> = isFields(context) ? { ...context } : {}
  for (const name of HOST_FIELDS) security[name] = fields[name]
  return withNotesOf(fields, {
    ...fields,
    securityContext: isFields(context) ? withNotesOf(context, security) : security,
  })
}
