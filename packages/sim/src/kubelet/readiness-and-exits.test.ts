// Less common reasons why a pod is ready or not, and why a container comes back or not.

import { pods, type Container, type Pod } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { createKubeletWorld } from './kubelet-world.suite.ts'

const main = (image: string, more: Partial<Container> = {}): { readonly containers: readonly Container[] } => ({
  containers: [{ name: 'main', image, ...more }],
})
const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false

test('a readiness gate holds the pod back until its condition is True, and again when it is not', async () => {
  const { driver, create, get, client } = createKubeletWorld()
  create('web', { ...main('luksa/kubia'), readinessGates: [{ conditionType: 'example.com/registered' }] })
  await driver.settle()
  expect(isReady(get('web'))).toBe(false)
  expect(get('web').status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
    reason: 'ReadinessGatesNotReady',
    message: 'corresponding condition of pod readiness gate "example.com/registered" does not exist.',
  })
  for (const status of ['True', 'False'] as const) {
    const pod = get('web')
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'example.com/registered')
    const conditions = [...others, { type: 'example.com/registered', status }]
    client.update(pods, { ...pod, status: { ...pod.status, conditions } }, { subresource: 'status' })
    await driver.settle()
    expect(isReady(get('web')), status).toBe(status === 'True')
  }
})

test('an image that runs out of memory: OOMKilled, 137', async () => {
  const { driver, create, get, images } = createKubeletWorld()
  images.register({
    name: 'acme/hungry',
    entrypoint: ['/hungry'],
    ports: [],
    libc: 'glibc',
    start: (context) => {
      context.engine.schedule(SECOND, 'memory is gone', () => context.outOfMemory())
      return { signal: () => undefined }
    },
  })
  create('web', { ...main('acme/hungry'), restartPolicy: 'Never' })
  await driver.settle()
  expect(get('web').status?.phase).toBe('Failed')
  expect(get('web').status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    reason: 'OOMKilled',
    exitCode: 137,
  })
})

test('restart rules of a container come before the pod’s policy', async () => {
  const { driver, create, get } = createKubeletWorld()
  const restartPolicyRules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }]
  const script = 'if [ -e /data/ran ]; then exit 1; fi; touch /data/ran; exit 42'
  const container = main('busybox', {
    command: ['sh', '-c', script],
    restartPolicy: 'Never',
    restartPolicyRules,
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  })
  create('job', { ...container, restartPolicy: 'Never', volumes: [{ name: 'data', emptyDir: {} }] })
  await driver.settle()
  const [status] = get('job').status?.containerStatuses ?? []
  expect(status?.restartCount).toBe(1)
  expect(status?.state?.terminated?.exitCode).toBe(1)
  expect(status?.lastState?.terminated?.exitCode).toBe(42)
  expect(get('job').status?.phase).toBe('Failed')
})

test.each([
  ['port 5000 serves', 5000, undefined, true, ''],
  [
    'nothing listens',
    5001,
    undefined,
    false,
    'timeout: failed to connect service "10.244.0.2:5001" within 1s: context deadline exceeded',
  ],
  [
    'no gRPC on that port',
    8080,
    undefined,
    false,
    'timeout: failed to connect service "10.244.0.2:8080" within 1s: context deadline exceeded',
  ],
  [
    'unknown service',
    5000,
    'other',
    false,
    'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
  ],
])('gRPC probe: %s', async (_name, port, service, ready, message) => {
  const { driver, create, get, eventsOf } = createKubeletWorld()
  const grpc = { port, ...(service === undefined ? {} : { service }) }
  create(
    'web',
    main('registry.k8s.io/e2e-test-images/agnhost:2.53', { args: ['grpc-health-checking'], readinessProbe: { grpc } }),
  )
  await driver.settle()
  expect(isReady(get('web'))).toBe(ready)
  if (message !== '') expect(eventsOf('web')).toContain(`Unhealthy: Readiness probe failed: ${message}`)
})

test('a gRPC liveness probe restarts a program that says NOT_SERVING', async () => {
  const { driver, create, get, eventsOf } = createKubeletWorld()
  const livenessProbe = { grpc: { port: 5000 }, periodSeconds: 5, failureThreshold: 2 }
  create('web', main('agnhost', { args: ['grpc-health-checking', '--delay-unhealthy-sec=20'], livenessProbe }))
  await driver.settle()
  await driver.advance(60 * SECOND)
  expect(get('web').status?.containerStatuses?.[0]?.restartCount).toBeGreaterThan(0)
  expect(eventsOf('web')).toContain(
    'Unhealthy: Liveness probe failed: service unhealthy (responded with "NOT_SERVING")',
  )
})

test('an ephemeral container joins a running pod, counts for nothing, and ends with it', async () => {
  const { driver, create, get, kubelet } = createKubeletWorld()
  create('job', { ...main('busybox', { command: ['sleep', '60'] }), restartPolicy: 'Never' })
  await driver.advance(10 * SECOND)
  const debug = { name: 'debug', image: 'busybox', command: ['sleep', '100000'], targetContainerName: 'main' }
  const pod = get('job')
  driver.enter(() =>
    kubelet.pod('default', 'job')?.update({ ...pod, spec: { ...pod.spec, ephemeralContainers: [debug] } }),
  )
  await driver.advance(10 * SECOND)
  expect(get('job').status?.ephemeralContainerStatuses?.[0]).toMatchObject({ name: 'debug', restartCount: 0 })
  expect(get('job').status?.ephemeralContainerStatuses?.[0]?.state?.running).toBeDefined()
  expect(isReady(get('job'))).toBe(true)
  await driver.settle()
  expect(get('job').status?.phase).toBe('Succeeded')
  expect(get('job').status?.ephemeralContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(137)
})
