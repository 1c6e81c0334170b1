// A running cluster's nodes have the rules that `proxyRules` prints for its objects.

import { endpointSlices, nodes, serviceCidrs, services, type KubeObject, type ResourceType } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { createCluster, type Cluster } from './cluster.ts'
import { proxyRules } from './rules.ts'

/** What `kubectl get` would print of a kind, as one list. */
function listOf<T extends KubeObject>({ client }: Cluster, type: ResourceType<T>): string {
  const items = client.list(type).items.map((item) => ({
    ...item,
    apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`,
    kind: type.kind,
  }))
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

test.each(['iptables', 'nftables', 'userspace'] as const)('%s', async (proxyMode) => {
  const proxy = { proxyMode, clusterCidr: '10.244.0.0/16', nfacct: false }
  await using cluster = await createCluster({ nodes: 2, ingress: false, proxy })
  await cluster.apply('examples/kubia.yaml')
  await cluster.settle()
  const state = [
    listOf(cluster, nodes),
    listOf(cluster, services),
    listOf(cluster, endpointSlices),
    listOf(cluster, serviceCidrs),
  ]
  for (const node of ['node-1', 'node-2']) {
    const { stdout } = await cluster.node(node).exec(proxyMode === 'nftables' ? 'nft list ruleset' : 'iptables-save')
    expect(stdout).toContain('30123')
    expect(proxyRules([state], { ...proxy, node })).toBe(stdout)
  }
})
