// pods/proxy, services/proxy and nodes/proxy through the HTTP door, on virtual time: the request goes the way of packets from the
// control plane's node, and time moves as far as the answer takes.

import { loadHttpDoor, pods, type HttpServer } from '@podwire/apiserver'
import { once } from 'node:events'
import { connect } from 'node:net'
import { VirtualTimeDriver } from '@podwire/engine'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Image } from '../images/image.ts'
import { Cluster } from './cluster.ts'
import type { Flow } from '../fabric/flow.ts'
import { flowSeen } from '../fabric/core.ts'
import { composeCluster, type Composition } from './composition.ts'

const MANIFESTS = `
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec: { containers: [{ name: web, image: 'agnhost:2.47', args: [netexec], ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: page }
spec: { containers: [{ name: page, image: team/page }] }
---
apiVersion: v1
kind: Pod
metadata: { name: talker }
spec:
  containers:
    - { name: talker, image: 'busybox:1.36', command: [sh, -c, 'echo one; echo two >&2; sleep 100000'] }
---
apiVersion: v1
kind: Pod
metadata: { name: porter, labels: { app: porter } }
spec:
  containers:
    - name: porter
      image: agnhost:2.47
      args: [porter]
      env:
        - { name: SERVE_PORT_80, value: '<a href="/rewriteme">test</a>' }
        - { name: SERVE_PORT_160, value: foo }
        - { name: SERVE_TLS_PORT_443, value: tls baz }
      ports: [{ containerPort: 80 }, { name: dest1, containerPort: 160 }, { name: tlsdest1, containerPort: 443 }]
---
apiVersion: v1
kind: Pod
metadata: { name: answers }
spec: { containers: [{ name: answers, image: 'agnhost:2.47', args: [porter, --json-response], env: [{ name: SERVE_PORT_80, value: foo }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: porter }
spec:
  selector: { app: porter }
  ports:
    - { name: portname1, port: 81, targetPort: dest1 }
    - { name: tlsportname1, port: 443, targetPort: tlsdest1 }
---
apiVersion: v1
kind: Pod
metadata: { name: upgrading }
spec: { containers: [{ name: upgrading, image: team/upgrading }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ name: http, port: 80, targetPort: 8080 }, { name: more, port: 81, targetPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: nobody }
spec: { selector: { app: nobody }, ports: [{ port: 80 }] }
`

/** Answers any request with 101 and the request's own head, then says what it hears. */
const UPGRADING: Image = {
  name: 'team/upgrading',
  entrypoint: ['/upgrading'],
  ports: [7],
  libc: 'glibc',
  start: ({ network }) => {
    network.listenTcp(7, (socket) => {
      let upgraded = false
      socket.onData = (data) => {
        const text = Buffer.from(data).toString()
        const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n${text}`
        socket.write(Buffer.from(upgraded ? `heard ${text}` : head))
        upgraded = true
      }
    })
    return { signal: () => undefined }
  },
}

const TOKEN = 'admin-token'

describe('proxy subresources', () => {
  let composition: Composition
  let cluster: Cluster
  let server: HttpServer
  const flows: Flow[] = []

  beforeAll(async () => {
    composition = composeCluster({ nodes: 2, seed: 5, ingress: false })
    const driver = new VirtualTimeDriver(composition.engine)
    cluster = new Cluster(composition, driver)
    cluster.images.registerFetch(
      'team/page',
      async (request) => {
        const { pathname } = new URL(request.url)
        if (pathname === '/moved') return new Response(null, { status: 302, headers: { location: '/there/' } })
        const sent = await request.text()
        if (sent !== '') return Response.json({ length: sent.length, headers: Object.fromEntries(request.headers) })
        return new Response('<p><a href="/rewrite?me">x</a>', {
          headers: { 'content-type': 'text/html; charset=utf-8' },
        })
      },
      { port: 80 },
    )
    cluster.images.register(UPGRADING)
    await cluster.settle()
    await cluster.apply(MANIFESTS)
    await cluster.settle()
    composition.engine.bus.subscribe(flowSeen, ({ payload }) => flows.push(payload))
    const door = await loadHttpDoor()
    server = await door.startHttpServer({
      engine: composition.engine,
      driver,
      handler: composition.server.requestHandler,
      resources: () => composition.server.registry.all(),
      kubernetesVersion: composition.version.text,
      token: TOKEN,
      nodes: () => composition.nodeConnection,
    })
  })

  afterAll(async () => {
    await server.close()
    await cluster.stop()
  })

  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${server.url}/api/v1/${path}`, {
      redirect: 'manual',
      ...init,
      headers: { authorization: `Bearer ${TOKEN}`, ...init.headers },
    })

  test.each([
    ['a pod, by the first port it declares', 'namespaces/default/pods/web/proxy/hostname', 'web'],
    ['a pod, by number', 'namespaces/default/pods/web:8080/proxy/echo?msg=a%20b', 'a b'],
    ['a pod, with a scheme', 'namespaces/default/pods/http:web:8080/proxy/hostname', 'web'],
    ['a service, by the name of its port', 'namespaces/default/services/web:more/proxy/hostname', 'web'],
    ['a service, by number', 'namespaces/default/services/web:80/proxy/hostname', 'web'],
    ['a service, with a scheme', 'namespaces/default/services/http:web:http/proxy/hostname', 'web'],
    ['a service, by a named port of its pod', 'namespaces/default/services/porter:portname1/proxy/', 'foo'],
    ['TLS of a pod', 'namespaces/default/pods/https:porter:443/proxy/', 'tls baz'],
    ['TLS of a service, by name', 'namespaces/default/services/https:porter:tlsportname1/proxy/', 'tls baz'],
    ['TLS of a service, by number', 'namespaces/default/services/https:porter:443/proxy/', 'tls baz'],
    [
      'a page of the only port a pod’s address has by itself',
      'namespaces/default/pods/porter/proxy/',
      '<a href="/api/v1/namespaces/default/pods/porter/proxy/rewriteme">test</a>',
    ],
    ['a node’s kubelet', 'nodes/node-2/proxy/healthz', 'ok'],
    ['a kubelet, by its port', 'nodes/node-1:10250/proxy/healthz', 'ok'],
  ])('%s', async (_what, path, text) => {
    const response = await ask(path)
    expect([response.status, await response.text()]).toEqual([200, text])
  })

  test.each([
    [
      'a port nobody listens on',
      'namespaces/default/pods/web:9/proxy/',
      503,
      /^error trying to reach service: dial tcp 10\.244\.\d\.\d+:9: connect: connection refused$/,
    ],
    [
      'HTTPS asked of a plain server',
      'namespaces/default/pods/https:web:8080/proxy/',
      503,
      /^error trying to reach service: http: server gave HTTP response to HTTPS client$/,
    ],
    ['no endpoints', 'namespaces/default/services/nobody/proxy/', 503, /^no endpoints available for service "nobody"$/],
    [
      'a port without a name',
      'namespaces/default/services/web/proxy/',
      503,
      /^no endpoints available for service "web"$/,
    ],
    [
      'no such service port',
      'namespaces/default/services/web:82/proxy/',
      503,
      /^no service port 82 found for service "web"$/,
    ],
    ['no such pod', 'namespaces/default/pods/gone/proxy/', 404, /^pods "gone" not found$/],
    ['no such node', 'nodes/gone/proxy/', 404, /^nodes "gone" not found$/],
    ['an unknown scheme', 'namespaces/default/pods/ftp:web:21/proxy/', 400, /^invalid pod request "ftp:web:21"$/],
  ])('%s', async (_what, path, code, message) => {
    const response = await ask(path)
    const status = (await response.json()) as { code: number; message: string; kind: string }
    expect([response.status, status.kind, status.code]).toEqual([code, 'Status', code])
    expect(status.message).toMatch(message)
  })

  test('every verb reaches the pod', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const response = await ask('namespaces/default/pods/answers/proxy/some/path/with', { method })
      expect(await response.json()).toEqual({ Method: method, Body: 'foo' })
    }
    const head = await ask('namespaces/default/pods/answers/proxy/some/path', { method: 'HEAD' })
    expect([head.status, await head.text(), head.headers.get('content-type')]).toEqual([200, '', 'application/json'])
  })

  test('a TLS server answers plain HTTP as Go’s does', async () => {
    const response = await ask('namespaces/default/pods/http:porter:443/proxy/')
    expect([response.status, await response.text()]).toEqual([400, 'Client sent an HTTP request to an HTTPS server.\n'])
  })

  test('links and redirects lead through the proxy', async () => {
    const base = '/api/v1/namespaces/default/pods/page/proxy'
    const page = await ask('namespaces/default/pods/page/proxy/')
    expect(await page.text()).toBe(`<p><a href="${base}/rewrite?me">x</a>`)
    expect((await ask('namespaces/default/pods/page/proxy/moved')).headers.get('location')).toBe(`${base}/there/`)
    const slash = await ask('namespaces/default/pods/page/proxy?a=b')
    expect([slash.status, slash.headers.get('location')]).toEqual([301, `${base}/?a=b`])
  })

  test('a body goes through whole, with what tells of the client and without its credentials', async () => {
    const response = await ask('namespaces/default/pods/page/proxy/in?x=1', {
      method: 'POST',
      body: 'x'.repeat(5_000_000),
    })
    const { length, headers } = (await response.json()) as { length: number; headers: Record<string, string> }
    expect(length).toBe(5_000_000)
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-uri': '/api/v1/namespaces/default/pods/page/proxy/in',
      host: new URL(server.url).host,
    })
    expect(headers).not.toHaveProperty('authorization')
  })

  test('a kubelet shows its pods, logs and metrics, runs commands, and refuses the rest by name', async () => {
    const nodeName = cluster.client.get(pods, { namespace: 'default', name: 'talker' }).spec.nodeName ?? ''
    const kubelet = `nodes/${nodeName}/proxy`
    const list = (await (await ask(`${kubelet}/pods`)).json()) as {
      kind: string
      items: { metadata: { name: string } }[]
    }
    expect(list.kind).toBe('PodList')
    expect(list.items.map(({ metadata }) => metadata.name)).toContain('talker')
    expect(await (await ask(`${kubelet}/metrics`)).text()).toContain(`kubelet_node_name{node="${nodeName}"} 1`)
    expect(await (await ask(`${kubelet}/containerLogs/default/talker/talker?tailLines=1`)).text()).toBe('two\n')
    expect(await (await ask(`${kubelet}/run/default/talker/talker?cmd=echo+hi`, { method: 'POST' })).text()).toBe(
      'hi\n',
    )
    const refused = await ask(`${kubelet}/stats/summary`)
    expect([refused.status, await refused.text()]).toEqual([
      501,
      'podwire does not simulate /stats/summary of the kubelet\n',
    ])
    expect((await ask(`${kubelet}/nothing`)).status).toBe(404)
  })

  test('the request is a connection from the control plane’s node, seen with its hops', async () => {
    flows.length = 0
    await (await ask('namespaces/default/services/web:http/proxy/clientip')).text()
    const flow = flows.find(({ receiver }) => receiver === 'pod/default/web')
    expect(flow?.original).toMatchObject({ protocol: 'tcp', destinationPort: 8080 })
    expect(flow?.steps[0]?.place).toBe('node/node-1')
    expect(flow?.steps.at(-1)?.what).toMatch(/^tcp 10\.244\.\d\.\d+:8080$/)
  })

  test('a protocol of its own: the upgrade is passed on, then bytes both ways', async () => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      'GET /api/v1/namespaces/default/pods/upgrading:7/proxy/x?y HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\n' +
        `Upgrade: echo\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
    )
    let seen = ''
    socket.on('data', (data: Buffer) => (seen += data.toString()))
    const until = async (text: string): Promise<void> => {
      while (!seen.includes(text)) {
        await once(socket, 'data', { signal: AbortSignal.timeout(5000) })
      }
    }
    const move = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve))
      await cluster.advance('1s')
    }
    await once(socket, 'ready')
    await move()
    await move()
    await until('GET /x?y HTTP/1.1')
    expect(seen).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\nUpgrade: echo\r\n/)
    socket.write('ping')
    await move()
    await move()
    await until('heard ping')
    socket.destroy()
  })

  test('many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, async () => (await ask('namespaces/default/services/web:http/proxy/hostname')).text()),
    )
    expect(new Set(answers)).toEqual(new Set(['web']))
  })
})
