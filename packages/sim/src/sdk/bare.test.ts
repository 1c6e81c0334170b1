// A bare cluster, as envtest gives it: which objects are there, and which controllers run.

import {
  configMaps,
  deployments,
  namespaces,
  pods,
  replicaSets,
  roles,
  serviceAccounts,
  services,
} from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { createCluster, type Cluster } from './cluster.ts'
import type { ClusterOptions } from './options.ts'

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: nginx }] }
`

async function started(options: ClusterOptions): Promise<Cluster> {
  const cluster = await createCluster({ nodes: 1, ingress: false, ...options })
  await cluster.apply(DEPLOYMENT)
  await cluster.settle()
  return cluster
}

test('has the namespaces with account and certificate, the Service kubernetes, and nothing else', async () => {
  const { client, nodeNames } = await started({ bare: true })
  const spaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system']
  const inEach = (name: string): readonly string[] => spaces.map((space) => `${space}/${name}`)
  const names = (
    list: readonly { readonly metadata: { readonly namespace?: string; readonly name: string } }[],
  ): unknown => list.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`)
  expect(nodeNames).toEqual([])
  expect(names(client.list(namespaces).items)).toEqual(spaces.map((space) => `/${space}`))
  expect(client.get(namespaces, { name: 'default' })).toMatchObject({
    metadata: { labels: { 'kubernetes.io/metadata.name': 'default' } },
    spec: { finalizers: ['kubernetes'] },
  })
  expect(client.list(namespaces).items.map(({ metadata }) => metadata.annotations)).toEqual(spaces.map(() => undefined))
  expect(names(client.list(serviceAccounts).items)).toEqual(inEach('default'))
  expect(names(client.list(configMaps).items)).toEqual(inEach('kube-root-ca.crt'))
  expect(names(client.list(services).items)).toEqual(['default/kubernetes'])
  expect(names(client.list(deployments).items)).toEqual(['default/web'])
  expect([client.list(pods).items, client.list(replicaSets).items]).toEqual([[], []])
})

test('its namespace controller empties and removes namespaces', async () => {
  const cluster = await started({ bare: true })
  await cluster.apply('apiVersion: v1\nkind: Namespace\nmetadata: { name: lab }')
  await cluster.settle()
  cluster.client.delete(namespaces, { name: 'lab' })
  await cluster.settle()
  expect(cluster.client.list(namespaces).items.map(({ metadata }) => metadata.name)).not.toContain('lab')
})

test.each<[string, ClusterOptions, { accounts: boolean; replicaSets: number; pods: number; bound: boolean }]>([
  ['none', { bare: { controllers: [] } }, { accounts: false, replicaSets: 0, pods: 0, bound: false }],
  [
    'named in bare',
    { bare: { controllers: ['deployment-controller'] } },
    { accounts: false, replicaSets: 1, pods: 0, bound: false },
  ],
  [
    'named beside bare',
    { bare: true, controllers: ['deployment', 'replicaset', 'serviceaccount'] },
    { accounts: true, replicaSets: 1, pods: 2, bound: false },
  ],
  [
    'all but the scheduler, with nodes',
    { controllers: ['*', '-scheduler'] },
    { accounts: true, replicaSets: 1, pods: 2, bound: false },
  ],
  [
    'all but one, with nodes',
    { controllers: ['*', '-serviceaccount-controller'] },
    { accounts: false, replicaSets: 1, pods: 2, bound: true },
  ],
])('controllers: %s', async (_, options, expected) => {
  const { client } = await started(options)
  const web = client.list(pods, { namespace: 'default' }).items
  expect({
    accounts: client.list(serviceAccounts, { namespace: 'default' }).items.length > 0,
    replicaSets: client.list(replicaSets, { namespace: 'default' }).items.length,
    pods: web.length,
    bound: web.some((pod) => pod.spec.nodeName !== undefined),
  }).toEqual(expected)
})

test('a name that is none is refused, and so are two lists', async () => {
  await expect(createCluster({ controllers: ['deployments'] })).rejects.toThrow('Known are kubernetes-service,')
  await expect(createCluster({ bare: { controllers: [] }, controllers: [] })).rejects.toThrow('named twice')
})

test('RBAC said outright stores the first roles, system namespaces included; AlwaysAllow asks nobody', async () => {
  const rolesOf = ({ client }: Cluster): readonly string[] =>
    client.list(roles, { namespace: 'kube-system' }).items.map(({ metadata }) => metadata.name)
  const [plain, rbac, open] = await Promise.all([
    createCluster({ bare: true }),
    createCluster({ bare: true, authorization: 'RBAC' }),
    createCluster({ bare: true, authorization: 'AlwaysAllow' }),
  ])
  expect([rolesOf(plain), rolesOf(open)]).toEqual([[], []])
  expect(rolesOf(rbac)).toContain('extension-apiserver-authentication-reader')
  const bob = { name: 'bob', groups: ['system:authenticated'] }
  const mayLeave = ({ composition }: Cluster): unknown =>
    composition.server.requestHandler.authorizer?.().authorize(bob, { kind: 'path', verb: 'post', path: '/x' }).allowed
  expect([plain, rbac, open].map(mayLeave)).toEqual([false, false, true])
})
