import type { Container, Pod } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import type { Image } from '../images/image.ts'
import { serveHttp } from '../http/index.ts'
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
