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
  {
    name: 'agnhost dials SCTP',
    image: 'agnhost',
    more: { args: ['netexec', '--sctp-port=9003'] },
    port: 8080,
    target: '/dial?host=127.0.0.1&port=9003&request=echo%20What%20NOW&protocol=sctp&tries=2',
    body: '{"responses":["what now","what now"]}',
  },
  {
    name: 'agnhost dials SCTP and says what nobody answers',
    image: 'agnhost',
    more: { args: ['netexec', '--sctp-port=9003'] },
    port: 8080,
    target: '/dial?host=127.0.0.1&port=9003&request=help&protocol=sctp',
    body: `{"errors":["reading from sctp connection failed. err:'EOF'"]}`,
  },
  {
    name: 'agnhost dials SCTP where nobody listens',
    image: 'agnhost',
    more: { args: ['netexec'] },
    port: 8080,
    target: '/dial?host=127.0.0.1&port=9003&request=hostname&protocol=sctp',
    body: '{"errors":["sctp dial failed. err:connection refused"]}',
  },
  {
    name: 'agnhost dials what is no protocol',
    image: 'agnhost',
    more: { args: ['netexec'] },
    port: 8080,
    target: '/dial?host=127.0.0.1&port=9003&request=hostname&protocol=dccp',
    status: 400,
    body: 'unsupported protocol. dccp\n',
  },
  {
    name: 'agnhost with an SCTP server in place of UDP is healthy',
    image: 'agnhost',
    more: { args: ['netexec', '--udp-port=-1', '--sctp-port=9003'] },
    port: 8080,
    target: '/healthz',
    body: '',
  },
  {
    name: 'agnhost dials where nobody listens',
    image: 'agnhost',
    more: { args: ['netexec'] },
    port: 8080,
    target: '/dial?host=127.0.0.1&port=1&request=hostname',
    body: '{"errors":["Get \\"http://127.0.0.1:1/hostname\\": dial tcp 127.0.0.1:1: connect: connection refused"]}',
  },
  {
    name: 'agnhost dials without a request',
    image: 'agnhost',
    more: { args: ['netexec'] },
    port: 8080,
    target: '/dial?host=127.0.0.1&port=8080',
    status: 400,
    body: 'request parameter not specified. <nil>\n',
  },
  {
    name: 'agnhost runs a shell command',
    image: 'agnhost',
    more: { args: ['netexec'] },
    port: 8080,
    target: '/shell?cmd=echo%20hi%20%3E%262%3B%20exit%203',
    body: '{"error":"exit status 3","output":"hi\\n"}',
  },
  {
    name: 'agnhost at a path nobody else takes',
    image: 'agnhost',
    more: { args: ['netexec'] },
    port: 8080,
    target: '/nowhere',
    body: /^NOW: 2026-01-01 00:00:\d+(\.\d+)? \+0000 UTC m=\+\d+\.\d{6}$/,
  },
  {
    name: 'agnhost without its UDP server is never healthy',
    image: 'agnhost',
    more: { args: ['netexec', '--udp-port=-1'] },
    port: 8080,
    target: '/healthz',
    status: 412,
    body: '',
  },
  {
    name: 'agnhost liveness',
    image: 'agnhost',
    more: { args: ['liveness'] },
    port: 8080,
    target: '/healthz',
    body: 'ok',
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

test.each([
  { command: 'redis-cli ping', out: 'PONG\n' },
  { command: 'redis-cli set a "two words"; redis-cli get a; redis-cli get b', out: 'OK\ntwo words\n\n' },
  { command: 'redis-cli --no-raw incr n; redis-cli --no-raw keys "*"', out: '(integer) 1\n1) "n"\n' },
  { command: 'redis-cli --no-raw get b; redis-cli --no-raw echo \'say "hi"\'', out: '(nil)\n"say \\"hi\\""\n' },
  { command: 'printf "SET k \'v w\'\\nGET k\\nQUIT\\nGET k\\n" | redis-cli -h localhost', out: 'OK\nv w\n' },
  { command: 'redis-cli -r 3 -i 2 incr n | tail -n 1', out: '3\n' },
  { command: 'redis-cli fly; echo $?', out: "ERR unknown command 'fly', with args beginning with: \n1\n" },
  { command: 'redis-cli -p 9; echo $?', out: 'Could not connect to Redis at 127.0.0.1:9: Connection refused\n1\n' },
  { command: 'redis-cli -h nohost', out: 'Could not connect to Redis at nohost:6379: Name or service not known\n' },
  { command: 'redis-cli -a secret ping', out: '-a: not simulated\n' },
])('$command', async ({ command, out }) => {
  const world = await started('redis:7')
  const done = world.kubelet.pod('default', 'web')?.slot('main')?.running?.exec(['sh', '-c', command])
  expect(done === undefined ? undefined : (await world.driver.wait(done)).output).toBe(out)
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

test.each([
  {
    name: 'dns-suffix',
    args: ['dns-suffix'],
    log: 'default.svc.cluster.local,svc.cluster.local,cluster.local\n',
    code: 0,
  },
  { name: 'dns-server-list', args: ['dns-server-list'], log: '10.96.0.10\n', code: 0 },
  {
    name: 'entrypoint-tester',
    args: ['entrypoint-tester', 'a', 'b c'],
    log: '[/agnhost entrypoint-tester a b c]\n',
    code: 0,
  },
  { name: 'connect, refused', args: ['connect', '127.0.0.1:1'], log: 'REFUSED\n', code: 1 },
  {
    name: 'connect, no port',
    args: ['connect', 'web'],
    log: 'UNKNOWN: address web: missing port in address\n',
    code: 1,
  },
  {
    name: 'connect by SCTP, refused',
    args: ['connect', '--protocol=sctp', '--timeout=5s', '127.0.0.1:1'],
    log: 'OTHER: connection refused\n',
    code: 1,
  },
  {
    name: 'connect by SCTP, nobody answers',
    args: ['connect', '--protocol=sctp', '--timeout=5s', '172.18.0.99:80'],
    log: 'TIMEOUT\n',
    code: 1,
  },
  {
    name: 'connect by SCTP, without patience',
    args: ['connect', '--protocol=sctp', '127.0.0.1:1'],
    log: 'TIMEOUT\n',
    code: 1,
  },
  {
    name: 'connect by what is no protocol',
    args: ['connect', '--protocol=dccp', '127.0.0.1:1'],
    log: 'Unsupported protocol\ndccp\n',
    code: 1,
  },
  { name: 'connect, nobody answers', args: ['connect', '--timeout=2s', '172.18.0.99:80'], log: 'TIMEOUT\n', code: 1 },
])('agnhost $name', async ({ args, log, code }) => {
  const world = createKubeletWorld()
  world.create('web', { restartPolicy: 'Never', containers: [{ name: 'main', image: 'agnhost', args }] })
  await world.driver.advance(30_000_000)
  const slot = world.kubelet.pod('default', 'web')?.slot('main')
  expect(slot?.log?.read({ timestamps: false })).toBe(log)
  expect(world.get('web').status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(code)
})

test('agnhost logs-generator: so many lines over so long', async () => {
  const world = createKubeletWorld()
  const args = ['logs-generator', '--log-lines-total', '20', '--run-duration', '10s']
  world.create('web', { restartPolicy: 'Never', containers: [{ name: 'main', image: 'agnhost', args }] })
  await world.driver.advance(60_000_000)
  const log = world.kubelet.pod('default', 'web')?.slot('main')?.log
  const lines = log?.lines() ?? []
  expect(lines).toHaveLength(20)
  expect(lines[7]?.text).toMatch(
    /^I0101 00:00:\d\d\.\d{6}       1 logs_generator\.go:76\] 7 (GET|POST|PUT) \/api\/v1\/namespaces\/(kube-system|default|ns)\/pods\/\w{3,4} \d{3}$/,
  )
  expect((lines[19]?.timeUs ?? 0) - (lines[0]?.timeUs ?? 0)).toBe(9_500_000)
})

test('agnhost netexec keeps what is uploaded, and leaves when asked', async () => {
  const world = await started('agnhost', { args: ['netexec'] })
  const network = world.fabric.nodeNetwork('node-1')
  const form = new FormData()
  form.set('file', new Blob(['content']), 'name.txt')
  const encoded = new Response(form)
  const reply = await world.driver.wait(
    sendHttp(network, {
      address: '10.244.0.2',
      port: 8080,
      method: 'POST',
      target: '/upload',
      headers: [['Content-Type', encoded.headers.get('content-type') ?? '']],
      body: new Uint8Array(await encoded.arrayBuffer()),
    }),
  )
  const { output } = JSON.parse(text(reply)) as { output: string }
  const files = world.kubelet.pod('default', 'web')?.slot('main')?.running?.files
  expect(Buffer.from(files?.read(output) ?? []).toString()).toBe('content')
  await expect(ask(world, 8080, '/exit?code=7')).rejects.toThrow(/no complete HTTP response/)
  await world.driver.advance(5_000_000)
  expect(world.get('web').status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(7)
})

test.each([
  ['nginx', 80, {}],
  ['httpd', 80, {}],
  ['luksa/kubia', 8080, {}],
  ['agnhost', 9376, { args: ['serve-hostname'] }],
  ['agnhost', 8080, { args: ['netexec'] }],
  ['ealen/echo-server', 80, {}],
  ['demo/myblog', 8002, {}],
  ['acme/nobody-registered', 80, { ports: [{ containerPort: 80 }] }],
])('garbage on the HTTP port of %s gets a 400, and the connection closes', async (image, port, more) => {
  const world = await started(image, more)
  const network = world.fabric.nodeNetwork('node-1')
  const socket = await world.driver.wait(network.connectTcp({ address: '10.244.0.2', port }))
  let received = ''
  let ended = false
  socket.onData = (data) => (received += Buffer.from(data).toString('latin1'))
  socket.onEnd = () => (ended = true)
  world.driver.enter(() => socket.write(Buffer.from('hostName\n')))
  await world.driver.settle()
  expect(received).toMatch(/^HTTP\/1\.[01] 400 Bad Request\r\n/)
  expect(ended).toBe(true)
})
