// What ranges make of a cluster, and which ones no cluster can have: kubeadm's limits, and the API server's.

import { describe, expect, it } from 'vitest'
import { planNetwork, type NetworkRanges } from './network-plan.ts'

const pods = '10.244.0.0/16'
const pods6 = 'fd00:10:244::/56'
const services = '10.96.0.0/16'
const services6 = 'fd00:10:96::/112'

describe('ranges', () => {
  it.each<[string, NetworkRanges, string, string, string, string]>([
    ['none', {}, 'ipv4', '10.244.0.0/16', '10.96.0.0/12', '10.96.0.10'],
    [
      'services of both',
      { serviceCidr: `${services},${services6}` },
      'ipv4,ipv6',
      `${pods},${pods6}`,
      `${services},${services6}`,
      '10.96.0.10',
    ],
    [
      'pods of both',
      { podNetworkCidr: `${pods6},${pods}` },
      'ipv6,ipv4',
      `${pods6},${pods}`,
      'fd00:10:96::/112,10.96.0.0/12',
      'fd00:10:96::a',
    ],
    ['all IPv6', { podNetworkCidr: pods6 }, 'ipv6', pods6, services6, 'fd00:10:96::a'],
    [
      'dual-stack pods, single-stack Services',
      { podNetworkCidr: `${pods},${pods6}`, serviceCidr: services },
      'ipv4,ipv6',
      `${pods},${pods6}`,
      services,
      '10.96.0.10',
    ],
    [
      'single-stack pods, dual-stack Services',
      { podNetworkCidr: pods, serviceCidr: `${services}, ${services6}` },
      'ipv4,ipv6',
      pods,
      `${services},${services6}`,
      '10.96.0.10',
    ],
    [
      'orders that differ',
      { podNetworkCidr: `${pods},${pods6}`, serviceCidr: `${services6},${services}` },
      'ipv6,ipv4',
      `${pods},${pods6}`,
      `${services6},${services}`,
      'fd00:10:96::a',
    ],
    ['Services elsewhere', { serviceCidr: '10.0.16.0/20' }, 'ipv4', pods, '10.0.16.0/20', '10.0.16.10'],
  ])('%s', (_, ranges, families, clusterCidr, serviceCidrs, dnsAddress) => {
    const plan = planNetwork(ranges, 3)
    expect(plan.families.join(',')).toBe(families)
    expect(plan.clusterCidr).toBe(clusterCidr)
    expect(plan.serviceCidrs.join(',')).toBe(serviceCidrs)
    expect(plan.dnsAddress).toBe(dnsAddress)
  })

  it('give the API server and the resolver addresses of the primary family', () => {
    const plan = planNetwork({ serviceCidr: `${services6},${services}` }, 3)
    expect(plan.apiServer).toEqual({ clusterIp: 'fd00:10:96::1', ip: 'fc00:f853:ccd:e793::2' })
    expect(plan.nameserver).toBe('fc00:f853:ccd:e793::1')
  })
})

describe('refused', () => {
  it.each<[string, NetworkRanges, string]>([
    ['two of one family', { podNetworkCidr: `${pods},10.245.0.0/16` }, 'neither one range nor one of each IP family'],
    ['three', { podNetworkCidr: `${pods},${pods6},10.245.0.0/16` }, 'neither one range nor one of each IP family'],
    ['no range', { podNetworkCidr: '10.244.0.0' }, 'podNetworkCidr has "10.244.0.0", which is no range'],
    ['an empty one', { podNetworkCidr: `${pods},` }, 'podNetworkCidr has "", which is no range'],
    [
      'too small for a node',
      { podNetworkCidr: '10.244.0.0/25' },
      'the size of pod subnet 10.244.0.0/25 with mask 25 is smaller than the size of node subnet with mask 24',
    ],
    [
      'too wide',
      { podNetworkCidr: 'fd00::/40' },
      'pod subnet mask (40) of fd00::/40 and node-mask (64) difference is greater than 16',
    ],
    [
      'too small for the nodes',
      { podNetworkCidr: '10.244.0.0/23' },
      'the pod range 10.244.0.0/23 has room for 2 nodes, not 3',
    ],
    [
      'pods among Services',
      { podNetworkCidr: '10.96.8.0/22', serviceCidr: services },
      'the pod range 10.96.8.0/22 and the service range 10.96.0.0/16 overlap',
    ],
    [
      'pods among nodes',
      { podNetworkCidr: '172.18.0.0/16' },
      "172.18.0.0/16 and the nodes' network 172.18.0.0/16 overlap",
    ],
    [
      'Services of a family no pod has',
      { podNetworkCidr: pods, serviceCidr: services6 },
      'Services are IPv6 first, and no pod has an address of that family',
    ],
    [
      'Services first of a family no pod has',
      { podNetworkCidr: pods, serviceCidr: `${services6},${services}` },
      'Services are IPv6 first',
    ],
    [
      'two service ranges of one family',
      { serviceCidr: `${services},10.97.0.0/16` },
      'two ranges must be of different IP families',
    ],
  ])('%s', (_, ranges, why) => {
    expect(() => planNetwork(ranges, 3)).toThrow(why)
  })
})
