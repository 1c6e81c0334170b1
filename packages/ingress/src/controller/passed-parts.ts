// Parts of a request that is passed on: how its body and its answer are held (proxy-request-buffering, proxy-buffering), and the copy
// that goes elsewhere (mirror-target).

import { type HeaderList } from '../http/message.ts'
import type { LocationRules } from '../nginx/annotations/location-rules.ts'
import { isGrpc } from '../nginx/annotations/upstream.ts'
import { expandVariables, type VariableContext } from '../nginx/index.ts'
import type { Route } from '../routing/index.ts'
import type { BodyRules, MirrorRequest } from './handled.ts'

const NO_BODY = new Uint8Array()
/** One of proxy_buffers, and what its first part has: proxy-buffer-size. */
const BUFFER_BYTES = 4 * 1024

/** grpc_pass knows no buffering. */
export function bodyRules({ upstream, maxBodyBytes }: LocationRules): BodyRules {
  const buffers = !isGrpc(upstream.protocol)
  return {
    requestBuffered: buffers && upstream.requestBuffering === 'on',
    requestLimitBytes: maxBodyBytes,
    responseBufferBytes: buffers && upstream.buffering === 'on' ? BUFFER_BYTES : 0,
  }
}

export function mirrorOf({ location }: Route, context: VariableContext): MirrorRequest | undefined {
  const { target, body, host } = location.rules.mirror
  if (target === '') return undefined
  const url = expandVariables(target, context)
  if (!URL.canParse(url)) return undefined
  const parsed = new URL(url)
  const { request } = context
  const headers: HeaderList = [
    ['Host', host ?? parsed.host],
    ...request.headers.filter(([name]) => !/^(?:host|connection|content-length|transfer-encoding)$/i.test(name)),
    ['Content-Length', String(body ? request.body.length : 0)],
  ]
  const copy = {
    ...request,
    version: '1.1' as const,
    target: parsed.pathname + parsed.search,
    headers,
    body: body ? request.body : NO_BODY,
    stream: undefined,
  }
  return { url, request: copy, withBody: body }
}
