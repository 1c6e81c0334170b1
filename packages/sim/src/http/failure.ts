// Why a request got no answer, and the short word for it in counts and reports.

import { SocketError } from '../fabric/network.ts'
import { TlsError } from '../tls/index.ts'
import type { HttpError } from './http-error.ts'

export type RequestFailure = SocketError | HttpError | TlsError

/** An errno, `empty-reply`, `expired` … */
export function failureCode(error: RequestFailure): string {
  if (error instanceof SocketError) return error.code
  return error instanceof TlsError ? error.problem : error.reason
}
