import type { PodSpec } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { podResolvConf, resolvConfText, type DnsSettings } from './resolv-conf.ts'
import { samplePod } from './sample-objects.suite.ts'

const settings: DnsSettings = {
  clusterDns: ['10.96.0.10'],
  clusterDomain: 'cluster.local',
  node: { nameservers: ['172.18.0.1'], searches: ['lan'], options: ['ndots:0'] },
}
const CLUSTER =
  'search shop.svc.cluster.local svc.cluster.local cluster.local lan\nnameserver 10.96.0.10\noptions ndots:5\n'
const NODE = 'search lan\nnameserver 172.18.0.1\noptions ndots:0\n'

test.each<{ name: string; spec: Partial<PodSpec>; text: string }>([
  { name: 'ClusterFirst', spec: { dnsPolicy: 'ClusterFirst' }, text: CLUSTER },
  { name: 'no policy', spec: {}, text: CLUSTER },
  { name: 'ClusterFirst on the host network', spec: { dnsPolicy: 'ClusterFirst', hostNetwork: true }, text: NODE },
  { name: 'ClusterFirstWithHostNet', spec: { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, text: CLUSTER },
  { name: 'Default', spec: { dnsPolicy: 'Default' }, text: NODE },
  {
    name: 'None with dnsConfig',
    spec: { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['resolv.conf.local'] } },
    text: 'search resolv.conf.local\nnameserver 1.1.1.1\n',
  },
  {
    name: 'dnsConfig adds, own options win',
    spec: {
      dnsConfig: {
        nameservers: ['10.96.0.10', '8.8.8.8'],
        searches: ['lan', 'extra'],
        options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
      },
    },
    text:
      'search shop.svc.cluster.local svc.cluster.local cluster.local lan extra\nnameserver 10.96.0.10\n' +
      'nameserver 8.8.8.8\noptions ndots:2 edns0\n',
  },
])('$name', ({ spec, text }) => {
  expect(resolvConfText(podResolvConf(samplePod(spec), settings).config)).toBe(text)
})

test('more than 32 search paths are cut with a warning', () => {
  const searches = Array.from({ length: 40 }, (_, index) => `d${index}.example`)
  const { config, warning } = podResolvConf(samplePod({ dnsPolicy: 'None', dnsConfig: { searches } }), settings)
  expect(config.searches).toHaveLength(32)
  expect(warning).toMatch(/^Search Line limits were exceeded, some search paths have been omitted, .* d31\.example$/)
})

test('more than 3 nameservers are cut with a warning', () => {
  const nameservers = ['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4']
  const { config, warning } = podResolvConf(samplePod({ dnsPolicy: 'None', dnsConfig: { nameservers } }), settings)
  expect(config.nameservers).toEqual(nameservers.slice(0, 3))
  expect(warning).toContain('the applied nameserver line is: 1.1.1.1 2.2.2.2 3.3.3.3')
})
