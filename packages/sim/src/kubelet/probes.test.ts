import type { Container, Pod, Probe } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import type { Image } from '../images/image.ts'
import { type HttpHandler, serveHttp } from '../http/index.ts'
import { createKubeletWorld, seconds } from './kubelet-world.suite.ts'

/** A server whose health a test can switch. */
function switchable(): { readonly image: Image; status: number } {
  const state = { status: 200 }
  const image: Image = {
    name: 'switchable',
    entrypoint: ['switchable'],
    ports: [8080],
    libc: 'glibc',
    start: (context) => {
      serveHttp(context.network, 8080, () => ({
        status: state.status,
        reason: '',
        headers: [],
        body: new Uint8Array(0),
      }))
      return { signal: () => context.exit(0) }
    },
  }
  return Object.assign(state, { image })
}

const container = (more: Partial<Container>): readonly Container[] => [{ name: 'main', image: 'switchable', ...more }]
const readyOf = (pod: Pod): string | undefined => pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status

test('readiness follows the probe, with its thresholds', async () => {
  const app = switchable()
  const { driver, create, get, images, eventsOf } = createKubeletWorld()
  images.register(app.image)
  create('web', { containers: container({ readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 5 } }) })
  await driver.settle()
  expect(readyOf(get('web'))).toBe('True')
  app.status = 500
  await driver.advance(seconds(9))
  expect(readyOf(get('web'))).toBe('True')
  await driver.advance(seconds(8))
  expect(readyOf(get('web'))).toBe('False')
  expect(eventsOf('web')).toContain('Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500')
  app.status = 302
  await driver.advance(seconds(6))
  expect(readyOf(get('web'))).toBe('True')
})

test('nothing listens: the kubelet words it as Go does', async () => {
  const { driver, create, get, eventsOf } = createKubeletWorld()
  create('web', { containers: [{ name: 'main', image: 'pause', readinessProbe: { tcpSocket: { port: 8088 } } }] })
  await driver.settle()
  expect(readyOf(get('web'))).toBe('False')
  expect(eventsOf('web')).toContain(
    'Unhealthy: Readiness probe failed: dial tcp 10.244.0.2:8088: connect: connection refused',
  )
})

test('a failing liveness probe restarts the container', async () => {
  const app = switchable()
  const { driver, create, get, images, eventsOf } = createKubeletWorld()
  images.register(app.image)
  create('web', {
    containers: container({
      livenessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 10, failureThreshold: 3 },
    }),
  })
  await driver.settle()
  app.status = 500
  // Ticks count from when the pod's probing began: the first comes within a period, the third two periods later.
  await driver.advance(seconds(19))
  expect(eventsOf('web').filter((event) => event.startsWith('Killing'))).toEqual([])
  await driver.advance(seconds(11))
  app.status = 200
  await driver.advance(seconds(20))
  expect(eventsOf('web')).toContain('Killing: Container main failed liveness probe, will be restarted')
  expect(get('web').status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: true })
})

test('a startup probe holds back readiness', async () => {
  const app = switchable()
  app.status = 503
  const { driver, create, get, images } = createKubeletWorld()
  images.register(app.image)
  create('web', {
    containers: container({
      startupProbe: { httpGet: { port: 8080 }, periodSeconds: 2, failureThreshold: 30 },
      readinessProbe: { httpGet: { port: 8080 } },
    }),
  })
  await driver.advance(seconds(15))
  expect(get('web').status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false })
  app.status = 200
  await driver.advance(seconds(5))
  expect(get('web').status?.containerStatuses?.[0]).toMatchObject({ started: true, ready: true })
})

test('an exec probe runs its command in the container', async () => {
  const { driver, create, get, kubelet } = createKubeletWorld()
  create('web', {
    containers: [
      { name: 'main', image: 'nginx', readinessProbe: { exec: { command: ['cat', '/tmp/ready'] }, periodSeconds: 5 } },
    ],
  })
  await driver.settle()
  expect(readyOf(get('web'))).toBe('False')
  kubelet.pod('default', 'web')?.slot('main')?.running?.files.write('/tmp/ready', 'yes')
  await driver.advance(seconds(6))
  expect(readyOf(get('web'))).toBe('True')
})

type HttpGet = NonNullable<Probe['httpGet']>

/** Answers by path, over TLS where asked. */
function answering(
  answers: Readonly<Record<string, readonly [status: number, location?: string]>>,
  tls = false,
): Image {
  return {
    name: 'answering',
    entrypoint: ['answering'],
    ports: [8443],
    libc: 'glibc',
    start: (context) => {
      const handler: HttpHandler = ({ target }) => {
        const [status, location] = answers[target] ?? [404]
        const headers = location === undefined ? [] : [['Location', location] as const]
        return { status, reason: '', headers, body: Buffer.from(`page ${target}`) }
      }
      serveHttp(context.network, 8443, handler, { tls })
      return { signal: () => context.exit(0) }
    },
  }
}

const UNREADY = 'Unhealthy: Readiness probe failed: '

test.each<{ name: string; image: Image; get: Partial<HttpGet>; ready: boolean; event?: string }>([
  {
    name: 'HTTPS: no certificate is asked for',
    image: answering({ '/': [200] }, true),
    get: { scheme: 'HTTPS' },
    ready: true,
  },
  {
    name: 'HTTPS asked of plain HTTP',
    image: answering({ '/': [200] }),
    get: { scheme: 'HTTPS' },
    ready: false,
    event: `${UNREADY}Get "https://10.244.0.2:8443/": http: server gave HTTP response to HTTPS client`,
  },
  {
    name: 'HTTP asked of HTTPS',
    image: answering({ '/': [200] }, true),
    get: {},
    ready: false,
    event: `${UNREADY}HTTP probe failed with statuscode: 400`,
  },
  {
    name: 'HTTPS: a failing status',
    image: answering({ '/': [503] }, true),
    get: { scheme: 'HTTPS' },
    ready: false,
    event: `${UNREADY}HTTP probe failed with statuscode: 503`,
  },
  {
    name: 'HTTPS where nobody listens',
    image: answering({}),
    get: { scheme: 'HTTPS', port: 1 },
    ready: false,
    event: `${UNREADY}Get "https://10.244.0.2:1/": dial tcp 10.244.0.2:1: connect: connection refused`,
  },
  {
    name: 'a redirect to the same host is followed',
    image: answering({ '/': [302, '/in'], '/in': [200] }),
    get: {},
    ready: true,
  },
  {
    name: 'what it leads to decides',
    image: answering({ '/': [301, '/in'], '/in': [500] }),
    get: {},
    ready: false,
    event: `${UNREADY}HTTP probe failed with statuscode: 500`,
  },
  {
    name: 'a redirect elsewhere is a success with a warning',
    image: answering({ '/': [302, 'http://example.com/'] }),
    get: {},
    ready: true,
    event: 'ProbeWarning: Readiness probe warning: Probe terminated redirects, Response body: page /',
  },
  {
    name: 'a circle of redirects',
    image: answering({ '/': [302, '/'] }),
    get: {},
    ready: false,
    event: `${UNREADY}Get "http://10.244.0.2:8443/": stopped after 10 redirects`,
  },
  {
    name: 'a port name nobody has is an error, which does not count',
    image: answering({}),
    get: { port: 'web' },
    ready: false,
    event:
      'Unhealthy: Readiness probe errored and resulted in unknown state: strconv.Atoi: parsing "web": invalid syntax',
  },
  {
    name: 'a host of its own',
    image: answering({}),
    get: { host: 'localhost', port: 8443 },
    ready: false,
    event: `${UNREADY}Get "http://localhost:8443/": dial tcp 127.0.0.1:8443: connect: connection refused`,
  },
])('$name', async ({ image, get, ready, event }) => {
  const world = createKubeletWorld()
  world.images.register(image)
  world.create('web', {
    containers: [{ name: 'main', image: 'answering', readinessProbe: { httpGet: { path: '/', port: 8443, ...get } } }],
  })
  await world.driver.advance(seconds(15))
  expect(readyOf(world.get('web'))).toBe(ready ? 'True' : 'False')
  const events = world.eventsOf('web').filter((text) => /^(Unhealthy|ProbeWarning)/.test(text))
  expect([...new Set(events)]).toEqual(event === undefined ? [] : [event])
})

test('a probe of a server that speaks no HTTP says what it got', async () => {
  const world = createKubeletWorld()
  world.create('db', { containers: [{ name: 'main', image: 'redis', readinessProbe: { httpGet: { port: 6379 } } }] })
  await world.driver.advance(seconds(5))
  expect(world.eventsOf('db').find((event) => event.startsWith('Unhealthy'))).toMatch(
    /^Unhealthy: Readiness probe failed: Get "http:\/\/10\.244\.0\.2:6379\/": /,
  )
})

test('a command the container does not have is an error: liveness never fails for it', async () => {
  const world = createKubeletWorld()
  world.create('web', {
    containers: [
      {
        name: 'main',
        image: 'nginx',
        livenessProbe: { exec: { command: ['/no/such'] }, periodSeconds: 1, failureThreshold: 1 },
      },
    ],
  })
  await world.driver.advance(seconds(30))
  expect(world.get('web').status?.containerStatuses?.[0]?.restartCount).toBe(0)
  expect(world.eventsOf('web').find((event) => event.startsWith('Unhealthy'))).toMatch(
    /^Unhealthy: Liveness probe errored and resulted in unknown state: rpc error: code = Unknown desc = failed to exec in container: /,
  )
})

test('liveness and startup are asked at the ticks of the pod’s probing, readiness as soon as the container runs', async () => {
  const asked: string[] = []
  const image: Image = {
    name: 'asked',
    entrypoint: ['asked'],
    ports: [80],
    libc: 'glibc',
    start: (context) => {
      serveHttp(context.network, 80, ({ target }) => {
        asked.push(`${target} ${Math.floor(context.engine.clock.now() / seconds(1))}`)
        return { status: 200, reason: '', headers: [], body: new Uint8Array(0) }
      })
      return { signal: () => context.exit(0) }
    },
  }
  const world = createKubeletWorld()
  world.images.register(image)
  const probe = (path: string): Probe => ({ httpGet: { path, port: 80 }, periodSeconds: 20 })
  world.create('web', {
    containers: [{ name: 'main', image: 'asked', livenessProbe: probe('/live'), readinessProbe: probe('/ready') }],
  })
  world.create('slow', { containers: [{ name: 'main', image: 'asked', startupProbe: probe('/start') }] })
  await world.driver.advance(seconds(30))
  const readyAt = asked.find((line) => line.startsWith('/ready'))
  expect(Number(readyAt?.split(' ')[1])).toBeLessThan(15)
  expect(asked.filter((line) => line.startsWith('/live'))).toEqual(['/live 20'])
  expect(asked.filter((line) => line.startsWith('/start'))).toEqual(['/start 20'])
})
