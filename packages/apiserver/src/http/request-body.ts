// Bodies as the rest of the door wants them: without parameters of their media type, and JSON in place of protobuf.
// Source: apimachinery runtime/serializer/protobuf, apiserver endpoints/handlers/negotiation and patch.go, Go's mime.

import { protobufToJson } from '../protobuf/body.ts'
import { PROTOBUF_MEDIA_TYPE } from '../protobuf/envelope.ts'
import type { Resource } from '../resources/resource.ts'
import { UNKNOWN_FORMAT, unsupportedMediaType, unsupportedPatch } from '../status/errors.ts'
import type { RequestBody } from './request-handler.ts'

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/.source
const MEDIA_TYPE = new RegExp(`^${TOKEN}(?:/${TOKEN})?$`)
const PARAMETER = new RegExp(`^\\s*;\\s*(${TOKEN})\\s*=\\s*(?:${TOKEN}|"(?:[^"\\\\\\r\\n]|\\\\.)*")`)

/** The media type alone, in lower case; undefined for what Go's mime.ParseMediaType does not read. */
export function mediaTypeOf(contentType: string): string | undefined {
  // What nearly all clients say needs no look.
  if (contentType === 'application/json') return contentType
  const semicolon = contentType.indexOf(';')
  const type = (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase()
  if (!MEDIA_TYPE.test(type)) return undefined
  const names = new Set<string>()
  let rest = semicolon < 0 ? '' : contentType.slice(semicolon).trimEnd()
  // A closing semicolon is passed over.
  while (rest !== '' && rest.trim() !== ';') {
    const [matched, name = ''] = PARAMETER.exec(rest) ?? []
    if (matched === undefined || names.has(name.toLowerCase())) return undefined
    names.add(name.toLowerCase())
    rest = rest.slice(matched.length)
  }
  return type
}

/** A patch is looked up by what stands before the first semicolon. */
function patchTypeOf(contentType: string): string {
  const semicolon = contentType.indexOf(';')
  return (semicolon > 0 ? contentType.slice(0, semicolon) : contentType).trim()
}

/** Of a type that objects of custom kinds can be patched with. */
export function isCustomPatch(contentType: string): boolean {
  const type = patchTypeOf(contentType)
  return PATCH_TYPES.has(type) && !type.includes('strategic')
}

const EMPTY = new Uint8Array()

const PATCH_TYPES: ReadonlySet<string> = new Set([
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
])

/** What the route of a built-in kind takes. @throws StatusError 415 */
export function checkPatchType(contentType = ''): void {
  const taken = contentType.split(',').some((text) => PATCH_TYPES.has(text.split(';', 1)[0]?.trim() ?? ''))
  if (!taken) throw unsupportedPatch()
}

export interface Expected {
  /** What the endpoint takes. */
  readonly kind: string
  /** The request is nothing without a body. */
  readonly isDue: boolean
  /** Patches are of types of their own, and never protobuf. */
  readonly isPatch?: boolean
}

/**
 * Undefined for a request without a body. Where one is due, an empty one has its media type all the same.
 * @throws StatusError 400 for broken protobuf, 415 for a media type that cannot be read
 */
export function requestBody(
  contentType: string | undefined,
  bytes: Uint8Array | undefined,
  resources: readonly Resource[],
  { kind, isDue, isPatch = false }: Expected,
): RequestBody | undefined {
  const sent = bytes ?? EMPTY
  if (sent.length === 0 && (!isDue || contentType === undefined)) return undefined
  if (isPatch) return { contentType: patchTypeOf(contentType ?? ''), bytes: sent }
  const mediaType = contentType === undefined || contentType === '' ? '' : mediaTypeOf(contentType)
  if (mediaType === undefined) throw unsupportedMediaType(UNKNOWN_FORMAT)
  if (mediaType !== PROTOBUF_MEDIA_TYPE) return { contentType: mediaType, bytes: sent }
  return { contentType: 'application/json', bytes: protobufToJson(sent, resources, kind) }
}
