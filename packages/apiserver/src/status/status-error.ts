// What the API server answers when it refuses: a metav1.Status. In-process clients get it thrown, HTTP clients get it sent.
// Source: apimachinery api/errors (reasons, codes) and meta/v1 types.

export interface StatusCause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
}

export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string }
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: string
  readonly details?: StatusDetails
  readonly code?: number
}

/** A refusal. `status` is the exact body an HTTP client would get, `status.code` its HTTP code. */
export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly status: Status
  /** What its answer over HTTP says beside it. Declared alone: most have none, and who prints an error is not to read of it. */
  declare headers?: ReadonlyMap<string, string>

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message)
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    }
  }
}

function hasReason(error: unknown, reason: string): boolean {
  return error instanceof StatusError && error.status.reason === reason
}

export const isNotFound = (error: unknown): boolean => hasReason(error, 'NotFound')
export const isAlreadyExists = (error: unknown): boolean => hasReason(error, 'AlreadyExists')
export const isConflict = (error: unknown): boolean => hasReason(error, 'Conflict')
export const isInvalid = (error: unknown): boolean => hasReason(error, 'Invalid')
export const isExpired = (error: unknown): boolean => hasReason(error, 'Expired')
/** The API server could not be reached at all: no answer of its, but what a client makes of that. */
export const isUnreachable = (error: unknown): boolean => hasReason(error, 'ServiceUnavailable')
export const isForbidden = (error: unknown): boolean => hasReason(error, 'Forbidden')
/** A create refused because the namespace is going away: controllers drop such work silently. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof StatusError &&
  (error.status.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating')
