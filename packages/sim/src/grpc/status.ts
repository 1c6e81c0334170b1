// How a gRPC call ended. Source: grpc/grpc doc/statuscodes.md, doc/PROTOCOL-HTTP2.md (Status-Message is percent-encoded).

import type { HeaderList } from '../http/message.ts'

const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const

export type GrpcStatus = (typeof NAMES)[number]

/** Thrown by a method, it is how the call ends. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError'
  readonly status: GrpcStatus

  constructor(status: GrpcStatus, message: string) {
    super(message)
    this.status = status
  }
}

/** The trailers a call ends with. */
export function statusTrailers(status: GrpcStatus, message: string): HeaderList {
  const code: readonly [string, string] = ['grpc-status', String(NAMES.indexOf(status))]
  return message === '' ? [code] : [code, ['grpc-message', encodeMessage(message)]]
}

/** @param code of grpc-status; what is no known code is UNKNOWN */
export function grpcStatusName(code: string | undefined): GrpcStatus {
  return (code === undefined || !/^\d+$/.test(code) ? undefined : NAMES[Number(code)]) ?? 'UNKNOWN'
}

/** `NotFound`, as Go's client prints it. */
export function goStatusName(status: GrpcStatus): string {
  if (status === 'OK') return 'OK'
  return status
    .split('_')
    .map((word) => word[0] + word.slice(1).toLowerCase())
    .join('')
    .replace('Cancelled', 'Canceled')
}

/** All but printable ASCII without the percent sign. */
function encodeMessage(message: string): string {
  let text = ''
  for (const byte of Buffer.from(message, 'utf8')) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25
    text += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}

export function decodeMessage(text: string): string {
  const bytes = text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
