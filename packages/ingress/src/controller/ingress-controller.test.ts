// The controller against a real API server of podwire: what it selects, when it syncs, what it writes.

import {
  createApiServer,
  endpointSlices,
  events,
  ingressClasses,
  ingresses,
  namespaces,
  services,
  type Client,
  type NewObject,
  type Ingress,
} from '@podwire/apiserver'
import { Engine, SECOND, VirtualTimeDriver } from '@podwire/engine'
import { expect, test } from 'vitest'
import type { HttpRequest } from '../http/message.ts'
import { createIngressController, type IngressController, type IngressControllerOptions } from './ingress-controller.ts'
import { ingressReloaded, ingressSynced } from './topics.ts'

interface World {
  readonly engine: Engine
  readonly driver: VirtualTimeDriver
  readonly client: Client
  readonly controller: IngressController
}

function world(options: Partial<IngressControllerOptions> = {}): World {
  const engine = new Engine({ seed: 7 })
  const { client } = createApiServer({ engine })
  client.create(namespaces, { metadata: { name: 'default' }, spec: {} })
  client.create(ingressClasses, { metadata: { name: 'nginx' }, spec: { controller: 'k8s.io/ingress-nginx' } })
  client.create(ingressClasses, { metadata: { name: 'other' }, spec: { controller: 'example.com/other' } })
  const controller = createIngressController({
    engine,
    client,
    controllerName: 'k8s.io/ingress-nginx',
    ingressClass: 'nginx',
    random: engine.random.fork('ingress'),
    ...options,
  })
  return { engine, driver: new VirtualTimeDriver(engine), client, controller }
}

function addService(client: Client, name: string, addresses: readonly string[]): void {
  client.create(services, {
    metadata: { name, namespace: 'default' },
    spec: { ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }] },
  })
  client.create(endpointSlices, {
    metadata: { name: `${name}-a`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  })
}

function ingress(
  name: string,
  host: string,
  service: string,
  extra: Partial<Ingress['spec']> = {},
): NewObject<Ingress> {
  return {
    metadata: { name, namespace: 'default' },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          host,
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { number: 80 } } } }],
          },
        },
      ],
      ...extra,
    },
  }
}

const PEER = { address: '10.244.0.9', port: 41_000 }

function get(host: string, target = '/'): HttpRequest {
  return { method: 'GET', target, version: '1.1', headers: [['Host', host]], body: new Uint8Array() }
}

function outcome(controller: IngressController, request: HttpRequest): string {
  const handled = controller.handle(request, PEER)
  if (handled.kind === 'authenticate') return `ask ${handled.ask.url}`
  if (handled.kind === 'respond') return String(handled.response.status)
  const [endpoint] = handled.endpoints
  return `${endpoint?.address}:${endpoint?.port}`
}

test('an Ingress is served after the next sync, and follows its endpoints', async () => {
  const { driver, client, controller } = world()
  addService(client, 'web', ['10.244.1.2'])
  client.create(ingresses, ingress('web', 'a.example.com', 'web'))
  await driver.settle()
  expect(outcome(controller, get('a.example.com'))).toBe('10.244.1.2:8080')
  expect(outcome(controller, get('b.example.com'))).toBe('404')

  client.modify(endpointSlices, { namespace: 'default', name: 'web-a' }, (slice) => {
    slice.endpoints = []
  })
  await driver.settle()
  expect(outcome(controller, get('a.example.com'))).toBe('503')
})

test('endpoints take turns, the others are candidates for a retry', async () => {
  const { driver, client, controller } = world()
  addService(client, 'web', ['10.244.1.2', '10.244.1.3', '10.244.1.4', '10.244.1.5'])
  client.create(ingresses, ingress('web', 'a.example.com', 'web'))
  await driver.settle()
  const handled = Array.from({ length: 8 }, () => controller.handle(get('a.example.com'), PEER))
  const counts = new Map<string, number>()
  for (const one of handled) {
    if (one.kind !== 'proxy') continue
    const [first = '', ...others] = one.endpoints.map(({ address }) => address)
    counts.set(first, (counts.get(first) ?? 0) + 1)
    expect(others).toHaveLength(2)
    expect(others).not.toContain(first)
  }
  expect([...counts.values()]).toEqual([2, 2, 2, 2])
})

test('changes are taken in at most every 3.3 s, and nginx reloads only when nginx.conf changed', async () => {
  const { engine, driver, client, controller } = world()
  const syncs: string[] = []
  using _synced = engine.bus.subscribe(ingressSynced, ({ timeUs, payload }) => {
    syncs.push(`${(timeUs / SECOND).toFixed(1)} ${payload.reloaded ? 'reload' : 'no reload'}`)
  })
  let generations = 0
  using _reloaded = engine.bus.subscribe(ingressReloaded, () => void generations++)
  addService(client, 'web', ['10.244.1.2'])
  await driver.settle()
  client.create(ingresses, ingress('web', 'a.example.com', 'web'))
  await driver.settle()
  client.modify(endpointSlices, { namespace: 'default', name: 'web-a' }, (slice) => {
    slice.endpoints = [{ addresses: ['10.244.1.9'], conditions: { ready: true } }]
  })
  await driver.settle()
  expect(syncs.map((sync) => sync.replace(/^\S+ /, ''))).toEqual(['reload', 'no reload', 'reload', 'no reload'])
  expect(generations).toBe(controller.reloads)
  expect(controller.nginxConf()).toContain('server_name a.example.com ;')
})

test.each([
  { name: 'class of ours', spec: { ingressClassName: 'nginx' }, status: '10.244.1.2:8080' },
  { name: 'class of another controller', spec: { ingressClassName: 'other' }, status: '404' },
  { name: 'class that does not exist', spec: { ingressClassName: 'nobody' }, status: '404' },
])('$name', async ({ spec, status }) => {
  const { driver, client, controller } = world()
  addService(client, 'web', ['10.244.1.2'])
  client.create(ingresses, ingress('web', 'a.example.com', 'web', spec))
  await driver.settle()
  expect(outcome(controller, get('a.example.com'))).toBe(status)
})

test('status shows the node addresses, only on Ingresses of its class, and goes with the last replica', async () => {
  const { driver, client, controller } = world({ status: { kind: 'addresses', addresses: () => ['172.18.0.3'] } })
  client.create(ingresses, ingress('web', 'a.example.com', 'web'))
  client.create(ingresses, ingress('not-ours', 'b.example.com', 'web', { ingressClassName: 'other' }))
  await driver.advance(61 * SECOND)
  const shown = (name: string): unknown =>
    client.get(ingresses, { namespace: 'default', name }).status?.loadBalancer?.ingress ?? []
  expect(shown('web')).toEqual([{ ip: '172.18.0.3' }])
  expect(shown('not-ours')).toEqual([])
  controller.stop({ removeStatus: true })
  expect(shown('web')).toEqual([])
})

test('publishService: the addresses of that Service', async () => {
  const { driver, client } = world({ status: { kind: 'service', service: 'default/front' } })
  client.create(services, {
    metadata: { name: 'front', namespace: 'default' },
    spec: { clusterIP: '10.96.7.7', ports: [{ port: 80, protocol: 'TCP' }] },
  })
  client.create(ingresses, ingress('web', 'a.example.com', 'web'))
  await driver.advance(61 * SECOND)
  expect(client.get(ingresses, { namespace: 'default', name: 'web' }).status?.loadBalancer?.ingress).toEqual([
    { ip: '10.96.7.7' },
  ])
})

test('events: Sync for an accepted Ingress, a Warning for each annotation without effect', async () => {
  const { driver, client } = world()
  const annotated = ingress('web', 'a.example.com', 'web')
  client.create(ingresses, {
    ...annotated,
    metadata: {
      ...annotated.metadata,
      annotations: {
        'nginx.ingress.kubernetes.io/enable-opentelemetry': 'true',
        'nginx.ingress.kubernetes.io/proxy-body-size': 'lots',
      },
    },
  })
  await driver.settle()
  const told = client
    .list(events, { namespace: 'default' })
    .items.map((event) => `${event.type} ${event.reason}: ${event.message}`)
  expect(told).toContain('Normal Sync: Scheduled for sync')
  expect(told).toContain(
    'Warning UnsupportedAnnotation: annotation nginx.ingress.kubernetes.io/enable-opentelemetry is not simulated and has no effect',
  )
  expect(told).toContain(
    'Warning InvalidAnnotation: annotation nginx.ingress.kubernetes.io/proxy-body-size is ignored: "lots" must be a size such as 8m',
  )
})

test('a deleted Ingress is gone after the next sync; its class may also leave', async () => {
  const { driver, client, controller } = world()
  addService(client, 'web', ['10.244.1.2'])
  client.create(ingresses, ingress('one', 'a.example.com', 'web'))
  client.create(ingresses, ingress('two', 'b.example.com', 'web'))
  await driver.settle()
  client.delete(ingresses, { namespace: 'default', name: 'one' })
  await driver.settle()
  expect([outcome(controller, get('a.example.com')), outcome(controller, get('b.example.com'))]).toEqual([
    '404',
    '10.244.1.2:8080',
  ])
  client.delete(ingressClasses, { name: 'nginx' })
  await driver.settle()
  expect(outcome(controller, get('b.example.com'))).toBe('404')
})

test('a request without Host is 400 in HTTP/1.1 and the default server in HTTP/1.0', async () => {
  const { driver, controller } = world()
  await driver.settle()
  const bare = { ...get('x'), headers: [] }
  expect(outcome(controller, bare)).toBe('400')
  expect(outcome(controller, { ...bare, version: '1.0' })).toBe('404')
  expect(outcome(controller, get('x', '/healthz'))).toBe('200')
})
