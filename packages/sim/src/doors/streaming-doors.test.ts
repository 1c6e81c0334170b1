// What comes in parts, through real doors and the nginx controller: gRPC of every kind with a real client, server-sent events, uploads,
// and how little waits in between when one end is slow.

import { once } from 'node:events'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { credentials, Client, type Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { services } from '@podwire/apiserver'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GrpcError, HealthService, unary } from '../grpc/index.ts'
import { fetchImage, socketImage } from '../images/user-images.ts'
import { grpcImage } from '../images/grpc-image.ts'
import { DoorWorld } from './door-world.suite.ts'

/** Messages a flood has written so far. */
let flooded = 0
const FLOOD_MESSAGE = Buffer.alloc(16 * 1024, 'x')
const FLOOD_MESSAGES = 400

const talker = grpcImage(
  'talker',
  (context) => ({
    ...new HealthService(context.engine).methods(),
    '/test.Talker/Shout': unary((request, call) => {
      call.addTrailer('X-Seen-By', context.hostname)
      const text = Buffer.from(request).toString()
      if (text === '') throw new GrpcError('INVALID_ARGUMENT', 'nothing to shout: 100 % silence')
      return Buffer.from(text.toUpperCase())
    }),
    '/test.Talker/Headers': unary((_request, call) => Buffer.from(JSON.stringify(Object.fromEntries(call.metadata)))),
    '/test.Talker/Join': async (call) => {
      const heard: Buffer[] = []
      for (let part = await call.read(); part !== undefined; part = await call.read()) heard.push(Buffer.from(part))
      await call.write(Buffer.from(heard.join('+')))
    },
    '/test.Talker/Echo': async (call) => {
      for (let part = await call.read(); part !== undefined; part = await call.read()) await call.write(part)
    },
    '/test.Talker/Flood': async (call) => {
      for (flooded = 0; flooded < FLOOD_MESSAGES; flooded++) await call.write(FLOOD_MESSAGE)
    },
    '/test.Talker/Hang': () => new Promise<void>(() => {}),
  }),
  { port: 50051 },
)

let goOn = (): void => {}
/** How often it waited so far. */
let waits = 0

/** Ticks three times; not again before somebody has asked for `/next`. */
const ticker = fetchImage(
  'ticker',
  (request, { engine }) => {
    if (new URL(request.url).pathname === '/next') {
      goOn()
      return new Response('')
    }
    let ticks = 0
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (ticks > 0) {
          const { promise, resolve } = engine.deferred<void>()
          goOn = resolve
          waits++
          await promise
        }
        ticks++
        controller.enqueue(Buffer.from(`data: ${ticks}\n\n`))
        if (ticks === 3) controller.close()
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  },
  { port: 80 },
)

/** Says how much came, and when it began to hear of it. */
const sink = socketImage(
  'sink',
  (socket, { engine }) => {
    let head = ''
    let bytes = 0
    let wanted = -1
    let firstUs = 0
    socket.onData = (data) => {
      if (wanted < 0) {
        head += Buffer.from(data).toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        wanted = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
        firstUs = engine.clock.now()
        bytes = head.length - end - 4
      } else bytes += data.length
      if (bytes < wanted) return
      const text = JSON.stringify({ bytes, tookUs: engine.clock.now() - firstUs })
      socket.write(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`))
      socket.end()
    }
    socket.onEnd = () => socket.end()
  },
  { port: 80 },
)

const behind = (name: string, port: number, annotations: Record<string, string> = {}, tls = false, image = name) => [
  { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: { containers: [{ name, image }] } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type: 'NodePort', selector: { app: name }, ports: [{ port }] },
  },
  {
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
      ...(tls ? { tls: [{ hosts: [`${name}.test`], secretName: name }] } : {}),
      rules: [
        {
          host: `${name}.test`,
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: port } } } }] },
        },
      ],
    },
  },
]

let world: DoorWorld
const clients: Client[] = []

beforeAll(async () => {
  world = await DoorWorld.open(
    (authority) => [
      authority.issue({ hosts: ['talker.test'] }).secret('talker'),
      ...behind('talker', 50051, { 'backend-protocol': 'GRPC' }, true),
      ...behind('ticker', 80),
      ...behind('held', 80, { 'proxy-buffering': 'on' }, false, 'ticker'),
      ...behind('sink', 80, { 'proxy-body-size': '64m', 'proxy-request-buffering': 'off' }),
      ...behind('small', 80, { 'proxy-body-size': '64k' }, false, 'sink'),
    ],
    { images: [talker, ticker, sink] },
  )
}, 60_000)

afterAll(() => {
  for (const client of clients) client.close()
  return world.close()
})

/** Through the controller, with TLS; or to the node port of the program, without. */
function client(way: 'ingress' | 'node port'): Client {
  const nodePort = world.cluster.client.get(services, { namespace: 'default', name: 'talker' }).spec.ports?.[0]
    ?.nodePort
  const made =
    way === 'ingress'
      ? new Client(
          `${world.node}:${world.port('https')}`,
          credentials.createSsl(Buffer.from(world.authority.certificate)),
          {
            'grpc.ssl_target_name_override': 'talker.test',
            'grpc.default_authority': 'talker.test',
          },
        )
      : new Client(`${world.node}:${nodePort ?? 0}`, credentials.createInsecure())
  clients.push(made)
  return made
}

const path = (method: string): string => (method.startsWith('/') ? method : `/test.Talker/${method}`)
const same = (bytes: Buffer): Buffer => bytes

interface Called {
  readonly reply: string | undefined
  readonly error: Partial<ServiceError> | undefined
  readonly trailers: Metadata | undefined
}

function call(through: Client, method: string, message: Uint8Array | string, deadlineMs = 5000): Promise<Called> {
  return new Promise((resolve) => {
    let done: Omit<Called, 'trailers'> | undefined
    let trailers: Metadata | undefined
    const finish = (): void => {
      if (done !== undefined && trailers !== undefined) resolve({ ...done, trailers })
    }
    const options = { deadline: new Date(Date.now() + deadlineMs) }
    through
      .makeUnaryRequest(path(method), same, same, Buffer.from(message), options, (error, reply) => {
        done = { reply: reply?.toString(), error: error ?? undefined }
        finish()
      })
      .on('status', ({ metadata }) => {
        trailers = metadata
        finish()
      })
  })
}

test.each(['ingress', 'node port'] as const)('gRPC by %s: a real client', async (way) => {
  const through = client(way)
  const shouted = await call(through, 'Shout', 'hello')
  expect([shouted.reply, shouted.trailers?.get('x-seen-by')]).toEqual(['HELLO', ['talker']])
  const silent = await call(through, 'Shout', '')
  expect([silent.error?.code, silent.error?.details]).toEqual([
    status.INVALID_ARGUMENT,
    'nothing to shout: 100 % silence',
  ])
  expect((await call(through, 'Whisper', 'x')).error).toMatchObject({
    code: status.UNIMPLEMENTED,
    details: 'unknown method Whisper for service test.Talker',
  })
  expect((await call(through, '/grpc.health.v1.Health/Check', '')).reply).toBe('\x08\x01')
  expect((await call(through, 'Hang', 'x', 150)).error?.code).toBe(status.DEADLINE_EXCEEDED)

  const joined = await new Promise<string>((resolve, reject) => {
    const stream = through.makeClientStreamRequest(path('Join'), same, same, (error, reply) =>
      error === null ? resolve(String(reply)) : reject(error),
    )
    for (const word of ['a', 'b', 'c']) stream.write(Buffer.from(word))
    stream.end()
  })
  expect(joined).toBe('a+b+c')

  // Each message is answered before the next is sent.
  const echo = through.makeBidiStreamRequest(path('Echo'), same, same)
  for (const word of ['one', 'two', 'three']) {
    echo.write(Buffer.from(word))
    expect(String((await once(echo, 'data'))[0])).toBe(word)
  }
  echo.end()
  echo.resume()
  expect(await once(echo, 'status')).toMatchObject([{ code: status.OK }])
})

test('gRPC by ingress: what the program is told', async () => {
  const headers = JSON.parse((await call(client('ingress'), 'Headers', 'x')).reply ?? '') as Record<string, string>
  expect(headers).toMatchObject({
    host: 'talker.test',
    te: 'trailers',
    'content-type': 'application/grpc',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'talker.test',
  })
})

test('a client that stops reading stops the program', async () => {
  const stream = client('ingress').makeServerStreamRequest(path('Flood'), same, same, Buffer.from('x'))
  await once(stream, 'data')
  stream.pause()
  let before = -1
  while (flooded !== before) {
    before = flooded
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  // Windows of the client's, of the door and of three hops inside: a fraction of the whole.
  expect(flooded).toBeGreaterThan(0)
  expect(flooded).toBeLessThan(FLOOD_MESSAGES / 3)
  let messages = 1
  stream.on('data', () => messages++)
  stream.resume()
  await once(stream, 'status')
  expect(messages).toBe(FLOOD_MESSAGES)
})

interface Answered {
  readonly response: IncomingMessage
  readonly text: string
}

interface Asked {
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: Iterable<Buffer>
  /** Told of each part as it comes. */
  readonly onPart?: (text: string) => void
}

function ask(host: string, { path: target = '/', headers = {}, body, onPart }: Asked = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const to = { host: world.node, port: world.port('http'), path: target, headers: { host, ...headers }, method }
    const outgoing = requestHttp(to, (response) => {
      let text = ''
      response.on('data', (data: Buffer) => {
        text += data.toString()
        onPart?.(data.toString())
      })
      response.on('end', () => resolve({ response, text }))
      response.on('error', reject)
    })
    outgoing.on('error', reject)
    for (const part of body ?? []) outgoing.write(part)
    outgoing.end()
  })
}

const EVENTS = ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']

test('server-sent events come as they are sent', async () => {
  const parts: string[] = []
  // The next is sent when the one before has come.
  const onPart = (part: string): void => {
    parts.push(part)
    void ask('ticker.test', { path: '/next' })
  }
  const { response } = await ask('ticker.test', { onPart })
  expect(parts).toEqual(EVENTS)
  expect(response.headers).toMatchObject({ 'transfer-encoding': 'chunked', 'content-type': 'text/event-stream' })
})

test('proxy-buffering: they come together, at the end', async () => {
  const parts: string[] = []
  const first = waits + 1
  const whole = ask('held.test', { onPart: (part) => parts.push(part) })
  for (const nth of [first, first + 1]) {
    while (waits < nth) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(parts).toEqual([])
    await ask('ticker.test', { path: '/next' })
  }
  await whole
  expect(parts).toEqual([EVENTS.join('')])
})

test('an upload: as it comes without request buffering; over the limit it is refused', async () => {
  const part = Buffer.alloc(64 * 1024)
  const parts = (count: number): readonly Buffer[] => Array.from({ length: count }, () => part)
  const length = (count: number) => ({ 'content-length': String(part.length * count) })
  const whole = await ask('sink.test', { body: parts(128), headers: length(128) })
  const { bytes, tookUs } = JSON.parse(whole.text) as { bytes: number; tookUs: number }
  expect(bytes).toBe(128 * part.length)
  expect(tookUs).toBeGreaterThan(0)
  const limited = (await ask('small.test', { body: [part], headers: length(1) })).text
  // Buffered: it came in one piece.
  expect(JSON.parse(limited)).toEqual({ bytes: part.length, tookUs: 0 })
  const announced = await ask('small.test', { body: parts(2), headers: length(2) })
  const chunked = await ask('small.test', { body: parts(2) })
  for (const { response, text } of [announced, chunked]) {
    expect([response.statusCode, response.headers['connection']]).toEqual([413, 'close'])
    expect(text).toContain('413 Request Entity Too Large')
  }
})
