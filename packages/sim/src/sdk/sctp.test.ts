// SCTP Services on running clusters: what each mode of kube-proxy does with them, by the tools people use.

import { expect, test } from 'vitest'
import type { SctpSocket } from '../fabric/network.ts'
import { whyFlow } from '../fabric/why.ts'
import { createCluster, type Cluster } from './cluster.ts'
import type { PodHandle } from './pod-handle.ts'

const MANIFESTS = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: sig }
spec:
  replicas: 2
  selector: { matchLabels: { app: sig } }
  template:
    metadata: { labels: { app: sig } }
    spec:
      containers:
        - name: sig
          image: agnhost
          args: [netexec, --sctp-port=9003]
---
apiVersion: v1
kind: Service
metadata: { name: sig }
spec:
  type: NodePort
  clusterIP: 10.96.0.90
  selector: { app: sig }
  ports: [{ name: map, protocol: SCTP, port: 2905, targetPort: 9003, nodePort: 30905 }]
---
apiVersion: v1
kind: Service
metadata: { name: sig6 }
spec:
  clusterIP: fd00:10:96::90
  ipFamilies: [IPv6]
  selector: { app: sig }
  ports: [{ protocol: SCTP, port: 2905, targetPort: 9003 }]
---
apiVersion: v1
kind: Service
metadata: { name: nobody }
spec: { clusterIP: 10.96.0.91, selector: { app: none }, ports: [{ protocol: SCTP, port: 2905 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: porter }
spec:
  nodeName: node-1
  containers:
    - name: porter
      image: agnhost
      args: [porter]
      env: [{ name: SERVE_SCTP_PORT_3868, value: bare }]
      ports: [{ protocol: SCTP, containerPort: 3868, hostPort: 3868 }]
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec:
  nodeName: node-1
  terminationGracePeriodSeconds: 0
  containers: [{ name: client, image: agnhost, args: [netexec] }]
`

async function world(proxyMode: 'iptables' | 'ipvs' | 'nftables' | 'userspace'): Promise<Cluster> {
  const families = { podNetworkCidr: '10.244.0.0/16,fd00:10:244::/56', serviceCidr: '10.96.0.0/16,fd00:10:96::/112' }
  const cluster = await createCluster({ nodes: 2, seed: 5, ingress: false, proxy: { proxyMode }, ...families })
  await cluster.apply(MANIFESTS)
  await cluster.settle()
  return cluster
}

const on = async (cluster: Cluster, node: string, command: string): Promise<string> => {
  const { stdout, stderr } = await cluster.node(node).exec(command)
  return stdout + stderr
}

const connect = async (cluster: Cluster, target: string): Promise<string> => {
  const { stdout, stderr, exitCode } = await cluster
    .pod('client')
    .exec(`/agnhost connect --protocol=sctp --timeout=2s ${target}`)
  return `${exitCode} ${stdout}${stderr}`.trim()
}

const CONNTRACK =
  /^sctp {5}132 \d+ CLOSED src=10\.244\.0\.\d+ dst=10\.96\.0\.90 sport=\d+ dport=2905 src=10\.244\.\d\.\d+ dst=10\.244\.0\.\d+ sport=9003 dport=\d+ \[ASSURED\] mark=0 use=1$/m

test.each([
  [
    'iptables',
    /-A KUBE-SERVICES -d 10\.96\.0\.90\/32 -p sctp .* -m sctp --dport 2905 -j KUBE-SVC-/,
    'iptables-save -t nat',
  ],
  ['nftables', /10\.96\.0\.90 \. sctp \. 2905 : goto service-/, 'nft list ruleset'],
  [
    'ipvs',
    /^SCTP 10\.96\.0\.90:2905 rr\n( {2}-> 10\.244\.\d\.\d+:9003 +Masq {4}1 {6}0 {10}[1-9]\d* +\n){2}/m,
    // Looking changes nothing.
    'ipvsadm -Ln > /dev/null; ipvsadm -Ln',
  ],
] as const)('%s: by cluster IP and node port, to both endpoints, and refused by nobody', async (mode, rules, tool) => {
  await using cluster = await world(mode)
  const dialled = await cluster
    .pod('client')
    .fetch('http://localhost:8080/dial?host=sig&port=2905&protocol=sctp&request=hostname&tries=12')
  const { responses } = (await dialled.json()) as { responses: readonly string[] }
  expect(new Set(responses).size).toBe(2)
  expect(responses).toHaveLength(12)
  expect(await on(cluster, 'node-1', 'conntrack -L -p sctp --state CLOSED')).toMatch(CONNTRACK)
  expect(await on(cluster, 'node-1', tool)).toMatch(rules)
  expect(await connect(cluster, '172.18.0.3:30905')).toBe('0')
  expect(await connect(cluster, 'sig6:2905')).toBe('0')
  // A port unreachable ends no attempt of SCTP's.
  expect(await connect(cluster, 'nobody:2905')).toBe('1 TIMEOUT')
  expect(await connect(cluster, 'sig:2906')).toBe('1 TIMEOUT')
  const trace = await cluster.pod('client').trace('sctp://sig:2905')
  expect(trace.result.kind).toBe('answered')
  expect(trace.attempts.map(whyFlow).join()).toMatch(
    /^delivered to pod\/default\/sig-\S+ as sctp 10\.244\.\d\.\d+:9003$/,
  )
  const refused = await cluster.pod('client').trace('sctp://nobody:2905')
  expect(refused.attempts.map(whyFlow).join()).toMatch(/^REJECT: /)
})

/** An association from outside, and where it ended up. */
async function associated(
  cluster: Cluster,
  port: number,
): Promise<{ readonly socket: SctpSocket; readonly server: PodHandle }> {
  const connecting = cluster.external.network.connectSctp({ address: '172.18.0.2', port })
  await cluster.settle()
  const socket = await connecting
  return { socket, server: cluster.pod(socket.flow.receiver?.replace('pod/', '') ?? '') }
}

test('host ports, ss, and entries of an endpoint that is gone: they stay, as TCP’s do', async () => {
  await using cluster = await world('iptables')
  const porter = await associated(cluster, 3868)
  expect(porter.server.name).toBe('porter')
  expect(Buffer.from((await porter.socket.read()) ?? []).toString()).toBe('bare')
  // Another connection until one leads to the other node.
  let held = await associated(cluster, 30905)
  while (held.server.node === 'node-1') held = await associated(cluster, 30905)
  expect((await held.server.exec('ss -aS')).stdout).toMatch(
    /^LISTEN +0 +128 +\S+:9003 .*\nESTAB +0 +0 +10\.244\.1\.\d+:9003 +172\.18\.0\.2:\d+/m,
  )
  cluster.node('node-2').powerOff()
  await cluster.advance('2m')
  expect(await on(cluster, 'node-1', 'iptables-save -t nat')).not.toContain(`--to-destination ${held.server.ip}:9003`)
  expect(await on(cluster, 'node-1', 'conntrack -L -p sctp')).toMatch(
    new RegExp(`ESTABLISHED src=172.18.0.1 dst=172.18.0.2 sport=\\d+ dport=30905 src=${held.server.ip} `),
  )
})

test('userspace mode has no socket for it, and says so', async () => {
  await using cluster = await world('userspace')
  expect(await connect(cluster, 'sig:2905')).toBe('1 TIMEOUT')
  const [proxy] = cluster.pods({ 'k8s-app': 'kube-proxy' }, 'kube-system')
  expect(proxy?.logs()).toContain(
    'Failed to start proxy for "default/sig:map": SCTP is not supported for user space proxy\n',
  )
})
