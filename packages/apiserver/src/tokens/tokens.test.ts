// Tokens asked for and shown again, on a server of its own and virtual time.

import { Engine, SECOND, VirtualTimeDriver } from '@podwire/engine'
import { beforeEach, describe, expect, test } from 'vitest'
import type { TokenOutcome } from '../http/request-handler.ts'
import { namespaces, nodes, pods, secrets, serviceAccounts } from '../resources/served-types.ts'
import { createApiServer, type ApiServer } from '../server.ts'
import { StatusError } from '../status/status-error.ts'

const API = 'https://kubernetes.default.svc.cluster.local'

let engine: Engine
let server: ApiServer
let time: VirtualTimeDriver

beforeEach(() => {
  engine = new Engine({ seed: 1 })
  server = createApiServer({ engine })
  time = new VirtualTimeDriver(engine)
  const { client } = server
  client.create(namespaces, { metadata: { name: 'lab' }, spec: {} })
  client.create(serviceAccounts, { metadata: { namespace: 'lab', name: 'robot' } })
  client.create(serviceAccounts, { metadata: { namespace: 'lab', name: 'other' } })
  client.create(secrets, { metadata: { namespace: 'lab', name: 's' } })
  client.create(nodes, { metadata: { name: 'n' }, spec: {} })
  client.create(pods, {
    metadata: { namespace: 'lab', name: 'p' },
    spec: { serviceAccountName: 'robot', nodeName: 'n', containers: [{ name: 'c', image: 'i' }] },
  })
})

interface Answer {
  readonly metadata: object
  readonly spec: object
  readonly status: { readonly token: string; readonly expirationTimestamp: string }
}

function request(spec: object, metadata: object = {}): Answer {
  const resource = server.registry.byType(serviceAccounts)
  const response = server.requestHandler.handle({
    verb: 'create',
    resource: resource as never,
    namespace: 'lab',
    name: 'robot',
    subresource: 'token',
    query: new URLSearchParams(),
    user: { name: 'root', groups: ['system:masters'] },
    userAgent: 'test/1',
    warn: () => {},
    body: { contentType: 'application/json', bytes: Buffer.from(JSON.stringify({ metadata, spec })) },
  })
  if (response.type !== 'object') throw new Error('an object is answered')
  return response.object as unknown as Answer
}

function refusal(spec: object, metadata?: object): unknown {
  try {
    return request(spec, metadata)
  } catch (error) {
    return error instanceof StatusError ? `${error.status.code ?? 0} ${error.message}` : error
  }
}

function userOf(token: string, audiences?: readonly string[]): TokenOutcome {
  return server.requestHandler.userOfToken?.(token, audiences)
}

const pod = { apiVersion: 'v1', kind: 'Pod', name: 'p' }

describe('asking', () => {
  test('what is not said is filled in, and who wrote what is recorded', () => {
    const { metadata, spec, status } = request({})
    expect(spec).toEqual({ audiences: [API], expirationSeconds: 3600, boundObjectRef: null })
    expect(status.expirationTimestamp).toBe('2026-01-01T01:00:00Z')
    const fieldsV1 = { 'f:spec': { 'f:expirationSeconds': {} } }
    expect(metadata).toMatchObject({
      name: 'robot',
      namespace: 'lab',
      managedFields: [{ subresource: 'token', fieldsV1 }],
    })
  })

  test.each<[string, object, object, string]>([
    [
      'too short',
      { expirationSeconds: 599 },
      {},
      '422 TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
    ],
    [
      'too long',
      { expirationSeconds: 2 ** 32 + 1 },
      {},
      '422 TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
    ],
    [
      'another name',
      {},
      { name: 'x' },
      '422 TokenRequest.authentication.k8s.io "robot" is invalid: metadata.name: Invalid value: "x": must match the service account name if specified',
    ],
    [
      'bound to what cannot be',
      { boundObjectRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } },
      {},
      '400 cannot bind token to object of type apps/v1, Kind=Deployment',
    ],
    ['bound to nothing', { boundObjectRef: { ...pod, name: 'gone' } }, {}, '404 pods "gone" not found'],
    [
      'bound to another life of the pod',
      { boundObjectRef: { ...pod, uid: 'u' } },
      {},
      '409 Operation cannot be fulfilled on Pod "p": the UID in the bound object reference (u) does not match the UID in record. The object might have been deleted and then recreated',
    ],
  ])('%s', (_, spec, metadata, expected) => expect(refusal(spec, metadata)).toBe(expected))

  test('a pod of another account', () => {
    server.client.create(pods, {
      metadata: { namespace: 'lab', name: 'q' },
      spec: { serviceAccountName: 'other', containers: [{ name: 'c', image: 'i' }] },
    })
    expect(refusal({ boundObjectRef: { ...pod, name: 'q' } })).toBe(
      '400 cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.',
    )
  })
})

describe('showing', () => {
  test('the account, its groups, and the token’s own id', () => {
    expect(userOf(request({}).status.token)).toMatchObject({
      user: {
        name: 'system:serviceaccount:lab:robot',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:lab', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=[0-9a-f-]{36}$/)] },
      },
      audiences: [API],
    })
  })

  test.each<[readonly string[], readonly string[] | undefined, unknown]>([
    [['vault', API], undefined, [API]],
    [['vault'], ['vault', 'other'], ['vault']],
    [['vault'], undefined, `token audiences ["vault"] is invalid for the target audiences ["${API}"]`],
    [[], ['vault'], `token audiences ["${API}"] is invalid for the target audiences ["vault"]`],
  ])('meant for %j, shown to %j', (audiences, wanted, expected) => {
    const outcome = userOf(request({ audiences }).status.token, wanted)
    expect(outcome !== undefined && 'error' in outcome ? outcome.error : outcome?.audiences).toEqual(expected)
  })

  test('a minute past its end it is over', async () => {
    const { token } = request({ expirationSeconds: 600 }).status
    await time.advance(660 * SECOND)
    expect(userOf(token)).toHaveProperty('user')
    await time.advance(SECOND)
    expect(userOf(token)).toEqual({ error: 'service account token has expired' })
  })

  test('the token of the injected volume works a year', async () => {
    const { token, expirationTimestamp } = request({ expirationSeconds: 3607, boundObjectRef: pod }).status
    expect(expirationTimestamp).toBe('2026-01-01T01:00:07Z')
    await time.advance(364 * 24 * 3600 * SECOND)
    expect(userOf(token)).toHaveProperty('user')
  })

  const client = () => server.client
  test.each<[string, object, () => void, string]>([
    [
      'its account is gone',
      {},
      () => void client().delete(serviceAccounts, { namespace: 'lab', name: 'robot' }),
      'serviceaccounts "robot" not found',
    ],
    [
      'its pod is gone',
      { boundObjectRef: pod },
      () => void client().delete(pods, { namespace: 'lab', name: 'p' }, { gracePeriodSeconds: 0 }),
      'service account token has been invalidated',
    ],
    [
      'its Secret is gone',
      { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 's' } },
      () => void client().delete(secrets, { namespace: 'lab', name: 's' }),
      'service account token has been invalidated',
    ],
    [
      'its node is gone',
      { boundObjectRef: { apiVersion: 'v1', kind: 'Node', name: 'n' } },
      () => void client().delete(nodes, { name: 'n' }),
      'service account token has been invalidated',
    ],
  ])('%s', (_, spec, happen, error) => {
    const { token } = request(spec).status
    expect(userOf(token)).toHaveProperty('user')
    happen()
    expect(userOf(token)).toEqual({ error })
  })

  test('an account of the same name is another', () => {
    const { token } = request({}).status
    const ref = { namespace: 'lab', name: 'robot' }
    const old = server.client.get(serviceAccounts, ref).metadata.uid
    server.client.delete(serviceAccounts, ref)
    const now = server.client.create(serviceAccounts, { metadata: ref }).metadata.uid
    expect(userOf(token)).toEqual({ error: `service account UID (${now}) does not match claim (${old})` })
  })

  test('a node bound to a pod’s token is told, not checked', () => {
    const { token } = request({ boundObjectRef: pod }).status
    server.client.delete(nodes, { name: 'n' })
    expect(userOf(token)).toMatchObject({ user: { extra: { 'authentication.kubernetes.io/node-name': ['n'] } } })
  })

  test.each([
    ['nothing of the kind', () => 'xyz', undefined],
    ['another issuer’s', () => `e30.${Buffer.from('{"iss":"x"}').toString('base64url')}.AAAA`, undefined],
    [
      'a forged one',
      () => request({}).status.token.replace(/\.[^.]+$/, '.AAAA'),
      { error: 'go-jose/go-jose: error in cryptographic primitive' },
    ],
    ['no JSON', () => 'a.b.c', undefined],
  ])('%s', (_, token, expected) => expect(userOf(token())).toEqual(expected))
})
