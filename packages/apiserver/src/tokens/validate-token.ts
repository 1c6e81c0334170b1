// Who a token speaks for: it is signed by this server, meant for the one who asks, not over, and its account and the object it
// is bound to are still there. Source: kubernetes pkg/serviceaccount/{jwt.go,claims.go}; apiserver authentication/serviceaccount.

import { API_AUDIENCE } from '../http/authentication.ts'
import type { TokenOutcome } from '../http/request-handler.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { ServerState } from '../pipeline/server-state.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { nodes, pods, secrets, serviceAccounts } from '../resources/served-types.ts'
import { notFound } from '../status/errors.ts'
import { quotedList } from '../rbac/rule-coverage.ts'
import type { Claims, Reference } from './claims.ts'
import { verified } from './signature.ts'

/** Clocks may differ by so much. */
const LEEWAY_SECONDS = 60
const INVALIDATED = 'service account token has been invalidated'
const KEY = 'authentication.kubernetes.io/'

/** undefined: it is no token of a service account. */
export function userOfToken(
  server: ServerState,
  token: string,
  wanted: readonly string[] = [API_AUDIENCE],
): TokenOutcome {
  const claims = verified(server, token, API_AUDIENCE)
  if (claims === undefined) return undefined
  if (claims === 'forged') return { error: 'go-jose/go-jose: error in cryptographic primitive' }
  const audiences = wanted.filter((audience) => claims.aud.includes(audience))
  if (audiences.length === 0) {
    const meant = quotedList(claims.aud)
    return { error: `token audiences ${meant} is invalid for the target audiences ${quotedList(wanted)}` }
  }
  const error = problemOf(server, claims)
  if (error !== undefined) return { error }
  const { namespace, serviceaccount } = claims['kubernetes.io']
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
  return {
    user: {
      name: claims.sub,
      ...(serviceaccount.uid === undefined ? {} : { uid: serviceaccount.uid }),
      groups,
      extra: extraOf(claims),
    },
    audiences,
  }
}

function problemOf(server: ServerState, claims: Claims): string | undefined {
  const now = Math.floor(server.engine.clock.wallTimeMs() / 1000)
  if (now - LEEWAY_SECONDS > claims.exp) return 'service account token has expired'
  if (now + LEEWAY_SECONDS < claims.nbf) return 'service account token is not valid yet'
  const { namespace, serviceaccount, secret, pod, node } = claims['kubernetes.io']
  const account = server.store.get(serviceAccounts, namespace, serviceaccount.name)
  if (account === undefined) return notFound(serviceAccounts, serviceaccount.name).message
  if (deletedBefore(account, now)) return `service account ${namespace}/${serviceaccount.name} has been deleted`
  if (account.metadata.uid !== serviceaccount.uid) {
    return `service account UID (${account.metadata.uid}) does not match claim (${serviceaccount.uid ?? ''})`
  }
  const check = (type: ResourceType, bound: Reference | undefined): string | undefined => {
    if (bound === undefined) return undefined
    return boundProblem(server.store.get(type, namespace, bound.name), type, bound, now)
  }
  return check(secrets, secret) ?? check(pods, pod) ?? (pod === undefined ? check(nodes, node) : undefined)
}

function boundProblem(
  object: KubeObject | undefined,
  { kind }: ResourceType,
  bound: Reference,
  now: number,
): string | undefined {
  if (object === undefined || deletedBefore(object, now)) return INVALIDATED
  if (object.metadata.uid === bound.uid) return undefined
  const word = kind.toLowerCase()
  return `${word} UID (${object.metadata.uid}) does not match service account ${word} ref claim (${bound.uid ?? ''})`
}

/** Gone for longer than clocks may differ, though something still holds the object. */
function deletedBefore({ metadata }: KubeObject, now: number): boolean {
  const { deletionTimestamp } = metadata
  return deletionTimestamp !== undefined && Date.parse(deletionTimestamp) / 1000 < now - LEEWAY_SECONDS
}

function extraOf({ jti, 'kubernetes.io': { pod, node } }: Claims): Readonly<Record<string, readonly string[]>> {
  const ofNode =
    node === undefined
      ? {}
      : { [`${KEY}node-name`]: [node.name], ...(node.uid === undefined ? {} : { [`${KEY}node-uid`]: [node.uid] }) }
  const ofPod = pod === undefined ? {} : { [`${KEY}pod-name`]: [pod.name], [`${KEY}pod-uid`]: [pod.uid ?? ''] }
  return { [`${KEY}credential-id`]: [`JTI=${jti}`], ...ofNode, ...ofPod }
}
