import { readFileSync, readdirSync } from 'node:fs'
import { test, expect } from 'vitest'
import { Engine } from '@podwire/engine'
import type { Node } from '@podwire/apiserver'
import { Ruleset } from './iptables/ruleset.ts'
import { NodeTables } from './iptables/node-tables.ts'
import { nodeFactsOf } from './services/node-facts.ts'
import { resolveOptions } from './kube-proxy/options.ts'
import { NodeDataPlane } from './dataplane/node-data-plane.ts'
import { Packet } from './dataplane/packet.ts'
import { optionsFromFlags, inputs } from './scratch-compare.test.ts'
const dir = '/work/shared/reference/proxy/'
for (const naive of [false, true]) for (const file of readdirSync(dir).filter((f) => f.endsWith('.json'))) {
  const j = JSON.parse(readFileSync(dir + file, 'utf8'))
  if (!j.flows) continue
  test(file + (naive ? ' naive' : ''), () => {
    const o = resolveOptions(optionsFromFlags(j.flags))
    const node = nodeFactsOf(j.objects.find((x: any) => x.kind === 'Node' && x.metadata.name === j.node.name) as Node)
    const set = Ruleset.empty(o.families.get('ipv4')!).with(inputs(j.objects))
    const tables = new NodeTables(set, node)
    const eps = new Set<string>()
    for (const s of j.objects) if (s.kind === 'EndpointSlice') for (const e of s.endpoints ?? []) for (const p of s.ports ?? []) eps.add(`${e.addresses[0]}`)
    const locals = new Set(['172.18.0.3', '10.244.1.1'])
    const engine = new Engine({ seed: 3 })
    const isLocal = (a: string) => locals.has(a) || a.startsWith('127.')
    const dev = (a: string) => (isLocal(a) ? 'lo' : a.startsWith('10.244.1.') ? 'veth' + a.split('.')[3] : 'br0')
    const stack = { isLocal, interfaceAddress: (n: string) => (n === 'lo' ? '127.0.0.1' : n.startsWith('veth') ? '10.244.1.1' : '172.18.0.3') }
    const rules = { tables: () => tables, udpGeneration: 0, isStale: () => false }
    const plane = new NodeDataPlane({ clock: engine.clock, random: engine.random.fork('x'), nodeName: 'node-a', stack, rules: () => rules, naive })
    const bad: unknown[] = []
    for (const f of j.flows) {
      const seen = new Map<string, Set<string>>()
      let other = ''
      if (f.proto === 'sctp') continue
      for (let i = 0; i < 60; i++) {
        const local = f.from === 'node'
        const src = f.source ?? (isLocal(f.to) ? f.to : dev(f.to) === 'br0' ? '172.18.0.3' : '10.244.1.1')
        const p = new Packet({ protocol: f.proto, source: src, sourcePort: 20000 + i + Math.floor(engine.random.real() * 20000), destination: f.to, destinationPort: f.port, inInterface: local ? '' : dev(src) })
        let v
        const hooks: any[] = []
        if (local) { p.outInterface = dev(p.destination); v = plane.output(p); hooks.push('out', v.kind)
          if (v.kind === 'accept') { p.outInterface = dev(p.destination); v = plane.postrouting(p); if (isLocal(p.destination) && v.kind === 'accept') { p.inInterface = 'lo'; v = plane.input(p) } }
          else if (f.proto === 'udp') v = { kind: 'eperm' }
        } else {
          v = plane.prerouting(p)
          if (v.kind === 'accept') { if (isLocal(p.destination)) v = plane.input(p); else { p.outInterface = dev(p.destination); v = plane.forward(p); if (v.kind === 'accept') v = plane.postrouting(p) } }
        }
        if (v.kind === 'reject') other = 'REJECT'
        else if (v.kind === 'drop') other = 'DROP'
        else if ((v.kind as string) === 'eperm') other = 'EPERM'
        else if (eps.has(p.destination)) { const key = `${p.destination}:${p.destinationPort}`; const set = seen.get(key) ?? new Set(); set.add(p.source); seen.set(key, set) }
        else if (isLocal(p.destination)) other = 'REJECT' // closed port
        else other = 'FORWARDED'
      }
      const ours = seen.size ? { ENDPOINTS: Object.fromEntries([...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, [...v].sort()])) } : other
      bad.push({ f, ours })
    }
    const cmp = bad.filter((b: any) => JSON.stringify(norm(b.f.iptables)) !== JSON.stringify(norm(b.ours)))
    expect(cmp.slice(0, 4).map((b: any) => JSON.stringify(b)), `${cmp.length} of ${bad.length}`).toEqual([])
  })
}
function norm(x: any): any {
  if (typeof x === 'string') return x
  if (x.verdict && !x.endpoints) return x.verdict
  const e = x.ENDPOINTS ?? x.endpoints
  return Object.entries(e).map(([k, v]) => [k, Array.isArray(v) ? [...v].sort() : v]).sort((a: any, b: any) => (a[0] < b[0] ? -1 : 1))
}
