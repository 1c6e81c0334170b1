// Traces of flows as data, as a sentence and as a diagram, in all four modes; and what a connection that fails looks like to the tools.

import { endpointSlices } from '@podwire/apiserver'
import { createCluster, RequestError, type Cluster } from '@podwire/sim'
import { expect, test } from 'vitest'

const MANIFESTS = `
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { nodeName: node-1, containers: [{ name: client, image: curlimages/curl, command: [sleep, infinity] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web-1, labels: { app: web } }
spec: { nodeName: node-1, containers: [{ name: web, image: luksa/kubia }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web-2, labels: { app: web } }
spec: { nodeName: node-2, containers: [{ name: web, image: luksa/kubia }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { clusterIP: 10.96.0.80, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: empty }
spec: { clusterIP: 10.96.0.81, selector: { app: nobody }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: local }
spec:
  type: NodePort
  clusterIP: 10.96.0.82
  externalTrafficPolicy: Local
  selector: { app: web, only: node-2 }
  ports: [{ port: 80, targetPort: 8080, nodePort: 30082 }]
---
apiVersion: v1
kind: Service
metadata: { name: closed }
spec: { clusterIP: 10.96.0.83, selector: { app: web }, ports: [{ port: 80, targetPort: 9 }] }
`

async function world(proxyMode: 'iptables' | 'ipvs' | 'nftables' | 'userspace'): Promise<Cluster> {
  const cluster = await createCluster({ nodes: 2, seed: 3, ingress: false, proxy: { proxyMode } })
  await cluster.apply(MANIFESTS)
  await cluster.settle()
  return cluster
}

const BRANCHES = {
  iptables: { of: 2, probability: 0.5 },
  ipvs: { of: 2, probability: 1 },
  nftables: { of: 2, probability: 0.5 },
  userspace: undefined,
} as const

test.each(['iptables', 'ipvs', 'nftables', 'userspace'] as const)(
  '%s: hooks, the branch with its odds, conntrack, and what was rewritten',
  async (mode) => {
    await using cluster = await world(mode)
    const { flow } = await cluster.pod('client').fetch('http://10.96.0.80/')
    const steps = flow.steps.filter(({ place }) => place === 'node/node-1')
    expect(steps.filter(({ conntrack }) => conntrack !== undefined).map(({ conntrack }) => conntrack)).toEqual(['miss'])
    expect(steps.find(({ branch }) => branch !== undefined)?.branch).toEqual(BRANCHES[mode])
    const rewrite = steps.find(({ rewrite: changed }) => changed?.field === 'destination')?.rewrite
    expect(rewrite?.from).toBe('10.96.0.80:80')
    expect(rewrite?.to).toBe(`${flow.delivered?.destination ?? ''}:${flow.delivered?.destinationPort ?? 0}`)
    const hooks = new Set(steps.flatMap(({ hook }) => hook ?? []))
    expect(hooks.has('PREROUTING')).toBe(true)
    expect(flow.endpoint).toMatch(/^default\/web-[12]$/)
    expect(flow.why).toContain(`delivered to ${flow.receiver ?? ''} as tcp ${rewrite?.to ?? ''}`)
    if (mode === 'userspace') expect(flow.why).toMatch(/whose proxy carried it on: delivered to pod\/default\/web-[12]/)
    const diagram = flow.mermaid().split('\n')
    expect(diagram[0]).toBe('sequenceDiagram')
    expect(diagram[1]).toBe('  participant p0 as pod/default/client')
    expect(diagram).toContain('  Note over p1: conntrack miss')
    expect(diagram.filter((line) => line.startsWith('  Note over p1: 10.96.0.80:80 becomes '))).toHaveLength(1)
    expect(diagram.at(-1)).toMatch(/^ {2}p\d-->>p0: delivered to /)
    for (const line of diagram.slice(1))
      expect(line).toMatch(/^ {2}(participant p\d as |Note over p\d: |p\d(->>|-->>|--x)p\d: )[^;\n]+$/)
  },
)

async function failure(cluster: Cluster, from: 'client' | 'external', url: string): Promise<RequestError> {
  try {
    const machine = from === 'external' ? cluster.external : cluster.pod('client')
    await machine.fetch(url, { timeoutMs: 2000 })
  } catch (error) {
    if (error instanceof RequestError) return error
    throw error
  }
  throw new RangeError(`${url} answered`)
}

test.each([
  { mode: 'iptables', url: 'http://10.96.0.81/', code: 'ECONNREFUSED', why: 'REJECT: default/empty has no endpoints' },
  { mode: 'nftables', url: 'http://10.96.0.81/', code: 'ECONNREFUSED', why: /^REJECT: / },
  {
    mode: 'ipvs',
    url: 'http://10.96.0.81/',
    code: 'ECONNREFUSED',
    why: 'REJECT: ipvs, TCP 10.96.0.81:80 -> no destination available',
  },
  {
    mode: 'iptables',
    url: 'http://10.96.0.83/',
    code: 'ECONNREFUSED',
    why: /^refused: nobody listens on tcp 10\.244\.\d\.\d+:9 of pod\/default\/web-\d$/,
  },
  {
    mode: 'iptables',
    url: 'http://172.18.0.99/',
    code: 'ETIMEDOUT',
    why: 'host unreachable: 172.18.0.99 does not answer',
  },
  { mode: 'iptables', url: 'http://10.96.9.9/', code: 'ETIMEDOUT', why: /^no route to 10\.96\.9\.9:80 from / },
] as const)('$mode $url: $code, $why', async ({ mode, url, code, why }) => {
  await using cluster = await world(mode)
  const error = await failure(cluster, 'client', url)
  expect(error.code).toBe(code)
  if (typeof why === 'string') expect(error.flow?.why).toBe(why)
  else expect(error.flow?.why).toMatch(why)
  expect(error.flow?.mermaid().split('\n').at(-1)).toContain('--x')
})

test('policy Local without an endpoint on the node: dropped with its reason, and with one the client is seen', async () => {
  await using cluster = await world('iptables')
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: { name: web-3, labels: { app: web, only: node-2 } }
spec: { nodeName: node-2, containers: [{ name: web, image: luksa/kubia }] }
`)
  await cluster.settle()
  expect(cluster.client.list(endpointSlices, { labelSelector: 'kubernetes.io/service-name=local' }).items).toHaveLength(
    1,
  )
  const dropped = await failure(cluster, 'external', 'http://172.18.0.2:30082/')
  expect([dropped.code, dropped.flow?.why]).toEqual(['ETIMEDOUT', 'DROP: default/local has no local endpoints'])
  const { flow } = await cluster.external.fetch('http://172.18.0.3:30082/')
  expect(flow.delivered?.source).toBe('172.18.0.1')
  const again = await cluster.external.exec('curl -sS -m 2 http://172.18.0.2:30082/')
  expect(again.stderr).toMatch(/^curl: \(28\)/)
})

test('counters: with -c every rule says what it has seen, and -v shows them in columns', async () => {
  await using cluster = await world('iptables')
  const node = cluster.node('node-1')
  const count = async (): Promise<number> => {
    const { stdout } = await node.exec('iptables-save -c -t nat')
    return Number(/^\[(\d+):\d+\] -A KUBE-SERVICES -d 10\.96\.0\.80\/32/m.exec(stdout)?.[1])
  }
  const before = await count()
  await cluster.pod('client').curl('http://10.96.0.80/', { times: 5 })
  expect((await count()) - before).toBe(5)
  const { stdout } = await node.exec('iptables -t nat -L KUBE-SERVICES -n -v --line-numbers')
  expect(stdout).toMatch(/^num {3}pkts bytes target {5}prot opt in {5}out {5}source {15}destination {9}$/m)
  expect(stdout).toMatch(/^\d+ +5 +300 KUBE-SVC-\w{16} {2}6 {4}-- {2}\* {6}\* {7}0\.0\.0\.0\/0 +10\.96\.0\.80 /m)
})

test('a full connection table drops new connections, and the kernel says so', async () => {
  await using cluster = await world('iptables')
  const node = cluster.node('node-1')
  const run = async (command: string): Promise<string> => (await node.exec(command)).stdout
  expect(await run('sysctl net.netfilter.nf_conntrack_max')).toBe('net.netfilter.nf_conntrack_max = 262144\n')
  // All that is there stays, one more does not fit.
  const assured = (await run('conntrack -L -p tcp')).split('\n').filter((line) => line.includes('[ASSURED]')).length
  await run(`conntrack -D -p udp; sysctl -w net.netfilter.nf_conntrack_max=${Math.max(1, assured)}`)
  const failed = await failure(cluster, 'client', 'http://10.96.0.80/')
  expect([failed.code, failed.flow?.why]).toEqual(['ETIMEDOUT', 'DROP: nf_conntrack: table full, dropping packet'])
  expect(await run('dmesg')).toMatch(/^\[ +\d+\.\d{6}\] nf_conntrack: nf_conntrack: table full, dropping packet\n/)
  expect(await run('conntrack -S')).toMatch(/^cpu=0 {3}\t.* drop=[1-9]\d* /)
  await run('sysctl -w net.netfilter.nf_conntrack_max=262144')
  expect((await cluster.pod('client').fetch('http://10.96.0.80/')).status).toBe(200)
})

test.each(['iptables', 'ipvs', 'nftables', 'userspace'] as const)(
  '%s: a pod reaches itself by its Service',
  async (mode) => {
    await using cluster = await world(mode)
    cluster.pod('web-2').delete({ gracePeriodSeconds: 0 })
    await cluster.settle()
    const { pod, flow } = await cluster.pod('web-1').fetch('http://10.96.0.80/')
    expect(pod).toBe('web-1')
    const source = (flow.onward ?? flow).delivered?.source
    // Hairpin: the pod sees its node's bridge, or the packet would come from itself.
    expect(source).toBe('10.244.0.1')
  },
)
