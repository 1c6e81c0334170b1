// The walk's flows in virtual time through the SDK: what a user's own tests look like. Each runs twice; equal seeds must leave
// equal trace hashes.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { endpointSlices, nodes, pods, services } from '@podwire/apiserver'
import { createCluster, RequestError, type Cluster } from '@podwire/sim'
import { describe, expect, test } from 'vitest'
import { root } from './up.ts'

const example = (name: string): string => readFileSync(join(root, 'examples', name), 'utf8')
const EXAMPLES = ['kubia.yaml', 'myblog.yaml', 'paths.yaml'].map(example)

/** Runs a scenario twice, in two clusters of one seed, and holds their trace hashes against each other. */
function scenario(title: string, run: (cluster: Cluster) => Promise<void>): void {
  test(title, async () => {
    const hashes: string[] = []
    for (const observed of [false, true]) {
      await using cluster = await createCluster({ seed: 7 })
      using _trace = observed ? cluster.trace() : { [Symbol.dispose]: () => {} }
      await run(cluster)
      hashes.push(cluster.traceHash)
    }
    expect(hashes[0]).toBe(hashes[1])
  })
}

const readyAddresses = (cluster: Cluster, service: string): readonly string[] =>
  cluster.client
    .list(endpointSlices, { namespace: 'default', labelSelector: `kubernetes.io/service-name=${service}` })
    .items.flatMap((slice) => slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready === true)
    .flatMap((endpoint) => endpoint.addresses)
    .sort((a, b) => (a < b ? -1 : 1))

const addressOf = (cluster: Cluster, node: string): string =>
  cluster.client.get(nodes, { name: node }).status?.addresses?.[0]?.address ?? ''

describe('flows in virtual time', () => {
  scenario('a pod reaches a Service by name, and every pod gets its share', async (cluster) => {
    await cluster.apply(EXAMPLES)
    await cluster.settle()
    const replies = await cluster.pod('client').curl('http://kubia/', { times: 30 })
    expect(replies.every((reply) => reply.status === 200)).toBe(true)
    expect(new Set(replies.map((reply) => reply.pod)).size).toBe(3)
    const [reply] = replies
    expect(reply?.text()).toBe(`You've hit ${reply?.pod}\n`)
    expect(reply?.flow.endpoint).toBe(`default/${reply?.pod}`)
    expect(reply?.flow.explain()).toMatch(/-j KUBE-SVC-\w{16}/)
    expect(reply?.flow.explain()).toMatch(/-j DNAT --to-destination 10\.244\.\d+\.\d+:8080/)
  })

  scenario('the outside host reaches the node port on every node, masqueraded', async (cluster) => {
    await cluster.apply(EXAMPLES)
    await cluster.settle()
    for (const node of cluster.nodeNames) {
      const reply = await cluster.external.fetch(`http://${addressOf(cluster, node)}:30123/`)
      expect(reply.text()).toMatch(/^You've hit kubia-/)
      expect(reply.flow.delivered?.source).not.toBe('172.18.0.1')
    }
  })

  scenario('the Ingress routes by host and path, and follows endpoints', async (cluster) => {
    await cluster.apply(EXAMPLES)
    await cluster.settle()
    const { spec } = cluster.client.get(services, { namespace: 'ingress-nginx', name: 'ingress-nginx-controller' })
    const entrance = `http://${addressOf(cluster, 'node-1')}:${spec.ports?.[0]?.nodePort ?? 0}`
    const get = (host: string, path: string): ReturnType<typeof cluster.external.fetch> =>
      cluster.external.fetch(`${entrance}${path}`, { headers: { Host: host } })
    expect((await get('kubia.example.com', '/')).text()).toMatch(/^You've hit kubia-/)
    expect((await get('httpd.example.com', '/')).text()).toContain('It works!')
    expect((await get('paths.example.com', '/one/x')).text()).toMatch(/^You've hit kubia-/)
    expect((await get('paths.example.com', '/two/')).status).toBe(404)
    expect((await get('nobody.example.com', '/')).status).toBe(404)
    await cluster.delete('kind: Deployment\napiVersion: apps/v1\nmetadata: {name: httpd}\n')
    await cluster.advance('45s')
    expect((await get('httpd.example.com', '/')).status).toBe(503)
  })

  scenario('a headless name gives all pods', async (cluster) => {
    await cluster.apply(EXAMPLES)
    await cluster.settle()
    const found = await cluster.pod('client').lookup('kubia-headless')
    expect('addresses' in found && [...found.addresses].sort((a, b) => (a < b ? -1 : 1))).toEqual(
      readyAddresses(cluster, 'kubia-headless'),
    )
    const { stdout } = await cluster.pod('client').exec('nslookup kubia-headless')
    for (const address of readyAddresses(cluster, 'kubia-headless')) expect(stdout).toContain(address)
  })

  scenario('services find each other by name; mysql greets', async (cluster) => {
    await cluster.apply(EXAMPLES)
    await cluster.settle()
    const [blog] = cluster.pods({ app: 'myblog' }, 'demo')
    expect((await blog?.exec('curl -s mysql:3306'))?.stdout).toContain('mysql_native_password')
    expect((await blog?.exec('curl -s myblog/blog/index/'))?.stdout).toBe('我的博客列表\n')
  })

  scenario('outside the cluster, cluster names do not resolve', async (cluster) => {
    const result = await cluster.external.exec('curl kubia.default.svc.cluster.local')
    expect(result.stderr).toContain('curl: (6) Could not resolve host: kubia.default.svc.cluster.local')
    expect(result.exitCode).toBe(6)
  })

  scenario('a Service without endpoints refuses', async (cluster) => {
    await cluster.apply(example('kubia.yaml'))
    await cluster.apply(
      'apiVersion: v1\nkind: Service\nmetadata: {name: empty}\nspec: {selector: {app: nobody}, ports: [{port: 80}]}\n',
    )
    await cluster.settle()
    const refused = cluster.pod('client').fetch('http://empty/')
    await expect(refused).rejects.toThrow(RequestError)
    await expect(cluster.pod('client').fetch('http://empty/')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  scenario('session affinity keeps a client on its pod', async (cluster) => {
    await cluster.apply(example('kubia.yaml'))
    await cluster.apply(
      'apiVersion: v1\nkind: Service\nmetadata: {name: sticky}\nspec: {sessionAffinity: ClientIP, selector: {app: kubia}, ports: [{port: 80, targetPort: 8080}]}\n',
    )
    await cluster.settle()
    const replies = await cluster.pod('client').curl('http://sticky/', { times: 10 })
    expect(new Set(replies.map((reply) => reply.pod)).size).toBe(1)
  })

  scenario('a deleted pod leaves the endpoints and is replaced', async (cluster) => {
    await cluster.apply(example('kubia.yaml'))
    await cluster.settle()
    const before = readyAddresses(cluster, 'kubia')
    const [victim] = cluster.pods({ app: 'kubia' })
    victim?.delete()
    await cluster.settle()
    expect(cluster.pods({ app: 'kubia' })).toHaveLength(3)
    expect(readyAddresses(cluster, 'kubia')).not.toEqual(before)
    const ips = cluster.client
      .list(pods, { namespace: 'default', labelSelector: 'app=kubia' })
      .items.map((pod) => pod.status?.podIP)
    expect(readyAddresses(cluster, 'kubia')).toEqual(ips.sort((a = '', b = '') => (a < b ? -1 : 1)))
  })

  scenario('without CoreDNS pods, names stop resolving', async (cluster) => {
    await cluster.apply(example('kubia.yaml'))
    await cluster.settle()
    cluster.client.patch(
      { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true },
      { namespace: 'kube-system', name: 'coredns' },
      'merge',
      { spec: { replicas: 0 } },
    )
    await cluster.settle()
    await expect(cluster.pod('client').fetch('http://kubia/')).rejects.toMatchObject({ code: 'EAI_AGAIN' })
  })

  test('another seed takes another way', async () => {
    const hashes = new Set<string>()
    for (const seed of [1, 2, 3]) {
      await using cluster = await createCluster({ seed })
      hashes.add(cluster.traceHash)
    }
    expect(hashes.size).toBe(3)
  })

  test('a user’s own program answers as an image', async () => {
    await using cluster = await createCluster()
    cluster.images.registerFetch(
      'team/hello',
      (request) => new Response(`hello from ${new URL(request.url).pathname}`),
      { port: 3000 },
    )
    await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: hello, labels: {app: hello}}
spec: {containers: [{name: hello, image: team/hello, ports: [{containerPort: 3000}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: hello}
spec: {selector: {app: hello}, ports: [{port: 80, targetPort: 3000}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: client, image: busybox, command: [sleep, '3600']}]}
`)
    await cluster.settle()
    expect((await cluster.pod('client').fetch('http://hello/there')).text()).toBe('hello from /there')
  })
})
