// Each object is encoded to JSON once, however many lists and watches it goes to. Objects are immutable, so their identity
// is the cache key; an object nobody holds any more takes its text with it.

import { withWireNulls } from '../resources/wire-nulls.ts'
import type { ApiObject } from './request-handler.ts'

const fieldTexts = new WeakMap<object, string>()

/** The object's JSON without kind and apiVersion, without the opening brace: `"metadata":{…},"spec":{…}}`. */
function fieldsText(object: ApiObject): string {
  let text = fieldTexts.get(object)
  if (text === undefined) {
    const { apiVersion: _apiVersion, kind: _kind, ...fields } = withWireNulls({ ...object })
    text = JSON.stringify(fields).slice(1)
    if (Object.isFrozen(object)) fieldTexts.set(object, text)
  }
  return text
}

/** The whole object, kind and apiVersion first, as the real server writes it. */
export function objectJson(object: ApiObject): string {
  const fields = fieldsText(object)
  const head = `{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)}`
  return fields === '}' ? `${head}}` : `${head},${fields}`
}

/** The object as an item of a typed list: kind and apiVersion are the list's business. */
export function listItemJson(object: ApiObject): string {
  return `{${fieldsText(object)}`
}
