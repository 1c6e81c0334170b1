// What becomes of a Service's ports.

import type { Service } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { sampleService } from '../sample-objects.suite.ts'
import { layoutOf } from '../iptables/layout.ts'
import { servicePortsOf } from './service-port.ts'

const base: Service['spec'] = { clusterIP: '10.96.0.1', ports: [{ name: 'http', port: 80 }] }
const only = (spec: Service['spec'], more: Partial<Service> = {}) =>
  servicePortsOf(sampleService('web', spec, more), 'ipv4', layoutOf(36))

test.each<{ name: string; spec: Service['spec']; more?: Partial<Service> }>([
  { name: 'headless', spec: { ...base, clusterIP: 'None' } },
  { name: 'no cluster IP yet', spec: { ...base, clusterIP: '' } },
  { name: 'ExternalName', spec: { ...base, type: 'ExternalName', externalName: 'example.org' } },
  { name: 'IPv6 only', spec: { ...base, clusterIP: 'fd00::1', clusterIPs: ['fd00::1'] } },
])('$name has no rules', ({ spec, more }) => {
  expect(only(spec, more)).toEqual([])
})

test.each([
  { label: 'service.kubernetes.io/service-proxy-name', minor: 36, seen: 0 },
  { label: 'service.kubernetes.io/headless', minor: 35, seen: 0 },
  { label: 'service.kubernetes.io/headless', minor: 36, seen: 1 },
])('label $label in 1.$minor: $seen ports', ({ label, minor, seen }) => {
  const service = sampleService('web', base)
  const labelled = { ...service, metadata: { ...service.metadata, labels: { [label]: '' } } }
  expect(servicePortsOf(labelled, 'ipv4', layoutOf(minor))).toHaveLength(seen)
})

test.each([
  { minor: 29, expected: ['192.0.2.1', '192.0.2.2'] },
  { minor: 30, expected: ['192.0.2.1'] },
])('addresses with ipMode Proxy in 1.$minor', ({ minor, expected }) => {
  const ingress = [{ ip: '192.0.2.1' }, { ip: '192.0.2.2', ipMode: 'Proxy' }]
  const service = sampleService('web', base, { status: { loadBalancer: { ingress } } })
  expect(servicePortsOf(service, 'ipv4', layoutOf(minor))[0]?.loadBalancerVIPs).toEqual(expected)
})

test.each([
  { minor: 33, expected: ['203.0.113.0/24', '0.0.0.0/0'] },
  { minor: 34, expected: [] },
])('a source range of everything in 1.$minor', ({ minor, expected }) => {
  const service = sampleService('web', {
    ...base,
    loadBalancerSourceRanges: ['203.0.113.0/24', '0.0.0.0/0', '::1/128'],
  })
  const [port] = servicePortsOf(service, 'ipv4', layoutOf(minor))
  expect(port?.sourceRanges.map((range) => range.text)).toEqual(expected)
})

test('addresses and ranges become canonical, those of the other family go', () => {
  const spec = {
    ...base,
    type: 'LoadBalancer',
    externalIPs: ['172.30.0.041', 'fd00::41'],
    loadBalancerSourceRanges: [
      ' 203.0.113.000/025',
      'fd00::/64',
      '::ffff:10.1.0.0/104',
      '::ffff:10.1.0.0/64',
      '10.0.0.0 /8',
      '10.0.0.0/ 8',
      '10.0.0.0/+8',
      '10.0.0.0',
    ],
  }
  const status = {
    loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2', ipMode: 'Proxy' }, { hostname: 'x' }] },
  }
  const [port] = only(spec, { status })
  expect(port?.externalIPs).toEqual(['172.30.0.41'])
  expect(port?.sourceRanges.map((range) => range.text)).toEqual(['203.0.113.0/25', '10.0.0.0/8'])
  expect(port?.loadBalancerVIPs).toEqual(['192.0.2.1'])
})

test.each([
  { name: 'a named port', portName: 'http', minor: 36, expected: 'default/web:http' },
  { name: 'an unnamed port', portName: '', minor: 36, expected: 'default/web' },
  { name: 'an unnamed port up to 1.18', portName: '', minor: 18, expected: 'default/web:' },
])('the name of $name', ({ portName, minor, expected }) => {
  const service = sampleService('web', { clusterIP: '10.96.0.1', ports: [{ name: portName, port: 80 }] })
  expect(servicePortsOf(service, 'ipv4', layoutOf(minor)).map((port) => port.name)).toEqual([expected])
})

test.each([
  { name: 'LoadBalancer', type: 'LoadBalancer', externalIPs: [], local: true, healthCheck: 32_000 },
  { name: 'NodePort', type: 'NodePort', externalIPs: [], local: true, healthCheck: 0 },
  {
    name: 'ClusterIP with an external IP',
    type: 'ClusterIP',
    externalIPs: ['198.51.100.1'],
    local: true,
    healthCheck: 0,
  },
  { name: 'ClusterIP', type: 'ClusterIP', externalIPs: [], local: false, healthCheck: 0 },
])('externalTrafficPolicy Local on $name', ({ type, externalIPs, local, healthCheck }) => {
  const [port] = only({ ...base, type, externalIPs, externalTrafficPolicy: 'Local', healthCheckNodePort: 32_000 })
  expect([port?.externalPolicyLocal, port?.healthCheckNodePort]).toEqual([local, healthCheck])
})

const HINTS = 'service.kubernetes.io/topology-aware-hints'
const MODE = 'service.kubernetes.io/topology-mode'

test.each<{ minor: number; annotations: Readonly<Record<string, string>>; counts: boolean }>([
  { minor: 26, annotations: {}, counts: false },
  { minor: 26, annotations: { [HINTS]: 'auto' }, counts: true },
  { minor: 26, annotations: { [MODE]: 'Auto' }, counts: false },
  { minor: 26, annotations: { [HINTS]: 'mine' }, counts: false },
  { minor: 30, annotations: {}, counts: false },
  { minor: 30, annotations: { [MODE]: 'mine' }, counts: true },
  { minor: 30, annotations: { [HINTS]: 'Disabled', [MODE]: 'Auto' }, counts: false },
  { minor: 31, annotations: { [HINTS]: 'Disabled' }, counts: true },
])('hints in 1.$minor with $annotations: $counts', ({ minor, annotations, counts }) => {
  const service = sampleService('web', base)
  const annotated = { ...service, metadata: { ...service.metadata, annotations } }
  expect(servicePortsOf(annotated, 'ipv4', layoutOf(minor)).map((port) => port.usesHints)).toEqual([counts])
})
