import { test } from 'vitest'
import { writeFileSync } from 'node:fs'
import { sampleService, sampleSlice, sampleTables } from './sample-objects.suite.ts'
import { iptablesSave } from './iptables/print.ts'
import { iptablesList } from './iptables/list.ts'
test('dump', () => {
  for (const [det, opts] of [['a', { clusterCidr: '10.244.0.0/16', nfacct: false }], ['b', { detectLocalMode: 'InterfaceNamePrefix' as const, podInterfaceNamePrefix: 'veth', nfacct: false }]] as const) {
  const t = sampleTables(
  [ sampleService('all', { type: 'LoadBalancer', clusterIP: '10.96.1.1', externalIPs: ['198.51.100.7'], externalTrafficPolicy: 'Local', healthCheckNodePort: 32001, loadBalancerSourceRanges: ['203.0.113.0/25', '172.18.0.0/16'], sessionAffinity: 'ClientIP',
        ports: [ { name: 'http', port: 80, nodePort: 30080 }, { name: 'dns', port: 53, nodePort: 30053, protocol: 'UDP' }, { name: 'sigtran', port: 2905, nodePort: 30905, protocol: 'SCTP' } ] },
      { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }] } } }),
    sampleService('none', { type: 'NodePort', clusterIP: '10.96.1.2', ports: [{ port: 80, nodePort: 30081 }] }) ],
  [ sampleSlice('all-1', 'all', [{ name: 'http', port: 8080 }, { name: 'dns', port: 53, protocol: 'UDP' }, { name: 'sigtran', port: 2905, protocol: 'SCTP' }], [{ address: '10.244.0.5', node: 'node-1' }, { address: '10.244.1.5', node: 'node-2' }, { address: '10.244.1.6' }]) ], opts)
  writeFileSync(`/tmp/pb/${det}.save`, iptablesSave(t)); for (const x of ['nat', 'filter'] as const) writeFileSync(`/tmp/pb/${det}.${x}.list`, iptablesList(t, x))
  }
})
