// What a controller does about a request: an answer, an endpoint to pass it to, or another server to ask first. Whoever carries
// the messages goes from one to the next until there is an answer.

import type { Microseconds } from '@podwire/engine'
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import type { SubRequest } from '../nginx/external-auth.ts'
import type { BackendEndpoint } from '../routing/index.ts'

/** What a trace shows of the way through the controller. */
export interface RouteTaken {
  /** `_` is the default server. */
  readonly host: string
  /** As the Ingress has it. */
  readonly path: string
  /** `namespace/name`; undefined when no Ingress says anything about the path. */
  readonly ingress: string | undefined
  /** `default-web-80`; undefined when nginx answers itself. */
  readonly backend: string | undefined
}

/** Why an endpoint gave no answer: it was not reached (or went away), or took too long. */
export type UpstreamFailure = 'error' | 'timeout'

export interface Answered {
  readonly kind: 'respond'
  readonly response: HttpResponse
  readonly route: RouteTaken | undefined
}

/** How bodies pass. */
export interface BodyRules {
  /** The endpoint is asked when the whole request is here. */
  readonly requestBuffered: boolean
  /** Of the request; 0 is no limit. */
  readonly requestLimitBytes: number
  /** So much of a response is held back until it is full, or the response ends; 0: it passes as it comes. */
  readonly responseBufferBytes: number
}

export const AS_IT_COMES: BodyRules = { requestBuffered: false, requestLimitBytes: 0, responseBufferBytes: 0 }

/** Pass the request to `endpoints[0]`; to the next one where `triesNext` says so; then tell what came of it. */
export interface Passed {
  readonly kind: 'proxy'
  /** At least one, in the order they are tried; one may come again. */
  readonly endpoints: readonly BackendEndpoint[]
  /** As the endpoint gets it; version 2 is HTTP/2 without negotiation. */
  readonly request: HttpRequest
  readonly https: boolean
  readonly connectTimeoutUs: Microseconds
  readonly readTimeoutUs: Microseconds
  /** Over all tries; 0 is no limit. */
  readonly triesTimeoutUs: Microseconds
  /** A copy to send elsewhere, whose answer nobody waits for. */
  readonly mirror: MirrorRequest | undefined
  readonly body: BodyRules
  readonly route: RouteTaken
  /** @param sent the endpoint may have begun to work on it */
  triesNext(outcome: UpstreamFailure | number, sent: boolean): boolean
  /** An answer came, after `tookUs`. */
  answered(response: HttpResponse, endpoint: BackendEndpoint, tookUs: Microseconds): Handled
  failed(why: UpstreamFailure): Handled
  /** The body is over its limit. */
  tooLarge?(): Handled
}

export interface MirrorRequest extends SubRequest {
  /** The copy has the body of the request. */
  readonly withBody: boolean
}

export interface Authenticating {
  readonly kind: 'authenticate'
  readonly ask: SubRequest
  readonly connectTimeoutUs: Microseconds
  readonly readTimeoutUs: Microseconds
  readonly route: RouteTaken
  /** @param response undefined: the server could not be asked */
  answered(response: HttpResponse | undefined): Handled
}

export type Handled = Answered | Passed | Authenticating
