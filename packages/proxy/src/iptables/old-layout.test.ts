// The layout of kube-proxy up to 1.18, as course material of that time shows it. The first state is the one of a course: two pods behind
// demo/myblog, looked at with grep.

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
