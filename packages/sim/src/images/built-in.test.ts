import type { Container } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { headerValue, sendHttp, type HttpReply } from '../http/index.ts'
import { createKubeletWorld, type KubeletWorld } from '../kubelet/kubelet-world.suite.ts'

async function started(image: string, more: Partial<Container> = {}): Promise<KubeletWorld> {
  const world = createKubeletWorld()
  world.create('web', { containers: [{ name: 'main', image, ...more }] })
  await world.driver.settle()
  return world
}

function ask(world: KubeletWorld, port: number, target = '/', host = 'web'): Promise<HttpReply> {
  const network = world.fabric.nodeNetwork('node-1')
  return world.driver.wait(sendHttp(network, { address: '10.244.0.2', port, target, host }))
}

const text = (reply: HttpReply): string => Buffer.from(reply.body).toString('utf8')

interface Row {
  readonly name: string
  readonly image: string
  readonly more?: Partial<Container>
  readonly port: number
  readonly target?: string
  readonly status?: number
  readonly body: string | RegExp
  readonly server?: string
}

const ROWS: readonly Row[] = [
  { name: 'kubia', image: 'luksa/kubia', port: 8080, body: "You've hit web\n" },
  { name: 'kubia v1', image: 'luksa/kubia:v1', port: 8080, body: 'This is v1 running in pod web\n' },
  { name: 'kubia v2', image: 'docker.io/luksa/kubia:v2', port: 8080, body: 'This is v2 running in pod web\n' },
  { name: 'kubia/manual', image: 'kubia/manual', port: 8080, body: "You've hit web\n" },
  { name: 'nginx', image: 'nginx:1.27', port: 80, body: /<title>Welcome to nginx!<\/title>/, server: 'nginx/1.27.5' },
  {
    name: 'nginx 404',
    image: 'docker.io/library/nginx',
    port: 80,
    target: '/no',
    status: 404,
    body: /<h1>404 Not Found<\/h1>/,
  },
  {
    name: 'httpd',
    image: 'httpd',
    port: 80,
    body: '<html><body><h1>It works!</h1></body></html>\n',
    server: 'Apache/2.4.62 (Unix)',
  },
  { name: 'myblog', image: 'demo/myblog:v1', port: 8002, target: '/blog/index/', body: '我的博客列表\n' },
  { name: 'myblog elsewhere', image: 'myblog', port: 8002, target: '/', status: 404, body: /Not Found/ },
  {
    name: 'myblog without its database',
    image: 'myblog',
    more: { env: [{ name: 'MYSQL_HOST', value: '127.0.0.1' }] },
    port: 8002,
    target: '/blog/index/',
    status: 500,
    body: /Server Error/,
  },
  {
    name: 'agnhost netexec',
    image: 'registry.k8s.io/e2e-test-images/agnhost:2.53',
    more: { args: ['netexec'] },
    port: 8080,
    target: '/hostname',
    body: 'web',
  },
  {
    name: 'agnhost netexec on another port',
    image: 'agnhost',
    more: { args: ['netexec', '--http-port=80'] },
    port: 80,
    target: '/echo?msg=hi',
    body: 'hi',
  },
  {
    name: 'agnhost dials itself',
    image: 'agnhost',
    more: { args: ['netexec'] },
    port: 8080,
    target: '/dial?host=127.0.0.1&port=8080&request=hostname&protocol=http&tries=1',
    body: '{"responses":["web"]}',
  },
  {
    name: 'agnhost dials UDP',
    image: 'agnhost',
    more: { args: ['netexec'] },
    port: 8080,
    target: '/dial?host=127.0.0.1&port=8081&request=hostname&protocol=udp&tries=1',
    body: '{"responses":["web"]}',
  },
  { name: 'agnhost serve-hostname', image: 'agnhost', more: { args: ['serve-hostname'] }, port: 9376, body: 'web' },
  { name: 'http-echo', image: 'hashicorp/http-echo', more: { args: ['-text=hello'] }, port: 5678, body: 'hello\n' },
  {
    name: 'http-echo listens where told',
    image: 'hashicorp/http-echo',
    more: { args: ['-listen', ':80', '-text', 'x'] },
    port: 80,
    body: 'x\n',
  },
  { name: 'whoami', image: 'traefik/whoami', port: 80, body: /^Hostname: web\nIP: 127\.0\.0\.1\nIP: 10\.244\.0\.2\n/ },
  { name: 'echo-server', image: 'ealen/echo-server', port: 80, target: '/a?b=c', body: /"originalUrl":"\/a\?b=c"/ },
  {
    name: 'an image nobody registered',
    image: 'acme/x',
    more: { ports: [{ containerPort: 7000 }] },
    port: 7000,
    body: 'x web\n',
  },
]

test.each(ROWS)('$name', async ({ image, more, port, target, status = 200, body, server }) => {
  const reply = await ask(await started(image, more), port, target)
  expect(reply.status).toBe(status)
  if (typeof body === 'string') expect(text(reply)).toBe(body)
  else expect(text(reply)).toMatch(body)
  if (server !== undefined) expect(headerValue(reply.headers, 'server')).toBe(server)
  expect(headerValue(reply.headers, 'date')).toMatch(/^Thu, 01 Jan 2026 00:0\d:\d\d GMT$/)
})

test('kubia-unhealthy answers 500 after five requests', async () => {
  const world = await started('luksa/kubia-unhealthy')
  const statuses: number[] = []
  for (let i = 0; i < 7; i++) statuses.push((await ask(world, 8080)).status)
  expect(statuses).toEqual([200, 200, 200, 200, 200, 500, 500])
})

test('nginx serves what a program writes below its root', async () => {
  const world = await started('nginx')
  world.kubelet.pod('default', 'web')?.slot('main')?.running?.files.write('/usr/share/nginx/html/index.html', 'changed')
  expect(text(await ask(world, 80))).toBe('changed')
})

test('mysql greets with its version, and refuses what is not its protocol', async () => {
  const world = await started('mysql:5.7')
  const { driver } = world
  const socket = await driver.wait(world.fabric.nodeNetwork('node-1').connectTcp({ address: '10.244.0.2', port: 3306 }))
  const hello = Buffer.from((await driver.wait(socket.read())) ?? []).toString('latin1')
  expect(hello.slice(4)).toMatch(/^\n5\.7\.29\0[^]*mysql_native_password\0$/)
  socket.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  expect(Buffer.from((await driver.wait(socket.read())) ?? []).toString('latin1')).toContain('Got packets out of order')
})

test('images users register: a fetch handler, a Node listener, a socket program', async () => {
  const world = createKubeletWorld()
  world.images.registerFetch(
    'team/fetch',
    (request, { hostname }) => new Response(`${hostname} ${new URL(request.url).pathname}`),
    { port: 80 },
  )
  world.images.registerListener('team/node', (request, response) => response.end(`node ${request.url}`), { port: 80 })
  world.images.registerSocketProgram(
    'team/socket',
    async (socket) => {
      const data = await socket.read()
      socket.write(Buffer.from(`got ${data?.length ?? 0}`))
      socket.end()
    },
    { port: 7 },
  )
  for (const name of ['fetch', 'node', 'socket'])
    world.create(name, { containers: [{ name: 'main', image: `team/${name}:1` }] })
  await world.driver.settle()
  const ip = (name: string): string => world.get(name).status?.podIP ?? ''
  const network = world.fabric.nodeNetwork('node-1')
  expect(text(await world.driver.wait(sendHttp(network, { address: ip('fetch'), port: 80, target: '/a' })))).toBe(
    'fetch /a',
  )
  expect(text(await world.driver.wait(sendHttp(network, { address: ip('node'), port: 80, target: '/b' })))).toBe(
    'node /b',
  )
  const socket = await world.driver.wait(network.connectTcp({ address: ip('socket'), port: 7 }))
  socket.write(Buffer.from('12345'))
  expect(Buffer.from((await world.driver.wait(socket.read())) ?? []).toString()).toBe('got 5')
})

test.each([
  ['inline', 'PING\r\n', '+PONG\r\n'],
  ['an array', '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\nhi\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n', '+OK\r\n$2\r\nhi\r\n'],
  ['counting', 'INCR hits\r\nINCR hits\r\n', ':1\r\n:2\r\n'],
  ['nothing there', 'GET nope\n', '$-1\r\n'],
  ['unknown', 'FLY high\r\n', "-ERR unknown command 'FLY', with args beginning with: 'high' \r\n"],
  ['wrong count', 'GET\r\n', "-ERR wrong number of arguments for 'get' command\r\n"],
  ['broken', '*1\r\nPING\r\n', "-ERR Protocol error: expected '$', got 'P'\r\n"],
])('redis: %s', async (_name, sent, expected) => {
  const world = await started('redis:7')
  const network = world.fabric.nodeNetwork('node-1')
  const socket = await world.driver.wait(network.connectTcp({ address: '10.244.0.2', port: 6379 }))
  let received = ''
  socket.onData = (data) => (received += Buffer.from(data).toString('utf8'))
  world.driver.enter(() => socket.write(Buffer.from(sent)))
  await world.driver.settle()
  expect(received).toBe(expected)
})

test('the course’s batch job: two minutes, then Completed', async () => {
  const world = createKubeletWorld()
  world.create('job', { containers: [{ name: 'main', image: 'luksa/batch-job' }], restartPolicy: 'OnFailure' })
  await world.driver.settle()
  expect(world.get('job').status?.phase).toBe('Succeeded')
  expect(world.kubelet.pod('default', 'job')?.slot('main')?.log?.read({ timestamps: false })).toMatch(
    /Batch job starting\n.*Finished succesfully\n$/,
  )
})
