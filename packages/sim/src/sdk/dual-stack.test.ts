// Whole clusters of two families, and of IPv6 alone: what the API shows, how packets of both families go in every mode, what
// names lead to, and what an upgrade or downgrade of a Service leaves behind.

import { endpoints, endpointSlices, events, ipAddresses, nodes, pods, serviceCidrs, services } from '@podwire/apiserver'
import { compareText } from '@podwire/engine'
import { describe, expect, test } from 'vitest'
import { createCluster, type Cluster } from './cluster.ts'
import type { ClusterOptions } from './options.ts'

const BOTH = { podNetworkCidr: '10.244.0.0/16,fd00:10:244::/56', serviceCidr: '10.96.0.0/16,fd00:10:96::/112' }
const IPV6_FIRST = { podNetworkCidr: 'fd00:10:244::/56,10.244.0.0/16', serviceCidr: 'fd00:10:96::/112,10.96.0.0/16' }
const IPV6_ALONE = { podNetworkCidr: 'fd00:10:244::/56', serviceCidr: 'fd00:10:96::/112' }

const V4 = '10.96.7.7'
const V6 = 'fd00:10:96::77'
const NODE_1 = { ipv4: '172.18.0.2', ipv6: 'fc00:f853:ccd:e793::2' }

const client = (name: string, image: string, node: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  nodeName: ${node}
  containers:
    - name: main
      image: ${image}
      command: [sleep, infinity]
      env:
        - { name: POD_IPS, valueFrom: { fieldRef: { fieldPath: status.podIPs } } }
        - { name: HOST_IPS, valueFrom: { fieldRef: { fieldPath: status.hostIPs } } }`

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { app: web } } }
      containers: [{ name: main, image: luksa/kubia, ports: [{ containerPort: 8080 }] }]`

const service = (name: string, spec: string): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }], ${spec} }`

const DUAL_WEB = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  type: NodePort
  ipFamilyPolicy: RequireDualStack
  clusterIP: ${V4}
  clusterIPs: [${V4}, '${V6}']
  selector: { app: web }
  ports: [{ name: http, port: 80, targetPort: 8080, nodePort: 30080 }]`

async function clusterOf(options: ClusterOptions, ...manifests: readonly string[]): Promise<Cluster> {
  const cluster = await createCluster({ nodes: 2, ingress: false, ...options })
  const all = [
    WEB,
    client('glibc', 'busybox:1.36', 'node-1'),
    client('musl', 'curlimages/curl', 'node-2'),
    ...manifests,
  ]
  await cluster.apply(all.join('\n---'))
  await cluster.settle()
  return cluster
}

/** `delivered to node-2 over IPv6`, or why not. */
async function goes(cluster: Cluster, from: string, url: string): Promise<string> {
  const { result, attempts } = await cluster.place(from).trace(url)
  const flow = attempts.at(-1)
  if (result.kind === 'failed' || flow?.delivered === undefined) return result.kind === 'failed' ? result.text : 'lost'
  return flow.delivered.destination.includes(':') ? 'IPv6' : 'IPv4'
}

const run = async (cluster: Cluster, place: string, command: string): Promise<string> =>
  (await cluster.place(place).exec(command)).stdout

const slicesOf = (cluster: Cluster, name: string): readonly string[] =>
  cluster.client
    .list(endpointSlices, { namespace: 'default', labelSelector: `kubernetes.io/service-name=${name}` })
    .items.map(({ addressType, endpoints: found = [] }) => {
      const addresses = found.flatMap((endpoint) => endpoint.addresses).toSorted(compareText)
      return `${addressType} ${addresses.join(' ')}`
    })
    .toSorted(compareText)

const addressesIn = (cluster: Cluster): readonly string[] =>
  cluster.client.list(ipAddresses).items.map(({ metadata }) => metadata.name)

const specOf = (cluster: Cluster, name: string): readonly (string | undefined)[] => {
  const { spec } = cluster.client.get(services, { namespace: 'default', name })
  return [spec.clusterIPs?.join(','), spec.ipFamilies?.join(','), spec.ipFamilyPolicy]
}

describe('two families', () => {
  test('nodes, pods, slices and ranges are of both', async () => {
    await using cluster = await clusterOf(
      BOTH,
      DUAL_WEB,
      service('heads', 'clusterIP: None, ipFamilyPolicy: PreferDualStack'),
    )
    const node = cluster.client.get(nodes, { name: 'node-2' })
    expect(node.spec).toMatchObject({ podCIDR: '10.244.1.0/24', podCIDRs: ['10.244.1.0/24', 'fd00:10:244:1::/64'] })
    expect(node.status?.addresses?.map(({ address }) => address)).toEqual([
      '172.18.0.3',
      'fc00:f853:ccd:e793::3',
      'node-2',
    ])
    expect(cluster.client.get(serviceCidrs, { name: 'kubernetes' }).spec?.cidrs).toEqual(BOTH.serviceCidr.split(','))
    const { status } = cluster.client.get(pods, { namespace: 'default', name: 'musl' })
    const own = (status?.podIPs ?? []).map(({ ip }) => ip)
    expect(own).toEqual([expect.stringMatching(/^10\.244\.1\.\d+$/), expect.stringMatching(/^fd00:10:244:1::\w+$/)])
    expect(status?.podIP).toBe(own[0])
    expect(status?.hostIPs).toEqual([{ ip: '172.18.0.3' }, { ip: 'fc00:f853:ccd:e793::3' }])
    expect(await run(cluster, 'musl', 'echo $POD_IPS $HOST_IPS')).toBe(
      `${own.join(',')} 172.18.0.3,fc00:f853:ccd:e793::3\n`,
    )
    expect(await run(cluster, 'musl', 'tail -2 /etc/hosts')).toBe(own.map((ip) => `${ip}\tmusl\n`).join(''))
    const expected = ['10.244.', 'fd00:10:244:'].map((start) =>
      cluster
        .pods({ app: 'web' })
        .map((pod) => pod.object.status?.podIPs?.find(({ ip }) => ip.startsWith(start))?.ip ?? ''),
    )
    const [ipv4 = [], ipv6 = []] = expected.map((list) => list.toSorted(compareText))
    for (const name of ['web', 'heads']) {
      expect(slicesOf(cluster, name)).toEqual([`IPv4 ${ipv4.join(' ')}`, `IPv6 ${ipv6.join(' ')}`])
    }
    const [subset] = cluster.client.get(endpoints, { namespace: 'default', name: 'web' }).subsets ?? []
    expect(subset?.addresses?.map(({ ip }) => ip).toSorted(compareText)).toEqual(ipv4)
    expect(await run(cluster, 'musl', 'ip -6 route')).toBe(
      'default via fd00:10:244:1::1 dev eth0 metric 1024 pref medium \n',
    )
    expect((await run(cluster, 'node/node-1', 'ip -6 route')).split('\n')).toContain(
      'fd00:10:244:1::/64 via fc00:f853:ccd:e793::3 dev eth0 metric 1024 pref medium ',
    )
    expect(await run(cluster, 'glibc', `ping -c 1 ${own[1] ?? ''}`)).toContain('1 packets received')
  })

  test('names have addresses of both, and each C library its own first', async () => {
    await using cluster = await clusterOf(
      BOTH,
      DUAL_WEB,
      service('heads', 'clusterIP: None, ipFamilyPolicy: PreferDualStack'),
      service('six', 'ipFamilies: [IPv6]'),
    )
    const name = 'web.default.svc.cluster.local'
    expect(await run(cluster, 'node/node-1', `dig @10.96.0.10 +short ${name} A ${name} AAAA`)).toBe(`${V4}\n${V6}\n`)
    expect(await run(cluster, 'node/node-1', `dig @10.96.0.10 +short -x ${V6}`)).toBe(`${name}.\n`)
    expect(
      await run(cluster, 'node/node-1', 'dig @10.96.0.10 +noall +comments six.default.svc.cluster.local A'),
    ).toContain('ANSWER: 0')
    const heads = await run(cluster, 'node/node-1', 'dig @10.96.0.10 +short heads.default.svc.cluster.local AAAA')
    expect(heads.trim().split('\n').toSorted(compareText)).toEqual(slicesOf(cluster, 'heads')[1]?.split(' ').slice(1))
    expect(await cluster.pod('glibc').lookup('web')).toMatchObject({ addresses: [V6, V4] })
    expect(await cluster.pod('musl').lookup('web')).toMatchObject({ addresses: [V4, V6] })
    expect(await goes(cluster, 'glibc', 'http://web/')).toBe('IPv6')
    expect(await goes(cluster, 'musl', 'http://web/')).toBe('IPv4')
    expect(await goes(cluster, 'musl', 'http://six/')).toBe('IPv6')
  })

  test('tools ask for the family they are told, and print IPv6 as IPv6', async () => {
    await using cluster = await clusterOf(
      BOTH,
      DUAL_WEB,
      service('six', 'ipFamilies: [IPv6]'),
      client('debian', 'debian:12', 'node-2'),
    )
    const printed = async (command: string, place = 'musl'): Promise<string> => {
      const { stdout, stderr } = await cluster.place(place).exec(command)
      return stdout + stderr
    }
    expect(await printed('curl -s -o /dev/null -w "%{remote_ip}" -6 http://web/')).toBe(V6)
    expect(await printed('curl -s -o /dev/null -w "%{remote_ip}" -4 http://web/')).toBe(V4)
    expect(await printed('curl -sS -4 http://six/')).toContain('Could not resolve host: six')
    expect(await printed('wget -O- -6 http://web/', 'node/node-1')).toContain('Name or service not known')
    expect(await printed(`wget -qO- http://[${V6}]/`)).toMatch(/^You've hit web-/)
    expect(await printed(`nc -zv ${V6} 80`, 'debian')).toBe(`Connection to ${V6} 80 port [tcp/http] succeeded!\n`)
    expect(await printed('nc -4 -zv web 80', 'debian')).toBe(
      `Connection to web (${V4}) 80 port [tcp/http] succeeded!\n`,
    )
    expect(await printed('getent ahostsv4 web', 'debian')).toMatch(/^10\.96\.7\.7 +STREAM web\.default/)
    expect(await printed('getent ahostsv6 web', 'debian')).toMatch(/^fd00:10:96::77 +STREAM web\.default/)
    const ping = await printed(`ping -6 -c 1 ${NODE_1.ipv6}`, 'debian')
    expect(ping).toMatch(
      new RegExp(`^PING ${NODE_1.ipv6}\\(${NODE_1.ipv6}\\) 56 data bytes\\n64 bytes from ${NODE_1.ipv6}: icmp_seq=1 `),
    )
    expect(await printed(`ping6 -c 1 fc00:f853:ccd:e793::99`, 'node/node-1')).toContain(
      `From ${NODE_1.ipv6} icmp_seq=1 Destination unreachable: Address unreachable\n`,
    )
    expect(await printed('ping -4 -c 1 172.18.0.2', 'debian')).toContain(
      'PING 172.18.0.2 (172.18.0.2) 56(84) bytes of data.\n',
    )
  })

  test('an upgrade and a downgrade: addresses, slices, rules and names follow', async () => {
    await using cluster = await clusterOf(BOTH, service('grows', 'type: ClusterIP'))
    expect(specOf(cluster, 'grows')).toEqual([expect.stringMatching(/^10\.96\./), 'IPv4', 'SingleStack'])
    const patch = async (spec: object): Promise<void> => {
      cluster.client.patch(services, { namespace: 'default', name: 'grows' }, 'merge', { spec })
      await cluster.settle()
    }
    await patch({ ipFamilyPolicy: 'RequireDualStack', clusterIPs: [specOf(cluster, 'grows')[0], 'fd00:10:96::99'] })
    expect(specOf(cluster, 'grows')).toEqual([
      expect.stringMatching(/^10\.96\..*,fd00:10:96::99$/),
      'IPv4,IPv6',
      'RequireDualStack',
    ])
    expect(addressesIn(cluster)).toContain('fd00:10:96::99')
    expect(slicesOf(cluster, 'grows').map((line) => line.split(' ')[0])).toEqual(['IPv4', 'IPv6'])
    expect(await run(cluster, 'node/node-2', 'ip6tables-save -t nat')).toContain('-d fd00:10:96::99/128')
    expect(await goes(cluster, 'musl', 'http://[fd00:10:96::99]/')).toBe('IPv6')
    await patch({ ipFamilyPolicy: 'SingleStack' })
    expect(specOf(cluster, 'grows')).toEqual([expect.stringMatching(/^10\.96\.[\d.]+$/), 'IPv4', 'SingleStack'])
    expect(addressesIn(cluster)).not.toContain('fd00:10:96::99')
    expect(slicesOf(cluster, 'grows').map((line) => line.split(' ')[0])).toEqual(['IPv4'])
    expect(await run(cluster, 'node/node-2', 'ip6tables-save -t nat')).not.toContain('fd00:10:96::99')
    expect(await cluster.pod('musl').lookup('grows')).toMatchObject({ addresses: [expect.stringMatching(/^10\.96\./)] })
    await patch({ type: 'ExternalName', externalName: 'elsewhere.test' })
    expect(addressesIn(cluster).filter((address) => !['10.96.0.1', '10.96.0.10'].includes(address))).toEqual([])
  })

  test('a stale UDP entry of IPv6 goes when its endpoint does', async () => {
    await using cluster = await clusterOf(IPV6_FIRST)
    const [first] = cluster.pods({ 'k8s-app': 'kube-dns' })
    const address = first?.object.status?.podIP ?? ''
    for (let i = 0; i < 12; i++) await run(cluster, 'musl', 'nslookup kubernetes.default.svc.cluster.local')
    const entries = async (): Promise<string> =>
      run(cluster, 'node/node-2', 'conntrack -L -f ipv6 -p udp --orig-dst fd00:10:96::a')
    expect(await entries()).toContain(`src=${address} `)
    cluster.client.delete(pods, { namespace: 'kube-system', name: first?.name ?? '' })
    await cluster.advance('8s')
    expect(await entries()).not.toContain(`src=${address} `)
  })
})

/** From where to what, and over which family it goes in each mode. */
const FLOWS: readonly (readonly [string, string, string])[] = [
  ['glibc', `http://${V4}/`, 'IPv4'],
  ['glibc', `http://[${V6}]/`, 'IPv6'],
  ['musl', `http://[${V6}]/`, 'IPv6'],
  ['node/node-1', `http://${V4}/`, 'IPv4'],
  ['node/node-1', `http://[${V6}]/`, 'IPv6'],
  ['external', `http://${NODE_1.ipv4}:30080/`, 'IPv4'],
  ['external', `http://[${NODE_1.ipv6}]:30080/`, 'IPv6'],
  ['musl', `http://[${NODE_1.ipv6}]:30080/`, 'IPv6'],
  ['node/node-1', 'http://[::1]:30080/', 'connection refused'],
  ['external', `http://[${NODE_1.ipv6}]:30081/`, 'connection refused'],
]

const TEXTS = {
  iptables: [
    'ip6tables-save -t nat',
    `-A KUBE-SERVICES -d ${V6}/128 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80`,
  ],
  ipvs: ['ipvsadm -Ln', `TCP  [${V6}]:80 rr`],
  nftables: ['nft list table ip6 kube-proxy', `${V6} . tcp . 80 : goto service-`],
} as const

describe.each(['iptables', 'ipvs', 'nftables'] as const)('%s mode', (proxyMode) => {
  test('packets of both families reach Services by every entry', async () => {
    await using cluster = await clusterOf({ ...BOTH, proxy: { proxyMode } }, DUAL_WEB)
    const met: (readonly [string, string, string])[] = []
    for (const [from, url] of FLOWS) met.push([from, url, await goes(cluster, from, url)])
    expect(met).toEqual(FLOWS)
    const [command, line] = TEXTS[proxyMode]
    expect(await run(cluster, 'node/node-2', command)).toContain(line)
    const spread = await cluster.pod('musl').curl(`http://[${V6}]/`, { times: 20 })
    expect(new Set(spread.map(({ pod }) => pod)).size).toBe(2)
    // From outside the cluster a node port is masqueraded with the node's address of that family.
    const flow = (await cluster.external.fetch(`http://[${NODE_1.ipv6}]:30080/`)).flow
    expect(flow.delivered?.source).toMatch(/^(fd00:10:244::1|fc00:f853:ccd:e793::2)$/)
  })
})

test('userspace mode serves the first family alone', async () => {
  await using cluster = await clusterOf({ ...IPV6_FIRST, proxy: { proxyMode: 'userspace' } }, DUAL_WEB)
  expect(await goes(cluster, 'musl', `http://[${V6}]/`)).toBe('IPv6')
  expect(await run(cluster, 'node/node-1', 'iptables-save -t nat')).not.toContain(V4)
})

test('a cluster of IPv6 alone: control plane, names, probes and node ports', async () => {
  await using cluster = await clusterOf(IPV6_ALONE, service('web', "type: NodePort, clusterIP: '" + V6 + "'"))
  expect(cluster.pods({}, 'kube-system').every((pod) => pod.ready)).toBe(true)
  expect(specOf(cluster, 'kubernetes')).toEqual(['fd00:10:96::1', 'IPv6', 'SingleStack'])
  expect(slicesOf(cluster, 'kubernetes')).toEqual(['IPv6 fc00:f853:ccd:e793::2'])
  expect(await run(cluster, 'glibc', 'cat /etc/resolv.conf')).toContain('nameserver fd00:10:96::a\n')
  for (const from of ['glibc', 'musl', 'node/node-2']) expect(await goes(cluster, from, `http://[${V6}]/`)).toBe('IPv6')
  expect(await goes(cluster, 'musl', 'http://web/')).toBe('IPv6')
  const nodePort = cluster.client.get(services, { namespace: 'default', name: 'web' }).spec.ports?.[0]?.nodePort ?? 0
  expect(await goes(cluster, 'external', `http://[${NODE_1.ipv6}]:${nodePort}/`)).toBe('IPv6')
  cluster.internet.host('www.example.com', '2001:db8::7')
  expect(await cluster.pod('musl').lookup('www.example.com')).toMatchObject({ addresses: ['2001:db8::7'] })
})

test('a cluster of one family leaves addresses of the other out', async () => {
  await using cluster = await clusterOf({}, service('web', "externalIPs: ['fd00:1::9', '10.1.2.9']"))
  expect(await run(cluster, 'node/node-1', 'iptables-save -t nat')).toContain('-d 10.1.2.9/32')
  expect(await run(cluster, 'node/node-1', 'iptables-save -t nat')).not.toContain('fd00:1::9')
  expect(await goes(cluster, 'musl', 'http://[fd00:1::9]/')).toBe('network is unreachable')
})

test.each([
  ['v1.19.16', ['fd00:1::9 in externalIPs has incorrect IP version']],
  ['v1.20.15', []],
] as const)('an IPv4 kube-proxy of %s says what it leaves out: %j', async (kubernetesVersion, expected) => {
  const web = service('web', "externalIPs: ['fd00:1::9', '10.1.2.9']")
  await using cluster = await clusterOf({ kubernetesVersion, nodes: 1 }, web)
  const { items } = cluster.client.list(events, { namespace: 'default' })
  const said = items.filter(({ reason }) => reason === 'KubeProxyIncorrectIPVersion')
  expect(said.map(({ message }) => message)).toEqual(expected)
})

const POOL = `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: both, namespace: metallb-system }
spec: { addresses: [10.10.10.200-10.10.10.250, 'fd00:10:10::200-fd00:10:10::250'] }
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: { name: both, namespace: metallb-system }`

test.each([
  { loadBalancer: 'metallb', ipv4: '10.10.10.200', ipv6: 'fd00:10:10::200' },
  { loadBalancer: 'cloud', ipv4: '198.51.100.1', ipv6: '2001:db8:198:51::6401' },
] as const)(
  'load balancers of $loadBalancer have an address of each family, and an Ingress both doors',
  async (row) => {
    const { loadBalancer, ipv4, ipv6 } = row
    await using cluster = await createCluster({ ...BOTH, nodes: 2, loadBalancer })
    if (loadBalancer === 'metallb') await cluster.apply(POOL)
    const ingress = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web }
spec: { ingressClassName: nginx, defaultBackend: { service: { name: web, port: { number: 80 } } } }`
    await cluster.apply(
      [WEB, service('web', 'type: LoadBalancer, ipFamilyPolicy: RequireDualStack'), ingress].join('\n---'),
    )
    await cluster.settle()
    const { status } = cluster.client.get(services, { namespace: 'default', name: 'web' })
    expect(status?.loadBalancer?.ingress?.map(({ ip }) => ip)).toEqual([ipv4, ipv6])
    expect(await goes(cluster, 'external', `http://${ipv4}/`)).toBe('IPv4')
    expect(await goes(cluster, 'external', `http://[${ipv6}]/`)).toBe('IPv6')
    const { spec } = cluster.client.get(services, { namespace: 'ingress-nginx', name: 'ingress-nginx-controller' })
    const port = spec.ports?.[0]?.nodePort ?? 0
    for (const address of [NODE_1.ipv4, `[${NODE_1.ipv6}]`]) {
      const reply = await cluster.external.fetch(`http://${address}:${port}/`)
      expect(reply.text()).toMatch(/^You've hit web-/)
    }
  },
)
