// Where the two families of a dual-stack Service serve its health-check node port, by release.

import { expect, test } from 'vitest'
import { sampleNode, sampleService } from '../sample-objects.suite.ts'
import { nodeFactsOf } from '../services/node-facts.ts'
import { watchedServices } from '../services/service-inputs.ts'
import { changedInputs } from './changed-inputs.ts'
import { healthCheckPortsOf } from './health-check-ports.ts'
import { resolveOptions, type KubeProxyOptions } from './options.ts'
import { ProxyProfile } from './proxy-profile.ts'

const balancer = sampleService('lb', {
  type: 'LoadBalancer',
  clusterIP: '10.96.0.90',
  clusterIPs: ['10.96.0.90', 'fd00:96::90'],
  externalTrafficPolicy: 'Local',
  healthCheckNodePort: 32_001,
  ports: [{ port: 80, nodePort: 30_080 }],
})

test.each<{ name: string; flags: KubeProxyOptions; served: readonly string[] }>([
  { name: 'each on its own addresses', flags: {}, served: ['tcp4 0.0.0.0', 'tcp6 ::1'] },
  { name: 'on any address, twice', flags: { kubernetesVersion: 'v1.35.0' }, served: ['tcp any', 'tcp any'] },
  {
    name: 'on an address of its ranges, and everywhere',
    flags: { nodePortAddresses: ['172.18.0.0/16'] },
    served: ['tcp4 172.18.0.2', 'tcp6 ::1'],
  },
])('$name', ({ flags, served }) => {
  const options = resolveOptions({ ...flags, ipFamilies: ['ipv4', 'ipv6'] })
  const layout = options.families.get('ipv4')?.layout
  if (layout === undefined) throw new RangeError('no ipv4 in these options')
  const profile = new ProxyProfile(options)
  profile.request(changedInputs(new Map(), watchedServices([balancer], []), 'ipv4', layout), 0, 0)
  const ports = healthCheckPortsOf(profile, nodeFactsOf(sampleNode(1)))
  expect(ports.map(({ network, addresses }) => `${network} ${addresses?.join() ?? 'any'}`)).toEqual(served)
})
