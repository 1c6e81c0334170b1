// Field errors as the server words them. A cause is {reason, message: body, field}; the Status message joins them.
// Source: apimachinery util/validation/field/errors.go.

export type FieldErrorReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueTypeInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueNotFound'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'

export interface FieldError {
  readonly reason: FieldErrorReason
  /** Dotted path with indices: `spec.ports[0].nodePort`. */
  readonly field: string
  /** What follows `<field>: ` in the message. */
  readonly body: string
  /** What is printed in `body`, where that is no scalar: releases before 1.34 print it otherwise. */
  readonly value?: unknown
}
