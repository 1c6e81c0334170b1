// Manifests as the server decodes them: strict, so that a misspelt field is an error and not a silence. What a text of a built-in kind
// decodes to depends on nothing else, and every cluster of a process is given the same add-ons, every seed of a scenario the same
// manifests: the last few stay known.

import { decodeWriteBody } from '../pipeline/decoding.ts'
import type { MutableObject } from '../pipeline/write.ts'
import type { Registry } from '../resources/registry.ts'
import type { Resource } from '../resources/resource.ts'
import { deepFreeze } from '../store/deep-freeze.ts'
import { jsonText } from '../objects/json-text.ts'

const MOST_KNOWN = 100
/** Characters; what is longer is rarely given twice. */
const LONGEST_KNOWN = 10_000

const known = new WeakMap<Resource, Map<string, MutableObject>>()

/**
 * @param given the text of what the caller was given; `manifest` follows from it
 * @returns an object whose fields, and those of its metadata, may be replaced; what is in them may be frozen
 * @throws StatusError 400 in the server's words
 */
export function decodeApplied(
  registry: Registry,
  resource: Resource,
  given: string,
  manifest: () => Readonly<Record<string, unknown>>,
): MutableObject {
  const decode = (): MutableObject => decoded(registry, resource, jsonText(manifest()))
  if (resource.custom !== undefined || given.length > LONGEST_KNOWN) return decode()
  let bodies = known.get(resource)
  if (bodies === undefined) known.set(resource, (bodies = new Map()))
  let body = bodies.get(given)
  if (body === undefined) {
    body = deepFreeze(decode())
    if (bodies.size >= MOST_KNOWN) bodies.clear()
    bodies.set(given, body)
  }
  return { ...body, metadata: { ...body.metadata } }
}

function decoded(registry: Registry, resource: Resource, text: string): MutableObject {
  const request = {
    resource,
    body: { contentType: 'application/json', bytes: Buffer.from(text) },
    warn: () => {},
    query: new URLSearchParams(),
    user: { name: '', groups: [] },
    userAgent: '',
  }
  return decodeWriteBody(registry, { verb: 'create', ...request }, 'Strict')
}
