// Cluster DNS in a whole cluster: outside names through CoreDNS's forward in packets, dnsPolicy, reload from the mounted
// ConfigMap, loops, and the stale conntrack entry after CoreDNS pods changed.

import { configMaps, deployments } from '@podwire/apiserver'
import { encodeMessage, KUBEADM_COREFILE, queryFor } from '@podwire/dns'
import { expect, test } from 'vitest'
import { createCluster, type Cluster } from '../index.ts'
import { internetAsked } from './index.ts'

const client = (name: string, spec = ''): string => `
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  containers: [{ name: main, image: curlimages/curl, command: [sleep, infinity] }]
${spec}`

const WEB = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { clusterIP: 10.96.7.7, ports: [{ port: 80 }] }`

async function world(...manifests: readonly string[]): Promise<Cluster> {
  const cluster = await createCluster({ ingress: false })
  for (const manifest of [WEB, client('client'), ...manifests]) await cluster.apply(manifest)
  await cluster.settle()
  return cluster
}

async function addressesOf(cluster: Cluster, pod: string, name: string): Promise<readonly string[] | string> {
  const found = await cluster.pod(pod).lookup(name)
  return 'error' in found ? found.error : found.addresses
}

function setCorefile(cluster: Cluster, text: string): void {
  const ref = { namespace: 'kube-system', name: 'coredns' }
  cluster.client.modify(configMaps, ref, (draft) => void (draft.data = { Corefile: text }))
}

const coreDnsLogs = (cluster: Cluster): readonly string[] =>
  cluster.pods({ 'k8s-app': 'kube-dns' }).map((pod) => pod.logs())

test('declared names resolve in pods through CoreDNS, on nodes and outside directly', async () => {
  await using cluster = await world()
  cluster.internet.host('www.baidu.com', '203.0.113.7')
  const asked: string[] = []
  using _ = cluster.engine.bus.subscribe(internetAsked, ({ payload }) =>
    asked.push(`${payload.client} ${payload.name}`),
  )
  expect(await addressesOf(cluster, 'client', 'www.baidu.com')).toEqual(['203.0.113.7'])
  // CoreDNS's pod left the cluster with its node's address; cluster names stayed inside.
  expect(asked.length).toBeGreaterThan(0)
  for (const line of asked) expect(line).toMatch(/^172\.18\.0\.\d+ www\.baidu\.com\.$/)
  expect(await cluster.node('node-2').lookup('www.baidu.com')).toMatchObject({ addresses: ['203.0.113.7'] })
  expect(await cluster.external.lookup('www.baidu.com')).toMatchObject({ addresses: ['203.0.113.7'] })
  expect(await cluster.external.lookup('web.default.svc.cluster.local')).toMatchObject({ error: 'not-found' })
})

test('undeclared names do not exist, and the trace says that nobody declared them', async () => {
  await using cluster = await world()
  const found = await cluster.pod('client').lookup('www.nowhere.test')
  expect(found).toMatchObject({ error: 'not-found' })
  expect(found.queries.at(-1)).toMatchObject({
    name: 'www.nowhere.test.',
    outcome: 'NXDOMAIN',
    note: 'not declared: cluster.internet.host(name, addresses) makes it exist',
  })
  // Names of the search list are the cluster's own and say nothing of the internet.
  expect(found.queries[0]?.note).toBeUndefined()
})

test('aliases, families, failures', async () => {
  await using cluster = await world()
  cluster.internet.host('www.a.test', { cname: 'edge.b.test' })
  cluster.internet.host('edge.b.test', { addresses: ['192.0.2.1', '2001:db8::1'], ttl: 20 })
  cluster.internet.host('broken.test', { fails: 'SERVFAIL' })
  cluster.internet.host('mute.test', { fails: 'silent' })
  const found = await cluster.pod('client').lookup('www.a.test')
  expect(found).toMatchObject({ canonicalName: 'edge.b.test' })
  expect('addresses' in found && [...found.addresses].sort((a, b) => (a < b ? -1 : 1))).toEqual([
    '192.0.2.1',
    '2001:db8::1',
  ])
  expect(await addressesOf(cluster, 'client', 'broken.test')).toBe('temporary-failure')
  expect(await addressesOf(cluster, 'client', 'mute.test')).toBe('temporary-failure')
  // musl gave up after five seconds; CoreDNS after three tries of two.
  await cluster.advance('10s')
  expect(coreDnsLogs(cluster).join('')).toMatch(
    /\[ERROR\] plugin\/errors: 2 mute\.test\. A: read udp 10\.244\.\d+\.\d+->172\.18\.0\.1:53: i\/o timeout/,
  )
})

test.each([
  { policy: 'ClusterFirst', spec: '', web: ['10.96.7.7'], outside: ['203.0.113.7'] },
  { policy: 'Default', spec: '  dnsPolicy: Default', web: 'not-found', outside: ['203.0.113.7'] },
  {
    policy: 'ClusterFirst on the host network',
    spec: '  hostNetwork: true',
    web: 'not-found',
    outside: ['203.0.113.7'],
  },
  {
    policy: 'ClusterFirstWithHostNet',
    spec: '  hostNetwork: true\n  dnsPolicy: ClusterFirstWithHostNet',
    web: ['10.96.7.7'],
    outside: ['203.0.113.7'],
  },
  {
    policy: 'None',
    spec: '  dnsPolicy: None\n  dnsConfig: { nameservers: [10.96.0.10], searches: [default.svc.cluster.local], options: [{ name: ndots, value: "1" }] }',
    web: ['10.96.7.7'],
    outside: ['203.0.113.7'],
  },
])('dnsPolicy $policy', async ({ spec, web, outside }) => {
  await using cluster = await world(client('other', spec))
  cluster.internet.host('www.baidu.com', '203.0.113.7')
  expect([await addressesOf(cluster, 'other', 'web'), await addressesOf(cluster, 'other', 'www.baidu.com')]).toEqual([
    web,
    outside,
  ])
})

test('an edited Corefile is taken from the mounted volume; a wrong one is refused and the old one serves on', async () => {
  await using cluster = await world()
  setCorefile(cluster, KUBEADM_COREFILE.replace('ttl 30', 'ttl 7').replace('    ready\n', '    ready\n    log\n'))
  await cluster.settle()
  const ttlOf = async (): Promise<string> =>
    (await cluster.pod('client').exec('dig +noall +answer web.default.svc.cluster.local')).stdout
  expect(await ttlOf()).toMatch(/^web\.default\.svc\.cluster\.local\. 7\s+IN\s+A\s+10\.96\.7\.7$/m)
  for (const log of coreDnsLogs(cluster)) {
    expect(log).toMatch(
      /\[INFO\] Reloading\n\[INFO\] plugin\/reload: Running configuration SHA512 = [0-9a-f]{128}\n\[INFO\] Reloading complete\n/,
    )
  }
  expect(coreDnsLogs(cluster).join('')).toMatch(
    /\[INFO\] 10\.244\.\d+\.\d+:\d+ - \d+ "A IN web\.default\.svc\.cluster\.local\. udp \d+ false \d+" NOERROR qr,aa,rd \d+ [0-9.e-]+s/,
  )
  setCorefile(cluster, '.:53 {\n    nonsense\n}\n')
  await cluster.settle()
  expect(await ttlOf()).toMatch(/ 7\s+IN\s+A/)
  for (const log of coreDnsLogs(cluster)) {
    expect(log).toContain(
      "[ERROR] Restart failed: /etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'nonsense'\n[ERROR] plugin/reload: Corefile changed but reload failed: starting with listener file descriptors: /etc/coredns/Corefile:2",
    )
  }
  setCorefile(cluster, '.:53 {\n    errors\n')
  await cluster.settle()
  for (const log of coreDnsLogs(cluster))
    expect(log).toContain('[WARNING] plugin/reload: Corefile parse failed: /etc/coredns/Corefile:2 - ')
})

test('forwarding to itself is a loop: the process ends and says so', async () => {
  await using cluster = await world()
  setCorefile(cluster, '.:53 {\n    errors\n    loop\n    reload\n    forward . 127.0.0.1\n}\n')
  await cluster.advance('3m')
  const [pod] = cluster.pods({ 'k8s-app': 'kube-dns' })
  const logs = pod?.logs({ previous: true }) ?? ''
  expect(logs).toMatch(
    /\[FATAL\] plugin\/loop: Loop \(127\.0\.0\.1:\d+ -> :53\) detected for zone "\.", see https:\/\/coredns\.io\/plugins\/loop#troubleshooting\. Query: "HINFO \d+\.\d+\."/,
  )
  expect(pod?.object.status?.containerStatuses?.[0]?.restartCount).toBeGreaterThan(0)
})

test('glibc in a container reads its nsswitch.conf, musl does not; a zone is transferred to nobody', async () => {
  const busybox = `
apiVersion: v1
kind: Pod
metadata: { name: glibc }
spec:
  hostAliases: [{ ip: 10.9.9.9, hostnames: [web.default.svc.cluster.local, listed] }]
  containers: [{ name: main, image: 'busybox:1.36', command: [sleep, infinity] }]`
  const musl = busybox.replace('name: glibc', 'name: musl').replace('busybox:1.36', 'alpine:3.20')
  await using cluster = await world(busybox, musl)
  const name = 'web.default.svc.cluster.local'
  expect([await addressesOf(cluster, 'glibc', name), await addressesOf(cluster, 'glibc', 'web')]).toEqual([
    ['10.9.9.9'],
    ['10.96.7.7'],
  ])
  for (const pod of ['glibc', 'musl']) await cluster.pod(pod).exec("echo 'hosts: dns files' > /etc/nsswitch.conf")
  expect(await addressesOf(cluster, 'glibc', name)).toEqual(['10.96.7.7'])
  expect(await addressesOf(cluster, 'glibc', 'listed')).toEqual(['10.9.9.9'])
  expect(await addressesOf(cluster, 'musl', name)).toEqual(['10.9.9.9'])
  await cluster.pod('glibc').exec("echo 'hosts: dns' > /etc/nsswitch.conf")
  expect(await addressesOf(cluster, 'glibc', 'listed')).toBe('not-found')
  const transfer = await cluster.node('node-1').exec('host -l cluster.local 10.96.0.10')
  expect(transfer).toMatchObject({
    stdout:
      'Using domain server:\nName: 10.96.0.10\nAddress: 10.96.0.10#53\nAliases: \n\nHost cluster.local not found: 5(REFUSED)\n; Transfer failed.\n',
    exitCode: 1,
  })
})

test('one Service for kube-dns: UDP, TCP and the metrics page', async () => {
  await using cluster = await world()
  const pod = cluster.pod('client')
  expect((await pod.exec('dig +short web.default.svc.cluster.local')).stdout).toBe('10.96.7.7\n')
  expect((await pod.exec('dig +short +tcp web.default.svc.cluster.local')).stdout).toBe('10.96.7.7\n')
  const page = (await pod.fetch('http://kube-dns.kube-system:9153/metrics')).text()
  expect(page).toContain('# TYPE coredns_dns_request_duration_seconds histogram')
  expect(page).toMatch(
    /coredns_dns_requests_total\{family="1",proto="(udp|tcp)",server="dns:\/\/:53",zone="\.",view="",type="A"\} \d+/,
  )
})

test('scaled to nothing and back, names fail and resolve again', async () => {
  await using cluster = await world()
  const ref = { namespace: 'kube-system', name: 'coredns' }
  const scale = async (replicas: number): Promise<void> => {
    cluster.client.modify(deployments, ref, (draft) => void (draft.spec.replicas = replicas))
    await cluster.advance('1m')
  }
  await scale(0)
  expect(await addressesOf(cluster, 'client', 'web')).toBe('temporary-failure')
  await scale(2)
  expect(await addressesOf(cluster, 'client', 'web')).toEqual(['10.96.7.7'])
})

test('a client that keeps its UDP port: conntrack holds it to a dead CoreDNS pod until kube-proxy clears the entry', async () => {
  await using cluster = await world()
  const home = cluster.pod('client').node ?? ''
  const network = cluster.composition.kubelets.get(home)?.pod('default', 'client')?.slot('main')?.running?.network
  if (network === undefined) throw new TypeError('the client runs')
  const question = encodeMessage(queryFor(77, { name: 'web.default.svc.cluster.local.', type: 1, class: 1 }))
  const dialler = (): (() => Promise<string | undefined>) => {
    const socket = network.bindUdp(0)
    let answers = 0
    socket.onMessage = () => void answers++
    return async () => {
      const before = answers
      const flow = socket.send(question, { address: '10.96.0.10', port: 53 })
      await cluster.advance('10ms')
      return answers > before ? flow.delivered?.destination : undefined
    }
  }
  const coreDnsPods = cluster.pods({ 'k8s-app': 'kube-dns' })
  const away = coreDnsPods.find((pod) => pod.node !== home)
  const awayIp = away?.ip ?? ''
  // A new port is a new draw: one of the first ports meets the pod on another node.
  let pinned = dialler()
  while ((await pinned()) !== awayIp) pinned = dialler()
  const entries = async (): Promise<string> => (await cluster.node(home).exec('conntrack -L')).stdout
  expect(await entries()).toContain(`src=${awayIp} dst=`)

  cluster.node(away?.node ?? '').powerOff()
  // Every question of this port goes to the address that is gone, though the other pod is well.
  expect([await pinned(), await pinned(), await pinned()]).toEqual([undefined, undefined, undefined])
  const fresh: (string | undefined)[] = []
  for (let i = 0; i < 8; i++) fresh.push(await dialler()())
  expect(fresh.filter((address) => address !== undefined).length).toBeGreaterThan(0)

  // The node is found dead, its endpoints stop being ready, and kube-proxy deletes their UDP entries.
  await cluster.advance('2m')
  expect(await entries()).not.toContain(`src=${awayIp} dst=`)
  expect(await pinned()).toEqual(expect.any(String))
})
