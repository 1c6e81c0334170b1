// Why a request got no answer, and the short word for it in counts and reports.

import { SocketError } from '../fabric/network.ts'
import { TlsError } from '../tls/index.ts'
import { HttpError } from './http-error.ts'

export type RequestFailure = SocketError | HttpError | TlsError

export function isRequestFailure(error: unknown): error is RequestFailure {
  return error instanceof SocketError || error instanceof HttpError || error instanceof TlsError
}

/** An errno, `empty-reply`, `expired` … */
export function failureCode(error: RequestFailure): string {
  if (error instanceof SocketError) return error.code
  return error instanceof TlsError ? error.problem : error.reason
}
