// HTTPS through the nginx controller: which certificate a client is shown, what the controller says about Secrets that are no good,
// redirects, HSTS, and HTTPS behind it.

import { events, secrets } from '@podwire/apiserver'
import { beforeEach, expect, test } from 'vitest'
import { createCertificateAuthority } from '../certificates/index.ts'
import { serveHttp } from '../http/index.ts'
import { GRACEFUL_SIGNALS, takesSignals } from './program.ts'
import { textResponse } from './responses.ts'
import { createCluster, type Cluster } from '../sdk/cluster.ts'
import { RequestError } from '../sdk/machine.ts'
import type { Reply } from '../sdk/reply.ts'

const authority = createCertificateAuthority()
const CONTROLLER = { 'app.kubernetes.io/component': 'controller' }

const web = (name: string, port = 80) => [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: 'web', image: 'hashicorp/http-echo', args: [`-text=${name}`, `-listen=:${port}`] }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: port }] },
  },
]

interface Settings {
  readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly service?: string
}

const ingress = (name: string, host: string, { tls = [], annotations = {}, service = 'web' }: Settings = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name,
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]),
    ),
  },
  spec: {
    ingressClassName: 'nginx',
    ...(tls.length === 0 ? {} : { tls }),
    rules: [
      {
        host,
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { number: 80 } } } }],
        },
      },
    ],
  },
})

const FAKE = 'O=Acme Co\nCN=Kubernetes Ingress Controller Fake Certificate'

let cluster: Cluster
let address = ''

beforeEach(async () => {
  cluster = await createCluster({ nodes: 1 })
  await cluster.apply(web('web', 5678))
  await cluster.settle()
  address = cluster.pods(CONTROLLER, 'ingress-nginx')[0]?.ip ?? ''
})

async function get(host: string, path = '/', tls: object = { ca: authority.certificate }): Promise<Reply> {
  const node = cluster.node('node-1')
  if (!node.readFile('/etc/hosts').includes(`\t${host}\n`)) node.addHost(host, address)
  return node.fetch(`https://${host}${path}`, { tls })
}

/** Whose certificate is shown for this name? */
async function shown(host: string): Promise<string> {
  return (await get(host, '/', { insecure: true })).certificate?.subject ?? ''
}

function warnings(): readonly string[] {
  const log = cluster.pods(CONTROLLER, 'ingress-nginx')[0]?.logs() ?? ''
  return log.split('\n').flatMap((line) => /^W\d{4} [\d:.]+ +\d+ \S+\] (.*)$/.exec(line)?.[1] ?? [])
}

test('SNI chooses: exact, wildcard of one label, an alias the certificate covers, else the fake one', async () => {
  await cluster.apply([
    authority.issue({ hosts: ['foo.bar.com', 'www.bar.com'] }).secret('exact'),
    authority.issue({ hosts: ['*.foo.com'] }).secret('wild'),
    ingress('exact', 'foo.bar.com', {
      tls: [{ hosts: ['foo.bar.com'], secretName: 'exact' }],
      annotations: { 'server-alias': 'www.bar.com,shop.bar.com' },
    }),
    ingress('wild', '*.foo.com', { tls: [{ hosts: ['*.foo.com'], secretName: 'wild' }] }),
    ingress('plain', 'plain.org'),
  ])
  await cluster.settle()
  const reply = await get('foo.bar.com')
  expect([reply.status, reply.text(), reply.certificate?.issuer]).toEqual([200, 'web\n', 'CN=podwire test CA'])
  expect(reply.header('strict-transport-security')).toBe('max-age=31536000; includeSubDomains')
  for (const [host, subject] of [
    ['FOO.bar.com', 'CN=foo.bar.com'],
    ['www.bar.com', 'CN=foo.bar.com'],
    ['shop.bar.com', FAKE],
    ['a.foo.com', 'CN=*.foo.com'],
    ['a.b.foo.com', FAKE],
    ['foo.com', FAKE],
    ['plain.org', FAKE],
    ['nobody.test', FAKE],
  ] as const) {
    expect([host, await shown(host)]).toEqual([host, subject])
  }
  expect(warnings()).toEqual([])
})

test('a certificate nobody vouches for, one for another name, one that ends while time goes on', async () => {
  const notAfter = new Date(cluster.engine.clock.wallTimeMs() + 600_000)
  await cluster.apply([
    authority.issue({ hosts: ['foo.bar.com'], notAfter }).secret('soon'),
    ingress('soon', 'foo.bar.com', { tls: [{ hosts: ['foo.bar.com'], secretName: 'soon' }] }),
  ])
  await cluster.settle()
  const problem = async (host: string, tls: object): Promise<string> => {
    const error: unknown = await get(host, '/', tls).catch((thrown: unknown) => thrown)
    return error instanceof RequestError ? `${error.code} ${error.reason}` : 'none'
  }
  const trusted = { ca: authority.certificate }
  expect(await problem('foo.bar.com', {})).toBe('ECERT the authority of its certificate is not known')
  expect(await problem('nobody.test', {})).toBe('ECERT its certificate is self-signed')
  expect(await problem('other.com', { ...trusted, serverName: 'foo.bar.com' })).toBe(
    'ECERT its certificate is not for other.com',
  )
  expect(await problem('foo.bar.com', trusted)).toBe('none')
  await cluster.advance('10m')
  expect(await problem('foo.bar.com', trusted)).toBe('ECERT its certificate has expired')
})

test('Secrets that are missing, broken, of another host, or no key pair: the fake certificate, a line in the log, other hosts unaffected', async () => {
  const good = authority.issue({ hosts: ['good.com'] })
  const other = authority.issue({ hosts: ['other.com'] })
  const data = (certificate: string, key: string) => ({
    'tls.crt': Buffer.from(certificate).toString('base64'),
    'tls.key': Buffer.from(key).toString('base64'),
  })
  const secret = (name: string, certificate: string, key: string) => ({
    ...good.secret(name),
    data: data(certificate, key),
  })
  await cluster.apply([
    good.secret('good'),
    other.secret('other'),
    secret('swapped', good.certificate, other.key),
    secret('garbage', 'certificate', 'key'),
    secret('keys-only', good.key, good.key),
    { ...good.secret('opaque'), type: 'Opaque', data: { password: 'eA==' } },
    ...['good', 'other', 'swapped', 'garbage', 'keys-only', 'opaque', 'missing'].map((secretName) =>
      ingress(secretName, `${secretName}.com`.replace('other', 'another'), {
        tls: [{ hosts: [`${secretName}.com`.replace('other', 'another')], secretName }],
      }),
    ),
    ingress('unnamed', 'unnamed.com', { tls: [{ hosts: ['unnamed.com'] }] }),
  ])
  await cluster.settle()
  expect((await get('good.com')).status).toBe(200)
  for (const host of ['another', 'swapped', 'garbage', 'keys-only', 'opaque', 'missing', 'unnamed']) {
    const reply = await get(`${host}.com`, '/', { insecure: true })
    expect([host, reply.status, reply.certificate?.subject]).toEqual([host, 200, FAKE])
  }
  const notFound = (name: string): string =>
    `Error getting SSL certificate "default/${name}": local SSL certificate default/${name} was not found. Using default certificate`
  const creating = 'Error obtaining X.509 certificate: unexpected error creating SSL Cert:'
  expect([...warnings()].sort((a, b) => (a < b ? -1 : 1))).toEqual([
    'Error getting SSL certificate "default/garbage": local SSL certificate default/garbage was not found. Using default certificate',
    notFound('keys-only'),
    notFound('missing'),
    notFound('opaque'),
    notFound('swapped'),
    'Error obtaining X.509 certificate: no object matching key "default/missing" in local store',
    'Error obtaining X.509 certificate: secret "default/opaque" contains no keypair or CA certificate',
    `${creating} certificate and private key does not have a matching public key: tls: private key does not match public key`,
    `${creating} no certificate PEM data found, make sure certificate content starts with 'BEGIN CERTIFICATE'`,
    `${creating} no valid PEM formatted block found`,
    'SSL certificate "default/other" does not contain a Common Name or Subject Alternative Name for server "another.com": x509: certificate is valid for other.com, not another.com',
    'Unexpected error validating SSL certificate "default/other" for server "another.com": x509: certificate is valid for other.com, not another.com',
    'Using default certificate',
    'Validating certificate against DNS names. This will be deprecated in a future version',
  ])
})

test('a Secret that comes late, changes, breaks and goes', async () => {
  await cluster.apply([ingress('web', 'foo.com', { tls: [{ hosts: ['foo.com'], secretName: 'web-tls' }] })])
  await cluster.settle()
  expect(await shown('foo.com')).toBe(FAKE)
  const first = authority.issue({ hosts: ['foo.com'], commonName: 'first' })
  const second = authority.issue({ hosts: ['foo.com'], commonName: 'second' })
  await cluster.apply([first.secret('web-tls')])
  await cluster.settle()
  expect(await shown('foo.com')).toBe('CN=first')
  await cluster.apply([second.secret('web-tls')])
  await cluster.settle()
  expect(await shown('foo.com')).toBe('CN=second')
  // What was good stays in use.
  await cluster.apply([{ ...second.secret('web-tls'), data: { 'tls.crt': 'eA==', 'tls.key': 'eA==' } }])
  await cluster.settle()
  expect(await shown('foo.com')).toBe('CN=second')
  cluster.client.delete(secrets, { namespace: 'default', name: 'web-tls' })
  await cluster.settle()
  expect(await shown('foo.com')).toBe(FAKE)
})

test('ssl-redirect asks for a certificate of the host, force-ssl-redirect does not', async () => {
  const secure = { tls: [{ hosts: ['secure.com'], secretName: 'secure' }] }
  await cluster.apply([
    authority.issue({ hosts: ['secure.com'] }).secret('secure'),
    ingress('secure', 'secure.com', secure),
    ingress('missing', 'missing.com', { tls: [{ hosts: ['missing.com'], secretName: 'missing' }] }),
    ingress('off', 'off.com', { tls: [{ secretName: 'secure' }], annotations: { 'ssl-redirect': 'false' } }),
    ingress('plain', 'plain.com'),
    ingress('forced', 'forced.com', { annotations: { 'force-ssl-redirect': 'true' } }),
  ])
  await cluster.settle()
  const plain = async (host: string, path = '/a/?b=c'): Promise<readonly [number, string | undefined]> => {
    const reply = await cluster.node('node-1').fetch(`http://${address}${path}`, { headers: { Host: host } })
    return [reply.status, reply.header('location')]
  }
  expect(await plain('secure.com:80')).toEqual([308, 'https://secure.com/a/?b=c'])
  expect(await plain('secure.com', '/a/')).toEqual([308, 'https://secure.com/a'])
  expect(await plain('missing.com')).toEqual([308, 'https://missing.com/a/?b=c'])
  expect(await plain('off.com')).toEqual([200, undefined])
  expect(await plain('plain.com')).toEqual([200, undefined])
  expect(await plain('forced.com')).toEqual([308, 'https://forced.com/a/?b=c'])
  expect((await get('secure.com')).status).toBe(200)
})

test('the backend is told of https, and may speak it itself', async () => {
  const echo = (name: string, tls: boolean) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      containers: [
        {
          name: 'agnhost',
          image: 'registry.k8s.io/e2e-test-images/agnhost:2.53',
          args: ['porter'],
          env: [{ name: `SERVE_${tls ? 'TLS_' : ''}PORT_8443`, value: name }],
        },
      ],
    },
  })
  const service = (name: string) => ({
    ...web(name)[1],
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8443 }] },
  })
  await cluster.apply([
    authority.issue({ hosts: ['a.com', 'b.com', 'c.com'] }).secret('all'),
    echo('secured', true),
    service('secured'),
    echo('open', false),
    service('open'),
    ingress('a', 'a.com', {
      tls: [{ secretName: 'all' }],
      service: 'secured',
      annotations: { 'backend-protocol': 'HTTPS' },
    }),
    ingress('b', 'b.com', {
      tls: [{ secretName: 'all' }],
      service: 'open',
      annotations: { 'backend-protocol': 'HTTPS' },
    }),
    ingress('c', 'c.com', {
      tls: [{ secretName: 'all' }],
      service: 'secured',
      annotations: { 'backend-protocol': 'AUTO_HTTP' },
    }),
  ])
  await cluster.settle()
  expect((await get('a.com')).text()).toBe('secured')
  expect((await get('b.com')).status).toBe(502)
  expect((await get('c.com')).text()).toBe('secured')
})

test('plain HTTP on port 443 is told so; nginx.conf listens there for every host', async () => {
  const reply = await cluster.node('node-1').fetch(`http://${address}:443/`)
  expect([reply.status, reply.text()]).toEqual([
    400,
    expect.stringContaining('The plain HTTP request was sent to HTTPS port'),
  ])
  const conf = (await cluster.pods(CONTROLLER, 'ingress-nginx')[0]?.exec('cat /etc/nginx/nginx.conf'))?.stdout ?? ''
  expect(conf).toContain('listen 443 default_server reuseport backlog=4096 ssl ;')
})

/** Another controller of the same class, with flags of its own; it is asked from now on. */
async function startSecond(...flags: readonly string[]): Promise<void> {
  const [container] = cluster.pods(CONTROLLER, 'ingress-nginx')[0]?.object.spec.containers ?? []
  const args = ['/nginx-ingress-controller', '--ingress-class=nginx', ...flags]
  await cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'second-controller', namespace: 'ingress-nginx' },
      spec: { containers: [{ name: 'controller', image: container?.image ?? '', args }] },
    },
  ])
  await cluster.settle()
  address = cluster.pod('ingress-nginx/second-controller').ip ?? ''
}

test('ssl-passthrough: the pod shows its own certificate, for the host alone, and only where the flag is', async () => {
  const own = authority.issue({ hosts: ['own.test', 'sub.own.test'] })
  cluster.images.register({
    name: 'own-tls',
    entrypoint: ['/own'],
    ports: [8443],
    libc: 'musl',
    start: (context) => {
      serveHttp(context.network, 8443, () => textResponse(200, 'behind', []), { tls: { credentials: () => own } })
      return takesSignals(context, GRACEFUL_SIGNALS)
    },
  })
  await cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'own', labels: { app: 'own' } },
      spec: { containers: [{ name: 'own', image: 'own-tls' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'own' },
      spec: { selector: { app: 'own' }, ports: [{ port: 80, targetPort: 8443 }] },
    },
    ingress('own', 'own.test', { service: 'own', annotations: { 'ssl-passthrough': 'true' } }),
  ])
  await cluster.settle()
  expect(await shown('own.test')).toBe(FAKE)
  const messages = cluster.client.list(events).items.map(({ reason, message }) => `${reason ?? ''}: ${message ?? ''}`)
  expect(messages).toContain(
    'PassthroughDisabled: ssl-passthrough has no effect: the controller runs without --enable-ssl-passthrough',
  )
  await startSecond('--enable-ssl-passthrough')
  cluster.node('node-1').addHost('direct.test', address)
  const reply = await cluster.node('node-1').fetch('https://direct.test/', {
    tls: { ca: authority.certificate, serverName: 'own.test', insecure: true },
  })
  expect([reply.certificate?.subject, reply.text()]).toEqual(['CN=own.test', 'behind'])
  expect(await shown('sub.own.test')).toBe(FAKE)
})

test('auth-tls: who shows no certificate, a wrong one, a good one; what the backend is told; a Secret that is not there', async () => {
  const team = createCertificateAuthority({ name: 'team CA', seed: 5 })
  const stranger = createCertificateAuthority({ name: 'another CA', seed: 6 })
  const good = team.issue({ hosts: ['client.team'], organization: 'team' })
  const tls = [{ secretName: 'all' }]
  const asks = (more: Record<string, string> = {}) => ({ 'auth-tls-secret': 'default/team', ...more })
  cluster.images.registerFetch('echo', (request) => Response.json(Object.fromEntries(request.headers)), { port: 80 })
  await cluster.apply([
    authority.issue({ hosts: ['*.m.test'] }).secret('all'),
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'team' },
      data: { 'ca.crt': Buffer.from(team.certificate).toString('base64') },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'echo', labels: { app: 'echo' } },
      spec: { containers: [{ name: 'echo', image: 'echo' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'echo' },
      spec: { selector: { app: 'echo' }, ports: [{ port: 80 }] },
    },
    ingress('on', 'on.m.test', {
      tls,
      service: 'echo',
      annotations: asks({ 'auth-tls-pass-certificate-to-upstream': 'true' }),
    }),
    ingress('optional', 'optional.m.test', {
      tls,
      service: 'echo',
      annotations: asks({ 'auth-tls-verify-client': 'optional_no_ca' }),
    }),
    ingress('page', 'page.m.test', { tls, annotations: asks({ 'auth-tls-error-page': 'https://help.test/no-cert' }) }),
    ingress('match', 'match.m.test', { tls, service: 'echo', annotations: asks({ 'auth-tls-match-cn': 'CN=other' }) }),
    ingress('gone', 'gone.m.test', { tls, annotations: { 'auth-tls-secret': 'default/nobody' } }),
    ingress('open', 'open.m.test', { tls, service: 'echo' }),
  ])
  await cluster.settle()
  const ask = async (host: string, client?: { certificate: string; key: string }, headers: object = {}) => {
    const node = cluster.node('node-1')
    if (!node.readFile('/etc/hosts').includes(`\t${host}\n`)) node.addHost(host, address)
    const shown = client === undefined ? {} : { client }
    return node.fetch(`https://${host}/`, { tls: { ca: authority.certificate, ...shown }, headers: { ...headers } })
  }
  const none = await ask('on.m.test')
  expect([none.status, none.text()]).toEqual([400, expect.stringContaining('No required SSL certificate was sent')])
  const wrong = await ask('on.m.test', stranger.issue({ hosts: ['client.team'] }))
  expect([wrong.status, wrong.text()]).toEqual([400, expect.stringContaining('The SSL certificate error')])
  const late = team.issue({ hosts: ['late'], notAfter: new Date(Date.UTC(2025, 11, 31, 12)) })
  expect((await ask('on.m.test', late)).status).toBe(400)
  const told = await ask('on.m.test', good)
  expect(told.json()).toMatchObject({
    'ssl-client-verify': 'SUCCESS',
    'ssl-client-subject-dn': 'CN=client.team,O=team',
    'ssl-client-issuer-dn': 'CN=team CA',
    'ssl-client-cert': expect.stringMatching(/^-----BEGIN%20CERTIFICATE-----%0A/),
  })
  expect((await ask('optional.m.test', undefined, { 'ssl-client-verify': 'SUCCESS' })).json()).toMatchObject({
    'ssl-client-verify': 'NONE',
  })
  expect((await ask('optional.m.test', stranger.issue({ hosts: ['x'] }))).json()).toMatchObject({
    'ssl-client-verify': 'FAILED:unable to get local issuer certificate',
  })
  const page = await ask('page.m.test')
  expect([page.status, page.header('location')]).toEqual([302, 'https://help.test/no-cert'])
  expect((await ask('match.m.test', good)).status).toBe(403)
  expect((await ask('gone.m.test', good)).status).toBe(403)
  // Another name's connection is no way round.
  expect((await ask('open.m.test', undefined, { Host: 'on.m.test' })).status).toBe(421)
  expect((await ask('open.m.test')).json()).not.toHaveProperty('ssl-client-verify')
  const conf = (await cluster.pods(CONTROLLER, 'ingress-nginx')[0]?.exec('cat /etc/nginx/nginx.conf'))?.stdout ?? ''
  expect(conf).toContain('ssl_client_certificate /etc/ingress-controller/ssl/ca-default-team.pem;')
})

test('--default-ssl-certificate stands in for the fake one', async () => {
  const { secret } = authority.issue({ hosts: ['fallback.test'] })
  await cluster.apply([secret('fallback', 'ingress-nginx')])
  await startSecond('--default-ssl-certificate=ingress-nginx/fallback')
  expect(await shown('whoever.test')).toBe('CN=fallback.test')
  cluster.client.delete(secrets, { namespace: 'ingress-nginx', name: 'fallback' })
  await cluster.settle()
  expect(await shown('whoever.test')).toBe(FAKE)
})
