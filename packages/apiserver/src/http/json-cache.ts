// Each object is encoded to JSON once, however many lists and watches it goes to. Objects are immutable, so their identity
// is the cache key; an object nobody holds any more takes its text with it. What many objects share is encoded once for all.

import type { ManagedFieldsEntry } from '../objects/kube-object.ts'
import { withWireNulls } from '../resources/wire-nulls.ts'
import { goEscaped } from '../objects/go-json.ts'
import type { ApiObject } from './request-handler.ts'
import { jsonText } from '../objects/json-text.ts'

const texts = new WeakMap<object, string>()
const ownersTexts = new WeakMap<readonly ManagedFieldsEntry[], string>()

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

/** How every object of a kind begins, by its apiVersion and kind: there are no more of these than kinds are served. */
const heads = new Map<string, Map<string, string>>()

function headOf({ apiVersion, kind }: ApiObject): string {
  let kinds = heads.get(apiVersion)
  if (kinds === undefined) heads.set(apiVersion, (kinds = new Map()))
  let head = kinds.get(kind)
  if (head === undefined) {
    head = `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)}`
    kinds.set(kind, head)
  }
  return head
}

function encode(object: ApiObject): string {
  const fields = withWireNulls(object as unknown as Readonly<Record<string, unknown>>)
  let text = headOf(object)
  for (const key of Object.keys(fields)) {
    if (key === 'apiVersion' || key === 'kind') continue
    const value = fields[key]
    if (value === undefined) continue
    if (key === 'metadata') text += `,"metadata":${metadataText(value as Metadata)}`
    else if (key === 'spec') text += `,"spec":${jsonText(value)}`
    else if (key === 'status') text += `,"status":${jsonText(value)}`
    else text += `,${JSON.stringify(key)}:${jsonText(value)}`
  }
  return goEscaped(`${text}}`)
}

type Metadata = Readonly<Record<string, unknown>> & { readonly managedFields?: readonly ManagedFieldsEntry[] }

/** Who owns what is as long as all the rest, and shared by objects of one shape. */
function metadataText(metadata: Metadata): string {
  const { managedFields } = metadata
  if (managedFields === undefined || !Object.isFrozen(managedFields)) return JSON.stringify(metadata)
  const names = Object.keys(metadata)
  if (names.at(-1) !== 'managedFields') return JSON.stringify(metadata)
  let text = '{'
  for (const name of names) {
    const value = metadata[name]
    if (name === 'managedFields' || value === undefined) continue
    text += `${quoted(name)}:${typeof value === 'string' ? quoted(value) : JSON.stringify(value)},`
  }
  return `${text}"managedFields":${ownersText(managedFields)}}`
}

/** Few texts of metadata are longer. */
const LONGEST_LOOKED_AT = 64
const BLANK = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c
const TILDE = 0x7e

/** What JSON.stringify makes of a text: nearly all need no escape, and to ask it takes longer than to look. */
function quoted(text: string): string {
  if (text.length > LONGEST_LOOKED_AT) return JSON.stringify(text)
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < BLANK || code > TILDE || code === QUOTE || code === BACKSLASH) return JSON.stringify(text)
  }
  return `"${text}"`
}

function ownersText(managedFields: readonly ManagedFieldsEntry[]): string {
  let text = ownersTexts.get(managedFields)
  if (text === undefined) ownersTexts.set(managedFields, (text = JSON.stringify(managedFields)))
  return text
}
