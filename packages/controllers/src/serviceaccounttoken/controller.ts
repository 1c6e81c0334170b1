// Fills Secrets of type kubernetes.io/service-account-token with their account's token, and removes them with the account.
// Source: kubernetes pkg/controller/serviceaccount/tokens_controller.go. Departure: the token comes from the API server's
// token request and lasts 136 years; real ones of this kind never end.

import {
  createWorkQueue,
  isNotFound,
  type NewObject,
  objectKey,
  type Secret,
  secrets,
  type ServiceAccount,
  serviceAccounts,
  splitObjectKey,
} from '@podwire/apiserver'
import type { ControllerContext, ControllerDefinition } from '../manager/controller.ts'
import { accountLatency } from '../manager/latency.ts'

const TOKEN_TYPE = 'kubernetes.io/service-account-token'
const ACCOUNT_NAME = 'kubernetes.io/service-account.name'
const ACCOUNT_UID = 'kubernetes.io/service-account.uid'
/** The longest a token request may ask for. */
const LONGEST_SECONDS = 2 ** 32

const base64 = (text: string): string => Buffer.from(text).toString('base64')

export const serviceAccountTokenController: ControllerDefinition = {
  name: 'serviceaccount-token-controller',
  start: (context) => {
    const { engine, informers } = context
    const secretInformer = informers.informer(secrets)
    secretInformer.addIndex('token-account', accountKeys)
    const queue = createWorkQueue({
      engine,
      name: 'serviceaccount-token-controller',
      latency: accountLatency,
      process: (key) => sync(context, key),
    })
    secretInformer.onChange(({ type, object }) => {
      if (type !== 'deleted' && object.type === TOKEN_TYPE) queue.add(objectKey(object))
    })
    informers.informer(serviceAccounts).onChange(({ type, object }) => {
      if (type === 'updated') return
      for (const secret of secretInformer.byIndex('token-account', objectKey(object))) queue.add(objectKey(secret))
    })
    return queue
  },
}

/** Index keys: token Secrets by their account. */
function accountKeys({ metadata, type }: Secret): readonly string[] {
  const name = metadata.annotations?.[ACCOUNT_NAME]
  return type === TOKEN_TYPE && name !== undefined ? [`${metadata.namespace ?? ''}/${name}`] : []
}

function sync(context: ControllerContext, key: string): void {
  const { client } = context
  const secret = client.find(secrets, splitObjectKey(key))
  if (secret === undefined || secret.type !== TOKEN_TYPE || secret.metadata.deletionTimestamp !== undefined) return
  const { namespace, annotations, uid } = secret.metadata
  const account = client.find(serviceAccounts, { namespace, name: annotations?.[ACCOUNT_NAME] ?? '' })
  const wantedUid = annotations?.[ACCOUNT_UID] ?? ''
  try {
    if (account === undefined || (wantedUid !== '' && wantedUid !== account.metadata.uid)) {
      client.delete(secrets, secret.metadata, { preconditions: { uid } })
      return
    }
    const filled = fill(context, secret, account)
    if (filled !== undefined) client.update(secrets, filled)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** The Secret with what it lacks; undefined: it lacks nothing. */
function fill({ client, settings }: ControllerContext, secret: Secret, account: ServiceAccount): Secret | undefined {
  const { namespace = '', annotations } = secret.metadata
  const certificate = base64(settings.rootCaCertificate)
  const home = base64(namespace)
  const { data = {} } = secret
  const token = data['token']
  const complete = token !== undefined && data['ca.crt'] === certificate && data['namespace'] === home
  if (complete && annotations?.[ACCOUNT_UID] === account.metadata.uid) return undefined
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations: { ...annotations, [ACCOUNT_UID]: account.metadata.uid } },
    data: {
      ...data,
      'ca.crt': certificate,
      namespace: home,
      token: token ?? base64(requestToken(client, account)),
    },
  }
}

function requestToken(client: ControllerContext['client'], { metadata }: ServiceAccount): string {
  const { name, namespace } = metadata
  // A TokenRequest, written to the accounts' subresource of that name.
  const request = { metadata: { name, namespace }, spec: { audiences: [], expirationSeconds: LONGEST_SECONDS } }
  const answer: unknown = client.create(serviceAccounts, request as unknown as NewObject<ServiceAccount>, {
    subresource: 'token',
  })
  return (answer as { readonly status: { readonly token: string } }).status.token
}
