// Each object is encoded to JSON once, however many lists and watches it goes to. Objects are immutable, so their identity
// is the cache key; an object nobody holds any more takes its text with it. What many objects share is encoded once for all.

import type { ManagedFieldsEntry } from '../objects/kube-object.ts'
import { isRecord } from '../objects/is-record.ts'
import { withWireNulls } from '../resources/wire-nulls.ts'
import type { ApiObject } from './request-handler.ts'

const texts = new WeakMap<object, string>()
const ownedTexts = new WeakMap<object, string>()

/** The whole object, kind and apiVersion first, as the real server writes it. */
export function objectJson(object: ApiObject): string {
  let text = texts.get(object)
  if (text === undefined) {
    text = encode(object)
    if (Object.isFrozen(object)) texts.set(object, text)
  }
  return text
}

/** The same of what was just created: nobody but its creator may ever ask for it, so its text is not kept. */
export function createdJson(object: ApiObject): string {
  return texts.get(object) ?? encode(object)
}

/** The object as an item of a typed list: kind and apiVersion are the list's business. */
export function listItemJson(object: ApiObject): string {
  const text = objectJson(object)
  const head = headOf(object).length
  return text.length === head + 1 ? '{}' : `{${text.slice(head + 1)}`
}

function headOf({ apiVersion, kind }: ApiObject): string {
  return `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)}`
}

function encode(object: ApiObject): string {
  const fields = withWireNulls(object as unknown as Readonly<Record<string, unknown>>)
  let text = headOf(object)
  for (const key of Object.keys(fields)) {
    if (key === 'apiVersion' || key === 'kind') continue
    const value = fields[key]
    if (value === undefined) continue
    if (key === 'metadata') text += `,"metadata":${metadataText(value as Metadata)}`
    else text += `,${JSON.stringify(key)}:${JSON.stringify(value)}`
  }
  return `${text}}`
}

type Metadata = Readonly<Record<string, unknown>> & { readonly managedFields?: readonly ManagedFieldsEntry[] }

/** Objects of one shape share who owns what, and that is as long as all the rest. */
function metadataText(metadata: Metadata): string {
  const { managedFields } = metadata
  if (!Array.isArray(managedFields) || Object.keys(metadata).at(-1) !== 'managedFields') return JSON.stringify(metadata)
  const entries: readonly ManagedFieldsEntry[] = managedFields
  return withMember({ ...metadata, managedFields: undefined }, `"managedFields":[${entries.map(entryText).join(',')}]`)
}

function entryText(entry: ManagedFieldsEntry): string {
  const { fieldsV1 } = entry
  if (!isRecord(fieldsV1) || !Object.isFrozen(fieldsV1) || Object.keys(entry).at(-1) !== 'fieldsV1')
    return JSON.stringify(entry)
  let text = ownedTexts.get(fieldsV1)
  if (text === undefined) ownedTexts.set(fieldsV1, (text = JSON.stringify(fieldsV1)))
  return withMember({ ...entry, fieldsV1: undefined }, `"fieldsV1":${text}`)
}

function withMember(object: object, member: string): string {
  const text = JSON.stringify(object)
  return text === '{}' ? `{${member}}` : `${text.slice(0, -1)},${member}}`
}
