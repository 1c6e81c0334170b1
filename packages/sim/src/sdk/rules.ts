// The rules kube-proxy would write on a node for given manifests, with no cluster running. Several states are walked through one
// after another, as by a kube-proxy that keeps running: what a change leaves behind shows in the text.

import { PodwireError } from '@podwire/engine'
import { canonicalAddress, inputProblems, RulesRun, type IpFamily, type KubeProxyOptions } from '@podwire/proxy'
import type { Node, Service } from '@podwire/apiserver'
import { PROXY_RULES } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import type { ManifestSource } from './manifests.ts'
import { type NetworkObjects, readNetworkObjects } from './network-objects.ts'
import { readVersion } from './options.ts'

export interface RulesOptions extends KubeProxyOptions {
  /** Name of the Node kube-proxy runs on. */
  readonly node: string
  /** Whose rules; default: in nftables mode all families of the node, else the node's first one. */
  readonly family?: IpFamily
  /** Addresses of all the node's interfaces; default: loopback and the Node's internal addresses. */
  readonly interfaceAddresses?: readonly string[]
  /** Told of what kube-proxy passes over, a sentence each. */
  readonly onNote?: (note: string) => void
}

/**
 * What the node's tools print (`iptables-save`, `nft list table`; in ipvs mode also `ipset list` and `ipvsadm -Ln`) once kube-proxy
 * has synced the last state. The Node and the ServiceCIDRs are those of the first; of later states the Node's zone counts.
 * @param states the cluster at one moment, or at several: manifests of Nodes, Services and EndpointSlices, each state complete
 * @throws PodwireError for manifests that cannot be read, a Node that is not there, options that are not simulated
 */
export function proxyRules(states: readonly ManifestSource[], options: RulesOptions): string {
  checkArguments(ACTION, PROXY_RULES, [states, options])
  const { node: name, family, interfaceAddresses, onNote = () => {}, ...flags } = options
  const minor = flags.kubernetesVersion === undefined ? undefined : readVersion(flags.kubernetesVersion).minor
  const read = states.map((source) => readNetworkObjects(source, minor))
  const [first] = read
  if (first === undefined) throw new PodwireError(ACTION, 'there are no objects', 'Give at least one state.')
  const node = findNode(first.nodes, name)
  const families = flags.ipFamilies ?? familiesOf(node, flags)
  const run = new RulesRun({
    node,
    options: {
      ...flags,
      ipFamilies: family === undefined ? families : [family],
      serviceCidrs: flags.serviceCidrs ?? serviceCidrsOf(first),
    },
    ...(interfaceAddresses === undefined ? {} : { interfaceAddresses }),
  })
  for (const state of read) {
    for (const note of [...state.notes, ...inputProblems(state, flags.kubernetesVersion)]) onNote(note)
    const now = state.nodes.find(({ metadata }) => metadata.name === name)
    run.sync({ ...state, ...(now === undefined ? {} : { node: now }) })
  }
  const shown = flags.proxyMode === 'nftables' ? run.families : run.families.slice(0, 1)
  if (shown.length < run.families.length)
    onNote(`rules of ${run.families.slice(1).join()} are written too: ask by family`)
  return shown.map((one) => run.text(one)).join('')
}

const ACTION = 'print rules'

function findNode(nodes: readonly Node[], name: string): Node {
  const node = nodes.find(({ metadata }) => metadata.name === name)
  if (node !== undefined) return node
  const names = nodes.map(({ metadata }) => metadata.name).join(', ')
  throw new PodwireError(
    ACTION,
    `there is no Node ${name} among the objects`,
    names === '' ? 'Add the Node: kubectl get node NAME -o yaml shows it.' : `There are ${names}.`,
  )
}

/** The families of the node's addresses, its first one first, and of the cluster CIDRs. */
function familiesOf(node: Node, { clusterCidr = '' }: KubeProxyOptions): readonly IpFamily[] {
  const addresses = (node.status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map((one) => one.address)
  const texts = [...addresses, ...clusterCidr.split(',').filter((text) => text !== '')]
  const families = texts.map((text): IpFamily => (text.includes(':') ? 'ipv6' : 'ipv4'))
  return families.length === 0 ? ['ipv4'] : [...new Set(families)]
}

/** The cluster's service ranges: its ServiceCIDRs; without any, the /16 or /112 around the service addresses there are. */
function serviceCidrsOf({ serviceCidrs, services }: NetworkObjects): readonly string[] {
  if (serviceCidrs.length > 0) return serviceCidrs
  const isApiServer = ({ metadata }: Service): boolean =>
    metadata.namespace === 'default' && metadata.name === 'kubernetes'
  const ordered = [...services.filter(isApiServer), ...services.filter((service) => !isApiServer(service))]
  const addresses = ordered
    .flatMap(({ spec }) => spec.clusterIPs ?? [spec.clusterIP ?? ''])
    .flatMap((text) => canonicalAddress(text) ?? [])
  const ipv4 = addresses.find((address) => !address.includes(':'))
  const ipv6 = addresses.find((address) => address.includes(':'))
  return [...(ipv4 === undefined ? [] : [`${ipv4}/16`]), ...(ipv6 === undefined ? [] : [`${ipv6}/112`])]
}
