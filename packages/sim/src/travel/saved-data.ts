// The journal's values as JSON and back. What JSON has no word for is an object with one key that begins with `$`: bytes, undefined, a
// type of the API, a way to a part of the cluster, what a change made of an object, an image by name. An object of the user's that
// has such a key itself is kept as a list of its entries.

import { resourceType } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import { Becomes, Reference } from './input-data.ts'
import type { Target } from './target.ts'

type Plain = Readonly<Record<string, unknown>>

/** @param where names the place in messages */
export function toJson(value: unknown, where: string): unknown {
  if (value === undefined) return { $undefined: true }
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
    throw new PodwireError(
      'save the cluster',
      `${where} is a ${typeof value}, which no file can hold`,
      'Give data there.',
    )
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item, index) => toJson(item, `${where}[${index}]`))
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (value instanceof Reference) return { $part: targetToJson(value.target, where) }
  if (value instanceof Becomes) return { $becomes: toJson(value.value, where) }
  if (isType(value)) return { $type: Object.fromEntries(TYPE_FIELDS.map((field) => [field, value[field]])) }
  const kept = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, toJson(item, `${where}.${key}`)] as const)
  return kept.some(([key]) => key.startsWith('$')) ? { $entries: kept } : Object.fromEntries(kept)
}

export function fromJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(fromJson)
  const fields = value as Plain
  const [mark] = Object.keys(fields)
  switch (mark) {
    case '$undefined':
      return undefined
    case '$bytes':
      return new Uint8Array(Buffer.from(String(fields[mark]), 'base64'))
    case '$part':
      return new Reference(targetFromJson(fields[mark]))
    case '$becomes':
      return new Becomes(fromJson(fields[mark]))
    case '$type': {
      const { group, version, resource, kind, namespaced } = fields[mark] as Readonly<Record<string, string>>
      const groupVersion = group === '' ? String(version) : `${group}/${version}`
      return resourceType(groupVersion, String(resource), String(kind), { namespaced: Boolean(namespaced) })
    }
    case '$entries':
      return Object.fromEntries((fields[mark] as [string, unknown][]).map(([key, item]) => [key, fromJson(item)]))
    default:
      return Object.fromEntries(Object.entries(fields).map(([key, item]) => [key, fromJson(item)]))
  }
}

export function targetToJson(target: Target, where: string): unknown {
  if (target.by === 'property') return { ...target, of: targetToJson(target.of, where) }
  if (target.by === 'call') return { ...target, of: targetToJson(target.of, where), args: toJson(target.args, where) }
  return target
}

export function targetFromJson(value: unknown): Target {
  // Written by targetToJson, in a file whose checksum holds.
  const target = value as Target
  if (target.by === 'property') return { ...target, of: targetFromJson(target.of) }
  if (target.by === 'call')
    return { ...target, of: targetFromJson(target.of), args: fromJson(target.args) as unknown[] }
  return target
}

interface TypeFields {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
}

const TYPE_FIELDS = ['group', 'version', 'resource', 'kind', 'namespaced'] as const
const KNOWN_FIELDS: ReadonlySet<string> = new Set([...TYPE_FIELDS, 'stored', 'object'])

function isType(value: object): value is TypeFields {
  return TYPE_FIELDS.every((field) => field in value) && Object.keys(value).every((key) => KNOWN_FIELDS.has(key))
}
