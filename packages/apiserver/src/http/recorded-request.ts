// A request as a recording keeps it: what was asked, and of whom it came, without the credentials that said so. Given again it is the same
// request. Requests that only look are in no recording.

import type { IncomingHttpHeaders } from 'node:http'
import { authenticate, type AuthenticationContext } from './authentication.ts'
import { certificateOf } from './client-certificate.ts'
import type { ReceivedRequest } from './exchange.ts'
import type { UserInfo } from './request-handler.ts'
import type { DoorRequest } from './router.ts'

export interface RecordedRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  /** Those that decide how it is answered, one by one as they were sent, names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array | undefined
  readonly user: UserInfo
}

const LOOKS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const KEPT = /^(accept|content-type|user-agent|impersonate-.*)$/

/** @returns undefined for one that changes nothing. @throws StatusError 401 */
export function recordedRequest(request: ReceivedRequest, context: AuthenticationContext): RecordedRequest | undefined {
  const { method, url, headers, body, raw } = request
  if (LOOKS.has(method)) return undefined
  const onStranger = (): void => raw.onStranger?.()
  const user = authenticate({ headers, certificate: certificateOf(raw.socket), onStranger }, context)
  const kept = Object.entries(raw.headersDistinct).flatMap(([name, values = []]) =>
    KEPT.test(name) ? values.map((value) => [name, value] as const) : [],
  )
  return { method, url, headers: kept, body: Buffer.isBuffer(body) ? body : undefined, user }
}

export function requestAgain({ method, url, headers, body, user }: RecordedRequest): DoorRequest {
  const distinct: Record<string, string[]> = {}
  for (const [name, value] of headers) (distinct[name] ??= []).push(value)
  const single: IncomingHttpHeaders = {}
  for (const [name, values] of Object.entries(distinct)) single[name] = values.join(', ')
  return { method, url, headers: single, distinct, certificate: { user }, body, warn: () => undefined }
}
