// Client certificates over a real TLS connection: who the door takes the client for.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { DEFAULT_EPOCH_MS, Engine, RealTimeDriver } from '@podwire/engine'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServerCertificates, type ClientIdentity, type ServerCertificates } from '../certificates/index.ts'
import { text } from './ask.suite.ts'
import { FakeHandler, RESOURCES, TOKEN } from './fake-handler.suite.ts'
import { startHttpServer, type HttpServer } from './server.ts'

const PERIOD = { nowMs: DEFAULT_EPOCH_MS, validDays: 36_500 }

let certificates: ServerCertificates
let strangers: ServerCertificates
let server: HttpServer
let driver: RealTimeDriver

beforeAll(async () => {
  const engine = new Engine({ seed: 1 })
  driver = new RealTimeDriver(engine, { speed: 1 })
  certificates = await createServerCertificates({ ...PERIOD, randomBytes })
  strangers = await createServerCertificates({ ...PERIOD, randomBytes })
  server = await startHttpServer({
    engine,
    driver,
    handler: new FakeHandler(),
    resources: () => RESOURCES,
    kubernetesVersion: 'v1.36.2',
    token: TOKEN,
    tls: certificates,
  })
})

afterAll(async () => {
  await server.close()
  driver[Symbol.dispose]()
})

interface Given {
  readonly signedBy?: () => ServerCertificates
  readonly who?: Omit<ClientIdentity, 'nowMs'> & { readonly nowMs?: number }
  readonly headers?: Readonly<Record<string, string>>
}

/** Status code, and what SelfSubjectReview says. */
async function whoAmI({ signedBy = () => certificates, who, headers = {} }: Given): Promise<unknown> {
  const client = who === undefined ? undefined : await signedBy().signClient({ ...PERIOD, ...who })
  const sent = request({
    host: '127.0.0.1',
    port: server.port,
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    method: 'POST',
    ca: certificates.authority,
    ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
    headers,
    agent: false,
  })
  sent.end('{}')
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const body = JSON.parse(await text(response)) as { message?: string; status: { userInfo: object } }
  return response.statusCode === 201 ? body.status.userInfo : body.message
}

const ANONYMOUS =
  'selfsubjectreviews.authentication.k8s.io is forbidden: User "system:anonymous" cannot create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope'

test.each<[string, Given, unknown]>([
  ['no certificate', {}, ANONYMOUS],
  [
    'common name and organizations',
    { who: { user: 'alice', groups: ['dev', 'a, b=c'] } },
    {
      username: 'alice',
      groups: ['dev', 'a, b=c', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
    },
  ],
  ['a master', { who: { user: 'root', groups: ['system:masters'] } }, expect.objectContaining({ username: 'root' })],
  [
    'another authority’s',
    { signedBy: () => strangers, who: { user: 'root', groups: ['system:masters'] } },
    'Unauthorized',
  ],
  ['one that is over', { who: { user: 'alice', validDays: -100 } }, 'Unauthorized'],
  [
    'a foreign one beside a good token',
    { signedBy: () => strangers, who: { user: 'root' }, headers: { authorization: `Bearer ${TOKEN}` } },
    expect.objectContaining({ username: 'kubernetes-admin' }),
  ],
  [
    'a good one beside a bad token',
    { who: { user: 'alice' }, headers: { authorization: 'Bearer nonsense' } },
    expect.objectContaining({ username: 'alice' }),
  ],
  [
    'a master as somebody else',
    { who: { user: 'root', groups: ['system:masters'] }, headers: { 'impersonate-user': 'bob' } },
    { username: 'bob', groups: ['system:authenticated'] },
  ],
])('%s', async (_, given, expected) => expect(await whoAmI(given)).toEqual(expected))

test('the server’s own certificate is none for clients', async () => {
  const sent = request({
    host: '127.0.0.1',
    port: server.port,
    path: '/version',
    ca: certificates.authority,
    cert: certificates.certificate,
    key: certificates.key,
    agent: false,
  })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  expect([response.statusCode, JSON.parse(await text(response))]).toMatchObject([401, { reason: 'Unauthorized' }])
})
