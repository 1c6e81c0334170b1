// The rules of ingress-controller-conformance as tests of ours, in a cluster of `podwire up`, from the host through a real port:
// host rules, path rules, default backends, IngressClasses, load balancing. Backends are the suite's echo server, which says as
// JSON what it was asked and which Ingress and Service it stands for. TLS has tests of its own.

import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../referees.ts'
import { UpProcess } from '../up.ts'

interface Echo {
  readonly path: string
  readonly host: string
  readonly method: string
  readonly proto: string
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly namespace: string
  readonly ingress: string
  readonly service: string
  readonly pod: string
}

interface Answer {
  readonly status: number
  readonly version: string
  readonly headers: IncomingHttpHeaders
  /** What the echo server says; undefined when it was not asked. */
  readonly echo: Echo | undefined
}

const IMAGE = 'gcr.io/k8s-staging-ingressconformance/echoserver:v20210922-cec7cf2'

interface Path {
  readonly host?: string
  readonly path: string
  readonly type: 'Exact' | 'Prefix'
  readonly service: string
  readonly port?: number | string
}

interface Scenario {
  readonly ingress: string
  readonly paths: readonly Path[]
  readonly className?: string
  readonly defaultBackend?: string
}

/** What the suite makes for a scenario: a namespace, and a Deployment with its Service for each backend. */
function objectsOf({ ingress, paths, className = 'conformance', defaultBackend }: Scenario): readonly object[] {
  const namespace = ingress
  const backend = (name: string, port: number | string = 8080): object => ({
    service: { name, port: typeof port === 'number' ? { number: port } : { name: port } },
  })
  const names = new Set([
    ...paths.map(({ service }) => service),
    ...(defaultBackend === undefined ? [] : [defaultBackend]),
  ])
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...[...names].flatMap((service) => backendObjects(namespace, ingress, service)),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: ingress, namespace },
      spec: {
        ingressClassName: className,
        ...(defaultBackend === undefined ? {} : { defaultBackend: backend(defaultBackend) }),
        ...(paths.length === 0 ? {} : { rules: paths.map(ruleOf) }),
      },
    },
  ]
  function ruleOf({ host, path, type, service, port }: Path): object {
    const http = { paths: [{ path, pathType: type, backend: backend(service, port) }] }
    return host === undefined ? { http } : { host, http }
  }
}

function backendObjects(namespace: string, ingress: string, service: string): readonly object[] {
  const name = `${ingress}-${service}`
  const env = [
    { name: 'SERVICE_NAME', value: service },
    { name: 'INGRESS_NAME', value: ingress },
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
  ]
  const containers = [{ name: 'echo', image: IMAGE, env, ports: [{ name: 'http', containerPort: 3000 }] }]
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: service, namespace },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 8080, targetPort: 'http' }] },
    },
  ]
}

const HOSTS: Scenario = {
  ingress: 'host-rules',
  paths: [
    { host: '*.wild.example', path: '/', type: 'Prefix', service: 'wildcard', port: 8080 },
    { host: 'exact.example', path: '/', type: 'Prefix', service: 'exact', port: 'http' },
  ],
}

const paths = (
  ingress: string,
  host: string,
  ...rules: readonly (readonly [string, Path['type'], string])[]
): Scenario => ({
  ingress,
  paths: rules.map(([path, type, service]) => ({ host, path, type, service, port: 8080 })),
})

const PATHS: readonly Scenario[] = [
  paths('exact', 'exact-path.example', ['/foo', 'Exact', 'foo-exact']),
  paths('prefix', 'prefix-path.example', ['/foo', 'Prefix', 'foo-prefix']),
  paths('longest', 'longest.example', ['/aaa', 'Prefix', 'aaa'], ['/aaa/bbb', 'Prefix', 'aaa-bbb']),
  paths('mixed', 'mixed.example', ['/foo', 'Prefix', 'prefix'], ['/foo', 'Exact', 'exact']),
  paths('slash-prefix', 'slash-prefix.example', ['/aaa/bbb/', 'Prefix', 'slash']),
  paths('slash-exact', 'slash-exact.example', ['/foo/', 'Exact', 'slash']),
]

const BALANCED: Scenario = {
  ingress: 'balanced',
  paths: [{ host: 'balanced.example', path: '/', type: 'Prefix', service: 'many', port: 8080 }],
}
const NOBODYS: Scenario = {
  ingress: 'nobodys',
  className: 'some-invalid-class-name',
  paths: [{ host: 'nobodys.example', path: '/', type: 'Prefix', service: 'never', port: 8080 }],
}
const DEFAULT: Scenario = { ingress: 'default-backend', paths: [], defaultBackend: 'echo-service' }

const CLASS = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'conformance' },
  spec: { controller: 'k8s.io/ingress-nginx' },
}

describeWith(['kubectl'], 'ingress conformance', () => {
  let up: UpProcess
  let door: { readonly host: string; readonly port: number }

  beforeAll(async () => {
    up = new UpProcess(['--dns-port', '0', '--speed', '30'])
    await up.ready()
    const at = up.kubectl(
      'get svc -n ingress-nginx ingress-nginx-controller -o jsonpath={.metadata.annotations.podwire\\.dev/host-address}',
    ).stdout
    const [host = '', port = ''] = (at.split(',')[0] ?? '').split(':')
    door = { host, port: Number(port) }
    await apply([CLASS, ...[HOSTS, ...PATHS, BALANCED, NOBODYS].flatMap(objectsOf)])
    // Each has pods of its own, which are ready in no order: a 503 would be one that is still to come.
    for (const { host = '', path } of [HOSTS, ...PATHS, BALANCED].flatMap((scenario) => scenario.paths)) {
      await up.until(async () => (await ask('GET', host.replace('*', 'any'), path)).echo !== undefined)
    }
  }, 60_000)

  afterAll(async () => {
    await up.stop()
  })

  async function apply(items: readonly object[]): Promise<void> {
    const { status, stderr } = up.kubectl('apply -f -', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    expect([status, stderr]).toEqual([0, ''])
  }

  /** One request to the controller's port, as the suite's Go client sends it. */
  function ask(method: string, host: string, path: string): Promise<Answer> {
    const headers = { 'User-Agent': 'Go-http-client/1.1', ...(host === '' ? {} : { Host: host }) }
    return new Promise((resolve, reject) => {
      const asked = httpRequest({ ...door, method, path, headers, timeout: 10_000 }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({
            status: response.statusCode ?? 0,
            version: response.httpVersion,
            headers: response.headers,
            echo: response.statusCode === 200 ? (JSON.parse(text) as Echo) : undefined,
          })
        })
      })
      asked.on('error', reject)
      asked.end()
    })
  }

  /** `SERVICE` that answered, with the status otherwise. */
  async function taker(host: string, path: string): Promise<string> {
    const { status, echo } = await ask('GET', host, path)
    if (echo === undefined) return String(status)
    expect([echo.host, echo.path]).toEqual([host, path])
    return echo.service
  }

  test.each([
    { name: 'a rule for one host takes that host', host: 'exact.example', service: 'exact' },
    { name: 'a host nobody names is a 404', host: 'other.example', service: '404' },
    { name: 'a wildcard takes one label', host: 'bar.wild.example', service: 'wildcard' },
    { name: 'a wildcard does not take two labels', host: 'baz.bar.wild.example', service: '404' },
    { name: 'a wildcard does not take its own domain', host: 'wild.example', service: '404' },
  ])('host rules: $name', async ({ host, service }) => {
    expect(await taker(host, '/')).toBe(service)
  })

  test.each([
    { name: 'Exact /foo takes /foo', host: 'exact-path.example', path: '/foo', service: 'foo-exact' },
    { name: 'Exact /foo does not take /foo/', host: 'exact-path.example', path: '/foo/', service: '404' },
    { name: 'Exact is compared with its case', host: 'exact-path.example', path: '/FOO', service: '404' },
    { name: 'Exact /foo does not take /bar', host: 'exact-path.example', path: '/bar', service: '404' },
    { name: 'Prefix /foo takes /foo', host: 'prefix-path.example', path: '/foo', service: 'foo-prefix' },
    { name: 'Prefix /foo takes /foo/', host: 'prefix-path.example', path: '/foo/', service: 'foo-prefix' },
    { name: 'Prefix is compared with its case', host: 'prefix-path.example', path: '/FOO', service: '404' },
    { name: 'the longest Prefix wins on its own path', host: 'longest.example', path: '/aaa/bbb', service: 'aaa-bbb' },
    { name: 'the longest Prefix wins below', host: 'longest.example', path: '/aaa/bbb/ccc', service: 'aaa-bbb' },
    {
      name: 'what the longest does not take is the shorter one’s',
      host: 'longest.example',
      path: '/aaa/ccc',
      service: 'aaa',
    },
    { name: 'a Prefix ends at an element', host: 'longest.example', path: '/aaaccc', service: '404' },
    { name: 'Exact wins over Prefix', host: 'mixed.example', path: '/foo', service: 'exact' },
    {
      name: 'a slash at the end of a Prefix: without it',
      host: 'slash-prefix.example',
      path: '/aaa/bbb',
      service: 'slash',
    },
    {
      name: 'a slash at the end of a Prefix: with it',
      host: 'slash-prefix.example',
      path: '/aaa/bbb/',
      service: 'slash',
    },
    { name: 'Exact /foo/ takes /foo/', host: 'slash-exact.example', path: '/foo/', service: 'slash' },
    { name: 'Exact /foo/ does not take /foo', host: 'slash-exact.example', path: '/foo', service: '404' },
  ])('path rules: $name', async ({ host, path, service }) => {
    expect(await taker(host, path)).toBe(service)
  })

  test('load balancing: ten pods share a hundred requests', async () => {
    expect(up.kubectl('scale -n balanced deployment balanced-many --replicas=10').status).toBe(0)
    const pods = new Set<string>()
    await up.until(async () => {
      pods.add((await ask('GET', 'balanced.example', '/')).echo?.pod ?? '')
      return pods.size === 10
    })
    const answers: Answer[] = []
    for (let i = 0; i < 100; i++) answers.push(await ask('GET', 'balanced.example', '/'))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map(({ echo }) => echo?.pod)).size).toBe(10)
  })

  test('ingress class: who is of a class gets an address, who is of nobody’s never', async () => {
    const addressOf = (name: string): string =>
      up.kubectl(`get ingress -n ${name} ${name} -o jsonpath={.status.loadBalancer.ingress[0].ip}`).stdout
    await up.until(() => addressOf('host-rules') !== '')
    await up.until(() => addressOf('balanced') !== '')
    expect(addressOf('nobodys')).toBe('')
    expect(await taker('nobodys.example', '/')).toBe('404')
  })

  test('default backend: every host, path and method', async () => {
    await apply(objectsOf(DEFAULT))
    await up.until(async () => (await ask('GET', 'anything.example', '/')).echo !== undefined)
    const asked = [
      ['GET', '', '/'],
      ['GET', 'my-host', '/'],
      ['POST', 'my-host', '/sub-path'],
      ['PUT', 'my-host', '/some/path'],
      ['DELETE', 'some.other-host.example', '/some?x=1'],
      ['PATCH', 'my-host', '/'],
    ] as const
    for (const [method, host, path] of asked) {
      const { status, version, headers, echo } = await ask(method, host, path)
      expect([status, version], `${method} ${host}${path}`).toEqual([200, '1.1'])
      expect(Object.keys(headers)).toEqual(expect.arrayContaining(['content-length', 'content-type', 'date', 'server']))
      expect(echo).toMatchObject({
        method,
        path,
        proto: 'HTTP/1.1',
        namespace: 'default-backend',
        ingress: 'default-backend',
        service: 'echo-service',
      })
      expect(echo?.headers['User-Agent']).toEqual(['Go-http-client/1.1'])
      if (host !== '') expect(echo?.host).toBe(host)
    }
    expect(await taker('exact.example', '/')).toBe('exact')
  })
})
