import { events, namespaces, services } from '@podwire/apiserver'
import { compareText } from '@podwire/engine'
import { describe, expect, test } from 'vitest'
import type { Flow } from '../fabric/flow.ts'
import { SocketError } from '../fabric/network.ts'
import { createCluster, type Cluster } from './cluster.ts'
import { RequestError } from './machine.ts'

const APP = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: luksa/kubia, ports: [{containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`

const POOL = `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: course, namespace: metallb-system}
spec: {addresses: [10.10.10.200-10.10.10.250]}
`

const LAYER2 = `
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: course, namespace: metallb-system}
`

const BGP = `
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: course, namespace: metallb-system}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: router, namespace: metallb-system}
spec: {myASN: 64500, peerASN: 64501, peerAddress: 172.18.0.1, holdTime: 30s}
`

function addressOf(cluster: Cluster, name = 'web'): string {
  const { status } = cluster.client.get(services, { namespace: 'default', name })
  return (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip).join(',') || '<pending>'
}

function eventsOf(cluster: Cluster, reasons: readonly string[]): readonly string[] {
  return cluster.client
    .list(events, { namespace: 'default' })
    .items.filter(({ reason }) => reasons.includes(reason ?? ''))
    .map(({ message, reason }) => `${reason ?? ''}: ${message ?? ''}`)
    .toSorted(compareText)
}

/**
 * Nodes the traffic of 60 connections came in by, those that failed behind it included. node-1 is none of them unless it is
 * asked for: kubeadm labels control planes `exclude-from-external-load-balancers`.
 */
async function entryNodes(cluster: Cluster, url: string): Promise<readonly string[]> {
  const seen = new Set<string>()
  for (let i = 0; i < 60; i++) {
    const entry = (await flowOf(cluster, url)).steps.find(({ place, at }) => place === 'wire' && at === 'external')
    seen.add(/→ (\S+)/.exec(entry?.what ?? '')?.[1] ?? '?')
  }
  return [...seen].toSorted()
}

async function flowOf(cluster: Cluster, url: string): Promise<Flow> {
  try {
    return (await cluster.external.fetch(url, { timeoutMs: 5000 })).flow
  } catch (error) {
    const cause = error instanceof RequestError ? error.cause : undefined
    if (cause instanceof SocketError && cause.flow !== undefined) return cause.flow
    throw error
  }
}

describe('without anybody', () => {
  test('the address is pending for ever, and the node port works', async () => {
    await using cluster = await createCluster()
    await cluster.apply(APP)
    await cluster.settle()
    await cluster.advance('1h')
    expect(addressOf(cluster)).toBe('<pending>')
    const { spec } = cluster.client.get(services, { namespace: 'default', name: 'web' })
    const reply = await cluster.external.fetch(`http://172.18.0.3:${spec.ports?.[0]?.nodePort}/`)
    expect(reply.status).toBe(200)
  })
})

describe('MetalLB in layer 2', () => {
  test('one node answers; when it dies another takes over, and when it returns it takes the address back', async () => {
    await using cluster = await createCluster({ loadBalancer: 'metallb' })
    await cluster.apply(APP)
    await cluster.settle()
    expect(addressOf(cluster)).toBe('<pending>')
    await cluster.apply(POOL)
    await cluster.settle()
    expect(addressOf(cluster)).toBe('10.10.10.200')
    await expect(cluster.external.fetch('http://10.10.10.200/', { timeoutMs: 5000 })).rejects.toThrow('Failed to fetch')
    await cluster.apply(LAYER2)
    await cluster.settle()
    const [winner] = await entryNodes(cluster, 'http://10.10.10.200/')
    expect(await entryNodes(cluster, 'http://10.10.10.200/')).toHaveLength(1)
    expect(eventsOf(cluster, ['IPAllocated', 'nodeAssigned'])).toEqual([
      'IPAllocated: Assigned IP ["10.10.10.200"]',
      `nodeAssigned: announcing from node "${winner}" with protocol "layer2"`,
    ])
    cluster.node(winner ?? '').powerOff()
    await expect(cluster.external.fetch('http://10.10.10.200/', { timeoutMs: 1000 })).rejects.toThrow('Failed to fetch')
    await cluster.advance('10s')
    const [heir] = await entryNodes(cluster, 'http://10.10.10.200/')
    expect(heir).not.toBe(winner)
    cluster.node(winner ?? '').powerOn()
    await cluster.advance('2m')
    expect(await entryNodes(cluster, 'http://10.10.10.200/')).toEqual([winner])
  })

  test('externalTrafficPolicy Local: only a node with an endpoint answers, and the pod sees the client', async () => {
    await using cluster = await createCluster({ loadBalancer: 'metallb' })
    await cluster.apply(
      [
        POOL,
        LAYER2,
        APP.replace('replicas: 3', 'replicas: 1').replace(
          'type: LoadBalancer',
          'type: LoadBalancer, externalTrafficPolicy: Local',
        ),
      ].join('---'),
    )
    await cluster.settle()
    const [pod] = cluster.pods({ app: 'web' })
    const [entry] = await entryNodes(cluster, 'http://10.10.10.200/')
    expect(entry).toBe(pod?.object.spec.nodeName)
    const reply = await cluster.external.fetch('http://10.10.10.200/')
    expect(reply.flow.delivered?.source).toBe('172.18.0.1')
  })

  test('the ConfigMap of 2021, with the images of that release', async () => {
    await using cluster = await createCluster()
    await cluster.apply(OLD_METALLB)
    await cluster.apply(APP)
    await cluster.settle()
    expect(addressOf(cluster)).toBe('10.10.10.200')
    expect((await cluster.external.fetch('http://10.10.10.200/')).status).toBe(200)
    expect(eventsOf(cluster, ['IPAllocated'])).toEqual(['IPAllocated: Assigned IP ["10.10.10.200"]'])
    // Speakers start one after the other: the first may have announced before the winner was there.
    for (const told of eventsOf(cluster, ['nodeAssigned'])) {
      expect(told).toMatch(/^nodeAssigned: announcing from node "node-\d"$/)
    }
  })

  test('a pool that is used up tells so, and the next Service gets what is freed', async () => {
    await using cluster = await createCluster({ loadBalancer: 'metallb' })
    await cluster.apply([POOL.replace('10.10.10.200-10.10.10.250', '10.10.10.200/32'), LAYER2, APP].join('---'))
    await cluster.settle()
    await cluster.apply(
      'apiVersion: v1\nkind: Service\nmetadata: {name: second}\nspec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}',
    )
    await cluster.settle()
    expect(addressOf(cluster, 'second')).toBe('<pending>')
    expect(eventsOf(cluster, ['AllocationFailed'])).toEqual([
      'AllocationFailed: Failed to allocate IP for "default/second": no available IPs',
    ])
    cluster.client.delete(services, { namespace: 'default', name: 'web' })
    await cluster.settle()
    expect(addressOf(cluster, 'second')).toBe('10.10.10.200')
  })
})

describe('MetalLB over BGP', () => {
  test('connections spread over all nodes; a dead one keeps its share until its hold time is over', async () => {
    await using cluster = await createCluster({ loadBalancer: 'metallb' })
    await cluster.apply([POOL, BGP, APP].join('---'))
    await cluster.settle()
    expect(await entryNodes(cluster, 'http://10.10.10.200/')).toEqual(['node-2', 'node-3'])
    const { stdout } = await cluster.external.exec('ip route show')
    expect(stdout).toContain('10.10.10.200/32 proto bgp metric 20\n\tnexthop via 172.18.0.3 dev eth0 weight 1')
    cluster.node('node-2').powerOff()
    await cluster.advance('20s')
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => cluster.external.fetch('http://10.10.10.200/', { timeoutMs: 1000 })),
    )
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true)
    await cluster.advance('2m')
    expect(await entryNodes(cluster, 'http://10.10.10.200/')).toEqual(['node-3'])
  })
})

describe('MetalLB, when things change', () => {
  test('a node that is back within the hold time keeps its routes', async () => {
    await using cluster = await createCluster({ loadBalancer: 'metallb' })
    await cluster.apply([POOL, BGP, APP].join('---'))
    await cluster.settle()
    cluster.node('node-2').powerOff()
    await cluster.advance('2s')
    cluster.node('node-2').powerOn()
    await cluster.advance('2m')
    expect(await entryNodes(cluster, 'http://10.10.10.200/')).toEqual(['node-2', 'node-3'])
  })

  test('a pool for namespaces of a label, before and after the namespace has it', async () => {
    await using cluster = await createCluster({ loadBalancer: 'metallb' })
    const allocation = '{namespaceSelectors: [{matchLabels: {team: a}}]}'
    await cluster.apply(POOL.replace('spec: {', `spec: {serviceAllocation: ${allocation}, `))
    await cluster.apply(APP)
    await cluster.settle()
    expect(addressOf(cluster)).toBe('<pending>')
    cluster.client.patch(namespaces, { name: 'default' }, 'merge', { metadata: { labels: { team: 'a' } } })
    await cluster.settle()
    expect(addressOf(cluster)).toBe('10.10.10.200')
  })
})

describe('a cloud', () => {
  test('gives addresses, spreads over the nodes, and keeps the Service until its balancer is gone', async () => {
    await using cluster = await createCluster({ loadBalancer: 'cloud' })
    await cluster.apply(APP)
    await cluster.settle()
    expect(addressOf(cluster)).toBe('198.51.100.1')
    expect(await entryNodes(cluster, 'http://198.51.100.1/')).toEqual(['node-2', 'node-3'])
    expect(cluster.client.get(services, { namespace: 'default', name: 'web' }).metadata.finalizers).toEqual([
      'service.kubernetes.io/load-balancer-cleanup',
    ])
    cluster.client.delete(services, { namespace: 'default', name: 'web' })
    await cluster.settle()
    expect(cluster.client.find(services, { namespace: 'default', name: 'web' })).toBeUndefined()
    expect(
      eventsOf(cluster, ['EnsuringLoadBalancer', 'EnsuredLoadBalancer', 'DeletingLoadBalancer', 'DeletedLoadBalancer']),
    ).toEqual([
      'DeletedLoadBalancer: Deleted load balancer',
      'DeletingLoadBalancer: Deleting load balancer',
      'EnsuredLoadBalancer: Ensured load balancer',
      'EnsuringLoadBalancer: Ensuring load balancer',
    ])
    await expect(cluster.external.fetch('http://198.51.100.1/', { timeoutMs: 1000 })).rejects.toThrow('Failed to fetch')
  })

  test('Local: connections go to nodes with endpoints only', async () => {
    await using cluster = await createCluster({ loadBalancer: 'cloud' })
    await cluster.apply(
      APP.replace('replicas: 3', 'replicas: 1').replace(
        'type: LoadBalancer',
        'type: LoadBalancer, externalTrafficPolicy: Local',
      ),
    )
    await cluster.settle()
    await cluster.advance('6s')
    const [pod] = cluster.pods({ app: 'web' })
    expect(await entryNodes(cluster, 'http://198.51.100.1/')).toEqual([pod?.object.spec.nodeName])
  })
})

const OLD_METALLB = `
apiVersion: v1
kind: Namespace
metadata: {name: metallb-system}
---
apiVersion: v1
kind: ConfigMap
metadata: {namespace: metallb-system, name: config}
data:
  config: |
    address-pools:
    - name: default
      protocol: layer2
      addresses:
      - 10.10.10.200-10.10.10.250
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: controller, namespace: metallb-system}
spec:
  selector: {matchLabels: {app: metallb, component: controller}}
  template:
    metadata: {labels: {app: metallb, component: controller}}
    spec:
      containers: [{name: controller, image: 'quay.io/metallb/controller:v0.12.1', args: [--port=7472, --config=config]}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: speaker, namespace: metallb-system}
spec:
  selector: {matchLabels: {app: metallb, component: speaker}}
  template:
    metadata: {labels: {app: metallb, component: speaker}}
    spec:
      hostNetwork: true
      containers: [{name: speaker, image: 'quay.io/metallb/speaker:v0.12.1', args: [--port=7472, --config=config]}]
`
