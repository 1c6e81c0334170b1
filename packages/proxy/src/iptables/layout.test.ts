// The layouts of older releases. Up to 1.18 as course material of that time shows it: the first state is the one of a course, two pods
// behind demo/myblog, looked at with grep. Then what each release changed.

import { expect, test } from 'vitest'
import { sampleService, sampleSlice, sampleTables } from '../sample-objects.suite.ts'
import { iptablesSave } from './print.ts'

const inNamespace = <T extends { readonly metadata: object }>(object: T, namespace: string): T => ({
  ...object,
  metadata: { ...object.metadata, namespace },
})
const myblog = inNamespace(sampleService('myblog', { clusterIP: '10.99.174.93', ports: [{ port: 80 }] }), 'demo')
const pods = [{ address: '10.244.1.158' }, { address: '10.244.1.159' }]
const myblogSlice = inNamespace(sampleSlice('myblog-1', 'myblog', [{ port: 8002 }], pods), 'demo')

function saved(
  kubernetesVersion: string,
  services: Parameters<typeof sampleTables>[0],
  slices: Parameters<typeof sampleTables>[1],
): readonly string[] {
  return iptablesSave(sampleTables(services, slices, { clusterCidr: '10.244.0.0/16', kubernetesVersion })).split('\n')
}

const grep = (lines: readonly string[], pattern: RegExp): string =>
  lines.filter((line) => line.startsWith('-A') && pattern.test(line)).join('\n')

test('iptables-save | grep demo/myblog, and on from chain to chain', () => {
  const lines = saved('v1.16.2', [myblog], [myblogSlice])
  expect(grep(lines, /demo\/myblog/))
    .toBe(`-A KUBE-SERVICES ! -s 10.244.0.0/16 -d 10.99.174.93/32 -p tcp -m comment --comment "demo/myblog: cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SERVICES -d 10.99.174.93/32 -p tcp -m comment --comment "demo/myblog: cluster IP" -m tcp --dport 80 -j KUBE-SVC-WQNGJ7YFZKCTKPZK`)
  expect(grep(lines, /KUBE-S(VC|EP)/)).toMatchInlineSnapshot(`
    "-A KUBE-SEP-7GWC3FN2JI5KLE47 -s 10.244.1.159/32 -j KUBE-MARK-MASQ
    -A KUBE-SEP-7GWC3FN2JI5KLE47 -p tcp -m tcp -j DNAT --to-destination 10.244.1.159:8002
    -A KUBE-SEP-GB5GNOM5CZH7ICXZ -s 10.244.1.158/32 -j KUBE-MARK-MASQ
    -A KUBE-SEP-GB5GNOM5CZH7ICXZ -p tcp -m tcp -j DNAT --to-destination 10.244.1.158:8002
    -A KUBE-SERVICES -d 10.99.174.93/32 -p tcp -m comment --comment "demo/myblog: cluster IP" -m tcp --dport 80 -j KUBE-SVC-WQNGJ7YFZKCTKPZK
    -A KUBE-SVC-WQNGJ7YFZKCTKPZK -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-GB5GNOM5CZH7ICXZ
    -A KUBE-SVC-WQNGJ7YFZKCTKPZK -j KUBE-SEP-7GWC3FN2JI5KLE47"
  `)
})

test('every fixed rule', () => {
  const fixed = grep(saved('v1.18.0', [], []), /./)
  expect(fixed).toMatchInlineSnapshot(`
    "-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    -A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
    -A INPUT -j KUBE-FIREWALL
    -A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
    -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    -A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    -A OUTPUT -j KUBE-FIREWALL
    -A KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP
    -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
    -A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
    -A KUBE-FORWARD -s 10.244.0.0/16 -m comment --comment "kubernetes forwarding conntrack pod source rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    -A KUBE-FORWARD -d 10.244.0.0/16 -m comment --comment "kubernetes forwarding conntrack pod destination rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    -A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
    -A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000
    -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
    -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -m mark --mark 0x4000/0x4000 -j MASQUERADE --random-fully
    -A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS"
  `)
})

const three = [
  { address: '10.244.0.5', node: 'node-1' },
  { address: '10.244.0.6', node: 'node-1' },
  { address: '10.244.1.7', node: 'node-2' },
]
const web = (spec: Parameters<typeof sampleService>[1] = {}) =>
  sampleService(
    'web',
    {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.80',
      externalIPs: ['198.51.100.7'],
      ports: [{ name: 'http', port: 80, nodePort: 30080 }],
      loadBalancerSourceRanges: ['172.18.0.0/16'],
      ...spec,
    },
    { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
  )
const slice = (endpoints: Parameters<typeof sampleSlice>[3]) =>
  sampleSlice('web-1', 'web', [{ name: 'http', port: 8080 }], endpoints)

test('a load balancer for all nodes', () => {
  expect(grep(saved('v1.15.0', [web()], [slice(three)]), /web|KUBE-SEP|KUBE-FW/)).toMatchInlineSnapshot(`
    "-A KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http loadbalancer IP" -j KUBE-MARK-MASQ
    -A KUBE-FW-CDGGSHYLG3RE2FKL -s 172.18.0.0/16 -m comment --comment "default/web:http loadbalancer IP" -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-FW-CDGGSHYLG3RE2FKL -s 192.0.2.1/32 -m comment --comment "default/web:http loadbalancer IP" -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http loadbalancer IP" -j KUBE-MARK-DROP
    -A KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-MARK-MASQ
    -A KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-SEP-7U6MWNJWR3SADOJA -s 10.244.0.5/32 -j KUBE-MARK-MASQ
    -A KUBE-SEP-7U6MWNJWR3SADOJA -p tcp -m tcp -j DNAT --to-destination 10.244.0.5:8080
    -A KUBE-SEP-A4JCWMD6AMIS43DD -s 10.244.1.7/32 -j KUBE-MARK-MASQ
    -A KUBE-SEP-A4JCWMD6AMIS43DD -p tcp -m tcp -j DNAT --to-destination 10.244.1.7:8080
    -A KUBE-SEP-WBD4CCV6JIIBARLY -s 10.244.0.6/32 -j KUBE-MARK-MASQ
    -A KUBE-SEP-WBD4CCV6JIIBARLY -p tcp -m tcp -j DNAT --to-destination 10.244.0.6:8080
    -A KUBE-SERVICES ! -s 10.244.0.0/16 -d 10.96.0.80/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    -A KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    -A KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -m addrtype --dst-type LOCAL -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment "default/web:http loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-CDGGSHYLG3RE2FKL
    -A KUBE-SVC-CDGGSHYLG3RE2FKL -m statistic --mode random --probability 0.33332999982 -j KUBE-SEP-7U6MWNJWR3SADOJA
    -A KUBE-SVC-CDGGSHYLG3RE2FKL -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-WBD4CCV6JIIBARLY
    -A KUBE-SVC-CDGGSHYLG3RE2FKL -j KUBE-SEP-A4JCWMD6AMIS43DD"
  `)
})

test('a load balancer with policy Local and affinity', () => {
  const local = web({ externalTrafficPolicy: 'Local', sessionAffinity: 'ClientIP', loadBalancerSourceRanges: [] })
  expect(grep(saved('v1.18.0', [local], [slice(three)]), /KUBE-(XLB|FW|NODEPORTS)/)).toMatchInlineSnapshot(`
    "-A KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http loadbalancer IP" -j KUBE-XLB-CDGGSHYLG3RE2FKL
    -A KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http loadbalancer IP" -j KUBE-MARK-DROP
    -A KUBE-NODEPORTS -s 127.0.0.0/8 -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-MARK-MASQ
    -A KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-XLB-CDGGSHYLG3RE2FKL
    -A KUBE-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment "default/web:http loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-CDGGSHYLG3RE2FKL
    -A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
    -A KUBE-XLB-CDGGSHYLG3RE2FKL -s 10.244.0.0/16 -m comment --comment "Redirect pods trying to reach external loadbalancer VIP to clusterIP" -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-XLB-CDGGSHYLG3RE2FKL -m comment --comment "masquerade LOCAL traffic for default/web:http LB IP" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ
    -A KUBE-XLB-CDGGSHYLG3RE2FKL -m comment --comment "route LOCAL traffic for default/web:http LB IP to service chain" -m addrtype --src-type LOCAL -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-XLB-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-7U6MWNJWR3SADOJA --mask 255.255.255.255 --rsource -j KUBE-SEP-7U6MWNJWR3SADOJA
    -A KUBE-XLB-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-WBD4CCV6JIIBARLY --mask 255.255.255.255 --rsource -j KUBE-SEP-WBD4CCV6JIIBARLY
    -A KUBE-XLB-CDGGSHYLG3RE2FKL -m comment --comment "Balancing rule 0 for default/web:http" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-7U6MWNJWR3SADOJA
    -A KUBE-XLB-CDGGSHYLG3RE2FKL -m comment --comment "Balancing rule 1 for default/web:http" -j KUBE-SEP-WBD4CCV6JIIBARLY"
  `)
})

test('policy Local without an endpoint on this node', () => {
  const local = web({ externalTrafficPolicy: 'Local' })
  expect(grep(saved('v1.18.0', [local], [slice(three.slice(2))]), /^-A KUBE-XLB/)).toMatchInlineSnapshot(`
    "-A KUBE-XLB-CDGGSHYLG3RE2FKL -s 10.244.0.0/16 -m comment --comment "Redirect pods trying to reach external loadbalancer VIP to clusterIP" -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-XLB-CDGGSHYLG3RE2FKL -m comment --comment "masquerade LOCAL traffic for default/web:http LB IP" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ
    -A KUBE-XLB-CDGGSHYLG3RE2FKL -m comment --comment "route LOCAL traffic for default/web:http LB IP to service chain" -m addrtype --src-type LOCAL -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-XLB-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http has no local endpoints" -j KUBE-MARK-DROP"
  `)
})

test('without ready endpoints everything is refused, draining or not', () => {
  const draining = { address: '10.244.0.5', node: 'node-1', ready: false, serving: true, terminating: true }
  expect(grep(saved('v1.18.0', [web()], [slice([draining])]), /web/)).toMatchInlineSnapshot(`
    "-A KUBE-EXTERNAL-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
    -A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "default/web:http has no endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j REJECT --reject-with icmp-port-unreachable
    -A KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "default/web:http has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
    -A KUBE-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment "default/web:http has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable"
  `)
})

const balanced = (
  name: string,
  at: number,
  spec: Partial<Parameters<typeof sampleService>[1]> = { externalTrafficPolicy: 'Local' },
) => {
  const ports = [{ port: 80, nodePort: 30080 + at }]
  const status = { loadBalancer: { ingress: [{ ip: `192.0.2.${at}0` }] } }
  return sampleService(name, { type: 'LoadBalancer', clusterIP: `10.96.0.8${at}`, ports, ...spec }, { status })
}
const oneEndpoint = (name: string, address: string, node: string) =>
  sampleSlice(`${name}-1`, name, [{ port: 8080 }], [{ address, node }])

const changingServices = [
  web(),
  balanced('far', 1, { externalTrafficPolicy: 'Local', healthCheckNodePort: 32081 }),
  balanced('near', 2),
  balanced('none', 3, {}),
  sampleService('inner', { clusterIP: '10.96.0.84', ports: [{ port: 80 }], internalTrafficPolicy: 'Local' }),
]
const changingSlices = [
  slice(three.slice(0, 1)),
  oneEndpoint('far', '10.244.1.8', 'node-2'),
  oneEndpoint('near', '10.244.0.9', 'node-1'),
  oneEndpoint('inner', '10.244.1.10', 'node-2'),
]

/** Rules of those Services that 1.minor no longer writes, and those it is the first to write. */
function changesOf(minor: number): string {
  const rules = (release: number) =>
    saved(`v1.${release}.0`, changingServices, changingSlices).filter((line) => line.startsWith('-A'))
  const [before, now] = [rules(minor - 1), rules(minor)]
  return [
    ...before.filter((line) => !now.includes(line)).map((line) => line.replace('-A', '-')),
    ...now.filter((line) => !before.includes(line)).map((line) => line.replace('-A', '+')),
  ].join('\n')
}

test('what 1.20 changed', () => {
  expect(changesOf(20)).toMatchInlineSnapshot(`
    "- INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    - KUBE-SERVICES -d 192.0.2.30/32 -p tcp -m comment --comment "default/none has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
    + FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
    + KUBE-EXTERNAL-SERVICES -d 192.0.2.30/32 -p tcp -m comment --comment "default/none has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable"
  `)
})

test('what 1.21 changed', () => {
  expect(changesOf(21)).toMatchInlineSnapshot(`
    "- KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    - KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j KUBE-SVC-CDGGSHYLG3RE2FKL
    - KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -m addrtype --dst-type LOCAL -j KUBE-SVC-CDGGSHYLG3RE2FKL
    + INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
    + KUBE-NODEPORTS -p tcp -m comment --comment "default/far health check node port" -m tcp --dport 32081 -j ACCEPT
    + KUBE-SERVICES ! -s 10.244.0.0/16 -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    + KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -j KUBE-SVC-CDGGSHYLG3RE2FKL"
  `)
})

test('what 1.22 changed', () => {
  expect(changesOf(22)).toMatchInlineSnapshot(`
    "- KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-MARK-MASQ
    - KUBE-SEP-DJ6RTP4Z3JNHOQ6I -s 10.244.1.10/32 -m comment --comment "default/inner" -j KUBE-MARK-MASQ
    - KUBE-SEP-DJ6RTP4Z3JNHOQ6I -p tcp -m comment --comment "default/inner" -m tcp -j DNAT --to-destination 10.244.1.10:8080
    - KUBE-SERVICES ! -s 10.244.0.0/16 -d 10.96.0.81/32 -p tcp -m comment --comment "default/far cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    - KUBE-SERVICES ! -s 10.244.0.0/16 -d 10.96.0.84/32 -p tcp -m comment --comment "default/inner cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    - KUBE-SERVICES -d 10.96.0.84/32 -p tcp -m comment --comment "default/inner cluster IP" -m tcp --dport 80 -j KUBE-SVC-JG744WXKNAQO4NVG
    - KUBE-SERVICES ! -s 10.244.0.0/16 -d 10.96.0.82/32 -p tcp -m comment --comment "default/near cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    - KUBE-SERVICES ! -s 10.244.0.0/16 -d 10.96.0.80/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    - KUBE-SERVICES ! -s 10.244.0.0/16 -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    - KUBE-SVC-JG744WXKNAQO4NVG -m comment --comment "default/inner" -j KUBE-SEP-DJ6RTP4Z3JNHOQ6I
    + KUBE-SERVICES -d 10.96.0.84/32 -p tcp -m comment --comment "default/inner has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
    + KUBE-SVC-CDGGSHYLG3RE2FKL ! -s 10.244.0.0/16 -d 10.96.0.80/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    + KUBE-SVC-CDGGSHYLG3RE2FKL ! -s 10.244.0.0/16 -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    + KUBE-SVC-CDGGSHYLG3RE2FKL -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-MARK-MASQ
    + KUBE-SVC-I55P7MSL3WB3WNBE ! -s 10.244.0.0/16 -d 10.96.0.81/32 -p tcp -m comment --comment "default/far cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    + KUBE-SVC-JP74GBMZCWWFJUWR ! -s 10.244.0.0/16 -d 10.96.0.82/32 -p tcp -m comment --comment "default/near cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ"
  `)
})

test('what 1.23 changed', () => {
  expect(changesOf(23)).toMatchInlineSnapshot(`
    "- KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack pod source rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    - KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack pod destination rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    - KUBE-XLB-JP74GBMZCWWFJUWR -m comment --comment "Balancing rule 0 for default/near" -j KUBE-SEP-WDSSNIQ5JPK4D2AK
    + KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    + KUBE-XLB-JP74GBMZCWWFJUWR -m comment --comment "default/near" -j KUBE-SEP-WDSSNIQ5JPK4D2AK"
  `)
})

test('what 1.24 changed', () => {
  expect(changesOf(24)).toMatchInlineSnapshot(`
    "- KUBE-SERVICES -d 10.96.0.84/32 -p tcp -m comment --comment "default/inner has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
    - KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http loadbalancer IP" -j KUBE-MARK-MASQ
    - KUBE-FW-CDGGSHYLG3RE2FKL -s 172.18.0.0/16 -m comment --comment "default/web:http loadbalancer IP" -j KUBE-SVC-CDGGSHYLG3RE2FKL
    - KUBE-FW-CDGGSHYLG3RE2FKL -s 192.0.2.1/32 -m comment --comment "default/web:http loadbalancer IP" -j KUBE-SVC-CDGGSHYLG3RE2FKL
    - KUBE-FW-I55P7MSL3WB3WNBE -m comment --comment "default/far loadbalancer IP" -j KUBE-XLB-I55P7MSL3WB3WNBE
    - KUBE-FW-I55P7MSL3WB3WNBE -m comment --comment "default/far loadbalancer IP" -j KUBE-MARK-DROP
    - KUBE-FW-JP74GBMZCWWFJUWR -m comment --comment "default/near loadbalancer IP" -j KUBE-XLB-JP74GBMZCWWFJUWR
    - KUBE-FW-JP74GBMZCWWFJUWR -m comment --comment "default/near loadbalancer IP" -j KUBE-MARK-DROP
    - KUBE-NODEPORTS -s 127.0.0.0/8 -p tcp -m comment --comment "default/far" -m tcp --dport 30081 -j KUBE-MARK-MASQ
    - KUBE-NODEPORTS -p tcp -m comment --comment "default/far" -m tcp --dport 30081 -j KUBE-XLB-I55P7MSL3WB3WNBE
    - KUBE-NODEPORTS -s 127.0.0.0/8 -p tcp -m comment --comment "default/near" -m tcp --dport 30082 -j KUBE-MARK-MASQ
    - KUBE-NODEPORTS -p tcp -m comment --comment "default/near" -m tcp --dport 30082 -j KUBE-XLB-JP74GBMZCWWFJUWR
    - KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-SVC-CDGGSHYLG3RE2FKL
    - KUBE-SERVICES -d 192.0.2.10/32 -p tcp -m comment --comment "default/far loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-I55P7MSL3WB3WNBE
    - KUBE-SERVICES -d 192.0.2.20/32 -p tcp -m comment --comment "default/near loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-JP74GBMZCWWFJUWR
    - KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -j KUBE-SVC-CDGGSHYLG3RE2FKL
    - KUBE-SVC-CDGGSHYLG3RE2FKL ! -s 10.244.0.0/16 -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    - KUBE-SVC-CDGGSHYLG3RE2FKL -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-MARK-MASQ
    - KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http" -j KUBE-SEP-7U6MWNJWR3SADOJA
    - KUBE-SVC-I55P7MSL3WB3WNBE -m comment --comment "default/far" -j KUBE-SEP-IHN6EBS4OPF2S4Q2
    - KUBE-SVC-JP74GBMZCWWFJUWR -m comment --comment "default/near" -j KUBE-SEP-WDSSNIQ5JPK4D2AK
    - KUBE-XLB-I55P7MSL3WB3WNBE -s 10.244.0.0/16 -m comment --comment "Redirect pods trying to reach external loadbalancer VIP to clusterIP" -j KUBE-SVC-I55P7MSL3WB3WNBE
    - KUBE-XLB-I55P7MSL3WB3WNBE -m comment --comment "masquerade LOCAL traffic for default/far LB IP" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ
    - KUBE-XLB-I55P7MSL3WB3WNBE -m comment --comment "route LOCAL traffic for default/far LB IP to service chain" -m addrtype --src-type LOCAL -j KUBE-SVC-I55P7MSL3WB3WNBE
    - KUBE-XLB-I55P7MSL3WB3WNBE -m comment --comment "default/far has no local endpoints" -j KUBE-MARK-DROP
    - KUBE-XLB-JP74GBMZCWWFJUWR -s 10.244.0.0/16 -m comment --comment "Redirect pods trying to reach external loadbalancer VIP to clusterIP" -j KUBE-SVC-JP74GBMZCWWFJUWR
    - KUBE-XLB-JP74GBMZCWWFJUWR -m comment --comment "masquerade LOCAL traffic for default/near LB IP" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ
    - KUBE-XLB-JP74GBMZCWWFJUWR -m comment --comment "route LOCAL traffic for default/near LB IP to service chain" -m addrtype --src-type LOCAL -j KUBE-SVC-JP74GBMZCWWFJUWR
    - KUBE-XLB-JP74GBMZCWWFJUWR -m comment --comment "default/near" -j KUBE-SEP-WDSSNIQ5JPK4D2AK
    + KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "masquerade traffic for default/web:http external destinations" -j KUBE-MARK-MASQ
    + KUBE-EXT-CDGGSHYLG3RE2FKL -j KUBE-SVC-CDGGSHYLG3RE2FKL
    + KUBE-EXT-I55P7MSL3WB3WNBE -s 10.244.0.0/16 -m comment --comment "pod traffic for default/far external destinations" -j KUBE-SVC-I55P7MSL3WB3WNBE
    + KUBE-EXT-I55P7MSL3WB3WNBE -m comment --comment "masquerade LOCAL traffic for default/far external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ
    + KUBE-EXT-I55P7MSL3WB3WNBE -m comment --comment "route LOCAL traffic for default/far external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-I55P7MSL3WB3WNBE
    + KUBE-EXT-I55P7MSL3WB3WNBE -j KUBE-SVL-I55P7MSL3WB3WNBE
    + KUBE-EXT-JP74GBMZCWWFJUWR -s 10.244.0.0/16 -m comment --comment "pod traffic for default/near external destinations" -j KUBE-SVC-JP74GBMZCWWFJUWR
    + KUBE-EXT-JP74GBMZCWWFJUWR -m comment --comment "masquerade LOCAL traffic for default/near external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ
    + KUBE-EXT-JP74GBMZCWWFJUWR -m comment --comment "route LOCAL traffic for default/near external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-JP74GBMZCWWFJUWR
    + KUBE-EXT-JP74GBMZCWWFJUWR -j KUBE-SVL-JP74GBMZCWWFJUWR
    + KUBE-FW-CDGGSHYLG3RE2FKL -s 172.18.0.0/16 -m comment --comment "default/web:http loadbalancer IP" -j KUBE-EXT-CDGGSHYLG3RE2FKL
    + KUBE-FW-CDGGSHYLG3RE2FKL -s 192.0.2.1/32 -m comment --comment "default/web:http loadbalancer IP" -j KUBE-EXT-CDGGSHYLG3RE2FKL
    + KUBE-NODEPORTS -p tcp -m comment --comment "default/far" -m tcp --dport 30081 -j KUBE-EXT-I55P7MSL3WB3WNBE
    + KUBE-NODEPORTS -p tcp -m comment --comment "default/near" -m tcp --dport 30082 -j KUBE-EXT-JP74GBMZCWWFJUWR
    + KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-EXT-CDGGSHYLG3RE2FKL
    + KUBE-SERVICES -d 192.0.2.10/32 -p tcp -m comment --comment "default/far loadbalancer IP" -m tcp --dport 80 -j KUBE-EXT-I55P7MSL3WB3WNBE
    + KUBE-SERVICES -d 10.96.0.84/32 -p tcp -m comment --comment "default/inner cluster IP" -m tcp --dport 80 -j KUBE-SVL-JG744WXKNAQO4NVG
    + KUBE-SERVICES -d 192.0.2.20/32 -p tcp -m comment --comment "default/near loadbalancer IP" -m tcp --dport 80 -j KUBE-EXT-JP74GBMZCWWFJUWR
    + KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http external IP" -m tcp --dport 80 -j KUBE-EXT-CDGGSHYLG3RE2FKL
    + KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.244.0.5:8080" -j KUBE-SEP-7U6MWNJWR3SADOJA
    + KUBE-SVC-I55P7MSL3WB3WNBE -m comment --comment "default/far -> 10.244.1.8:8080" -j KUBE-SEP-IHN6EBS4OPF2S4Q2
    + KUBE-SVC-JP74GBMZCWWFJUWR -m comment --comment "default/near -> 10.244.0.9:8080" -j KUBE-SEP-WDSSNIQ5JPK4D2AK
    + KUBE-SVL-I55P7MSL3WB3WNBE -m comment --comment "default/far has no local endpoints" -j KUBE-MARK-DROP
    + KUBE-SVL-JG744WXKNAQO4NVG ! -s 10.244.0.0/16 -d 10.96.0.84/32 -p tcp -m comment --comment "default/inner cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    + KUBE-SVL-JG744WXKNAQO4NVG -m comment --comment "default/inner has no local endpoints" -j KUBE-MARK-DROP
    + KUBE-SVL-JP74GBMZCWWFJUWR -m comment --comment "default/near -> 10.244.0.9:8080" -j KUBE-SEP-WDSSNIQ5JPK4D2AK"
  `)
})

test('what 1.25 changed', () => {
  expect(changesOf(25)).toMatchInlineSnapshot(`
    "- KUBE-EXT-I55P7MSL3WB3WNBE -j KUBE-SVL-I55P7MSL3WB3WNBE
    - KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http loadbalancer IP" -j KUBE-MARK-DROP
    - KUBE-SERVICES -d 10.96.0.84/32 -p tcp -m comment --comment "default/inner cluster IP" -m tcp --dport 80 -j KUBE-SVL-JG744WXKNAQO4NVG
    - KUBE-SVL-I55P7MSL3WB3WNBE -m comment --comment "default/far has no local endpoints" -j KUBE-MARK-DROP
    - KUBE-SVL-JG744WXKNAQO4NVG ! -s 10.244.0.0/16 -d 10.96.0.84/32 -p tcp -m comment --comment "default/inner cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    - KUBE-SVL-JG744WXKNAQO4NVG -m comment --comment "default/inner has no local endpoints" -j KUBE-MARK-DROP
    + INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
    + FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
    + OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
    + KUBE-EXTERNAL-SERVICES -d 192.0.2.10/32 -p tcp -m comment --comment "default/far has no local endpoints" -m tcp --dport 80 -j DROP
    + KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "default/far has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30081 -j DROP
    + KUBE-PROXY-FIREWALL -d 192.0.2.1/32 -p tcp -m comment --comment "default/web:http traffic not accepted by KUBE-FW-CDGGSHYLG3RE2FKL" -m tcp --dport 80 -j DROP
    + KUBE-SERVICES -d 10.96.0.84/32 -p tcp -m comment --comment "default/inner has no local endpoints" -m tcp --dport 80 -j DROP"
  `)
})

test('what 1.27 changed', () => {
  expect(changesOf(27)).toMatchInlineSnapshot(`
    "- KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP
    - KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000
    + KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "other traffic to default/web:http will be dropped by KUBE-PROXY-FIREWALL""
  `)
})

test('what 1.31 changed', () => {
  expect(changesOf(31)).toMatchInlineSnapshot(`
    "- KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
    + KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name  ct_state_invalid_dropped_pkts -j DROP
    + KUBE-NODEPORTS -d 127.0.0.0/8 -p tcp -m comment --comment "default/far" -m tcp --dport 30081 -m nfacct --nfacct-name  localhost_nps_accepted_pkts -j KUBE-EXT-I55P7MSL3WB3WNBE
    + KUBE-NODEPORTS -d 127.0.0.0/8 -p tcp -m comment --comment "default/near" -m tcp --dport 30082 -m nfacct --nfacct-name  localhost_nps_accepted_pkts -j KUBE-EXT-JP74GBMZCWWFJUWR
    + KUBE-NODEPORTS -d 127.0.0.0/8 -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -m nfacct --nfacct-name  localhost_nps_accepted_pkts -j KUBE-EXT-CDGGSHYLG3RE2FKL"
  `)
})

test.each([26, 28, 29, 30, 32, 33, 34, 35, 36])('1.%i changed nothing of this', (minor) => {
  expect(changesOf(minor)).toBe('')
})
