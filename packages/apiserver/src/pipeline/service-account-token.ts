// Tokens of service accounts: JSON Web Tokens this server issues (serviceaccounts/token) and accepts again.
// Source: kubernetes registry/core/serviceaccount/storage/token.go, authentication/validation ValidateTokenRequest.
// Departure: signed with an HMAC whose key comes from the cluster's seed, so that runs repeat; real ones are RSA-signed.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ServiceAccount, TokenRequest } from '../objects/index.ts'
import type { UserInfo } from '../http/request-handler.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { pods, secrets, serviceAccounts } from '../resources/served-types.ts'
import { badRequest, notFound } from '../status/errors.ts'
import type { FieldError } from '../validation/field-error.ts'
import { invalid } from '../validation/field-errors.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import type { ServerState } from './server-state.ts'

const ISSUER = 'https://kubernetes.default.svc.cluster.local'
const DEFAULT_SECONDS = 3600
const MIN_SECONDS = 600
const MAX_SECONDS = 2 ** 32

const keys = new WeakMap<ServerState, string>()

function keyOf(server: ServerState): string {
  const known = keys.get(server)
  if (known !== undefined) return known
  const made = server.random.fork('service-account-tokens').uuid()
  keys.set(server, made)
  return made
}

interface Claims {
  readonly exp: number
  readonly sub: string
  readonly 'kubernetes.io': {
    readonly namespace: string
    readonly serviceaccount: { readonly name: string; readonly uid: string }
  }
}

/** What POST serviceaccounts/token answers. */
export function issueToken(
  server: ServerState,
  namespace: string,
  name: string,
  body: Partial<TokenRequest>,
): TokenRequest {
  const { audiences = [], expirationSeconds = DEFAULT_SECONDS, boundObjectRef } = body.spec ?? {}
  const account = server.store.get(serviceAccounts, namespace, name)
  if (account === undefined) throw notFound(serviceAccounts, name)
  const errors = checkSeconds(expirationSeconds)
  if (errors.length > 0) throw invalidStatus('TokenRequest', 'authentication.k8s.io', '', errors)
  if (boundObjectRef !== undefined) checkBound(server, namespace, boundObjectRef)
  const aud = audiences.length === 0 ? [ISSUER] : audiences
  const nowSeconds = Math.floor(server.engine.clock.wallTimeMs() / 1000)
  const expires = nowSeconds + expirationSeconds
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name, namespace, uid: account.metadata.uid, creationTimestamp: server.engine.clock.timestamp() },
    spec: { audiences: aud, expirationSeconds, boundObjectRef: boundObjectRef ?? null },
    status: {
      token: signed(server, claimsOf(server, account, aud, nowSeconds, expires)),
      expirationTimestamp: `${new Date(expires * 1000).toISOString().slice(0, 19)}Z`,
    },
  } as unknown as TokenRequest
}

function checkSeconds(seconds: number): readonly FieldError[] {
  const path = 'spec.expirationSeconds'
  if (seconds < MIN_SECONDS) return [invalid(path, seconds, 'may not specify a duration less than 10 minutes')]
  return seconds > MAX_SECONDS ? [invalid(path, seconds, 'may not specify a duration larger than 2^32 seconds')] : []
}

type BoundReference = NonNullable<TokenRequest['spec']['boundObjectRef']>

function checkBound(server: ServerState, namespace: string, { kind = '', name = '' }: BoundReference): void {
  const type: ResourceType | undefined = kind === 'Pod' ? pods : kind === 'Secret' ? secrets : undefined
  if (type === undefined) throw badRequest(`cannot bind token for object of type v1, Kind=${kind}`)
  if (server.store.get(type, namespace, name) === undefined) throw notFound(type, name)
}

function claimsOf(
  server: ServerState,
  { metadata }: ServiceAccount,
  aud: readonly string[],
  iat: number,
  exp: number,
): object {
  const { namespace = '', name, uid } = metadata
  return {
    aud,
    exp,
    iat,
    iss: ISSUER,
    jti: server.random.uuid(),
    'kubernetes.io': { namespace, serviceaccount: { name, uid } },
    nbf: iat,
    sub: `system:serviceaccount:${namespace}:${name}`,
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function signature(server: ServerState, text: string): Buffer {
  return createHmac('sha256', keyOf(server)).update(text).digest()
}

function signed(server: ServerState, claims: object): string {
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${text}.${signature(server, text).toString('base64url')}`
}

/** Who a token speaks for; undefined when this server did not issue it, it has expired, or the account is gone. */
export function userOfToken(server: ServerState, token: string): UserInfo | undefined {
  const [head = '', payload = '', tail = '', more] = token.split('.')
  if (more !== undefined || tail === '') return undefined
  const expected = signature(server, `${head}.${payload}`)
  const given = Buffer.from(tail, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  // Signed by this server, so it has the shape it was given.
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims
  if (claims.exp * 1000 <= server.engine.clock.wallTimeMs()) return undefined
  const { namespace, serviceaccount } = claims['kubernetes.io']
  const account = server.store.get(serviceAccounts, namespace, serviceaccount.name)
  if (account?.metadata.uid !== serviceaccount.uid) return undefined
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
  return { name: claims.sub, uid: serviceaccount.uid, groups }
}
