import { test } from 'vitest'
import { Engine } from '@podwire/engine'
import { Ruleset } from './iptables/ruleset.ts'
import { NodeTables } from './iptables/node-tables.ts'
import { resolveOptions } from './kube-proxy/options.ts'
import { NodeDataPlane } from './dataplane/node-data-plane.ts'
import { Packet } from './dataplane/packet.ts'
import { iptablesSave } from './iptables/print.ts'
function svc(i: number, n: number): any {
  const ip = `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`
  return [`default/s${i}`, { service: { metadata: { namespace: 'default', name: `s${i}` }, spec: { type: 'ClusterIP', clusterIP: ip, clusterIPs: [ip], ports: [{ port: 80, protocol: 'TCP' }] } }, slices: [{ metadata: { name: `s${i}-x`, namespace: 'default' }, addressType: 'IPv4', ports: [{ name: '', port: 8080, protocol: 'TCP' }], endpoints: Array.from({ length: n }, (_, k) => ({ addresses: [`10.244.${(i * n + k) % 250}.${(i + k) % 250 + 2}`], nodeName: 'n' + (k % 3), conditions: { ready: true } })) }] }]
}
for (const [count, eps] of [[10, 20], [1000, 20], [10000, 20]] as const) test(`bench ${count}`, () => {
  const o = resolveOptions({ clusterCidr: '10.244.0.0/16' }).families.get('ipv4')!
  const node = (name: string, ip: string) => ({ name, zone: undefined, addresses: [ip], interfaceAddresses: [ip], podCIDRs: [] })
  const engine = new Engine({ seed: 1 })
  let t = performance.now()
  let set = Ruleset.empty(o).with(new Map(Array.from({ length: count }, (_, i) => svc(i + 10, eps))))
  const ta = new NodeTables(set, node('a', '172.18.0.2'))
  const t1 = performance.now() - t; t = performance.now()
  for (const u of set.unitsInOrder()) ta.rulesOf(u)
  const t2 = performance.now() - t; t = performance.now()
  const text = iptablesSave(ta)
  const t3 = performance.now() - t
  const tb = new NodeTables(set, node('b', '172.18.0.3'))
  const plane = (tables: NodeTables, ip: string, counters: boolean) => new NodeDataPlane({ clock: engine.clock, random: engine.random.fork(ip), nodeName: 'n', counters, stack: { isLocal: (a) => a === ip, interfaceAddress: () => ip }, rules: (() => { const r = { tables: () => tables, udpGeneration: 0, isStale: () => false }; return () => r })() })
  for (const counters of [false, true]) {
    let a = plane(ta, '172.18.0.2', counters), b = plane(tb, '172.18.0.3', counters)
    const run = (N: number, base: number) => { for (let i = 0; i < N; i++) {
      const p = new Packet({ family: 'ipv4', protocol: 'tcp', source: '10.244.0.5', sourcePort: (base + i) % 60000 + 1024, destination: '10.96.0.12', destinationPort: 80, inInterface: 'cni0' })
      a.prerouting(p); p.outInterface = 'eth0'; a.forward(p); a.postrouting(p)
      p.inInterface = 'eth0'; p.outInterface = ''
      b.prerouting(p); p.outInterface = 'cni0'; b.forward(p); b.postrouting(p)
    } }
    for (let k = 0; k < 4; k++) { a.conntrack.clear(); b.conntrack.clear(); run(50000, 0) }
    a = plane(ta, '172.18.0.2', counters); b = plane(tb, '172.18.0.3', counters)
    t = performance.now(); run(50000, 0); const per = (performance.now() - t) / 50000 * 1000
    t = performance.now(); run(50000, 0); const est = (performance.now() - t) / 50000 * 1000
    console.log(count, 'counters', counters, 'fresh us', per.toFixed(3), 'again us', est.toFixed(3))
  }
  const change = svc(100 % count + 10, eps + 1)
  t = performance.now()
  let s2 = set
  for (let i = 0; i < 100; i++) { s2 = s2.with(new Map([svc(100 % count + 10, eps + (i % 2))])); new NodeTables(s2, node('a', '172.18.0.2')).rulesOf(s2.entry(change[0])!.units()[0]!) }
  const t4 = (performance.now() - t) / 100
  console.log(count, 'with', t1.toFixed(1), 'compile', t2.toFixed(1), 'save', t3.toFixed(1), text.length, 'one change ms', t4.toFixed(3))
})
