// Where the two modes refuse, and how: compared with real traffic through the rules of kube-proxy 1.36.2. Packets go through node-1.
// FORWARDED: it leaves untouched, by the default route; CLOSED: it reaches the node itself, where nobody listens.

import { Engine } from '@podwire/engine'
import { expect, test } from 'vitest'
import { RulesRun } from '../kube-proxy/rules-run.ts'
import { sampleNode, sampleService, sampleSlice, type SampleEndpoint } from '../sample-objects.suite.ts'
import { NodeDataPlane } from './node-data-plane.ts'
import { Packet, type Protocol } from './packet.ts'

const NODE = '172.18.0.2'
const FROM = { pod: '10.244.0.9', node: NODE, stranger: '198.51.100.1', friend: '203.0.113.1' } as const
const EXTERNAL = '198.51.100.7'
const VIP = '192.0.2.1'

type Outcome = 'ENDPOINT' | 'FORWARDED' | 'CLOSED' | 'REJECT' | 'DROP' | 'EPERM'

interface Row {
  readonly name: string
  readonly from: keyof typeof FROM
  readonly to: string
  readonly port: number
  readonly protocol?: Protocol
  readonly endpoints?: 'here' | 'there' | 'none'
  readonly local?: boolean
  readonly ranges?: boolean
  readonly iptables: Outcome
  readonly nftables: Outcome
}

const CLUSTER_IP = '10.96.0.80'
const rows: readonly Row[] = [
  {
    name: 'another port of a cluster IP',
    from: 'pod',
    to: CLUSTER_IP,
    port: 9,
    iptables: 'FORWARDED',
    nftables: 'REJECT',
  },
  { name: 'the same from the node', from: 'node', to: CLUSTER_IP, port: 9, iptables: 'FORWARDED', nftables: 'REJECT' },
  {
    name: 'an unallocated cluster IP',
    from: 'pod',
    to: '10.96.9.9',
    port: 80,
    iptables: 'FORWARDED',
    nftables: 'DROP',
  },
  {
    name: 'a cluster IP without endpoints',
    from: 'pod',
    to: CLUSTER_IP,
    port: 80,
    endpoints: 'none',
    iptables: 'REJECT',
    nftables: 'REJECT',
  },
  {
    name: 'a datagram of the node to it',
    from: 'node',
    to: CLUSTER_IP,
    port: 80,
    protocol: 'udp',
    endpoints: 'none',
    iptables: 'EPERM',
    nftables: 'EPERM',
  },
  {
    name: 'an external IP without endpoints, from the node',
    from: 'node',
    to: EXTERNAL,
    port: 80,
    endpoints: 'none',
    iptables: 'FORWARDED',
    nftables: 'REJECT',
  },
  {
    name: 'a node port without endpoints, from the node',
    from: 'node',
    to: NODE,
    port: 30080,
    endpoints: 'none',
    iptables: 'REJECT',
    nftables: 'REJECT',
  },
  {
    name: 'a node port on localhost',
    from: 'node',
    to: '127.0.0.1',
    port: 30080,
    iptables: 'ENDPOINT',
    nftables: 'CLOSED',
  },
  {
    name: 'policy Local with endpoints elsewhere, from outside',
    from: 'stranger',
    to: NODE,
    port: 30080,
    endpoints: 'there',
    local: true,
    iptables: 'DROP',
    nftables: 'DROP',
  },
  {
    name: 'the same from a pod',
    from: 'pod',
    to: NODE,
    port: 30080,
    endpoints: 'there',
    local: true,
    iptables: 'ENDPOINT',
    nftables: 'ENDPOINT',
  },
  {
    name: 'a VIP from inside its ranges',
    from: 'friend',
    to: VIP,
    port: 80,
    ranges: true,
    iptables: 'ENDPOINT',
    nftables: 'ENDPOINT',
  },
  { name: 'a VIP from outside', from: 'stranger', to: VIP, port: 80, ranges: true, iptables: 'DROP', nftables: 'DROP' },
  {
    name: 'its node port',
    from: 'stranger',
    to: NODE,
    port: 30080,
    ranges: true,
    iptables: 'ENDPOINT',
    nftables: 'ENDPOINT',
  },
  {
    name: 'a VIP without endpoints from outside its ranges',
    from: 'stranger',
    to: VIP,
    port: 80,
    ranges: true,
    endpoints: 'none',
    iptables: 'REJECT',
    nftables: 'DROP',
  },
  {
    name: 'the same from the node',
    from: 'node',
    to: VIP,
    port: 80,
    ranges: true,
    endpoints: 'none',
    iptables: 'FORWARDED',
    nftables: 'DROP',
  },
  {
    name: 'a VIP in mode Proxy',
    from: 'stranger',
    to: '192.0.2.9',
    port: 80,
    iptables: 'FORWARDED',
    nftables: 'FORWARDED',
  },
]

test.each(rows)('$name: $iptables, $nftables', (row) => {
  expect({ iptables: outcome(row, 'iptables'), nftables: outcome(row, 'nftables') }).toEqual({
    iptables: row.iptables,
    nftables: row.nftables,
  })
})

const ENDPOINTS: Readonly<Record<NonNullable<Row['endpoints']>, readonly SampleEndpoint[]>> = {
  here: [{ address: '10.244.0.5', node: 'node-1' }],
  there: [{ address: '10.244.1.6', node: 'node-2' }],
  none: [],
}

function planeFor(row: Row, proxyMode: 'iptables' | 'nftables'): NodeDataPlane {
  const protocol = row.protocol === 'udp' ? 'UDP' : 'TCP'
  const service = sampleService(
    'web',
    {
      type: 'LoadBalancer',
      clusterIP: CLUSTER_IP,
      externalIPs: [EXTERNAL],
      ports: [{ port: 80, nodePort: 30080, protocol }],
      ...(row.local === true ? { externalTrafficPolicy: 'Local' } : {}),
      ...(row.ranges === true ? { loadBalancerSourceRanges: ['203.0.113.0/25'] } : {}),
    },
    { status: { loadBalancer: { ingress: [{ ip: VIP }, { ip: '192.0.2.9', ipMode: 'Proxy' }] } } },
  )
  const slice = sampleSlice('web-1', 'web', [{ port: 8080, protocol }], ENDPOINTS[row.endpoints ?? 'here'])
  const options = { proxyMode, clusterCidr: '10.244.0.0/16', serviceCidrs: ['10.96.0.0/16'] }
  const rules = new RulesRun({ node: sampleNode(1), options })
  rules.sync({ services: [service], slices: [slice] })
  const engine = new Engine({ seed: 1 })
  return new NodeDataPlane({
    clock: engine.clock,
    random: engine.random.fork('test'),
    nodeName: 'node-1',
    stack: { isLocal: (address) => address === NODE || address.startsWith('127.'), interfaceAddress: () => NODE },
    rules: () => rules,
  })
}

function outcome(row: Row, mode: 'iptables' | 'nftables'): Outcome {
  const { from, to, port, protocol = 'tcp' } = row
  const plane = planeFor(row, mode)
  const source = from === 'node' && to.startsWith('127.') ? to : FROM[from]
  const packet = new Packet({ protocol, source, sourcePort: 40_000, destination: to, destinationPort: port })
  const refused = from === 'node' && protocol === 'udp' ? 'EPERM' : undefined
  const first = from === 'node' ? plane.output(packet) : plane.prerouting(packet)
  if (first.kind !== 'accept') return refused ?? (first.kind === 'drop' ? 'DROP' : 'REJECT')
  const isForNode = packet.destination === NODE || packet.destination.startsWith('127.')
  packet.outInterface = isForNode ? 'lo' : 'eth0'
  const second = isForNode ? plane.input(packet) : from === 'node' ? first : plane.forward(packet)
  if (second.kind !== 'accept') return second.kind === 'drop' ? 'DROP' : 'REJECT'
  if (isForNode) return 'CLOSED'
  return packet.destination === to ? 'FORWARDED' : 'ENDPOINT'
}
