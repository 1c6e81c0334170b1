// The rules of userspace mode as iptables-save shows them, worked out from the arguments upstream gives to iptables.

import { Engine } from '@podwire/engine'
import { expect, test } from 'vitest'
import { NodeDataPlane } from '../dataplane/node-data-plane.ts'
import { Packet } from '../dataplane/packet.ts'
import type { RuleTables } from '../iptables/chain.ts'
import { IptablesHooks } from '../iptables/iptables-hooks.ts'
import { parseIptablesSave } from '../iptables/parse.ts'
import { iptablesSave } from '../iptables/print.ts'
import { sampleService, sampleSlice, sampleUserspaceTables } from '../sample-objects.suite.ts'
import { RoundRobin } from './round-robin.ts'

const WEB = sampleService(
  'web',
  {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.80',
    externalIPs: ['198.51.100.7'],
    externalTrafficPolicy: 'Local',
    ports: [{ name: 'http', port: 80, nodePort: 30_080 }],
  },
  { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
)
const DNS = sampleService('dns', { clusterIP: '10.96.0.10', ports: [{ port: 53, protocol: 'UDP' }] })
const SLICES = [sampleSlice('web-1', 'web', [{ name: 'http', port: 8080 }], [{ address: '10.244.1.5' }])]
// Two ports for two proxies: which one has which follows from a hash.
const RANGE = '40000-40001'

const portOf = (tables: RuleTables, service: string): number =>
  Number(new RegExp(`${service}.* --to-ports (\\d+)`).exec(iptablesSave(tables))?.[1])

test('every way into a Service leads to the port of its proxy', () => {
  const tables = sampleUserspaceTables([WEB, DNS], SLICES, { proxyPortRange: RANGE })
  const web = portOf(tables, 'default/web:http')
  const dns = portOf(tables, 'default/dns')
  expect([web, dns].sort((a, b) => a - b)).toEqual([40_000, 40_001])
  expect(iptablesSave(tables)).toBe(`*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:KUBE-NODEPORT-NON-LOCAL - [0:0]
-A INPUT -m comment --comment "Ensure that non-local NodePort traffic can flow" -j KUBE-NODEPORT-NON-LOCAL
-A KUBE-NODEPORT-NON-LOCAL -p tcp -m comment --comment "default/web:http" -m tcp --dport ${web} -m state --state NEW -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-NODEPORT-CONTAINER - [0:0]
:KUBE-NODEPORT-HOST - [0:0]
:KUBE-PORTALS-CONTAINER - [0:0]
:KUBE-PORTALS-HOST - [0:0]
-A PREROUTING -m comment --comment "handle ClusterIPs; NOTE: this must be before the NodePort rules" -j KUBE-PORTALS-CONTAINER
-A PREROUTING -m addrtype --dst-type LOCAL -m comment --comment "handle service NodePorts; NOTE: this must be the last rule in the chain" -j KUBE-NODEPORT-CONTAINER
-A OUTPUT -m comment --comment "handle ClusterIPs; NOTE: this must be before the NodePort rules" -j KUBE-PORTALS-HOST
-A OUTPUT -m addrtype --dst-type LOCAL -m comment --comment "handle service NodePorts; NOTE: this must be the last rule in the chain" -j KUBE-NODEPORT-HOST
-A KUBE-NODEPORT-CONTAINER -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j REDIRECT --to-ports ${web}
-A KUBE-NODEPORT-HOST -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j DNAT --to-destination 172.18.0.2:${web}
-A KUBE-PORTALS-CONTAINER -d 10.96.0.10/32 -p udp -m comment --comment "default/dns" -m udp --dport 53 -j REDIRECT --to-ports ${dns}
-A KUBE-PORTALS-CONTAINER -d 10.96.0.80/32 -p tcp -m comment --comment "default/web:http" -m tcp --dport 80 -j REDIRECT --to-ports ${web}
-A KUBE-PORTALS-CONTAINER -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http" -m tcp --dport 80 -m physdev ! --physdev-is-in -j REDIRECT --to-ports ${web}
-A KUBE-PORTALS-CONTAINER -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http" -m tcp --dport 80 -m addrtype --dst-type LOCAL -j REDIRECT --to-ports ${web}
-A KUBE-PORTALS-CONTAINER -d 192.0.2.1/32 -p tcp -m comment --comment "default/web:http" -m tcp --dport 80 -j REDIRECT --to-ports ${web}
-A KUBE-PORTALS-HOST -d 10.96.0.10/32 -p udp -m comment --comment "default/dns" -m udp --dport 53 -j DNAT --to-destination 172.18.0.2:${dns}
-A KUBE-PORTALS-HOST -d 10.96.0.80/32 -p tcp -m comment --comment "default/web:http" -m tcp --dport 80 -j DNAT --to-destination 172.18.0.2:${web}
-A KUBE-PORTALS-HOST -d 198.51.100.7/32 -p tcp -m comment --comment "default/web:http" -m tcp --dport 80 -m addrtype --dst-type LOCAL -j DNAT --to-destination 172.18.0.2:${web}
-A KUBE-PORTALS-HOST -d 192.0.2.1/32 -p tcp -m comment --comment "default/web:http" -m tcp --dport 80 -j DNAT --to-destination 172.18.0.2:${web}
COMMIT
`)
  const text = iptablesSave(tables)
  expect(iptablesSave(parseIptablesSave(text))).toBe(text)
})

test('bound to one address, rules DNAT to it instead of redirecting', () => {
  const text = iptablesSave(sampleUserspaceTables([DNS], [], { bindAddress: '172.18.0.2', proxyPortRange: '40000' }))
  expect(text).not.toContain('REDIRECT')
  expect(text).toContain(
    '-A KUBE-PORTALS-CONTAINER -d 10.96.0.10/32 -p udp -m comment --comment "default/dns" -m udp --dport 53 -j DNAT --to-destination 172.18.0.2:40000\n',
  )
})

test('an SCTP port has no proxy and no rules, and so has a port for which the range has none left', () => {
  const sctp = sampleService('sig', { clusterIP: '10.96.0.11', ports: [{ port: 3868, protocol: 'SCTP' }] })
  const text = iptablesSave(sampleUserspaceTables([DNS, WEB, sctp], [], { proxyPortRange: '40000+0' }))
  expect(text).toContain('default/dns')
  expect(text).not.toMatch(/default\/(web|sig)/)
})

test('changed configuration means another port, other endpoints do not', () => {
  const port = (service: typeof DNS, slices: typeof SLICES = []) =>
    portOf(sampleUserspaceTables([service], slices), 'dns')
  const slices = [sampleSlice('dns-1', 'dns', [{ port: 53, protocol: 'UDP' }], [{ address: '10.244.1.5' }])]
  expect(port(DNS, slices)).toBe(port(DNS))
  expect(port({ ...DNS, spec: { ...DNS.spec, sessionAffinity: 'ClientIP' } })).not.toBe(port(DNS))
})

test.each([
  { name: 'a pod', source: '10.244.0.9', device: 'cni0', to: '10.96.0.80', port: 80, expected: '10.244.0.1' },
  { name: 'a stranger', source: '172.18.0.1', device: 'eth0', to: '172.18.0.2', port: 30_080, expected: '172.18.0.2' },
  { name: 'the node', source: '172.18.0.2', device: '', to: '10.96.0.80', port: 80, expected: '172.18.0.2' },
  { name: 'nobody we know', source: '10.244.0.9', device: 'cni0', to: '10.96.0.80', port: 81, expected: '10.96.0.80' },
])('$name: the proxy is at $expected', ({ source, device, to, port, expected }) => {
  const engine = new Engine({ seed: 1 })
  const hooks = new IptablesHooks(sampleUserspaceTables([WEB], SLICES))
  const addresses = { cni0: '10.244.0.1', eth0: '172.18.0.2' }
  const plane = new NodeDataPlane({
    clock: engine.clock,
    random: engine.random,
    nodeName: 'node-1',
    stack: {
      isLocal: (address) => Object.values(addresses).includes(address),
      interfaceAddress: (name) => addresses[name as keyof typeof addresses],
    },
    rules: () => ({ hooks: () => hooks, udpGeneration: 0, isStale: () => false }),
  })
  const packet = new Packet({
    protocol: 'tcp',
    source,
    sourcePort: 40_000,
    destination: to,
    destinationPort: port,
    inInterface: device,
  })
  expect(device === '' ? plane.output(packet) : plane.prerouting(packet)).toEqual({ kind: 'accept' })
  expect(packet.destination).toBe(expected)
})

test('round robin: in turns, from the head again when the set changes, not when only its order does', () => {
  const balancer = new RoundRobin(new Engine({ seed: 4 }).random)
  const take = (count: number): string =>
    Array.from({ length: count }, () => balancer.endpointFor('10.244.0.9', false, 0) ?? '-').join('')
  expect(take(1)).toBe('-')
  balancer.setEndpoints(['a', 'b', 'c'])
  const first = take(3)
  expect([...first].sort((a, b) => (a < b ? -1 : 1)).join('')).toBe('abc')
  expect(take(4)).toBe(`${first}${first[0]}`)
  balancer.setEndpoints(['c', 'b', 'a'])
  expect(take(2)).toBe(first.slice(1))
  balancer.setEndpoints(['d'])
  expect(take(2)).toBe('dd')
})

test('round robin: a client stays until its time is over, its endpoint is gone, or a dial failed', () => {
  const balancer = new RoundRobin(new Engine({ seed: 4 }).random)
  balancer.setAffinity(10)
  balancer.setEndpoints(['a', 'b'])
  const at = (seconds: number, broken = false): string | undefined =>
    balancer.endpointFor('10.244.0.9', broken, seconds * 1_000_000)
  const first = at(0)
  expect([at(9), at(18), at(27)]).toEqual([first, first, first])
  const second = at(37)
  expect(second).not.toBe(first)
  expect([at(38, true), at(39)]).toEqual([first, first])
  balancer.setEndpoints(['x'])
  expect(at(40)).toBe('x')
})
