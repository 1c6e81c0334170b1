// HTTPS through each of the controllers: the same names, Secrets and changes, and what differs between them: the certificate of other
// names, what plain HTTP gets, and TLS settings that are one controller's alone.

import { secrets, services } from '@podwire/apiserver'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCertificateAuthority } from '../certificates/index.ts'
import { callGrpc } from '../grpc/index.ts'
import { createCluster, type Cluster } from '../sdk/cluster.ts'
import type { Reply } from '../sdk/reply.ts'

const authority = createCertificateAuthority()

interface Subject {
  readonly name: 'nginx' | 'traefik' | 'haproxy'
  readonly front: { readonly namespace: string; readonly name: string }
  /** What other names are shown. */
  readonly otherNames: RegExp
  /** Status and Location of plain HTTP to a host with TLS. */
  readonly plain: readonly [number, string | undefined]
  readonly hsts: string | undefined
  /** What its log says of a Secret that is not there. */
  readonly missing: RegExp
}

const SUBJECTS: readonly Subject[] = [
  {
    name: 'nginx',
    front: { namespace: 'ingress-nginx', name: 'ingress-nginx-controller' },
    otherNames: /^O=Acme Co\nCN=Kubernetes Ingress Controller Fake Certificate$/,
    plain: [308, 'https://exact.nginx.test/a?b'],
    hsts: 'max-age=31536000; includeSubDomains',
    missing: /Error getting SSL certificate "default\/nginx-missing"/,
  },
  {
    name: 'traefik',
    front: { namespace: 'traefik', name: 'traefik' },
    otherNames: /^CN=TRAEFIK DEFAULT CERT$/,
    plain: [200, undefined],
    hsts: undefined,
    missing:
      /^\S+Z ERR Error configuring TLS error="secret default\/traefik-missing does not exist" ingress=missing-traefik/m,
  },
  {
    name: 'haproxy',
    front: { namespace: 'haproxy-controller', name: 'haproxy-kubernetes-ingress' },
    // The first by name.
    otherNames: /^CN=exact\.haproxy\.test$/,
    plain: [302, 'https://exact.haproxy.test:8443/a?b'],
    hsts: undefined,
    missing: /^\S+ \S+ WARNING ingress 'default\/missing-haproxy': secret 'default\/haproxy-missing' does not exist$/m,
  },
]

const ingress = (subject: string, what: string, host: string, secretName: string, service = 'echo') => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: `${what}-${subject}` },
  spec: {
    ingressClassName: subject,
    tls: [{ hosts: [host], secretName }],
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

let cluster: Cluster

beforeAll(async () => {
  cluster = await createCluster({ nodes: 1, ingress: ['nginx', 'traefik', 'haproxy'] })
  cluster.images.registerFetch('echo', (request) => Response.json(Object.fromEntries(request.headers)), { port: 80 })
  await cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'echo', labels: { app: 'echo' } },
      spec: { containers: [{ name: 'echo', image: 'echo' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'grpc', labels: { app: 'grpc' } },
      spec: { containers: [{ name: 'grpc', image: 'agnhost', args: ['grpc-health-checking'] }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'echo' },
      spec: { selector: { app: 'echo' }, ports: [{ port: 80 }] },
    },
    ...SUBJECTS.flatMap(({ name }) => [
      authority.issue({ hosts: [`exact.${name}.test`] }).secret(`${name}-a-exact`),
      authority.issue({ hosts: [`*.${name}.test`] }).secret(`${name}-b-wild`),
      ingress(name, 'exact', `exact.${name}.test`, `${name}-a-exact`),
      ingress(name, 'wild', `*.${name}.test`, `${name}-b-wild`),
      ingress(name, 'missing', `missing.${name}.example`, `${name}-missing`),
    ]),
  ])
  await cluster.settle()
  await cluster.advance('10s')
})

afterAll(() => cluster[Symbol.asyncDispose]())

function address({ front }: Subject): string {
  return cluster.client.get(services, front).spec.clusterIP ?? ''
}

function get(subject: Subject, host: string, { plain = false, path = '/' } = {}): Promise<Reply> {
  const node = cluster.node('node-1')
  if (!node.readFile('/etc/hosts').includes(`\t${host}\n`)) node.addHost(host, address(subject))
  return node.fetch(`${plain ? 'http' : 'https'}://${host}${path}`, { tls: { insecure: true } })
}

const shown = async (subject: Subject, host: string): Promise<string> =>
  (await get(subject, host)).certificate?.subject ?? ''

function logOf({ front }: Subject): string {
  return cluster
    .pods({}, front.namespace)
    .map((pod) => pod.logs())
    .join('')
}

test.each(SUBJECTS)('$name: names, headers, plain HTTP', async (subject) => {
  const { name, otherNames, plain, hsts } = subject
  expect(await shown(subject, `exact.${name}.test`)).toBe(`CN=exact.${name}.test`)
  expect(await shown(subject, `any.${name}.test`)).toBe(`CN=*.${name}.test`)
  expect(await shown(subject, `two.any.${name}.test`)).toMatch(otherNames)
  expect(await shown(subject, `missing.${name}.example`)).toMatch(otherNames)
  expect(logOf(subject)).toMatch(subject.missing)

  const reply = await get(subject, `exact.${name}.test`)
  expect([reply.status, reply.header('strict-transport-security')]).toEqual([200, hsts])
  expect(reply.json()).toMatchObject({ 'x-forwarded-proto': 'https', host: `exact.${name}.test` })
  const unsafe = await get(subject, `exact.${name}.test`, { plain: true, path: '/a?b' })
  expect([unsafe.status, unsafe.header('location')]).toEqual(plain)
})

test.each([
  ['traefik', { 'traefik.ingress.kubernetes.io/service.serversscheme': 'h2c' }],
  ['haproxy', { 'haproxy.org/server-proto': 'h2', 'haproxy.org/ssl-redirect': 'false' }],
] as const)('%s: gRPC without TLS, to a Service that says so', async (name, annotations) => {
  const subject = SUBJECTS.find((one) => one.name === name)
  if (subject === undefined) throw new Error(name)
  const host = `grpc.${name}.example`
  const made = ingress(name, 'grpc', host, '', `grpc-${name}`)
  await cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `grpc-${name}`, annotations },
      spec: { selector: { app: 'grpc' }, ports: [{ port: 80, targetPort: 5000 }] },
    },
    { ...made, metadata: { ...made.metadata, annotations: name === 'haproxy' ? annotations : {} } },
  ])
  await cluster.settle()
  await cluster.advance('10s')
  const network = cluster.composition.fabric.nodeNetwork('node-1')
  const outcome = network.engine.deferred<unknown>()
  const request = {
    address: address(subject),
    port: 80,
    path: '/grpc.health.v1.Health/Check',
    message: new Uint8Array(),
  }
  callGrpc(
    network,
    { ...request, metadata: [['Host', host]], timeoutUs: 5_000_000 },
    (answer) => outcome.resolve(answer),
    (error) => outcome.resolve(error),
  )
  await cluster.settle()
  expect(await outcome.promise).toEqual({ status: 'OK', message: Buffer.from([8, 1]) })
})

test.each(SUBJECTS)('$name: a Secret that is replaced, and one that goes', async (subject) => {
  const { name, otherNames } = subject
  const wild = { namespace: 'default', name: `${name}-b-wild` }
  const other = authority.issue({ hosts: [`*.${name}.test`], commonName: `second.${name}` }).secret(wild.name)
  await cluster.apply([other])
  await cluster.settle()
  await cluster.advance('10s')
  expect(await shown(subject, `any.${name}.test`)).toBe(`CN=second.${name}`)
  cluster.client.delete(secrets, wild)
  await cluster.settle()
  await cluster.advance('10s')
  expect(await shown(subject, `any.${name}.test`)).toMatch(otherNames)
  expect(await shown(subject, `exact.${name}.test`)).toBe(`CN=exact.${name}.test`)
})
