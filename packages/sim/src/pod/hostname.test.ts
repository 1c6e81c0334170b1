import type { PodSpec } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { hostsFile, nodeHostsFile, podHostname } from './hostname.ts'
import { samplePod } from './sample-objects.suite.ts'

const STANDARD = [
  '# Kubernetes-managed hosts file.',
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
]

test.each<{ name: string; spec: Partial<PodSpec>; hostname: string; fqdn: string | undefined }>([
  { name: 'the pod name', spec: {}, hostname: 'web-0', fqdn: undefined },
  { name: 'spec.hostname', spec: { hostname: 'box' }, hostname: 'box', fqdn: undefined },
  { name: 'a subdomain', spec: { subdomain: 'nginx' }, hostname: 'web-0', fqdn: 'web-0.nginx.shop.svc.cluster.local' },
  {
    name: 'the FQDN as host name',
    spec: { subdomain: 'nginx', setHostnameAsFQDN: true },
    hostname: 'web-0.nginx.shop.svc.cluster.local',
    fqdn: 'web-0.nginx.shop.svc.cluster.local',
  },
  { name: 'the node, on its network', spec: { hostNetwork: true }, hostname: 'node-1', fqdn: undefined },
  { name: 'hostnameOverride', spec: { hostnameOverride: 'other', subdomain: 'x' }, hostname: 'other', fqdn: undefined },
  { name: 'long names are cut', spec: { hostname: `${'a'.repeat(62)}-b` }, hostname: 'a'.repeat(62), fqdn: undefined },
])('host name: $name', ({ spec, hostname, fqdn }) => {
  expect(podHostname(samplePod(spec), 'cluster.local', 'node-1')).toEqual({ hostname, fqdn })
})

test.each<{ name: string; spec: Partial<PodSpec>; lines: readonly string[] }>([
  { name: 'one address', spec: {}, lines: [...STANDARD, '10.1.0.5\tweb-0'] },
  {
    name: 'with a subdomain',
    spec: { subdomain: 'nginx' },
    lines: [...STANDARD, '10.1.0.5\tweb-0.nginx.shop.svc.cluster.local\tweb-0'],
  },
  {
    name: 'host aliases',
    spec: { hostAliases: [{ ip: '1.2.3.4', hostnames: ['foo.local', 'bar.local'] }] },
    lines: [...STANDARD, '10.1.0.5\tweb-0', '', '# Entries added by HostAliases.', '1.2.3.4\tfoo.local\tbar.local'],
  },
  {
    name: 'on the host network',
    spec: { hostNetwork: true },
    lines: [
      '# Kubernetes-managed hosts file (host network).',
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      '172.18.0.2\tnode-1',
    ],
  },
])('hosts file: $name', ({ spec, lines }) => {
  const pod = samplePod(spec)
  const name = podHostname(pod, 'cluster.local', 'node-1')
  expect(hostsFile(pod, name, ['10.1.0.5'], nodeHostsFile('node-1', ['172.18.0.2']))).toBe(`${lines.join('\n')}\n`)
})
