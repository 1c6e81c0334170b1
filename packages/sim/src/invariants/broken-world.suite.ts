// Clusters in states that no sound one is in, for the tests of invariants: objects that nobody puts right, and other parts in place of
// the real ones.

import { createCluster, type Cluster } from '../sdk/cluster.ts'
import { checkInvariants, invariants } from './index.ts'
import type { Invariant } from './invariant.ts'

export const pod = (name: string, ip: string, spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image: 'nginx' }], ...spec },
  status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: 'True' }] },
})

export const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
}

export const slice = (address: string, ready: boolean): object => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: 'web-1',
    labels: {
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    },
  },
  addressType: 'IPv4',
  ports: [{ name: '', port: 80, protocol: 'TCP' }],
  endpoints: [{ addresses: [address], conditions: { ready } }],
})

/** An API server with these objects, statuses included, and nobody who would put them right. */
export async function stored(objects: readonly object[]): Promise<Cluster> {
  const cluster = await createCluster({ bare: { controllers: [] } })
  await cluster.apply(objects.map(({ status: _status, ...object }: { status?: unknown }) => object) as never)
  const types = cluster.composition.server.registry
  for (const object of objects as readonly {
    kind: string
    status?: object
    metadata: { name: string; namespace?: string }
  }[]) {
    if (object.status === undefined) continue
    const type = types.all().find((one) => one.type.kind === object.kind)?.type
    if (type === undefined) throw new TypeError(`no type ${object.kind}`)
    cluster.client.patch(type, object.metadata, 'merge', { status: object.status }, { subresource: 'status' })
  }
  return cluster
}

/** The same cluster with other parts, as an invariant sees it. */
export function pretending(cluster: Cluster, parts: object): Cluster {
  const { client, engine, nodeNames } = cluster
  return {
    client,
    engine,
    nodeNames,
    ...parts,
    composition: { ...cluster.composition, runs: () => true, ...parts },
  } as never
}

export const named = (name: string): readonly Invariant[] => invariants.filter((one) => one.name === name)
export const texts = (cluster: Cluster, name: string): readonly string[] =>
  checkInvariants(cluster, named(name)).map(({ text }) => text)
