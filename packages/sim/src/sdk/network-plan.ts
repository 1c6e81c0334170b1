// The networks of a cluster, from the ranges it was told: of which families its nodes, pods and Services are, and what follows from
// that for DNS, kube-proxy and the API server. Families are listed primary first, and the Services' first family is the nodes'.
// Source: kubernetes cmd/kubeadm/app/apis/kubeadm/validation (ValidateNetworking), app/constants (GetDNSIP, GetAPIServerVirtualIP),
// cmd/kube-apiserver/app/options/validation.go (public address and service range are of one family); ranges as kind chooses them.

import { readServiceRanges } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import { addressInPrefix, parsePrefix, prefixesOverlap, type AddressFamily, type Prefix } from '../fabric/address.ts'
import { clusterCidrFor, gatewayOf, NODE_MASKS, nodeNetworkIn, nodesIn, planNode, type NodePlan } from './node-plan.ts'

export interface NetworkRanges {
  /** `--pod-network-cidr` */
  readonly podNetworkCidr?: string | undefined
  /** `--service-cidr` */
  readonly serviceCidr?: string | undefined
}

export interface NetworkPlan {
  /** Of the nodes, primary first. */
  readonly families: readonly ('ipv4' | 'ipv6')[]
  /** `--service-cluster-ip-range`, one a family. */
  readonly serviceCidrs: readonly string[]
  /** What kube-proxy takes for pods' ranges, with commas. */
  readonly clusterCidr: string
  /** ClusterIP of kube-dns: the tenth address of the first service range. */
  readonly dnsAddress: string
  /** ClusterIP of the Service `kubernetes`, and where the API server listens. */
  readonly apiServer: { readonly clusterIp: string; readonly ip: string }
  /** Resolver of the nodes. */
  readonly nameserver: string
  /** @param subnet its pods', where it is not that of its number @throws PodwireError when the pod ranges have no room for it */
  node(number: number, subnet?: number): NodePlan
}

const ACTION = 'create a cluster'
const POD_HINT = `Write podNetworkCidr as '10.244.0.0/16', or '10.244.0.0/16,fd00:10:244::/56' for both families.`
const DEFAULT_SERVICE_RANGES: Readonly<Record<AddressFamily, string>> = { 4: '10.96.0.0/12', 6: 'fd00:10:96::/112' }
// Wider than nodes' subnets by no more than this: kubeadm's PodSubnetNodeMaskMaxDiff.
const MOST_NODE_BITS = 16

/** @param nodes how many there are at the start @throws PodwireError for ranges no cluster can have */
export function planNetwork(ranges: NetworkRanges, nodes: number): NetworkPlan {
  const named = ranges.podNetworkCidr === undefined ? undefined : readPodRanges(ranges.podNetworkCidr)
  const serviceText =
    ranges.serviceCidr ?? (named ?? [undefined]).map((range) => DEFAULT_SERVICE_RANGES[range?.family ?? 4]).join(',')
  readServiceRanges(serviceText)
  const serviceRanges = serviceText.split(',').map((text) => parsePrefix(text.trim()))
  const podRanges = named ?? serviceRanges.map(({ family }) => (family === 4 ? undefined : defaultIpv6Pods(nodes)))
  checkTogether(named ?? [], podRanges, serviceRanges, nodes)
  const families = [...new Set([...serviceRanges.map(({ family }) => family), ...podRanges.map(familyOfRange)])]
  const [primary] = serviceRanges
  if (primary === undefined) throw wrong('there is no service range', POD_HINT)
  const node = (number: number, subnet?: number): NodePlan => planNode(number, families, podRanges, subnet)
  return {
    families: families.map((family) => (family === 4 ? 'ipv4' : 'ipv6')),
    serviceCidrs: serviceRanges.map(({ text }) => text),
    clusterCidr: podRanges.map((range) => range?.text ?? clusterCidrFor(nodes)).join(','),
    dnsAddress: addressInPrefix(primary, 10),
    apiServer: {
      clusterIp: addressInPrefix(primary, 1),
      ip: planNode(1, [primary.family], []).addresses[0] ?? '',
    },
    nameserver: gatewayOf(primary.family),
    node,
  }
}

function familyOfRange(range: Prefix | undefined): AddressFamily {
  return range?.family ?? 4
}

/** kind's range, or one with room for 65,536 nodes. */
function defaultIpv6Pods(nodes: number): Prefix {
  return parsePrefix(nodes <= 256 ? 'fd00:10:244::/56' : 'fd00:10:244::/48')
}

function readPodRanges(text: string): readonly Prefix[] {
  const ranges = text.split(',').map((entry) => readPodRange(entry.trim()))
  if (ranges.length > 2 || (ranges.length === 2 && ranges[0]?.family === ranges[1]?.family)) {
    throw wrong(`podNetworkCidr ${text} is neither one range nor one of each IP family`, POD_HINT)
  }
  return ranges
}

function readPodRange(text: string): Prefix {
  let range: Prefix
  try {
    range = parsePrefix(text)
  } catch {
    throw wrong(`podNetworkCidr has ${JSON.stringify(text)}, which is no range`, POD_HINT)
  }
  const mask = NODE_MASKS[range.family]
  if (range.bits > mask) {
    throw wrong(
      `the size of pod subnet ${text} with mask ${range.bits} is smaller than the size of node subnet with mask ${mask}`,
      POD_HINT,
    )
  }
  if (mask - range.bits > MOST_NODE_BITS) {
    const why = `pod subnet mask (${range.bits}) of ${text} and node-mask (${mask}) difference is greater than ${MOST_NODE_BITS}`
    throw wrong(why, POD_HINT)
  }
  return range
}

function checkTogether(
  named: readonly Prefix[],
  podRanges: readonly (Prefix | undefined)[],
  serviceRanges: readonly Prefix[],
  nodes: number,
): void {
  for (const range of named) {
    if (nodesIn(range) < nodes) {
      throw wrong(`the pod range ${range.text} has room for ${nodesIn(range)} nodes, not ${nodes}`, 'Give a wider one.')
    }
    const other = serviceRanges.find((service) => prefixesOverlap(range, service))
    if (other !== undefined) {
      throw wrong(`the pod range ${range.text} and the service range ${other.text} overlap`, 'Give ranges apart.')
    }
  }
  for (const range of [...named, ...serviceRanges]) {
    const network = nodeNetworkIn(range)
    if (network !== undefined)
      throw wrong(`${range.text} and the nodes' network ${network.text} overlap`, 'Give ranges apart.')
  }
  const [primary] = serviceRanges
  if (primary !== undefined && podRanges.some((range) => familyOfRange(range) === primary.family)) return
  const family = primary?.family === 6 ? 'IPv6' : 'IPv4'
  throw wrong(
    `Services are ${family} first, and no pod has an address of that family`,
    `Give podNetworkCidr a range of ${family}, or name the service range of the other family first.`,
  )
}

function wrong(why: string, remedy: string): PodwireError {
  return new PodwireError(ACTION, why, remedy)
}
