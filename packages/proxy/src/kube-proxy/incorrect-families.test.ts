import type { Service } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { incorrectFamilies } from './incorrect-families.ts'

test.each<[string, Service['spec'], Service['status'], string]>([
  ['nothing', { clusterIP: '10.96.0.9' }, {}, ''],
  ['its own family', { clusterIP: '10.96.0.9', externalIPs: ['10.0.0.1'] }, {}, ''],
  ['the address itself, and nothing more', { clusterIP: 'fd00::9', externalIPs: ['fd00::1'] }, {}, 'clusterIP fd00::9'],
  [
    'what is of the other family',
    {
      clusterIP: '10.96.0.9',
      externalIPs: ['fd00::1', '10.0.0.1', 'fd00::2'],
      loadBalancerSourceRanges: [' fd00::/8 '],
    },
    { loadBalancer: { ingress: [{ ip: '10.0.0.2' }, { ip: 'fd00::3' }, { hostname: 'lb' }] } },
    'externalIPs fd00::1,fd00::2; loadBalancerSourceRanges  fd00::/8 ; Load balancer ingress IPs fd00::3',
  ],
  ['headless', { clusterIP: 'None', externalIPs: ['fd00::1'] }, {}, ''],
  ['an external name', { type: 'ExternalName', externalName: 'a.b', externalIPs: ['fd00::1'] }, {}, ''],
])('%s', (_, spec, status, expected) => {
  const metadata = { name: 'x', uid: 'x', resourceVersion: '1', creationTimestamp: '' }
  const found = incorrectFamilies({ apiVersion: 'v1', kind: 'Service', metadata, spec, status: status ?? {} }, 'ipv4')
  expect(found.map(({ field, value }) => `${field} ${value}`).join('; ')).toBe(expected)
})
