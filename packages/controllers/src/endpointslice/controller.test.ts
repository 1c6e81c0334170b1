import {
  endpoints,
  endpointSlices,
  events,
  type NewObject,
  type Pod,
  pods,
  type PodSpec,
  resourceQuotas,
  type Service,
  services,
  type ServiceSpec,
} from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'
import { wantsTopologyMode } from './endpoint.ts'

const TRIGGER = 'endpoints.kubernetes.io/last-change-trigger-time'
const SHOP = { namespace: 'default', name: 'shop' }
const CONTROLLERS = ['endpoints', 'endpointslice', 'endpointslicemirroring', 'serviceaccount', 'garbage-collector']

const shopCluster = (): Promise<TestCluster> => testCluster({ controllers: CONTROLLERS })

function serviceOf(spec: Partial<ServiceSpec> = {}, metadata: object = {}): NewObject<Service> {
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }]
  return { metadata: { ...SHOP, ...metadata }, spec: { selector: { app: 'shop' }, ports, ...spec } }
}

function addPod(cluster: TestCluster, name: string, node: string, spec: Partial<PodSpec> = {}): Pod {
  return cluster.client.create(pods, {
    metadata: { namespace: 'default', name, labels: { app: 'shop' } },
    spec: { nodeName: node, containers: [{ name: 'main', image: 'example.test/app:1' }], ...spec },
  })
}

const conditions = (cluster: TestCluster): readonly unknown[] =>
  cluster
    .slicesOf('shop')
    .flatMap((slice) => slice.endpoints ?? [])
    .map(({ targetRef, conditions: c }) => [targetRef?.name, c?.ready, c?.serving, c?.terminating])

const hasTrigger = (cluster: TestCluster): boolean =>
  cluster.slicesOf('shop')[0]?.metadata.annotations?.[TRIGGER] !== undefined

test('ready, unready, terminating, gone, and the placeholder before and after', async () => {
  const cluster = await shopCluster()
  cluster.client.create(services, serviceOf({}, { labels: { team: 'a' }, annotations: { note: 'not copied' } }))
  await cluster.settle()
  const [placeholder] = cluster.slicesOf('shop')
  expect(placeholder?.endpoints ?? []).toEqual([])
  expect(placeholder?.metadata.labels).toEqual({
    team: 'a',
    'kubernetes.io/service-name': 'shop',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  })
  expect(cluster.client.get(endpoints, SHOP).metadata.labels).toEqual({
    team: 'a',
    'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
  })
  const first = addPod(cluster, 'p-1', 'node-1')
  const second = addPod(cluster, 'p-2', 'node-2')
  await cluster.driver.advance(2_000_000)
  cluster.markReady(first, false)
  cluster.markReady(second)
  await cluster.settle()
  expect(conditions(cluster)).toEqual([
    ['p-1', false, false, false],
    ['p-2', true, true, false],
  ])
  const [slice] = cluster.slicesOf('shop')
  expect(slice?.metadata.name).toBe(placeholder?.metadata.name)
  expect(slice?.ports).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }])
  expect(slice?.endpoints?.[1]).toMatchObject({ nodeName: 'node-2', zone: 'zone-2', addresses: ['10.244.0.3'] })
  expect(hasTrigger(cluster)).toBe(true)
  expect(cluster.client.get(endpoints, SHOP).subsets).toMatchObject([
    {
      addresses: [
        { ip: '10.244.0.3', nodeName: 'node-2', targetRef: { kind: 'Pod', name: 'p-2', namespace: 'default' } },
      ],
      notReadyAddresses: [{ ip: '10.244.0.2' }],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    },
  ])
  await cluster.driver.advance(2_000_000)
  cluster.markReady(first)
  await cluster.settle()
  cluster.client.delete(pods, first.metadata)
  await cluster.settle()
  expect(conditions(cluster)).toEqual([
    ['p-1', false, true, true],
    ['p-2', true, true, false],
  ])
  // A deletion alone carries no trigger time.
  expect(hasTrigger(cluster)).toBe(false)
  cluster.finishDeletions()
  cluster.client.delete(pods, second.metadata, { gracePeriodSeconds: 0 })
  await cluster.settle()
  expect(cluster.slicesOf('shop')).toHaveLength(1)
  expect(conditions(cluster)).toEqual([])
  expect(cluster.slicesOf('shop')[0]?.metadata.name).toBe(placeholder?.metadata.name)
  cluster.client.delete(services, SHOP)
  await cluster.settle()
  expect(cluster.slicesOf('shop')).toEqual([])
  expect(cluster.client.find(endpoints, SHOP)).toBeUndefined()
})

test('named target ports with different numbers get slices of their own', async () => {
  const cluster = await shopCluster()
  cluster.client.create(services, serviceOf({ ports: [{ name: 'web', port: 80, targetPort: 'web' }] }))
  const numbers = [8080, 8081, undefined, 8080]
  const made = numbers.map((number, index) => {
    const ports = [number === undefined ? { name: 'other', containerPort: 1 } : { name: 'web', containerPort: number }]
    return addPod(cluster, `p-${index + 1}`, 'node-1', {
      containers: [{ name: 'main', image: 'example.test/app:1', ports }],
    })
  })
  for (const pod of made) cluster.markReady(pod)
  await cluster.settle()
  const summary = cluster
    .slicesOf('shop')
    .map(({ ports, endpoints: list }) => [
      ports?.[0]?.port ?? 0,
      (list ?? []).map((endpoint) => endpoint.targetRef?.name),
    ])
  expect(summary.sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
    [0, ['p-3']],
    [8080, ['p-1', 'p-4']],
    [8081, ['p-2']],
  ])
  expect(cluster.client.get(endpoints, SHOP).subsets?.map((subset) => subset.addresses?.length)).toEqual([2, 1])
})

test('140 pods: 100 and 40; none is moved when eight go', async () => {
  const cluster = await shopCluster()
  const sizes = (): readonly number[] =>
    cluster
      .slicesOf('shop')
      .map(({ endpoints: list }) => list?.length ?? 0)
      .sort((a, b) => b - a)
  for (let i = 1; i <= 130; i++) cluster.markReady(addPod(cluster, `q-${i}`, 'node-1'))
  await cluster.settle()
  cluster.client.create(services, serviceOf())
  await cluster.settle()
  expect(sizes()).toEqual([100, 30])
  for (let i = 201; i <= 210; i++) cluster.markReady(addPod(cluster, `q-${i}`, 'node-1'))
  await cluster.settle()
  expect(sizes()).toEqual([100, 40])
  for (let i = 1; i <= 8; i++)
    cluster.client.delete(pods, { namespace: 'default', name: `q-${i}` }, { gracePeriodSeconds: 0 })
  await cluster.settle()
  expect(sizes().reduce((sum, size) => sum + size, 0)).toBe(132)
})

test('publishNotReadyAddresses makes every endpoint ready, also a terminating one', async () => {
  const cluster = await shopCluster()
  cluster.client.create(services, serviceOf({ publishNotReadyAddresses: true }))
  const first = addPod(cluster, 'p-1', 'node-1')
  const second = addPod(cluster, 'p-2', 'node-2')
  cluster.markReady(first, false)
  cluster.markReady(second)
  cluster.client.delete(pods, second.metadata)
  await cluster.settle()
  expect(conditions(cluster)).toEqual([
    ['p-1', true, false, false],
    ['p-2', true, true, true],
  ])
  expect(cluster.client.get(endpoints, SHOP).subsets?.[0]?.addresses).toHaveLength(2)
  cluster.client.modify(services, SHOP, (draft) => void (draft.spec.publishNotReadyAddresses = false))
  await cluster.settle()
  expect(conditions(cluster)).toEqual([
    ['p-1', false, false, false],
    ['p-2', false, true, true],
  ])
})

test('headless: label, hostname only under its own subdomain, and no ports at all', async () => {
  const cluster = await shopCluster()
  cluster.client.create(services, serviceOf({ clusterIP: 'None', ports: [] }))
  cluster.markReady(addPod(cluster, 'p-1', 'node-1', { hostname: 'one', subdomain: 'shop' }))
  cluster.markReady(addPod(cluster, 'p-2', 'node-2', { hostname: 'two', subdomain: 'elsewhere' }))
  await cluster.settle()
  const [slice] = cluster.slicesOf('shop')
  expect(slice?.metadata.labels?.['service.kubernetes.io/headless']).toBe('')
  expect(slice?.endpoints?.map(({ hostname }) => hostname)).toEqual(['one', undefined])
  expect(slice?.ports ?? []).toEqual([])
  const [subset] = cluster.client.get(endpoints, SHOP).subsets ?? []
  expect(subset?.addresses?.map(({ hostname }) => hostname)).toEqual(['one', undefined])
  expect(subset).not.toHaveProperty('ports')
})

test.each([
  ['PreferClose', [{ forZones: [{ name: 'zone-1' }] }, undefined]],
  ['PreferSameZone', [{ forZones: [{ name: 'zone-1' }] }, undefined]],
  ['PreferSameNode', [{ forZones: [{ name: 'zone-1' }], forNodes: [{ name: 'node-1' }] }, undefined]],
])('trafficDistribution %s hints at ready endpoints only', async (trafficDistribution, expected) => {
  const cluster = await shopCluster()
  cluster.client.create(services, serviceOf({ trafficDistribution }))
  cluster.markReady(addPod(cluster, 'p-1', 'node-1'))
  cluster.markReady(addPod(cluster, 'p-2', 'node-2'), false)
  await cluster.settle()
  const hints = (): readonly unknown[] =>
    (cluster.slicesOf('shop')[0]?.endpoints ?? []).map((endpoint) => endpoint.hints)
  expect(hints()).toEqual(expected)
  cluster.client.modify(services, SHOP, (draft) => void delete draft.spec.trafficDistribution)
  await cluster.settle()
  expect(hints()).toEqual([undefined, undefined])
  expect(hasTrigger(cluster)).toBe(false)
})

test('an edited slice is repaired, a deleted one comes back under a new name, edited Endpoints stay', async () => {
  const cluster = await shopCluster()
  cluster.client.create(services, serviceOf())
  cluster.markReady(addPod(cluster, 'p-1', 'node-1'))
  await cluster.settle()
  const [slice] = cluster.slicesOf('shop')
  const name = slice?.metadata.name ?? ''
  const ref = { namespace: 'default', name }
  cluster.client.modify(endpointSlices, ref, (draft) => {
    draft.metadata.labels = { ...draft.metadata.labels, extra: 'x' }
    draft.endpoints = []
  })
  await cluster.settle()
  expect(conditions(cluster)).toEqual([['p-1', true, true, false]])
  expect(cluster.slicesOf('shop')[0]?.metadata.labels).not.toHaveProperty('extra')
  expect(hasTrigger(cluster)).toBe(false)
  cluster.client.delete(endpointSlices, ref)
  await cluster.settle()
  expect(conditions(cluster)).toEqual([['p-1', true, true, false]])
  expect(cluster.slicesOf('shop')[0]?.metadata.name).not.toBe(name)
  cluster.client.delete(endpoints, SHOP)
  await cluster.settle()
  expect(cluster.client.get(endpoints, SHOP).subsets).toHaveLength(1)
  cluster.client.modify(endpoints, SHOP, (draft) => void (draft.subsets = []))
  await cluster.settle()
  expect(cluster.client.get(endpoints, SHOP).subsets ?? []).toEqual([])
})

test('a pod on an unknown node is left out of the slice, not out of the Endpoints, with a warning', async () => {
  const cluster = await shopCluster()
  cluster.client.create(services, serviceOf())
  cluster.markReady(addPod(cluster, 'p-1', 'node-1'))
  cluster.markReady(addPod(cluster, 'p-2', 'nowhere'))
  await cluster.settle()
  expect(conditions(cluster)).toEqual([['p-1', true, true, false]])
  expect(cluster.client.get(endpoints, SHOP).subsets?.[0]?.addresses).toHaveLength(2)
  expect(cluster.eventsOf('Service')).toContain(
    'FailedToUpdateEndpointSlices Error updating Endpoint Slices for Service default/shop: skipping Pod p-2 for Service default/shop: Node nowhere Not Found',
  )
  cluster.addNode('nowhere')
  await cluster.settle()
  expect(conditions(cluster)).toHaveLength(2)
})

test('ExternalName freezes slices and Endpoints as they were', async () => {
  const cluster = await shopCluster()
  cluster.client.create(services, serviceOf())
  const pod = addPod(cluster, 'p-1', 'node-1')
  cluster.markReady(pod)
  await cluster.settle()
  cluster.client.patch(services, SHOP, 'merge', {
    spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: null, clusterIPs: null },
  })
  await cluster.settle()
  cluster.markReady(pod, false)
  await cluster.settle()
  expect(conditions(cluster)).toEqual([['p-1', true, true, false]])
  expect(cluster.client.get(endpoints, SHOP).subsets?.[0]?.addresses).toHaveLength(1)
})

test('hand-written Endpoints of a Service without selector are mirrored', async () => {
  const cluster = await shopCluster()
  cluster.client.create(services, { metadata: SHOP, spec: { ports: [{ name: 'x', port: 80, targetPort: 9376 }] } })
  cluster.client.create(endpoints, {
    metadata: { ...SHOP, labels: { own: 'yes' }, annotations: { note: 'kept' } },
    subsets: [
      {
        addresses: [{ ip: '192.0.2.10' }, { ip: '192.0.2.99', hostname: 'h99' }],
        notReadyAddresses: [{ ip: '192.0.2.50' }],
        ports: [{ name: 'x', port: 9376 }],
      },
    ],
  })
  await cluster.settle()
  const [mirror] = cluster.slicesOf('shop')
  expect(mirror?.endpoints).toEqual([
    { addresses: ['192.0.2.10'], conditions: { ready: true } },
    { addresses: ['192.0.2.99'], conditions: { ready: true }, hostname: 'h99' },
    { addresses: ['192.0.2.50'], conditions: { ready: false } },
  ])
  expect(mirror?.metadata).toMatchObject({
    labels: { own: 'yes', 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' },
    annotations: { note: 'kept' },
    ownerReferences: [{ kind: 'Endpoints', name: 'shop' }],
  })
  cluster.client.modify(endpoints, SHOP, (draft) => {
    draft.subsets = [
      { addresses: [{ ip: '192.0.2.10' }], ports: [{ name: 'x', port: 9376 }] },
      { addresses: [{ ip: '203.0.113.77' }], ports: [{ name: 'y', port: 7 }] },
    ]
  })
  await cluster.settle()
  expect(cluster.slicesOf('shop').map(({ ports }) => ports?.[0]?.port)).toEqual(expect.arrayContaining([9376, 7]))
  cluster.client.modify(endpoints, SHOP, (draft) => {
    draft.metadata.labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }
  })
  await cluster.settle()
  expect(cluster.slicesOf('shop')).toEqual([])
})

test('of more than 1000 addresses a subset some are not mirrored, and an event says how many', async () => {
  const cluster = await shopCluster()
  cluster.client.create(services, { metadata: SHOP, spec: { ports: [{ port: 80 }] } })
  const addresses = Array.from({ length: 1003 }, (_, i) => ({ ip: `192.0.${2 + Math.floor(i / 250)}.${i % 250}` }))
  cluster.client.create(endpoints, { metadata: SHOP, subsets: [{ addresses, ports: [{ port: 9376 }] }] })
  await cluster.settle()
  expect(cluster.slicesOf('shop').flatMap((slice) => slice.endpoints ?? [])).toHaveLength(1000)
  expect(cluster.eventsOf('Endpoints')).toEqual([
    'TooManyAddressesToMirror A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 3 addresses were skipped',
  ])
})

test('Endpoints and slices that are refused: the events are about what was to be made, and the Service', async () => {
  const cluster = await testCluster({ controllers: [...CONTROLLERS, 'resourcequota'] })
  cluster.client.create(resourceQuotas, {
    metadata: { namespace: 'default', name: 'none' },
    spec: { hard: { 'count/endpoints': '0', 'count/endpointslices.discovery.k8s.io': '0' } },
  })
  await cluster.settle()
  cluster.client.create(services, serviceOf())
  await cluster.driver.advance(100_000)
  const [event] = cluster.client
    .list(events, { namespace: 'default' })
    .items.filter(({ reason }) => reason === 'FailedToCreateEndpoint')
  expect(event?.message).toMatch(
    /^Failed to create endpoint for service default\/shop: endpoints "shop" is forbidden: exceeded quota: none, /,
  )
  expect(event?.involvedObject).toEqual({ kind: 'Endpoints', name: 'shop', apiVersion: 'v1' })
  expect(cluster.eventsOf('Service')[0]).toMatch(
    /^FailedToUpdateEndpointSlices Error updating Endpoint Slices for Service default\/shop: failed to create EndpointSlice for Service default\/shop: endpointslices\.discovery\.k8s\.io "shop-\w{5}" is forbidden: exceeded quota: none, /,
  )
})

test('a finished pod stays until a pod changes in a way that endpoints show; labels do not', async () => {
  const cluster = await shopCluster()
  cluster.client.create(services, serviceOf())
  const [first, second] = ['p-1', 'p-2'].map((name) => addPod(cluster, name, 'node-1'))
  if (first === undefined || second === undefined) return expect(first).toBeDefined()
  for (const pod of [first, second]) cluster.markReady(pod)
  await cluster.settle()
  const live = cluster.client.get(pods, first.metadata)
  cluster.client.update(pods, { ...live, status: { ...live.status, phase: 'Succeeded' } }, { subresource: 'status' })
  cluster.client.patch(pods, second.metadata, 'merge', { metadata: { labels: { more: 'x' } } })
  await cluster.settle()
  expect(conditions(cluster)).toHaveLength(2)
  cluster.client.patch(pods, second.metadata, 'merge', { metadata: { labels: { app: 'other' } } })
  await cluster.settle()
  expect(conditions(cluster)).toEqual([])
  cluster.client.patch(pods, second.metadata, 'merge', { metadata: { labels: { app: 'shop' } } })
  await cluster.settle()
  expect(conditions(cluster)).toEqual([['p-2', true, true, false]])
})

test('a zone without a name is none', async () => {
  const cluster = await shopCluster()
  cluster.addNode('nameless', { zone: '' })
  cluster.client.create(services, serviceOf({ trafficDistribution: 'PreferClose' }))
  cluster.markReady(addPod(cluster, 'p-1', 'nameless'))
  await cluster.settle()
  const [endpoint] = cluster.slicesOf('shop')[0]?.endpoints ?? []
  expect(endpoint).toBeDefined()
  expect([endpoint?.zone, endpoint?.hints]).toEqual([undefined, undefined])
})

test.each([
  [{ 'service.kubernetes.io/topology-mode': 'Auto' }, true],
  [{ 'service.kubernetes.io/topology-aware-hints': 'auto' }, true],
  [{ 'service.kubernetes.io/topology-mode': 'Disabled', 'service.kubernetes.io/topology-aware-hints': 'Auto' }, true],
  [{ 'service.kubernetes.io/topology-mode': 'Auto', 'service.kubernetes.io/topology-aware-hints': 'Disabled' }, false],
])('topology mode by annotation: %j', (annotations, wanted) => {
  const metadata = { ...SHOP, uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', annotations }
  expect(wantsTopologyMode({ apiVersion: 'v1', kind: 'Service', metadata, spec: {} })).toBe(wanted)
})
