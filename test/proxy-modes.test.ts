// kube-proxy's modes on running clusters, by the tools people use: what each mode answers, what a change of mode leaves, what the
// process of a node serves, and how connections fail.

import { configMaps, events, pods, services } from '@podwire/apiserver'
import { createCluster, type Cluster } from '@podwire/sim'
import { expect, test } from 'vitest'

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: luksa/kubia, ports: [{ containerPort: 8080 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  type: NodePort
  clusterIP: 10.96.0.80
  selector: { app: web }
  ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }]
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec:
  terminationGracePeriodSeconds: 0
  containers: [{ name: client, image: curlimages/curl, command: [sleep, infinity] }]
---
apiVersion: v1
kind: Pod
metadata: { name: tools }
spec:
  hostNetwork: true
  nodeName: node-2
  containers: [{ name: tools, image: nicolaka/netshoot, command: [sleep, infinity] }]
`

const MODES = ['iptables', 'ipvs', 'nftables', 'userspace'] as const
type Mode = (typeof MODES)[number]

const inMode = (mode: Mode, more: object = {}): Promise<Cluster> =>
  createCluster({ nodes: 2, seed: 11, ingress: false, proxy: { proxyMode: mode, ...more } })

const on = async (cluster: Cluster, node: string, command: string): Promise<string> => {
  const { stdout, stderr } = await cluster.node(node).exec(command)
  return stdout + stderr
}

const proxyPods = (cluster: Cluster): readonly string[] =>
  cluster.pods({ 'k8s-app': 'kube-proxy' }, 'kube-system').map(({ name }) => `kube-system/${name}`)

/** Whose rules are on a node. */
async function rulesOn(cluster: Cluster, node: string): Promise<string> {
  const iptables = await on(cluster, node, 'iptables-save')
  const nft = await on(cluster, node, 'nft list ruleset')
  const ipvs = await on(cluster, node, 'ipvsadm -Sn')
  return [
    iptables.includes('KUBE-SVC-') ? 'iptables' : '',
    iptables.includes('KUBE-PORTALS-') ? 'userspace' : '',
    nft.includes('table ip kube-proxy') ? 'nftables' : '',
    ipvs.includes('-A -t 10.96.0.80:80') && iptables.includes('KUBE-IPVS-') ? 'ipvs' : '',
  ]
    .filter((name) => name !== '')
    .join()
}

test('each mode: pods by name, node ports from outside, every pod its share, and what answers ping', async () => {
  for (const mode of MODES) {
    await using cluster = await inMode(mode)
    await cluster.apply(WEB)
    await cluster.settle()
    expect(await on(cluster, 'node-1', 'curl -s localhost:10249/proxyMode')).toBe(mode)
    expect(await rulesOn(cluster, 'node-1')).toBe(mode)
    const replies = await cluster.pod('client').curl('http://web/', { times: 12 })
    expect(new Set(replies.map(({ pod }) => pod)).size, mode).toBe(3)
    expect(
      replies.every(({ pod, text }) => text().includes(pod ?? 'nobody')),
      mode,
    ).toBe(true)
    const outside = await cluster.external.fetch('http://172.18.0.2:30080/')
    expect(outside.text(), mode).toContain(`You've hit ${outside.pod ?? ''}`)
    const { stdout } = await cluster.pod('client').exec('ping -c 1 -W 1 10.96.0.80')
    expect(stdout, mode).toContain(mode === 'ipvs' ? '1 packets received' : '0 packets received')
  }
})

test('the ConfigMap is edited and the pods restarted: node by node the other mode, and nothing left of the old one', async () => {
  await using cluster = await inMode('iptables')
  await cluster.apply(WEB)
  await cluster.settle()
  const config = { namespace: 'kube-system', name: 'kube-proxy' }
  cluster.client.modify(configMaps, config, (draft) => {
    const text = draft.data?.['config.conf'] ?? ''
    draft.data = { ...draft.data, 'config.conf': text.replace(/^mode: .*$/m, 'mode: ipvs') }
  })
  await cluster.settle()
  expect(await rulesOn(cluster, 'node-1')).toBe('iptables')
  const [first] = proxyPods(cluster)
  const node = cluster.pod(first ?? '').node ?? ''
  const other = node === 'node-1' ? 'node-2' : 'node-1'
  cluster.pod(first ?? '').delete()
  await cluster.settle()
  expect([await rulesOn(cluster, node), await rulesOn(cluster, other)]).toEqual(['ipvs', 'iptables'])
  expect((await cluster.pod('client').fetch('http://web/')).status).toBe(200)
  for (const name of proxyPods(cluster)) cluster.pod(name).delete()
  await cluster.settle()
  expect([await rulesOn(cluster, node), await rulesOn(cluster, other)]).toEqual(['ipvs', 'ipvs'])
  expect(await on(cluster, node, 'ip address show dev kube-ipvs0')).toContain('inet 10.96.0.80/32')
  for (const mode of ['nftables', 'userspace', 'iptables'] as const) {
    cluster.configureProxy({ proxyMode: mode })
    await cluster.settle()
    expect([await rulesOn(cluster, node), await rulesOn(cluster, other)]).toEqual([mode, mode])
    expect((await cluster.pod('client').fetch('http://web/')).status).toBe(200)
  }
  expect(await on(cluster, node, 'ip address show dev kube-ipvs0')).not.toContain('10.96.0.80')
  expect(() => cluster.configureProxy({ ipvsScheduler: 'lblc' as 'lc' })).toThrow('ipvsScheduler is "lblc"')
})

test('a configuration kube-proxy cannot run with: its pod says so and crashes, the rules stay', async () => {
  await using cluster = await inMode('iptables')
  await cluster.apply(WEB)
  await cluster.settle()
  const config = { namespace: 'kube-system', name: 'kube-proxy' }
  cluster.client.modify(configMaps, config, (draft) => {
    const text = draft.data?.['config.conf'] ?? ''
    draft.data = { ...draft.data, 'config.conf': text.replace(/^mode: .*$/m, 'mode: kernelspace') }
  })
  const [name = ''] = proxyPods(cluster)
  const { node = '' } = cluster.pod(name)
  cluster.pod(name).delete()
  await cluster.advance('10s')
  const again = cluster.client
    .list(pods, { namespace: 'kube-system', labelSelector: 'k8s-app=kube-proxy' })
    .items.find((pod) => pod.spec.nodeName === node)
  expect(again?.status?.containerStatuses?.[0]?.restartCount).toBeGreaterThan(0)
  expect(cluster.pod(`kube-system/${again?.metadata.name ?? ''}`).logs({ previous: true })).toContain(
    'mode: Invalid value: \\"kernelspace\\"',
  )
  expect(await rulesOn(cluster, node)).toBe('iptables')
})

test('the labs: a deleted virtual server refuses, and kube-proxy brings it back', async () => {
  await using cluster = await inMode('ipvs', { ipvsScheduler: 'wrr' })
  await cluster.apply(WEB)
  await cluster.settle()
  const { node = '' } = cluster.pod('client')
  const curl = async (): Promise<string> => {
    const { stdout, stderr } = await cluster.pod('client').exec('curl -sS -m 2 http://10.96.0.80/')
    return stdout + stderr
  }
  expect(await on(cluster, node, 'ipvsadm -Ln -t 10.96.0.80:80')).toMatch(
    /^TCP {2}10\.96\.0\.80:80 wrr\n( {2}-> 10\.244\.\d\.\d:8080 +Masq {4}1 {6}0 {10}0 {9}\n){3}/m,
  )
  expect(await on(cluster, node, 'ipvsadm -D -t 10.96.0.80:80')).toBe('')
  expect(await on(cluster, node, 'ipvsadm -Ln')).not.toContain('10.96.0.80:80')
  expect(await curl()).toMatch(/^curl: \(7\)/)
  await cluster.advance('31s')
  expect(await curl()).toMatch(/^You've hit web-/)
  expect(await on(cluster, node, 'ipvsadm -Ln -t 10.96.0.80:80 --stats')).toMatch(
    /^TCP {2}10\.96\.0\.80:80 +1 +\d+ +\d+/m,
  )
  expect(await on(cluster, node, 'ipvsadm -Lnc')).toMatch(
    /^TCP 0[12]:\d\d {2}\w+ +10\.244\.\d\.\d:\d+ +10\.96\.0\.80:80 /m,
  )
  // A server of weight 9 beside two of weight 1, by hand.
  const first = 'ipvsadm -Sn | grep "10.96.0.80:80 -r" | head -1 | cut -d" " -f5'
  expect(await on(cluster, node, `ipvsadm -e -t 10.96.0.80:80 -r $(${first}) -m -w 9`)).toBe('')
  const replies = await cluster.pod('client').curl('http://web/', { times: 11 })
  const counts = new Map<string, number>()
  for (const { pod = '' } of replies) counts.set(pod, (counts.get(pod) ?? 0) + 1)
  expect([...counts.values()].sort((a, b) => b - a)).toEqual([9, 1, 1])
})

test('the tools from a pod on the host network and from a kube-proxy pod', async () => {
  await using cluster = await inMode('ipvs')
  await cluster.apply(WEB)
  await cluster.settle()
  const proxy = proxyPods(cluster).find((name) => cluster.pod(name).node === 'node-2') ?? ''
  for (const command of ['ipvsadm -Ln', 'ipset list KUBE-CLUSTER-IP', 'iptables-save -t nat', 'ipset list -n']) {
    const there = await on(cluster, 'node-2', command)
    expect(there).not.toBe('')
    for (const pod of ['tools', proxy]) expect((await cluster.pod(pod).exec(command)).stdout).toBe(there)
  }
  expect((await cluster.pod('client').exec('ipvsadm -Ln')).exitCode).toBe(127)
})

test('userspace: round robin from the node, affinity, and dials that fail', async () => {
  await using cluster = await inMode('userspace')
  await cluster.apply(WEB)
  await cluster.settle()
  const inTurn = await cluster.pod('client').curl('http://web/', { times: 6 })
  const order = inTurn.map(({ pod }) => pod)
  expect(order.slice(3)).toEqual(order.slice(0, 3))
  expect(new Set(order).size).toBe(3)
  const { node = '' } = cluster.pod('client')
  const proxyAddress = node === 'node-1' ? '172.18.0.2' : '172.18.0.3'
  for (const { flow } of inTurn) {
    expect(flow.receiver).toBe(`node/${node}`)
    // The pod's peer is the node: by its bridge for pods of its own.
    const gateway = node === 'node-1' ? '10.244.0.1' : '10.244.1.1'
    expect([proxyAddress, gateway]).toContain(flow.onward?.delivered?.source)
  }
  cluster.client.modify(services, { namespace: 'default', name: 'web' }, (draft) => {
    draft.spec.sessionAffinity = 'ClientIP'
    draft.spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: 60 } }
  })
  await cluster.settle()
  const sticky = await cluster.pod('client').curl('http://web/', { times: 4 })
  expect(new Set(sticky.map(({ pod }) => pod)).size).toBe(1)
  await cluster.advance('61s')
  expect((await cluster.pod('client').fetch('http://web/')).pod).not.toBe(sticky[0]?.pod)
  // Nobody listens any more behind one of them: the next one takes over.
  cluster.client.modify(services, { namespace: 'default', name: 'web' }, (draft) => {
    const [port] = draft.spec.ports ?? []
    if (port !== undefined) port.targetPort = 9
  })
  await cluster.settle()
  const { stderr } = await cluster.pod('client').exec('curl -sS -m 9 http://web/')
  expect(stderr).toMatch(/^curl: \((52|56)\)/)
})

test('a userspace proxy whose pod is gone refuses; a Service without endpoints is accepted and closed', async () => {
  await using cluster = await inMode('userspace')
  await cluster.apply(WEB)
  cluster.client.create(services, {
    metadata: { name: 'empty', namespace: 'default' },
    spec: { clusterIP: '10.96.0.81', selector: { app: 'nobody' }, ports: [{ port: 80 }] },
  })
  await cluster.settle()
  const empty = await cluster.pod('client').exec('curl -sS -m 5 http://empty/')
  expect(empty.stderr).toMatch(/^curl: \((52|56)\)/)
  const pattern = /--to-ports (\d+)/
  const [, port = ''] =
    pattern.exec(await on(cluster, 'node-1', 'iptables-save -t nat | grep "10.96.0.80/32.*REDIRECT"')) ?? []
  expect(await on(cluster, 'node-1', 'ss -lnt')).toContain(`0.0.0.0:${port} `)
  expect((await cluster.node('node-2').exec(`curl -sS -m 2 http://172.18.0.2:30080/`)).stdout).toContain("You've hit")
})

test('health checks of a load balancer with policy Local, and of kube-proxy itself', async () => {
  await using cluster = await inMode('iptables')
  await cluster.apply(WEB)
  cluster.client.create(services, {
    metadata: { name: 'lb', namespace: 'default' },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 32_000,
      selector: { app: 'web' },
      ports: [{ port: 80, targetPort: 8080 }],
    },
  })
  await cluster.settle()
  const local = cluster.pods({ app: 'web' }).filter(({ node }) => node === 'node-1').length
  const { stdout } = await cluster.external.exec('curl -s -w "%{http_code}" http://172.18.0.2:32000/')
  expect(stdout).toBe(
    `{\n\t"service": {\n\t\t"namespace": "default",\n\t\t"name": "lb"\n\t},\n\t"localEndpoints": ${local},\n\t"serviceProxyHealthy": true\n}${local > 0 ? 200 : 503}`,
  )
  cluster.client.modify(services, { namespace: 'default', name: 'lb' }, (draft) => {
    draft.spec.selector = { app: 'nobody' }
  })
  await cluster.settle()
  expect((await cluster.external.exec('curl -s -w "%{http_code}" http://172.18.0.2:32000/any')).stdout).toMatch(
    /"localEndpoints": 0,[^]*503$/,
  )
  expect(
    (await cluster.external.exec('curl -s -o /dev/null -w "%{http_code}" http://172.18.0.2:10256/healthz')).stdout,
  ).toBe('200')
  cluster.client.delete(services, { namespace: 'default', name: 'lb' })
  await cluster.settle()
  expect((await cluster.external.exec('curl -sS http://172.18.0.2:32000/')).stderr).toContain('Connection refused')
  expect(
    cluster.client.list(events, {}).items.filter(({ reason }) => reason === 'FailedToStartServiceHealthcheck'),
  ).toEqual([])
})

test('an ipvs connection idle for more than 15 minutes is reset, as conntrack outlives it', async () => {
  await using cluster = await inMode('ipvs')
  await cluster.apply(WEB)
  await cluster.settle()
  const request = 'printf "GET / HTTP/1.1\\r\\nHost: web\\r\\n\\r\\n"'
  const { exitCode, stdout } = await cluster
    .pod('client')
    .exec(`(${request}; sleep 901; ${request}; sleep 5) | nc web 80`)
  expect(stdout).toContain("You've hit")
  expect(exitCode).toBe(1)
})
