// Which ipsets kube-proxy fills with what in ipvs mode. Entries exist even when a service has no endpoints.
// Source: kubernetes pkg/proxy/ipvs/ipset.go and proxier.go, syncProxyRules (v1.16 to v1.36).

import { hostCidr } from '../addresses/cidr.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { PortIndex, PortRef } from '../iptables/port-index.ts'
import type { PortUnit } from '../iptables/port-unit.ts'
import type { Ruleset } from '../iptables/ruleset.ts'
import { seenFrom } from '../services/endpoint.ts'
import { nodeAddressOrLoopback, type NodeFacts } from '../services/node-facts.ts'
import { ipvsNodePortAddresses } from './node-port-addresses.ts'
import { rangesContain, type ServicePort } from '../services/service-port.ts'
import type { IpvsLayout } from './layout.ts'
import { IpSet, type IpSetEntry, type IpSetType } from './ip-set.ts'

export type SetName = (typeof SETS)[number][0]

interface SetNode extends NodeFacts {
  readonly nodePortAddresses: readonly string[]
}

type Entries = (unit: PortUnit, node: SetNode) => readonly IpSetEntry[]

const pair = ({ protocol, port }: ServicePort, address: string): IpSetEntry => ({
  key: `${address},${protocol}:${port}`,
})
const pairs = (port: ServicePort, addresses: readonly string[]): readonly IpSetEntry[] =>
  addresses.map((address) => pair(port, address))
const none: readonly IpSetEntry[] = []

const isGuarded = (port: ServicePort): boolean => port.sourceRanges.length > 0

const isLocalExternal = ({ port, options }: PortUnit): boolean =>
  options.ipvs.externalPolicyOfExternals && port.externalPolicyLocal

const isSctp = ({ protocol, nodePort }: ServicePort): boolean => protocol === 'sctp' && nodePort !== 0

const nodePorts =
  (protocol: 'tcp' | 'udp', local: boolean): Entries =>
  ({ port }, node) =>
    servesNodePort(port, node) && port.protocol === protocol && (!local || port.externalPolicyLocal)
      ? [{ key: String(port.nodePort) }]
      : none

/** Where --nodeport-addresses picks no address, nothing of a port that has a node port is done any more: health checks are not either. */
const servesNodePort = ({ nodePort }: ServicePort, { nodePortAddresses }: SetNode): boolean =>
  nodePort !== 0 && nodePortAddresses.length > 0

/** SCTP ports have no bitmap of their own: address and port instead. */
const sctpNodePorts =
  (local: boolean): Entries =>
  ({ port }, node) =>
    port.nodePort !== 0 && port.protocol === 'sctp' && (!local || port.externalPolicyLocal)
      ? node.nodePortAddresses.map((address) => ({ key: `${address},sctp:${port.nodePort}` }))
      : none

const loopBack: Entries = ({ port, endpoints }, node) =>
  seenFrom(endpoints, node.name)
    .filter(({ nodeName }) => nodeName === node.name)
    .map(({ address, port: number }) => ({ key: `${address},${port.protocol}:${number},${address}` }))

const sourceIps: Entries = ({ port }, node) =>
  isGuarded(port) && rangesContain(port, nodeAddressOrLoopback(node, port.family))
    ? port.loadBalancerVIPs.map((vip) => ({ key: `${vip},${port.protocol}:${port.port},${vip}` }))
    : none

const sourceCidrs: Entries = ({ port }) =>
  port.loadBalancerVIPs.flatMap((vip) => port.sourceRanges.map((network) => ({ ...pair(port, vip), network })))

const healthChecks: Entries = ({ port }, node) =>
  port.healthCheckNodePort === 0 || (port.nodePort !== 0 && !servesNodePort(port, node))
    ? none
    : [{ key: String(port.healthCheckNodePort) }]

const SETS = [
  ['KUBE-LOOP-BACK', 'hash:ip,port,ip', 'endpoints dst ip:port, source ip for solving hairpin purpose', loopBack],
  [
    'KUBE-CLUSTER-IP',
    'hash:ip,port',
    'service cluster ip + port for masquerade purpose',
    ({ port }) => [pair(port, port.clusterIP)],
  ],
  [
    'KUBE-EXTERNAL-IP',
    'hash:ip,port',
    'service external ip + port for masquerade and filter purpose',
    (unit) => (isLocalExternal(unit) ? none : pairs(unit.port, unit.port.externalIPs)),
  ],
  [
    'KUBE-EXTERNAL-IP-LOCAL',
    'hash:ip,port',
    'service external ip + port with externalTrafficPolicy=local',
    (unit) => (isLocalExternal(unit) ? pairs(unit.port, unit.port.externalIPs) : none),
  ],
  ['KUBE-LOAD-BALANCER', 'hash:ip,port', 'service lb portal', ({ port }) => pairs(port, port.loadBalancerVIPs)],
  [
    'KUBE-LOAD-BALANCER-LOCAL',
    'hash:ip,port',
    'service load balancer ip + port with externalTrafficPolicy=local',
    ({ port }) => (port.externalPolicyLocal ? pairs(port, port.loadBalancerVIPs) : none),
  ],
  [
    'KUBE-LOAD-BALANCER-FW',
    'hash:ip,port',
    'service load balancer ip + port for load balancer with sourceRange',
    ({ port }) => (isGuarded(port) ? pairs(port, port.loadBalancerVIPs) : none),
  ],
  [
    'KUBE-LOAD-BALANCER-SOURCE-IP',
    'hash:ip,port,ip',
    'service load balancer ip + port + source IP for packet filter purpose',
    sourceIps,
  ],
  [
    'KUBE-LOAD-BALANCER-SOURCE-CIDR',
    'hash:ip,port,net',
    'service load balancer ip + port + source cidr for packet filter purpose',
    sourceCidrs,
  ],
  ['KUBE-NODE-PORT-TCP', 'bitmap:port', 'nodeport TCP port for masquerade purpose', nodePorts('tcp', false)],
  [
    'KUBE-NODE-PORT-LOCAL-TCP',
    'bitmap:port',
    'nodeport TCP port with externalTrafficPolicy=local',
    nodePorts('tcp', true),
  ],
  ['KUBE-NODE-PORT-UDP', 'bitmap:port', 'nodeport UDP port for masquerade purpose', nodePorts('udp', false)],
  [
    'KUBE-NODE-PORT-LOCAL-UDP',
    'bitmap:port',
    'nodeport UDP port with externalTrafficPolicy=local',
    nodePorts('udp', true),
  ],
  [
    'KUBE-NODE-PORT-SCTP-HASH',
    'hash:ip,port',
    `nodeport SCTP port for masquerade purpose with type 'hash ip:port'`,
    sctpNodePorts(false),
  ],
  [
    'KUBE-NODE-PORT-LOCAL-SCTP-HASH',
    'hash:ip,port',
    `nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'`,
    sctpNodePorts(true),
  ],
  ['KUBE-HEALTH-CHECK-NODE-PORT', 'bitmap:port', 'health check node port', healthChecks],
] as const satisfies readonly (readonly [string, IpSetType, string, Entries])[]

export const IPVS_IPS = 'KUBE-IPVS-IPS'

/** Addresses that go to kube-ipvs0: cluster IPs always, others since 1.28 unless an interface has them. */
export function boundAddresses(ruleset: Ruleset, node: NodeFacts): ReadonlySet<string> {
  const { sparesInterfaces } = ruleset.options.ipvs
  const bound = new Set<string>()
  for (const { port } of ruleset.unitsInOrder()) {
    bound.add(port.clusterIP)
    for (const address of [...port.externalIPs, ...port.loadBalancerVIPs]) {
      if (!sparesInterfaces || !node.interfaceAddresses.includes(address)) bound.add(address)
    }
  }
  return bound
}

/** Sets that not every release had. */
function existing({ localExternals, healthChecks }: IpvsLayout): readonly (typeof SETS)[number][] {
  const missing = new Set<string>()
  if (!localExternals) missing.add('KUBE-EXTERNAL-IP-LOCAL')
  if (!healthChecks) missing.add('KUBE-HEALTH-CHECK-NODE-PORT')
  return SETS.filter(([name]) => !missing.has(name))
}

/** The sets of one node, by their IPv4 names. */
export function serviceSets(ruleset: Ruleset, node: NodeFacts): ReadonlyMap<SetName | typeof IPVS_IPS, IpSet> {
  const { family, ipvs: layout } = ruleset.options
  const here = { ...node, nodePortAddresses: ipvsNodePortAddresses(ruleset.options, node) }
  const sets = new Map<SetName | typeof IPVS_IPS, IpSet>()
  const unitsNearby = nearbyUnits(ruleset)
  for (const [name, type, about, entries] of existing(layout)) {
    const all = (): readonly IpSetEntry[] => ruleset.unitsInOrder().flatMap((unit) => (entries as Entries)(unit, here))
    const known = new WeakMap<PortUnit, readonly IpSetEntry[]>()
    const entriesOf = (unit: PortUnit): readonly IpSetEntry[] => {
      let found = known.get(unit)
      if (found === undefined) known.set(unit, (found = (entries as Entries)(unit, here)))
      return found
    }
    const near = (packet: Packet): readonly IpSetEntry[] => unitsNearby(packet).flatMap(entriesOf)
    const hasEntries = (unit: PortUnit): boolean => (entries as Entries)(unit, here).length > 0
    const isEmpty = (): boolean => isSetEmpty(name, ruleset, here, hasEntries)
    sets.set(name, new IpSet(name, type, `Kubernetes ${about}`, family, all, near, isEmpty))
  }
  if (!layout.accessFilter) return sets
  const ip = (address: string): IpSetEntry => ({ key: hostCidr(address).address })
  const bound = (): readonly IpSetEntry[] => [...boundAddresses(ruleset, node)].map(ip)
  const near = ({ source, destination }: Packet): readonly IpSetEntry[] =>
    [source, destination].filter((address) => isBound(ruleset, node, address)).map(ip)
  sets.set(IPVS_IPS, new IpSet(IPVS_IPS, 'hash:ip', '', family, bound, near))
  return sets
}

/** Sets whose entries depend on endpoints or the node; all others follow from the service ports alone. */
const OF_THE_NODE: ReadonlySet<string> = new Set([
  'KUBE-LOOP-BACK',
  'KUBE-LOAD-BALANCER-SOURCE-IP',
  'KUBE-NODE-PORT-SCTP-HASH',
  'KUBE-NODE-PORT-LOCAL-SCTP-HASH',
])
const emptiness = new WeakMap<PortIndex, Map<string, boolean>>()

/** Whether some service port has an entry; what follows from the ports is found once for all nodes, as long as no port changes. */
function isSetEmpty(name: SetName, ruleset: Ruleset, node: SetNode, hasEntries: (unit: PortUnit) => boolean): boolean {
  const search = (): boolean => {
    for (const unit of ruleset.units()) if (hasEntries(unit)) return false
    return true
  }
  // A node that serves no node ports is not like the others.
  const ofNodePorts = name.startsWith('KUBE-NODE-PORT') || name === 'KUBE-HEALTH-CHECK-NODE-PORT'
  if (name === 'KUBE-LOOP-BACK' || (ofNodePorts && node.nodePortAddresses.length === 0)) return search()
  let known = emptiness.get(ruleset.index)
  if (known === undefined) emptiness.set(ruleset.index, (known = new Map()))
  // Only guarded ports, and only those of SCTP, have such entries on any node.
  const key = name === 'KUBE-LOAD-BALANCER-SOURCE-IP' ? 'guarded' : name.endsWith('-SCTP-HASH') ? 'sctp' : name
  let empty = known.get(key)
  if (empty === undefined) {
    const mayHave = key === 'guarded' ? isGuarded : key === 'sctp' ? isSctp : undefined
    empty = mayHave === undefined ? search() : ![...ruleset.units()].some(({ port }) => mayHave(port))
    known.set(key, empty)
  }
  return OF_THE_NODE.has(name) && !empty ? search() : empty
}

function isBound(ruleset: Ruleset, node: NodeFacts, address: string): boolean {
  const refs = ruleset.index.at(address)
  if (refs.length === 0) return false
  if (!ruleset.options.ipvs.sparesInterfaces || !node.interfaceAddresses.includes(address)) return true
  return refs.some((ref) => ruleset.unit(ref)?.port.clusterIP === address)
}

/** `unitsNear`, found once for all sets that a packet's rules ask for; a translated packet is another. */
function nearbyUnits(ruleset: Ruleset): (packet: Packet) => readonly PortUnit[] {
  let last: { readonly packet: Packet; readonly place: string; readonly units: readonly PortUnit[] } | undefined
  return (packet) => {
    const { source, destination, destinationPort, connection } = packet
    const place = `${source} ${destination}:${destinationPort} ${connection === undefined ? '' : 'tracked'}`
    if (last?.packet !== packet || last.place !== place) {
      last = { packet, place, units: unitsNear(ruleset, packet) }
    }
    return last.units
  }
}

/** Every service port whose entries a packet could match: by its addresses, its port, and where it was sent at first. */
function unitsNear(ruleset: Ruleset, packet: Packet): readonly PortUnit[] {
  const { source, destination, destinationPort, connection } = packet
  const { index } = ruleset
  const first = connection?.original
  // A bitmap of ports knows no protocol: the rule in front of it does.
  const atNodePort = (port: number): readonly PortRef[] => [
    ...(['tcp', 'udp', 'sctp'] as const).flatMap((protocol) => index.nodePort(protocol, port)),
    ...index.healthCheckNodePort(port),
  ]
  const refs = [
    ...index.at(destination),
    ...(source === destination ? [] : index.at(source)),
    ...atNodePort(destinationPort),
    // An endpoint is in no index: the service that led to it is.
    ...(first === undefined || first.destination === destination ? [] : index.at(first.destination)),
    ...(first === undefined || first.destinationPort === destinationPort ? [] : atNodePort(first.destinationPort)),
  ]
  return [...new Set(refs.flatMap((ref) => ruleset.unit(ref) ?? []))]
}
