import { readFileSync, readdirSync } from 'node:fs'
import { test, expect } from 'vitest'
import type { Service, EndpointSlice, Node } from '@podwire/apiserver'
import { Ruleset } from './iptables/ruleset.ts'
import { NodeTables } from './iptables/node-tables.ts'
import { nodeFactsOf } from './services/node-facts.ts'
import { resolveOptions, type KubeProxyOptions } from './kube-proxy/options.ts'
import { iptablesSave } from './iptables/print.ts'
import { isSliceSeen } from './services/service-port.ts'
// @ts-expect-error scratch
const { parse, diff, digest } = await import('/work/shared/reference/proxy-compare.mjs')

export function optionsFromFlags(flags: string[]): KubeProxyOptions {
  const o: Record<string, unknown> = {}
  for (const f of flags) {
    const [k, v] = f.replace(/^--/, '').split('=')
    if (k === 'cluster-cidr') o.clusterCidr = v
    else if (k === 'detect-local-mode') o.detectLocalMode = v
    else if (k === 'pod-bridge-interface') o.podBridgeInterface = v
    else if (k === 'pod-interface-name-prefix') o.podInterfaceNamePrefix = v
    else if (k === 'masquerade-all') o.masqueradeAll = true
    else if (k === 'nodeport-addresses') o.nodePortAddresses = v!.split(',')
    else if (k === 'iptables-localhost-nodeports') o.localhostNodePorts = v !== 'false'
    else if (k === 'conntrack-tcp-be-liberal') o.conntrackTcpBeLiberal = true
    else throw new Error('flag ' + f)
  }
  return o as KubeProxyOptions
}
export function inputs(objects: any[]) {
  const m = new Map<string, any>()
  for (const o of objects) if (o.kind === 'Service') m.set(`${o.metadata.namespace}/${o.metadata.name}`, { service: o as Service, slices: [] })
  for (const o of objects) if (o.kind === 'EndpointSlice' && isSliceSeen(o.metadata.labels)) {
    const e = m.get(`${o.metadata.namespace}/${o.metadata.labels?.['kubernetes.io/service-name']}`)
    if (e) e.slices.push(o as EndpointSlice)
  }
  return m
}
const dir = '/work/shared/reference/proxy/'
for (const file of readdirSync(dir).filter((f) => f.endsWith('.json'))) {
  const j = JSON.parse(readFileSync(dir + file, 'utf8'))
  test(file, () => {
    const o = resolveOptions({ ...optionsFromFlags(j.flags), ...(j.ip6tables ? { ipFamilies: ['ipv4', 'ipv6'] } : {}) })
    const objects = j.objects_after ?? j.objects
    const node = nodeFactsOf(objects.find((x: any) => x.kind === 'Node' && x.metadata.name === j.node.name) as Node)
    for (const [family, opts] of o.families) {
      let set = Ruleset.empty(opts)
      if (j.objects_after) { set = set.with(inputs(j.objects)); iptablesSave(new NodeTables(set, node)) ; 
        const gone = new Map([...inputs(j.objects).keys()].filter((k) => !inputs(objects).has(k)).map((k) => [k, undefined] as const)); set = set.with(gone) }
      set = set.with(inputs(objects))
      const text = iptablesSave(new NodeTables(set, node))
      const field = family === 'ipv4' ? 'iptables' : 'ip6tables'
      if (j[field]) {
        expect(diff(parse(j[field]), parse(text))).toEqual([])
        if (family === 'ipv4') expect(text.split('\n').filter((l: string) => /^[:*C]/.test(l))).toEqual(j[field].split('\n').filter((l: string) => /^[:*C]/.test(l)))
      } else { expect(digest(parse(text))).toBe(j[field + '_digest']) }
    }
  })
}
