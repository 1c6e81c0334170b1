// A gRPC call of one message each way, as probes make it. Callbacks, as the HTTP client below it.
// Source: grpc/grpc doc/PROTOCOL-HTTP2.md, doc/http-grpc-status-mapping.md; grpc-go internal/transport/http2_client.go.

import type { NetworkNamespace } from '../fabric/network.ts'
import { type HttpReply, requestHttp } from '../http/client.ts'
import type { RequestFailure } from '../http/failure.ts'
import { headerValue, type HeaderList } from '../http/message.ts'
import { prepareRequest } from '../http/prepared-request.ts'
import { frameMessage, MessageReader } from './framing.ts'
import { decodeMessage, GrpcError, type GrpcStatus, grpcStatusName } from './status.ts'

export interface GrpcRequest {
  readonly address: string
  readonly port: number
  /** `/grpc.health.v1.Health/Check` */
  readonly path: string
  readonly message: Uint8Array
  readonly metadata: HeaderList
  readonly timeoutUs: number
}

export type GrpcOutcome =
  | { readonly status: 'OK'; readonly message: Uint8Array }
  | { readonly status: Exclude<GrpcStatus, 'OK'>; readonly details: string }

/** What HTTP alone says of a call. */
const BY_HTTP_STATUS: ReadonlyMap<number, Exclude<GrpcStatus, 'OK'>> = new Map([
  [400, 'INTERNAL'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'UNIMPLEMENTED'],
  [429, 'UNAVAILABLE'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'UNAVAILABLE'],
])

/** Exactly one of the two is called. @param onFailure nothing that speaks HTTP/2 was there, or it did not answer */
export function callGrpc(
  network: NetworkNamespace,
  { address, port, path, message, metadata, timeoutUs }: GrpcRequest,
  onOutcome: (outcome: GrpcOutcome) => void,
  onFailure: (error: RequestFailure) => void,
): void {
  const request = prepareRequest({
    address,
    port,
    method: 'POST',
    target: path,
    version: '2',
    headers: [['Content-Type', 'application/grpc'], ['TE', 'trailers'], ...metadata],
    body: frameMessage(message),
    timeoutUs,
  })
  requestHttp(network, request, (reply) => onOutcome(outcomeOf(reply)), onFailure)
}

function outcomeOf({ status: httpStatus, headers, body, trailers = [] }: HttpReply): GrpcOutcome {
  const code = headerValue(trailers, 'grpc-status') ?? headerValue(headers, 'grpc-status')
  if (code === undefined) {
    const status = BY_HTTP_STATUS.get(httpStatus) ?? 'UNKNOWN'
    return { status, details: `unexpected HTTP status code received from server: ${httpStatus}` }
  }
  const status = grpcStatusName(code)
  const details = decodeMessage(headerValue(trailers, 'grpc-message') ?? headerValue(headers, 'grpc-message') ?? '')
  if (status !== 'OK') return { status, details }
  const reader = new MessageReader(headerValue(headers, 'grpc-encoding'))
  reader.push(body)
  try {
    const message = reader.next()
    return message === undefined ? { status: 'INTERNAL', details: 'no message came' } : { status, message }
  } catch (error) {
    if (!(error instanceof GrpcError) || error.status === 'OK') throw error
    return { status: error.status, details: error.message }
  }
}
