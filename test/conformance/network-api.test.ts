// The first rungs of the conformance ladder: what a test suite asks of a cluster before it starts, and the network API specs
// that need no pod. In our own words, against the HTTP door of `podwire up`.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DoorClient, eventually, JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, type Wire } from '../door-client.ts'
import { UpProcess } from '../up.ts'

const HOST_ADDRESS = 'podwire.dev/host-address'

let up: UpProcess
let api: DoorClient
let made = 0

beforeAll(async () => {
  up = new UpProcess(['--dns-port', '0', '--no-ingress', '--speed', '10'])
  await up.ready()
  api = new DoorClient(up.kubeconfig)
}, 60_000)

afterAll(async () => {
  api.close()
  await up.stop()
})

/** A namespace of its own, with the account and certificate every namespace gets. */
async function newNamespace(): Promise<string> {
  const name = `conformance-${++made}`
  await api.create('/api/v1/namespaces', { metadata: { name, labels: { 'e2e-run': 'one' } } })
  for (const path of ['serviceaccounts/default', 'configmaps/kube-root-ca.crt']) {
    await eventually(path, async () => {
      const { code } = await api.send('GET', `/api/v1/namespaces/${name}/${path}`)
      return code === 200 ? true : undefined
    })
  }
  return name
}

const names = (list: Wire): (string | undefined)[] => (list.items ?? []).map((item) => item.metadata?.name)

describe('rung 0: the suite can start', () => {
  test('at least two nodes are schedulable, ready and untainted', async () => {
    const nodes = await api.get('/api/v1/nodes?resourceVersion=0&fieldSelector=spec.unschedulable%3Dfalse')
    const good = (nodes.items ?? []).filter(({ spec, status }) => {
      const { conditions } = status as { conditions: { type: string; status: string }[] }
      return (
        conditions.some(({ type, status }) => type === 'Ready' && status === 'True') && spec?.['taints'] === undefined
      )
    })
    expect(good.length).toBeGreaterThanOrEqual(2)
    for (const { status, metadata } of good) {
      const { addresses } = status as { addresses: { type: string; address: string }[] }
      expect(addresses.filter(({ type }) => type === 'InternalIP')).toHaveLength(1)
      expect(addresses.filter(({ type }) => type === 'ExternalIP')).toHaveLength(0)
      expect(metadata?.labels?.['kubernetes.io/hostname']).toBe(metadata?.name)
    }
  })

  test('every pod of kube-system is Ready', async () => {
    const pods = await api.get('/api/v1/namespaces/kube-system/pods')
    for (const { metadata, status } of pods.items ?? []) {
      const { conditions } = status as { conditions: { type: string; status: string }[] }
      expect([metadata?.name, conditions.find(({ type }) => type === 'Ready')?.status]).toEqual([
        metadata?.name,
        'True',
      ])
    }
  })

  test('the version is two plain numbers', async () => {
    const version = await api.get('/version')
    expect(version['major']).toMatch(/^\d+$/)
    expect(version['minor']).toMatch(/^\d+$/)
  })

  test('account and certificate of a new namespace are seen by a watch of their names', async () => {
    const name = `watched-${++made}`
    await api.create('/api/v1/namespaces', { metadata: { name } })
    for (const [resource, wanted] of [
      ['serviceaccounts', 'default'],
      ['configmaps', 'kube-root-ca.crt'],
    ]) {
      const watch = await api.watch(`/api/v1/namespaces/${name}/${resource}?fieldSelector=metadata.name%3D${wanted}`)
      await watch.until(`${wanted}`, (events) => events.some(({ object }) => object.metadata?.name === wanted))
      watch.stop()
    }
  })
})

describe('rung 1: objects that are there from the start', () => {
  test('the Service kubernetes is found by name and in the list of all namespaces', async () => {
    const service = await api.get('/api/v1/namespaces/default/services/kubernetes')
    expect(service.spec?.['clusterIP']).toBe('10.96.0.1')
    const everywhere = await api.get('/api/v1/services')
    expect((everywhere.items ?? []).map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)).toContain(
      'default/kubernetes',
    )
  })

  test('its Endpoints and its EndpointSlices name the same addresses and ports', async () => {
    const endpoints = await api.get('/api/v1/namespaces/default/endpoints/kubernetes')
    const slices = await api.get(
      '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes',
    )
    const subsets = endpoints['subsets'] as { addresses: { ip: string }[]; ports: { port: number }[] }[]
    const fromEndpoints = subsets.flatMap(({ addresses, ports }) =>
      addresses.flatMap(({ ip }) => ports.map(({ port }) => `${ip}:${port}`)),
    )
    const fromSlices = (slices.items ?? []).flatMap((slice) => {
      const { endpoints: list, ports } = slice as unknown as {
        endpoints: { addresses: string[] }[]
        ports: { port: number }[]
      }
      return list.flatMap(({ addresses }) => addresses.flatMap((ip) => ports.map(({ port }) => `${ip}:${port}`)))
    })
    expect(fromSlices.sort(byText)).toEqual(fromEndpoints.sort(byText))
    expect(fromSlices.length).toBeGreaterThan(0)
  })

  test('the ServiceCIDR kubernetes can be read, its status too, listed and watched', async () => {
    const base = '/apis/networking.k8s.io/v1/servicecidrs'
    const one = await api.get(`${base}/kubernetes`)
    expect(one.spec?.['cidrs']).toEqual(['10.96.0.0/12'])
    expect((await api.get(`${base}/kubernetes/status`)).metadata?.uid).toBe(one.metadata?.uid)
    expect(names(await api.get(base))).toContain('kubernetes')
    const watch = await api.watch(base)
    await watch.until('the default range', (events) =>
      events.some(({ object }) => object.metadata?.name === 'kubernetes'),
    )
    watch.stop()
  })
})

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

interface ApiOperations {
  readonly name: string
  readonly group: string
  readonly resource: string
  readonly namespaced: boolean
  /** A new object; `i` tells objects of one run apart. */
  readonly object: (i: number) => object
}

/** Specs of the form "should support … API operations": the same walk for each kind. */
const KINDS: readonly ApiOperations[] = [
  {
    name: 'IngressClass',
    group: 'networking.k8s.io',
    resource: 'ingressclasses',
    namespaced: false,
    object: () => ({ metadata: { generateName: 'e2e-' }, spec: { controller: 'example.com/controller' } }),
  },
  {
    name: 'IPAddress',
    group: 'networking.k8s.io',
    resource: 'ipaddresses',
    namespaced: false,
    object: (i) => ({
      metadata: { name: ['255.255.255.255', 'fe80::42:1dff:fe84:f9e2', '192.0.2.77'][i] ?? `192.0.2.${i}` },
      spec: { parentRef: { resource: 'services', name: 'nobody', namespace: 'default' } },
    }),
  },
  {
    name: 'EndpointSlice',
    group: 'discovery.k8s.io',
    resource: 'endpointslices',
    namespaced: true,
    object: () => ({
      metadata: { generateName: 'e2e-' },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['1.2.3.4'] }],
    }),
  },
  {
    name: 'Ingress',
    group: 'networking.k8s.io',
    resource: 'ingresses',
    namespaced: true,
    object: () => ({
      metadata: { generateName: 'e2e-' },
      spec: { defaultBackend: { service: { name: 'default-backend', port: { number: 80 } } } },
    }),
  },
]

describe.each(KINDS)('rung 2: $name API operations', ({ group, namespaced, object, resource }) => {
  let collection: string
  const labelled = (i: number): object => {
    const one = object(i) as { metadata: object }
    return { ...one, metadata: { ...one.metadata, labels: { special: 'yes' } } }
  }

  beforeAll(async () => {
    const scope = namespaced ? `namespaces/${await newNamespace()}/` : ''
    collection = `/apis/${group}/v1/${scope}${resource}`
  })

  test('discovery knows the group, the version and the resource', async () => {
    const groups = (await api.get('/apis'))['groups'] as { name: string; versions: { version: string }[] }[]
    expect(groups.find(({ name }) => name === group)?.versions.map(({ version }) => version)).toContain('v1')
    const one = (await api.get(`/apis/${group}`)) as unknown as { versions: { groupVersion: string }[] }
    expect(one.versions.map(({ groupVersion }) => groupVersion)).toContain(`${group}/v1`)
    const resources = (await api.get(`/apis/${group}/v1`))['resources'] as { name: string }[]
    expect(resources.map(({ name }) => name)).toContain(resource)
  })

  test('create, get, list, watch, patch, update, delete, delete all', async () => {
    const [first, second, third] = [
      await api.create(collection, labelled(0)),
      await api.create(collection, labelled(1)),
      await api.create(collection, labelled(2)),
    ]
    const path = `${collection}/${encodeURIComponent(first.metadata?.name ?? '')}`
    expect(
      (await api.send('POST', collection, { ...first, metadata: { name: first.metadata?.name } })).body.reason,
    ).toBe('AlreadyExists')
    expect((await api.get(path)).metadata?.uid).toBe(first.metadata?.uid)
    const list = await api.get(`${collection}?labelSelector=special%3Dyes`)
    expect(list.items).toHaveLength(3)
    if (namespaced) {
      const everywhere = await api.get(`/apis/${group}/v1/${resource}?labelSelector=special%3Dyes`)
      expect(names(everywhere)).toEqual(expect.arrayContaining(names(list)))
    }
    // Opened at the version of the list, the watch must tell of changes only, and of each in turn.
    const from = `resourceVersion=${list.metadata?.resourceVersion}&labelSelector=special%3Dyes`
    const watch = await api.watch(`${collection}?${from}`)
    const patched = await api.ok('PATCH', path, { metadata: { annotations: { patched: 'true' } } }, MERGE_PATCH)
    expect(patched.metadata?.annotations?.['patched']).toBe('true')
    expect(Number(patched.metadata?.resourceVersion)).toBeGreaterThan(Number(first.metadata?.resourceVersion))
    const annotations = { ...patched.metadata?.annotations, updated: 'true' }
    const updated = await api.ok('PUT', path, { ...patched, metadata: { ...patched.metadata, annotations } })
    expect(updated.metadata?.annotations).toMatchObject({ patched: 'true', updated: 'true' })
    const [one, two] = await watch.count(2)
    expect([one?.type, two?.type]).toEqual(['MODIFIED', 'MODIFIED'])
    expect(one?.object.metadata?.annotations).toEqual({ patched: 'true' })

    await api.ok('DELETE', path)
    expect((await api.send('GET', path)).code).toBe(404)
    await watch.until('the deletion', (events) => events.some(({ type }) => type === 'DELETED'))
    await api.ok('DELETE', `${collection}?labelSelector=special%3Dyes`)
    await watch.until('the other deletions', (events) => events.filter(({ type }) => type === 'DELETED').length === 3)
    expect(watch.events.map(({ type }) => type)).not.toContain('ADDED')
    watch.stop()
    expect((await api.get(`${collection}?labelSelector=special%3Dyes`)).items).toEqual([])
    expect([second.metadata?.name, third.metadata?.name]).not.toContain(undefined)
  })
})

describe('rung 2: Services and Endpoints', () => {
  test('the status of an Ingress can be patched, updated and read apart', async () => {
    const ingresses = `/apis/networking.k8s.io/v1/namespaces/${await newNamespace()}/ingresses`
    const backend = { service: { name: 'default-backend', port: { number: 80 } } }
    const one = await api.create(ingresses, { metadata: { name: 'one' }, spec: { defaultBackend: backend } })
    const path = `${ingresses}/one`
    const status = { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } }
    const patched = await api.ok(
      'PATCH',
      `${path}/status`,
      { metadata: { annotations: { a: 'b' } }, status },
      MERGE_PATCH,
    )
    expect(patched.status).toEqual(status)
    expect(patched.metadata?.annotations?.['a']).toBe('b')
    const next = { loadBalancer: { ingress: [{ ip: '169.1.1.2' }] } }
    const updated = await api.ok('PUT', `${path}/status`, { ...patched, spec: {}, status: next })
    expect(updated.status).toEqual(next)
    expect((await api.get(`${path}/status`)).status).toEqual(next)
    expect(updated.spec).toEqual(one.spec)
  })

  test('a collection of Services goes by label', async () => {
    const services = `/api/v1/namespaces/${await newNamespace()}/services`
    for (const [name, app] of [
      ['one', 'gone'],
      ['two', 'gone'],
      ['three', 'stays'],
    ]) {
      await api.create(services, { metadata: { name, labels: { app } }, spec: { ports: [{ port: 80 }] } })
    }
    await api.ok('DELETE', `${services}?labelSelector=app%3Dgone`)
    expect(names(await api.get(services))).toEqual(['three'])
  })

  test('a Service goes through its status lifecycle', async () => {
    const services = `/api/v1/namespaces/${await newNamespace()}/services`
    const list = await api.get(`${services}?labelSelector=test-service-static%3Dtrue`)
    const watch = await api.watch(
      `${services}?resourceVersion=${list.metadata?.resourceVersion}&labelSelector=test-service-static%3Dtrue`,
    )
    const body = {
      metadata: { name: 'lb', labels: { 'test-service-static': 'true' } },
      spec: {
        type: 'LoadBalancer',
        loadBalancerClass: 'example.com/internal-vip',
        ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 80 }],
      },
    }
    const created = await api.create(services, body)
    const path = `${services}/lb`
    expect(created.status).toEqual({ loadBalancer: {} })
    const ingress = [{ ip: '203.0.113.1' }]
    const patch = { metadata: { annotations: { patchedstatus: 'true' } }, status: { loadBalancer: { ingress } } }
    const patched = await api.ok('PATCH', `${path}/status`, patch, MERGE_PATCH)
    expect(patched.metadata?.annotations?.['patchedstatus']).toBe('true')
    expect(patched.status).toEqual({ loadBalancer: { ingress: [{ ip: '203.0.113.1', ipMode: 'VIP' }] } })
    const conditions = [
      {
        type: 'StatusUpdate',
        status: 'True',
        reason: 'E2E',
        message: 'Set from e2e test',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ]
    const updated = await api.ok('PUT', `${path}/status`, {
      ...patched,
      status: { ...(patched.status as object), conditions },
    })
    expect(updated.status).toMatchObject({ conditions })
    const labelled = await api.ok(
      'PATCH',
      path,
      { metadata: { labels: { 'test-service': 'patched' } } },
      STRATEGIC_PATCH,
    )
    expect(labelled.metadata?.labels).toEqual({ 'test-service': 'patched', 'test-service-static': 'true' })
    expect(labelled.status).toEqual(updated.status)
    await api.ok('DELETE', path)
    await watch.until('the deletion', (events) => events.at(-1)?.type === 'DELETED')
    // podwire's own note of the address on this machine is a change, too.
    const own = watch.events.filter(({ object }, i) => {
      const before = watch.events[i - 1]?.object.metadata?.annotations ?? {}
      return i === 0 || object.metadata?.annotations?.[HOST_ADDRESS] === before[HOST_ADDRESS]
    })
    expect(own.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'MODIFIED', 'DELETED'])
    watch.stop()
  })

  test('Endpoints made by hand go through their lifecycle; a strategic patch replaces the subsets', async () => {
    const namespace = await newNamespace()
    const endpoints = `/api/v1/namespaces/${namespace}/endpoints`
    const list = await api.get(`/api/v1/endpoints?labelSelector=test-endpoint-static%3Dtrue`)
    const watch = await api.watch(
      `${endpoints}?resourceVersion=${list.metadata?.resourceVersion}&labelSelector=test-endpoint-static%3Dtrue`,
    )
    await api.create(endpoints, {
      metadata: { name: 'testservice', labels: { 'test-endpoint-static': 'true' } },
      subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }],
    })
    expect(names(await api.get('/api/v1/endpoints?labelSelector=test-endpoint-static%3Dtrue'))).toContain('testservice')
    const found = await api.get(`${endpoints}/testservice`)
    await api.ok('PUT', `${endpoints}/testservice`, {
      ...found,
      metadata: { ...found.metadata, labels: { ...found.metadata?.labels, 'test-service': 'updated' } },
    })
    const patched = await api.ok(
      'PATCH',
      `${endpoints}/testservice`,
      {
        metadata: { labels: { 'test-service': 'patched' } },
        subsets: [{ addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080, protocol: 'TCP' }] }],
      },
      STRATEGIC_PATCH,
    )
    expect(patched['subsets']).toEqual([
      { addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080, protocol: 'TCP' }] },
    ])
    await api.ok('DELETE', `${endpoints}?labelSelector=test-endpoint-static%3Dtrue`)
    await watch.until('the deletion', (events) => events.at(-1)?.type === 'DELETED')
    expect(watch.events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED'])
    watch.stop()
  })

  test('optimistic locking: a stale update is refused, one without a version is taken', async () => {
    const services = `/api/v1/namespaces/${await newNamespace()}/services`
    const first = await api.create(services, { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } })
    await api.ok('PATCH', `${services}/s`, [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }], JSON_PATCH)
    const stale = await api.send('PUT', `${services}/s`, first)
    expect([stale.code, stale.body.reason]).toEqual([409, 'Conflict'])
    const { resourceVersion: _version, ...metadata } = first.metadata ?? {}
    expect((await api.send('PUT', `${services}/s`, { ...first, metadata })).code).toBe(200)
  })
})
