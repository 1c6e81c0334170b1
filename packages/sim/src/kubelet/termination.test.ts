import { pods, type PodSpec } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import type { Image, Signal } from '../images/image.ts'
import { createKubeletWorld, seconds, type KubeletWorld } from './kubelet-world.suite.ts'

interface Heard {
  readonly image: Image
  /** Seconds since the deletion, and the signal. */
  readonly signals: (readonly [atUs: number, signal: Signal])[]
}

/** Writes down its signals; leaves on SIGTERM after `leaveUs`. */
function listening(name: string, leaveUs: number | undefined): Heard {
  const signals: (readonly [number, Signal])[] = []
  const image: Image = {
    name,
    entrypoint: [name],
    ports: [],
    libc: 'glibc',
    start: (context) => ({
      signal: (signal) => {
        signals.push([context.engine.clock.now(), signal])
        if (leaveUs !== undefined) context.engine.schedule(leaveUs, 'leaving', () => context.exit(0))
      },
    }),
  }
  return { image, signals }
}

async function deleteAndSettle(
  { client, driver, engine }: KubeletWorld,
  graceSeconds?: number,
): Promise<{ atUs: number; tookUs: number }> {
  const atUs = engine.clock.now()
  const options = graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }
  client.delete(pods, { namespace: 'default', name: 'web' }, options)
  await driver.settle()
  return { atUs, tookUs: engine.clock.now() - atUs }
}

test.each<{ name: string; lifecycle: NonNullable<PodSpec['containers'][number]['lifecycle']>; termS: number }>([
  { name: 'without preStop', lifecycle: {}, termS: 0 },
  { name: 'preStop sleep holds SIGTERM back', lifecycle: { preStop: { sleep: { seconds: 5 } } }, termS: 5 },
  {
    name: 'preStop may not outlast the grace period',
    lifecycle: { preStop: { exec: { command: ['sleep', '60'] } } },
    termS: 10,
  },
])('$name', async ({ lifecycle, termS }) => {
  const world = createKubeletWorld()
  const app = listening('app', 100_000)
  world.images.register(app.image)
  world.create('web', { terminationGracePeriodSeconds: 10, containers: [{ name: 'main', image: 'app', lifecycle }] })
  await world.driver.settle()
  const { atUs } = await deleteAndSettle(world)
  const [at, signal] = app.signals[0] ?? [0, 'SIGKILL']
  expect(signal).toBe('SIGTERM')
  expect((at - atUs) / seconds(1)).toBeGreaterThanOrEqual(termS)
  expect((at - atUs) / seconds(1)).toBeLessThan(termS + 0.1)
  expect(world.client.find(pods, { namespace: 'default', name: 'web' })).toBeUndefined()
})

test('the last status says how it ended: exit 0 is Succeeded, SIGKILL is 137 and Failed', async () => {
  const world = createKubeletWorld()
  world.images.register(listening('stubborn', undefined).image)
  world.create('web', { terminationGracePeriodSeconds: 3, containers: [{ name: 'main', image: 'stubborn' }] })
  await world.driver.settle()
  let last = ''
  world.client.watch(pods, {}, ({ type, object }) => {
    if (type === 'DELETED') {
      const terminated = object.status?.containerStatuses?.[0]?.state?.terminated
      last = `${object.status?.phase} ${terminated?.exitCode} ${object.status?.podIP}`
    }
  })
  const { tookUs } = await deleteAndSettle(world)
  expect(last).toBe('Failed 137 10.244.0.2')
  expect(tookUs / seconds(1)).toBeGreaterThan(3)
  expect(tookUs / seconds(1)).toBeLessThan(5)
})

test('sidecars go after the main containers', async () => {
  const world = createKubeletWorld()
  const app = listening('app', 2_000_000)
  const side = listening('side', 1000)
  world.images.register(app.image)
  world.images.register(side.image)
  world.create('web', {
    initContainers: [{ name: 'side', image: 'side', restartPolicy: 'Always' }],
    containers: [{ name: 'main', image: 'app' }],
  })
  await world.driver.settle()
  await deleteAndSettle(world)
  expect((side.signals[0]?.[0] ?? 0) - (app.signals[0]?.[0] ?? 0)).toBeGreaterThanOrEqual(2_000_000)
})

test('a forced deletion takes the object at once; the container is killed two seconds later', async () => {
  const world = createKubeletWorld()
  const app = listening('stubborn', undefined)
  world.images.register(app.image)
  world.create('web', { containers: [{ name: 'main', image: 'stubborn' }] })
  await world.driver.settle()
  world.client.delete(pods, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 })
  expect(world.client.find(pods, { namespace: 'default', name: 'web' })).toBeUndefined()
  expect(world.kubelet.pods()).toHaveLength(1)
  // A pod of the same name waits until the old one is gone.
  world.create('web', { containers: [{ name: 'main', image: 'nginx' }] })
  await world.driver.settle()
  expect(app.signals.map(([, signal]) => signal)).toEqual(['SIGTERM'])
  expect(world.get('web').status?.phase).toBe('Running')
})

test('deleting a pod that never started', async () => {
  const world = createKubeletWorld()
  world.create('web', {})
  await deleteAndSettle(world)
  expect(world.client.find(pods, { namespace: 'default', name: 'web' })).toBeUndefined()
  expect(world.kubelet.pods()).toEqual([])
})

test('the preStop hook of a sidecar runs at once; its SIGTERM waits for the main containers and the sidecars after it', async () => {
  const world = createKubeletWorld()
  const app = listening('app', 4_000_000)
  const [first, second] = [listening('first', 1000), listening('second', 1000)]
  for (const { image } of [app, first, second]) world.images.register(image)
  const note = { exec: { command: ['sh', '-c', 'date +%s > /tmp/stopping'] } }
  world.create('web', {
    initContainers: [
      { name: 'first', image: 'first', restartPolicy: 'Always', lifecycle: { preStop: note } },
      { name: 'second', image: 'second', restartPolicy: 'Always' },
    ],
    containers: [{ name: 'main', image: 'app' }],
  })
  await world.driver.settle()
  const files = world.kubelet.pod('default', 'web')?.slot('first')?.running?.files
  const deletedS = Math.floor(world.engine.clock.wallTimeMs() / 1000)
  const { atUs } = await deleteAndSettle(world)
  const noted = Number(Buffer.from(files?.read('/tmp/stopping') ?? []).toString('utf8'))
  expect(noted - deletedS).toBeLessThanOrEqual(1)
  const at = (heard: Heard): number => ((heard.signals[0]?.[0] ?? 0) - atUs) / seconds(1)
  expect(at(app)).toBeLessThan(0.1)
  expect(at(second)).toBeGreaterThanOrEqual(4)
  expect(at(first)).toBeGreaterThan(at(second))
  expect(world.eventsOf('web').filter((event) => event.startsWith('Killing'))).toHaveLength(3)
})

test('a sidecar that waits in vain is signalled when the grace period is over, and has two seconds more', async () => {
  const world = createKubeletWorld()
  const [app, side] = [listening('app', undefined), listening('side', undefined)]
  for (const { image } of [app, side]) world.images.register(image)
  world.create('web', {
    terminationGracePeriodSeconds: 5,
    initContainers: [{ name: 'side', image: 'side', restartPolicy: 'Always' }],
    containers: [{ name: 'main', image: 'app' }],
  })
  await world.driver.settle()
  const { atUs, tookUs } = await deleteAndSettle(world)
  expect(Math.floor(((side.signals[0]?.[0] ?? 0) - atUs) / seconds(1))).toBe(5)
  expect(tookUs / seconds(1)).toBeGreaterThan(7)
  expect(tookUs / seconds(1)).toBeLessThan(8.5)
})
