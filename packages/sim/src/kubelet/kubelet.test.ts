import { nodes, pods } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { sendHttp } from '../http/index.ts'
import { createKubeletWorld, seconds } from './kubelet-world.suite.ts'

test('a pod becomes Running and Ready, and answers on its address', async () => {
  const { driver, get, create, fabric, eventsOf } = createKubeletWorld()
  create('web', {})
  await driver.settle()
  const { status } = get('web')
  expect(status?.phase).toBe('Running')
  expect(status?.podIP).toBe('10.244.0.2')
  expect((status?.conditions ?? []).map(({ type, status: is }) => `${type}=${is}`)).toEqual([
    'PodReadyToStartContainers=True',
    'Initialized=True',
    'Ready=True',
    'ContainersReady=True',
    'PodScheduled=True',
  ])
  expect(status?.containerStatuses?.[0]).toMatchObject({
    name: 'main',
    ready: true,
    started: true,
    restartCount: 0,
    image: 'docker.io/luksa/kubia:latest',
    state: { running: {} },
  })
  expect(eventsOf('web').map((text) => text.split(':')[0])).toEqual(['Pulling', 'Pulled', 'Created', 'Started'])
  const reply = await driver.wait(
    sendHttp(fabric.externalHost(), { address: '172.18.0.2', port: 9 }).catch(() => undefined),
  )
  expect(reply).toBeUndefined()
  const hit = await driver.wait(sendHttp(fabric.nodeNetwork('node-1'), { address: '10.244.0.2', port: 8080 }))
  expect(Buffer.from(hit.body).toString()).toBe("You've hit web\n")
})

test('a normal start writes the status twice', async () => {
  const { driver, create, client } = createKubeletWorld()
  let writes = 0
  client.watch(pods, {}, (event) => void (event.type === 'MODIFIED' && writes++))
  create('web', {})
  await driver.settle()
  expect(writes).toBe(2)
})

test('a graceful deletion: kubia ignores SIGTERM and is killed after the grace period', async () => {
  const { driver, create, client, eventsOf, engine } = createKubeletWorld()
  create('web', { terminationGracePeriodSeconds: 30 })
  await driver.settle()
  const before = engine.clock.now()
  client.delete(pods, { namespace: 'default', name: 'web' })
  await driver.settle()
  expect(client.find(pods, { namespace: 'default', name: 'web' })).toBeUndefined()
  expect(eventsOf('web').at(-1)).toBe('Killing: Stopping container main')
  const took = (engine.clock.now() - before) / seconds(1)
  expect(took).toBeGreaterThan(30)
  expect(took).toBeLessThan(33)
})

test('a server that leaves on SIGTERM is gone in a moment', async () => {
  const { driver, create, client, engine, kubelet } = createKubeletWorld()
  create('web', { containers: [{ name: 'main', image: 'nginx' }] })
  await driver.settle()
  const before = engine.clock.now()
  client.delete(pods, { namespace: 'default', name: 'web' })
  await driver.settle()
  expect(client.find(pods, { namespace: 'default', name: 'web' })).toBeUndefined()
  expect((engine.clock.now() - before) / seconds(1)).toBeLessThan(3)
  expect(kubelet.pods()).toEqual([])
})

test('the node is registered as a kubelet does it', () => {
  const { client } = createKubeletWorld()
  const node = client.get(nodes, { name: 'node-1' })
  expect(node.metadata.labels?.['kubernetes.io/hostname']).toBe('node-1')
  expect(node.spec.podCIDR).toBe('10.244.0.0/24')
  expect(node.status?.nodeInfo?.kubeletVersion).toBe('v1.36.2')
  expect((node.status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`)).toEqual([
    'MemoryPressure=False',
    'DiskPressure=False',
    'PIDPressure=False',
    'Ready=True',
  ])
})

test('two runs of one seed have one trace hash', async () => {
  const run = async (): Promise<string> => {
    const { driver, create, client, engine } = createKubeletWorld()
    for (let number = 1; number <= 5; number++) create(`web-${number}`, {})
    await driver.settle()
    client.delete(pods, { namespace: 'default', name: 'web-3' })
    await driver.settle()
    return engine.bus.hash()
  }
  expect(await run()).toBe(await run())
})
