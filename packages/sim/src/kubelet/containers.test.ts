import type { Container, PodSpec } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import type { Image } from '../images/image.ts'
import { createKubeletWorld, seconds } from './kubelet-world.suite.ts'

/** Ends with `code` after `afterUs`. */
function endingImage(name: string, code: number, afterUs = 1000): Image {
  return {
    name,
    entrypoint: [name],
    ports: [],
    libc: 'glibc',
    start: (context) => {
      context.stdout(`${name} says hello\n`)
      context.engine.schedule(afterUs, name, () => context.exit(code))
      return { signal: () => undefined }
    },
  }
}

const main = (image: string, more: Partial<Container> = {}): Partial<PodSpec> => ({
  containers: [{ name: 'main', image, ...more }],
})

test('a crashing container restarts at once, then after 10, 20, 40 … seconds and up to half as much again', async () => {
  const { driver, create, get, images, eventsOf } = createKubeletWorld()
  images.register(endingImage('crash', 3))
  create('bad', main('crash'))
  await driver.settle()
  const first = get('bad').status?.containerStatuses?.[0]
  expect(first?.restartCount).toBe(1)
  expect(first?.state?.waiting?.reason).toBe('CrashLoopBackOff')
  expect(first?.state?.waiting?.message).toMatch(/^back-off 10s restarting failed container=main pod=bad_default\(/)
  expect(first?.lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' })
  expect(get('bad').status?.phase).toBe('Running')
  await driver.advance(seconds(20))
  const second = get('bad').status?.containerStatuses?.[0]
  expect(second?.restartCount).toBe(2)
  expect(second?.state?.waiting?.message).toMatch(/^back-off 20s /)
  expect(
    eventsOf('bad').some((text) => text.startsWith('BackOff: Back-off restarting failed container main in pod bad_')),
  ).toBe(true)
})

test.each([
  { name: 'Never, exit 0', restartPolicy: 'Never', code: 0, phase: 'Succeeded' },
  { name: 'Never, exit 1', restartPolicy: 'Never', code: 1, phase: 'Failed' },
  { name: 'OnFailure, exit 0', restartPolicy: 'OnFailure', code: 0, phase: 'Succeeded' },
])('restart policy $name ends as $phase', async ({ restartPolicy, code, phase }) => {
  const { driver, create, get, images } = createKubeletWorld()
  images.register(endingImage('task', code))
  create('job', { ...main('task'), restartPolicy })
  await driver.settle()
  const { status } = get('job')
  expect(status?.phase).toBe(phase)
  expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: code })
  expect((status?.conditions ?? []).find(({ type }) => type === 'PodReadyToStartContainers')?.status).toBe('False')
})

test('init containers run one after the other before the main ones', async () => {
  const { driver, create, get, images, eventsOf } = createKubeletWorld()
  images.register(endingImage('first', 0, 2_000_000))
  images.register(endingImage('second', 0))
  create('web', {
    initContainers: [
      { name: 'i1', image: 'first' },
      { name: 'i2', image: 'second' },
    ],
  })
  await driver.settle()
  const { status } = get('web')
  expect(status?.phase).toBe('Running')
  expect((status?.initContainerStatuses ?? []).map((one) => `${one.name} ${one.state?.terminated?.reason}`)).toEqual([
    'i1 Completed',
    'i2 Completed',
  ])
  expect(
    eventsOf('web')
      .filter((text) => text.startsWith('Pulled'))
      .map((text) => text.split('"')[1]),
  ).toEqual(['first', 'second', 'luksa/kubia'])
})

test('an unknown image in a strict cluster: ErrImagePull and ImagePullBackOff', async () => {
  const { driver, create, get, eventsOf } = createKubeletWorld({ strict: true })
  create('web', main('nobody/knows:1'))
  await driver.settle()
  expect(get('web').status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('ErrImagePull')
  expect(get('web').status?.phase).toBe('Pending')
  await driver.advance(seconds(20))
  const reason = get('web').status?.containerStatuses?.[0]?.state?.waiting?.reason
  expect(['ErrImagePull', 'ImagePullBackOff']).toContain(reason)
  expect(eventsOf('web')).toContain('Failed: Error: ErrImagePull')
})

test.each([
  { name: 'a bad name', image: 'UPPER/Case', policy: 'Always', reason: 'InvalidImageName' },
  { name: 'pull policy Never', image: 'nginx', policy: 'Never', reason: 'ErrImageNeverPull' },
])('$name waits with $reason', async ({ image, policy, reason }) => {
  const { driver, create, get } = createKubeletWorld()
  create('web', main(image, { imagePullPolicy: policy }))
  await driver.settle()
  expect(get('web').status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe(reason)
})

test('an image nobody registered answers on its declared ports', async () => {
  const { driver, create, get, kubelet } = createKubeletWorld()
  create('web', main('acme/shop:2', { ports: [{ containerPort: 9000 }] }))
  await driver.settle()
  expect(get('web').status?.phase).toBe('Running')
  expect(kubelet.pod('default', 'web')?.sandbox?.network.listeners()).toEqual([
    { protocol: 'tcp', address: '0.0.0.0', port: 9000 },
  ])
})

test('a missing ConfigMap: CreateContainerConfigError, and it starts when the ConfigMap comes', async () => {
  const { driver, create, get, client } = createKubeletWorld()
  create('web', main('nginx', { envFrom: [{ configMapRef: { name: 'settings' } }] }))
  await driver.settle()
  expect(get('web').status?.containerStatuses?.[0]?.state?.waiting).toEqual({
    reason: 'CreateContainerConfigError',
    message: 'configmap "settings" not found',
  })
  const { configMaps } = await import('@podwire/apiserver')
  client.create(configMaps, { metadata: { namespace: 'default', name: 'settings' }, data: { A: '1' } })
  await driver.advance(seconds(20))
  expect(get('web').status?.phase).toBe('Running')
})

test('a program that throws harms only its own pod', async () => {
  const { driver, create, get, images, kubelet } = createKubeletWorld()
  images.register({
    name: 'thrower',
    entrypoint: ['thrower'],
    ports: [],
    libc: 'glibc',
    start: () => {
      throw new TypeError('no such thing')
    },
  })
  create('bad', { ...main('thrower'), restartPolicy: 'Never' })
  create('good', {})
  await driver.settle()
  expect(get('bad').status?.phase).toBe('Failed')
  expect(get('good').status?.phase).toBe('Running')
  expect(kubelet.pod('default', 'bad')?.slot('main')?.log?.read({ timestamps: false })).toContain('no such thing')
})

test('addresses are handed out in order and come back late', async () => {
  const { driver, create, get, client } = createKubeletWorld()
  const { pods } = await import('@podwire/apiserver')
  create('a', main('nginx'))
  await driver.settle()
  create('b', main('nginx'))
  await driver.settle()
  client.delete(pods, { namespace: 'default', name: 'a' })
  await driver.settle()
  create('c', main('nginx'))
  await driver.settle()
  expect([get('b').status?.podIP, get('c').status?.podIP]).toEqual(['10.244.0.3', '10.244.0.4'])
})

test('pods that wait for one image share its download', async () => {
  const { driver, create, get } = createKubeletWorld()
  for (let number = 1; number <= 5; number++) create(`web-${number}`, main('acme/big'))
  await driver.settle()
  const starts = [1, 2, 3, 4, 5].map(
    (number) => get(`web-${number}`).status?.containerStatuses?.[0]?.state?.running?.startedAt ?? '',
  )
  expect(starts.every((start) => start !== '')).toBe(true)
  const milliseconds = starts.map((start) => Date.parse(start)).sort((a, b) => a - b)
  expect((milliseconds.at(-1) ?? 0) - (milliseconds[0] ?? 0)).toBeLessThanOrEqual(1000)
})
