// What JSON says it is, read before anything else of it. Source: apimachinery runtime/serializer/json/meta.go (Interpret),
// runtime/schema/group_version.go (ParseGroupVersion); encoding/json's words.

import { jsonKindOf } from './convert.ts'

/** '' for what is not said. */
export interface TypeHeader {
  readonly apiVersion: string
  readonly kind: string
}

const HEADER_STRUCT =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

/** What stands before a mistake of JSON itself. */
export const NO_HEADER = "couldn't get version/kind; json parse error: "

/** @param refuse words the refusal. @throws what it makes */
export function readTypeHeader(value: unknown, refuse: (why: string) => Error): TypeHeader {
  const wrong = (why: string): Error => refuse(`${NO_HEADER}json: cannot unmarshal ${why}`)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(`${jsonKindOf(value)} into Go value of type ${HEADER_STRUCT}`)
  }
  const read = (field: keyof TypeHeader): string => {
    const found: unknown = Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined
    if (found === undefined || found === null) return ''
    if (typeof found === 'string') return found
    throw wrong(`${jsonKindOf(found)} into Go struct field .${field} of type string`)
  }
  const apiVersion = read('apiVersion')
  const header = { apiVersion: apiVersion === '/' ? '' : apiVersion, kind: read('kind') }
  if (apiVersion.split('/').length > 2) throw refuse(`unexpected GroupVersion string: ${apiVersion}`)
  return header
}
