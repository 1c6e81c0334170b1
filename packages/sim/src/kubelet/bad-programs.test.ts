// A program that misbehaves harms its own pod and nobody else: what it throws ends its container, and shows in its log.

import { pods } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { sendHttp } from '../http/index.ts'
import type { ContainerContext, Image, RunningProgram } from '../images/image.ts'
import { createKubeletWorld, seconds, type KubeletWorld } from './kubelet-world.suite.ts'

function program(start: (context: ContainerContext) => RunningProgram): Image {
  return { name: 'bad', entrypoint: ['bad'], ports: [80], libc: 'glibc', start }
}

const NOTHING: RunningProgram = { signal: () => undefined }
const boom = (): never => {
  throw new RangeError('boom')
}

async function ask({ driver, fabric }: KubeletWorld, address: string): Promise<number | string> {
  const node = fabric.nodeNetwork('node-1')
  const reply = sendHttp(node, { address, port: 80, timeoutUs: seconds(3) }).then(
    ({ status }) => status,
    (error: unknown) => String(error),
  )
  return driver.wait(reply)
}

test.each<{ name: string; start: (context: ContainerContext) => RunningProgram }>([
  { name: 'throws when it starts', start: boom },
  {
    name: 'listens twice on a port',
    start: ({ network }) => {
      network.listenTcp(80, boom)
      network.listenTcp(80, boom)
      return NOTHING
    },
  },
  {
    name: 'throws in a timer',
    start: ({ engine }) => {
      engine.schedule(seconds(1), 'app', boom)
      return NOTHING
    },
  },
  {
    name: 'throws in an async timer',
    start: ({ engine }) => {
      engine.schedule(seconds(1), 'app', async () => {
        await engine.sleep(1000, 'app')
        boom()
      })
      return NOTHING
    },
  },
])('a program that $name crashes, and again', async ({ start }) => {
  const world = createKubeletWorld()
  world.images.register(program(start))
  world.create('bad', { containers: [{ name: 'main', image: 'bad' }] })
  world.create('good', { containers: [{ name: 'main', image: 'nginx' }] })
  await world.driver.advance(seconds(30))
  const [status] = world.get('bad').status?.containerStatuses ?? []
  expect(status?.lastState?.terminated).toMatchObject({ exitCode: 1, reason: 'Error' })
  expect(status?.restartCount).toBeGreaterThan(0)
  expect(world.get('good').status?.containerStatuses?.[0]?.restartCount).toBe(0)
  expect(await ask(world, world.get('good').status?.podIP ?? '')).toBe(200)
})

test.each<{ name: string; start: (context: ContainerContext) => RunningProgram }>([
  {
    name: 'when a connection comes',
    start: ({ network }) => {
      network.listenTcp(80, boom)
      return NOTHING
    },
  },
  {
    name: 'when data comes',
    start: ({ network }) => {
      network.listenTcp(80, (socket) => {
        socket.onData = boom
      })
      return NOTHING
    },
  },
  {
    name: 'in an async callback',
    start: ({ network, engine }) => {
      network.listenTcp(80, (socket) => {
        socket.onData = async () => {
          await engine.sleep(1000, 'app')
          boom()
        }
      })
      return NOTHING
    },
  },
])('a program that throws $name crashes then', async ({ start }) => {
  const world = createKubeletWorld()
  world.images.register(program(start))
  world.create('bad', { containers: [{ name: 'main', image: 'bad' }] })
  await world.driver.advance(seconds(10))
  const { podIP = '' } = world.get('bad').status ?? {}
  expect(await ask(world, podIP)).toMatch(/^HttpError|^SocketError/)
  expect(world.kubelet.pod('default', 'bad')?.slot('main')?.log?.read({ timestamps: false })).toContain('boom')
  await world.driver.advance(seconds(5))
  expect(world.get('bad').status?.containerStatuses?.[0]?.restartCount).toBe(1)
})

test('a listener that never answers lets time go on: whoever asks times out', async () => {
  const world = createKubeletWorld()
  world.images.registerListener('bad', () => undefined, { port: 80 })
  world.create('bad', {
    containers: [{ name: 'main', image: 'bad', readinessProbe: { httpGet: { port: 80 }, failureThreshold: 1 } }],
  })
  await world.driver.advance(seconds(12))
  expect(world.eventsOf('bad').find((event) => event.startsWith('Unhealthy'))).toBe(
    'Unhealthy: Readiness probe failed: Get "http://10.244.0.2:80/": context deadline exceeded ' +
      '(Client.Timeout exceeded while awaiting headers)',
  )
})

test('a program that throws at a signal, or never leaves, is gone when its grace period is over', async () => {
  const world = createKubeletWorld()
  world.images.register(program(() => ({ signal: boom })))
  world.images.register({ ...program(() => NOTHING), name: 'deaf' })
  for (const image of ['bad', 'deaf'])
    world.create(image, { terminationGracePeriodSeconds: 2, containers: [{ name: 'main', image }] })
  await world.driver.settle()
  for (const name of ['bad', 'deaf']) world.client.delete(pods, { namespace: 'default', name })
  await world.driver.advance(seconds(4))
  expect(world.client.list(pods, { namespace: 'default' }).items).toEqual([])
})

test('a program that floods its log keeps no more than two files of it', async () => {
  const world = createKubeletWorld()
  const line = `${'x'.repeat(100_000)}\n`
  world.images.register(
    program((context) => {
      const flood = (): void => {
        context.stdout(line)
        context.engine.schedule(10_000, 'flood', flood, 'background')
      }
      flood()
      return NOTHING
    }),
  )
  world.create('bad', { containers: [{ name: 'main', image: 'bad' }] })
  await world.driver.advance(seconds(15))
  const kept = world.kubelet.pod('default', 'bad')?.slot('main')?.log?.lines() ?? []
  expect(kept.length * line.length).toBeLessThan(22 * 1024 * 1024)
  expect(kept.length).toBeGreaterThan(0)
})
