// Who a request comes from: a client certificate, a bearer token (in the Authorization header, or among a websocket's protocols),
// and without either system:anonymous. Wrong credentials are never anonymous.
// Source: apiserver authentication/request/{x509,bearertoken,websocket,anonymous,union}, kubeapiserver/authenticator.

import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { unauthorized } from './refusals.ts'
import type { RequestHandler, TokenOutcome, UserInfo } from './request-handler.ts'

export const SYSTEM_MASTERS = 'system:masters'
export const AUTHENTICATED = 'system:authenticated'
export const UNAUTHENTICATED = 'system:unauthenticated'
/** The issuer of service account tokens, and the audience of this API server. */
export const API_AUDIENCE = 'https://kubernetes.default.svc.cluster.local'

export const ADMIN_USER: UserInfo = { name: 'kubernetes-admin', groups: [SYSTEM_MASTERS, AUTHENTICATED] }
export const ANONYMOUS_USER: UserInfo = { name: 'system:anonymous', groups: [UNAUTHENTICATED] }

/** Finds the user of a bearer token. `audiences` are those it must be meant for, one of them; default the API server's. */
export type Authenticator = (token: string, audiences?: readonly string[]) => TokenOutcome

/** Knows one token, compared in constant time. Such a token is meant for the API server and nobody else. */
export function singleToken(token: string, user: UserInfo = ADMIN_USER): Authenticator {
  const expected = Buffer.from(token)
  return (given, audiences = [API_AUDIENCE]) => {
    const bytes = Buffer.from(given)
    if (bytes.length !== expected.length || !timingSafeEqual(bytes, expected)) return undefined
    return audiences.includes(API_AUDIENCE) ? { user, audiences: [API_AUDIENCE] } : undefined
  }
}

/** Asks the server itself about tokens the table does not know. */
export function withServiceAccounts(known: Authenticator, handler: Pick<RequestHandler, 'userOfToken'>): Authenticator {
  return (token, audiences) => known(token, audiences) ?? handler.userOfToken?.(token, audiences)
}

/** What a request says about who sent it. */
export interface Credentials {
  readonly headers: Pick<IncomingHttpHeaders, 'authorization' | 'sec-websocket-protocol' | 'upgrade'>
  /** Of the client's certificate, if it presented one. */
  readonly certificate?: CertificateOutcome
  /** Told when nobody is known to have sent it, whether that is let in or not. */
  onStranger?(): void
}

export type CertificateOutcome = { readonly user: UserInfo } | { readonly error: string } | undefined

export interface AuthenticationContext {
  readonly authenticator: Authenticator
  /** Who a request without credentials comes from; undefined: nobody, it is refused. */
  readonly anonymous: UserInfo | undefined
}

const EXTRA_SPACE = 'the provided Authorization header contains extra space before the bearer token, and is ignored'

const BEARER = 'Bearer '

/** The token of an Authorization header, or ''. */
function bearerToken(header: string, warn: ((text: string) => void) | undefined): string {
  const text = header.trim()
  // As nearly all clients write it.
  if (text.startsWith(BEARER) && !text.includes(' ', BEARER.length)) return text.slice(BEARER.length)
  const [scheme = '', token = '', rest] = text.split(' ')
  if (scheme.toLowerCase() !== 'bearer') return ''
  if (token === '' && rest !== undefined) warn?.(EXTRA_SPACE)
  return token
}

const WEBSOCKET_TOKEN = 'base64url.bearer.authorization.k8s.io.'

/** Browsers cannot set headers on a websocket: they offer the token as one more protocol. */
function websocketToken(headers: Credentials['headers']): string {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return ''
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim())
  const carrier = offered.find((protocol) => protocol.startsWith(WEBSOCKET_TOKEN)) ?? ''
  return Buffer.from(carrier.slice(WEBSOCKET_TOKEN.length), 'base64url').toString('utf8')
}

/** @throws StatusError 401 for credentials that are wrong, or when there are none and nobody is anonymous */
export function authenticate(
  credentials: Credentials,
  context: AuthenticationContext,
  warn?: (text: string) => void,
): UserInfo {
  const { headers, certificate } = credentials
  if (certificate !== undefined && 'user' in certificate) return authenticated(certificate.user)
  const token = bearerToken(headers.authorization ?? '', warn) || websocketToken(headers)
  if (token !== '') {
    const outcome = context.authenticator(token)
    if (outcome !== undefined && 'user' in outcome) return authenticated(outcome.user)
  }
  const { anonymous } = context
  const isRefused = token !== '' || certificate !== undefined || anonymous === undefined
  if (isRefused || anonymous.groups.includes(UNAUTHENTICATED)) credentials.onStranger?.()
  if (isRefused) throw unauthorized()
  return anonymous
}

/** Whoever has credentials is in this group. */
export function authenticated(user: UserInfo): UserInfo {
  const { groups } = user
  if (groups.includes(AUTHENTICATED) || groups.includes(UNAUTHENTICATED)) return user
  return { ...user, groups: [...groups, AUTHENTICATED] }
}
