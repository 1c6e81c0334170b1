// POST serviceaccounts/token: a token for a service account, for some audiences, for some time, bound to an object or to none.
// Source: kubernetes registry/core/serviceaccount/storage/token.go, apis/authentication/validation ValidateTokenRequest.

import { API_AUDIENCE } from '../http/authentication.ts'
import { endpointOf, recordUpdate } from '../managed-fields/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { Pod, ServiceAccount, TokenRequest } from '../objects/index.ts'
import type { WriteOwner } from '../pipeline/owners-step.ts'
import type { ServerState } from '../pipeline/server-state.ts'
import type { Resource } from '../resources/resource.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { nodes, pods, secrets, serviceAccounts } from '../resources/served-types.ts'
import { badRequest, conflict, notFound } from '../status/errors.ts'
import { invalid } from '../validation/field-errors.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { accountUserName, referenceTo, type Claims, type Reference } from './claims.ts'
import { nextTokenId, signed } from './signature.ts'

const DEFAULT_SECONDS = 3600
const MIN_SECONDS = 600
const MAX_SECONDS = 2 ** 32
/** What the volume that admission adds asks for; such tokens work a year, so that programs that never read anew go on. */
const INJECTED_SECONDS = 3607
const EXTENDED_SECONDS = 365 * 24 * 3600

export interface TokenPlace {
  readonly namespace: string
  readonly name: string
  readonly resource: Resource
  readonly owner: WriteOwner | undefined
}

type Spec = TokenRequest['spec']

/** @throws StatusError as the server refuses */
export function issueToken(server: ServerState, place: TokenPlace, body: Partial<TokenRequest>): TokenRequest {
  checkPlace(place, body)
  const { namespace, name } = place
  const account = server.store.get(serviceAccounts, namespace, name)
  if (account === undefined) throw notFound(serviceAccounts, name)
  const { audiences: asked = [], expirationSeconds = DEFAULT_SECONDS, boundObjectRef } = body.spec ?? {}
  const audiences = asked.length === 0 ? [API_AUDIENCE] : asked
  checkSeconds(expirationSeconds)
  const bound = boundObjectRef === undefined ? {} : boundObject(server, account, boundObjectRef)
  const now = Math.floor(server.engine.clock.wallTimeMs() / 1000)
  const claims = claimsOf(server, account, { audiences, expirationSeconds, bound, now })
  const timestamp = server.engine.clock.timestamp()
  const managedFields = ownersOf(server, place, body, expirationSeconds)
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {
      ...body.metadata,
      name,
      namespace,
      uid: account.metadata.uid,
      creationTimestamp: timestamp,
      ...(managedFields === undefined ? {} : { managedFields }),
    },
    spec: { audiences, expirationSeconds, boundObjectRef: boundObjectRef ?? null },
    status: {
      token: signed(server, claims),
      expirationTimestamp: `${new Date((now + expirationSeconds) * 1000).toISOString().slice(0, 19)}Z`,
    },
  } as unknown as TokenRequest
}

function checkPlace({ namespace, name }: TokenPlace, { metadata }: Partial<TokenRequest>): void {
  const wrong = (field: string, value: string): never => {
    const why = `must match the service account ${field} if specified`
    throw invalidStatus('TokenRequest', 'authentication.k8s.io', name, [invalid(`metadata.${field}`, value, why)])
  }
  const { name: sentName = '', namespace: sentNamespace = '' } = metadata ?? {}
  if (sentName !== '' && sentName !== name) wrong('name', sentName)
  if (sentNamespace !== '' && sentNamespace !== namespace) wrong('namespace', sentNamespace)
}

function checkSeconds(seconds: number): void {
  const problem =
    seconds < MIN_SECONDS
      ? 'may not specify a duration less than 10 minutes'
      : seconds > MAX_SECONDS
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined
  if (problem === undefined) return
  const error = invalid('spec.expirationSeconds', seconds, problem)
  throw invalidStatus('TokenRequest', 'authentication.k8s.io', '', [error])
}

interface Bound {
  readonly pod?: Reference
  readonly node?: Reference
  readonly secret?: Reference
}

type BoundReference = NonNullable<Spec['boundObjectRef']>

const BOUND_TYPES: ReadonlyMap<string, ResourceType> = new Map<string, ResourceType>([
  ['Pod', pods],
  ['Node', nodes],
  ['Secret', secrets],
])

function boundObject(server: ServerState, account: ServiceAccount, reference: BoundReference): Bound {
  const { apiVersion = '', kind = '', name = '', uid = '' } = reference
  const slash = apiVersion.indexOf('/')
  const group = slash < 0 ? '' : apiVersion.slice(0, slash)
  const type = group === '' ? BOUND_TYPES.get(kind) : undefined
  if (type === undefined) {
    const version = apiVersion.slice(slash + 1)
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`)
  }
  const { namespace = '' } = account.metadata
  const object = server.store.get(type, namespace, name)
  if (object === undefined) throw notFound(type, name)
  if (kind === 'Pod') checkAccount(account, object as Pod)
  if (uid !== '' && uid !== object.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`
    throw conflict({ ...type, resource: kind }, name, why)
  }
  if (kind === 'Pod') return { pod: referenceTo(object), ...nodeOfPod(server, object as Pod) }
  return kind === 'Node' ? { node: referenceTo(object) } : { secret: referenceTo(object) }
}

function checkAccount({ metadata }: ServiceAccount, { spec }: Pod): void {
  if (spec.serviceAccountName === metadata.name) return
  throw badRequest(
    `cannot bind token for serviceaccount "${metadata.name}" to pod running with different serviceaccount name.`,
  )
}

function nodeOfPod(server: ServerState, { spec }: Pod): Pick<Bound, 'node'> {
  const { nodeName = '' } = spec
  if (nodeName === '') return {}
  const node: KubeObject | undefined = server.store.get(nodes, undefined, nodeName)
  return { node: node === undefined ? { name: nodeName } : referenceTo(node) }
}

interface Granted {
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
  readonly bound: Bound
  readonly now: number
}

function claimsOf(server: ServerState, account: ServiceAccount, granted: Granted): Claims {
  const { audiences, expirationSeconds, bound, now } = granted
  const { namespace = '', name } = account.metadata
  const forServer = audiences.length === 1 && audiences[0] === API_AUDIENCE
  const extended = expirationSeconds === INJECTED_SECONDS && bound.pod !== undefined && forServer
  return {
    aud: audiences,
    exp: now + (extended ? EXTENDED_SECONDS : expirationSeconds),
    iat: now,
    iss: API_AUDIENCE,
    jti: nextTokenId(server),
    'kubernetes.io': {
      namespace,
      ...bound,
      serviceaccount: referenceTo(account),
      ...(extended ? { warnafter: now + expirationSeconds } : {}),
    },
    nbf: now,
    sub: accountUserName(namespace, name),
  }
}

function ownersOf(
  server: ServerState,
  { owner, resource }: TokenPlace,
  body: Partial<TokenRequest>,
  expirationSeconds: number,
): ReturnType<typeof recordUpdate> {
  if (owner === undefined || !('manager' in owner)) return undefined
  const manager = owner.manager === '' ? 'unknown' : owner.manager
  const schema = 'io.k8s.api.authentication.v1.TokenRequest'
  const type = { ...resource.type, group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }
  const endpoint = endpointOf(server.registry, tokenEndpoint(resource, schema, type), 'token')
  const now = server.engine.clock.timestamp()
  return recordUpdate(endpoint, {
    manager,
    now,
    old: undefined,
    next: { ...body, spec: { ...body.spec, expirationSeconds } },
    sent: undefined,
  })
}

const endpoints = new WeakMap<Resource, Resource>()

/** Ownership of endpoints is remembered by resource, so the same one is given each time. */
function tokenEndpoint(resource: Resource, schema: string, type: ResourceType): Resource {
  const known = endpoints.get(resource)
  if (known !== undefined) return known
  const made = { ...resource, schema, type }
  endpoints.set(resource, made)
  return made
}
