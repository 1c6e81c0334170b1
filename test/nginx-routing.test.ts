// Real nginx as the referee of routing: the nginx.conf that podwire renders, with its dynamic part (Lua, the balancer) replaced by a
// static upstream, is accepted by `nginx -t` and sends requests where podwire's router sends them. Where the Ingress rules and
// plain nginx differ the Ingress rule counts: nginx answers the path without its slash with a 301 to `= "/foo/"` and `"/foo/"`.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ingress } from '@podwire/apiserver'
import { buildRoutingTable, matchRoute, renderTable, type Routing } from '@podwire/ingress'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from './referees.ts'

const SEED = 20_261_130
const STATES = 12
const REQUESTS_PER_STATE = 60

const HOSTS = ['a.example.com', 'b.example.com', '*.example.org', 'x.example.org', '']
const SEGMENTS = ['foo', 'bar', 'Foo', 'foobar', 'a', 'b.c', 'x-y']

const path = fc
  .array(fc.constantFrom(...SEGMENTS), { maxLength: 3 })
  .chain((parts) => fc.boolean().map((slash) => `/${parts.join('/')}${slash && parts.length > 0 ? '/' : ''}`))

interface Rule {
  readonly host: string
  readonly path: string
  readonly pathType: 'Exact' | 'Prefix' | 'ImplementationSpecific'
  readonly service: string
}

const rule: fc.Arbitrary<Rule> = fc.record({
  host: fc.constantFrom(...HOSTS),
  path,
  pathType: fc.constantFrom('Exact' as const, 'Prefix' as const, 'ImplementationSpecific' as const),
  service: fc.constantFrom('one', 'two', 'three', 'four'),
})

interface Entry {
  readonly rules: readonly Rule[]
  readonly rewrite: boolean
}

const state = fc.array(fc.record({ rules: fc.array(rule, { minLength: 1, maxLength: 5 }), rewrite: fc.boolean() }), {
  minLength: 1,
  maxLength: 4,
})

/** Mostly what the rules name, and what is near it. */
function questionsFor(
  entries: readonly Entry[],
  seed: number,
): readonly { readonly host: string; readonly target: string }[] {
  const rules = entries.flatMap((entry) => entry.rules)
  const host = fc
    .constantFrom(...rules.map((one) => one.host))
    .chain((name) =>
      fc.constantFrom(
        name === '' ? 'nobody.test' : name.replace('*', 'y'),
        name === '' ? 'nobody.test' : name.replace('*', 'y').toUpperCase(),
        `${name.replace('*', 'x') || 'nobody.test'}:8080`,
        name.replace('*.', 'y.z.') || 'a.example.com',
        'example.org',
      ),
    )
  const near = fc
    .constantFrom(...rules.map((one) => one.path))
    .chain((text) =>
      fc.constantFrom(
        text,
        `${text}/`.replace(/\/\/$/, '/'),
        text.length > 1 ? text.replace(/\/$/, '') : text,
        `${text}/more`.replace('//', '/'),
        `${text}x`,
        text.toUpperCase(),
        `${text}?q=/bar`,
        text.replace('foo', '%66oo'),
        `/a/..${text}`,
        text.replace('/', '//'),
      ),
    )
  return fc.sample(fc.record({ host, target: fc.oneof(near, near, near, path) }), { seed, numRuns: REQUESTS_PER_STATE })
}

function ingressesOf(entries: readonly Entry[]): readonly Ingress[] {
  return entries.map(({ rules, rewrite }, index) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: `ingress-${index}`,
      namespace: 'default',
      uid: String(index),
      resourceVersion: String(index),
      creationTimestamp: `2026-01-01T00:00:0${index}Z`,
      annotations: rewrite ? { 'nginx.ingress.kubernetes.io/rewrite-target': '/rewritten' } : {},
    },
    spec: {
      ingressClassName: 'nginx',
      rules: rules.map(({ host, path: rulePath, pathType, service }) => ({
        ...(host === '' ? {} : { host }),
        http: { paths: [{ path: rulePath, pathType, backend: { service: { name: service, port: { number: 80 } } } }] },
      })),
    },
  }))
}

function routingOf(entries: readonly Entry[]): Routing {
  const metadata = { name: 'nginx', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
  const ingressClass = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata,
    spec: { controller: 'k8s.io/ingress-nginx' },
  }
  const options = { controllerName: 'k8s.io/ingress-nginx', ingressClass: 'nginx' }
  return buildRoutingTable(ingressesOf(entries), [ingressClass], [], [], options)
}

/** podwire's decision: the backend's name, or nginx's own status. */
function ours({ table }: Routing, host: string, target: string): string {
  const route = matchRoute(table, { host, path: target })
  if (route === undefined) return '400'
  return route.location.backend?.name ?? '404'
}

class Nginx {
  readonly folder = mkdtempSync(join(tmpdir(), 'podwire-nginx-'))
  readonly #backend: Server
  #port = 0
  #backendPort = 0
  #process: ChildProcess | undefined

  constructor() {
    this.#backend = createServer((incoming, response) => response.end(String(incoming.headers['x-upstream'] ?? '')))
  }

  async open(): Promise<void> {
    this.#backendPort = await listen(this.#backend)
    const probe = createServer()
    this.#port = await listen(probe)
    await new Promise((done) => probe.close(done))
    mkdirSync(join(this.folder, 'tmp'))
    const made = spawnSync('openssl', [
      'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=fake', '-days', '2',
      '-keyout', join(this.folder, 'key.pem'), '-out', join(this.folder, 'fake.pem'),
    ]) // prettier-ignore
    expect(made.status).toBe(0)
  }

  async close(): Promise<void> {
    await this.stop()
    this.#backend.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** What `nginx -t` says of the configuration; '' is nothing. */
  check(conf: string): string {
    writeFileSync(join(this.folder, 'nginx.conf'), this.#asStatic(conf))
    const { status, stderr } = spawnSync('nginx', [
      '-t',
      '-q',
      '-p',
      this.folder,
      '-c',
      join(this.folder, 'nginx.conf'),
    ])
    return status === 0 ? '' : stderr.toString()
  }

  async start(conf: string): Promise<void> {
    expect(this.check(conf)).toBe('')
    this.#process = spawn('nginx', ['-p', this.folder, '-c', join(this.folder, 'nginx.conf')], { stdio: 'ignore' })
    for (let tries = 0; tries < 200; tries++) {
      if ((await this.ask('probe.test', '/healthz').catch(() => undefined)) !== undefined) return
      await new Promise((done) => setTimeout(done, 20))
    }
    throw new Error('nginx does not answer')
  }

  async stop(): Promise<void> {
    const running = this.#process
    if (running === undefined) return
    const ended = new Promise((done) => running.once('exit', done))
    running.kill('SIGQUIT')
    await ended
    this.#process = undefined
  }

  /** The backend that was asked, or nginx's own status. */
  ask(host: string, target: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const asked = httpRequest(
        { port: this.#port, host: '127.0.0.1', path: target, headers: { Host: host }, agent: false },
        (response) => {
          let body = ''
          response.on('data', (text: Buffer) => (body += text.toString()))
          response.on('end', () =>
            resolve(response.statusCode === 200 && body !== '' ? body : String(response.statusCode)),
          )
        },
      )
      asked.on('error', reject)
      asked.end()
    })
  }

  /**
   * Lua, the balancer and modules of the controller's own image are taken out, and `http2`, which says nothing about routes and
   * which a referee before 1.25.1 does not know; all else stays as it is rendered.
   */
  #asStatic(conf: string): string {
    return conf
      .replaceAll(/^\s*\w+_by_lua_file .*$/gm, '')
      .replaceAll(/^\s*http2 on;$/gm, '')
      .replace(
        /upstream upstream_balancer \{[^}]*\}/,
        `upstream upstream_balancer { server 127.0.0.1:${this.#backendPort}; }`,
      )
      .replaceAll(/more_set_headers '([\w-]+): ([^']*)';/g, `add_header $1 "$2" always;`)
      .replaceAll(
        'proxy_pass http://upstream_balancer;',
        'proxy_set_header X-Upstream $proxy_upstream_name; proxy_pass http://upstream_balancer;',
      )
      .replaceAll(
        /listen 80( [^;]*)?;/g,
        (_, more: string | undefined) => `listen 127.0.0.1:${this.#port}${(more ?? '').replace('reuseport', '')};`,
      )
      .replaceAll(/listen 443 ssl ;/g, '')
      .replace('pid /tmp/nginx/nginx.pid;', `pid ${this.folder}/nginx.pid; error_log ${this.folder}/error.log;`)
      .replace(
        'ssl_certificate /etc/ingress-controller/ssl/default-fake-certificate.pem',
        `access_log off; client_body_temp_path ${this.folder}/tmp; ssl_certificate ${this.folder}/fake.pem`,
      )
      .replace(
        'ssl_certificate_key /etc/ingress-controller/ssl/default-fake-certificate.pem',
        `ssl_certificate_key ${this.folder}/key.pem`,
      )
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)))
}

describeWith(['nginx', 'openssl'], 'real nginx routes as the rendered configuration says', () => {
  const nginx = new Nginx()
  beforeAll(() => nginx.open())
  afterAll(() => nginx.close())

  test('a configuration with every annotation is accepted', () => {
    const annotations = {
      'rewrite-target': '/$1',
      'app-root': '/app',
      'enable-cors': 'true',
      'cors-allow-origin': 'https://*.example.com',
      'auth-type': 'basic',
      'auth-secret': 'users',
      'auth-url': 'http://127.0.0.1:1/check',
      'limit-rps': '2',
      'limit-rpm': '20',
      'limit-connections': '3',
      'whitelist-source-range': '10.0.0.0/8',
      'proxy-read-timeout': '5',
      'custom-http-errors': '404,503',
      'mirror-target': 'http://127.0.0.1:1$request_uri',
    }
    const [ingress] = ingressesOf([
      {
        rewrite: false,
        rules: [{ host: 'a.example.com', path: '/x/(.*)', pathType: 'ImplementationSpecific', service: 'one' }],
      },
    ])
    if (ingress === undefined) throw new Error('no ingress')
    const named = Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]),
    )
    const whole = {
      ...ingress,
      metadata: { ...ingress.metadata, annotations: named },
      spec: { ...ingress.spec, tls: [{ hosts: ['a.example.com'] }] },
    }
    const options = { controllerName: 'k8s.io/ingress-nginx', ingressClass: 'nginx', watchWithoutClass: true }
    const { table } = buildRoutingTable([whole], [], [], [], options)
    expect(nginx.check(renderTable(table))).toBe('')
  })

  test(`${STATES} generated states, ${REQUESTS_PER_STATE} requests each (seed ${SEED})`, async () => {
    const states = fc.sample(state, { seed: SEED, numRuns: STATES })
    let asked = 0
    let passedOn = 0
    for (const [index, entries] of states.entries()) {
      const routing = routingOf(entries)
      await nginx.start(renderTable(routing.table))
      for (const { host, target } of questionsFor(entries, SEED + index)) {
        const real = await nginx.ask(host, target)
        asked++
        // Plain nginx sends clients to the path with a slash; by the rules of Ingress that is another path.
        if (real === '301') continue
        if (real.startsWith('default-')) passedOn++
        expect({ host, target, to: ours(routing, host, target), entries }).toEqual({ host, target, to: real, entries })
      }
      await nginx.stop()
    }
    expect(asked).toBeGreaterThanOrEqual(500)
    // Many of the questions are about what the rules name.
    expect(passedOn).toBeGreaterThan(asked / 3)
  }, 60_000)
})
