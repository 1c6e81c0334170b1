// Bodies as the rest of the door wants them: without parameters of their media type, and JSON in place of protobuf.
// Source: apimachinery runtime/serializer/protobuf.

import { protobufToJson } from '../protobuf/body.ts'
import { PROTOBUF_MEDIA_TYPE } from '../protobuf/envelope.ts'
import type { Resource } from '../resources/resource.ts'
import type { RequestBody } from './request-handler.ts'

/** The media type alone: lower case, no parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

const EMPTY = new Uint8Array()

/**
 * Undefined for a request without a body. Where one is due, an empty one has its media type all the same.
 * @param kind what the endpoint takes
 * @param isDue the request is nothing without a body
 * @throws StatusError 400 for broken protobuf
 */
export function requestBody(
  contentType: string | undefined,
  bytes: Uint8Array | undefined,
  resources: readonly Resource[],
  kind: string,
  isDue: boolean,
): RequestBody | undefined {
  const sent = bytes ?? EMPTY
  if (sent.length === 0 && (!isDue || contentType === undefined)) return undefined
  const mediaType = mediaTypeOf(contentType)
  if (mediaType !== PROTOBUF_MEDIA_TYPE) return { contentType: mediaType, bytes: sent }
  return { contentType: 'application/json', bytes: protobufToJson(sent, resources, kind) }
}
