// kube-proxy's flags under their own names, and what they mean for the rules of each address family.
// Source: kubernetes cmd/kube-proxy/app/options.go and server_linux.go (v1.36).

import { parseDuration, PodwireError, type Duration, type Microseconds } from '@podwire/engine'
import { cidrContains, parseCidr, type Cidr } from '../addresses/cidr.ts'
import { canonicalAddress } from '../addresses/ip.ts'
import { DEFAULT_CONNTRACK_MAX } from '../conntrack/connection-table.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import { ipvsLayoutOf } from '../ipvs/layout.ts'
import { DEFAULT_TIMEOUTS, type IpvsTimeouts } from '../ipvs/tcp-states.ts'
import { SCHEDULERS, type Scheduler } from '../ipvs/virtual-server.ts'
import { isLoopback } from '../services/node-facts.ts'
import { EPHEMERAL_PORTS, type PortRange } from '../userspace/proxy-ports.ts'
import type { UserspaceOptions } from '../userspace/portal-tables.ts'
import { layoutOf } from '../iptables/layout.ts'
import type { IptablesOptions, LocalDetector, NodePortAddresses } from '../iptables/options.ts'
import { nftLayoutOf, type NftLayout } from '../nftables/layout.ts'

export type ProxyMode = 'iptables' | 'ipvs' | 'nftables' | 'userspace'
export type DetectLocalMode = 'ClusterCIDR' | 'NodeCIDR' | 'BridgeInterface' | 'InterfaceNamePrefix'

export interface KubeProxyOptions {
  /** Default iptables. */
  readonly proxyMode?: ProxyMode
  /** Of ipvs mode; default rr. */
  readonly ipvsScheduler?: Scheduler
  /** Of ipvs mode: virtual servers in these ranges are left to whoever made them. */
  readonly ipvsExcludeCidrs?: readonly string[]
  /** Of ipvs mode; 0s leaves the kernel's 900, 120 and 300 seconds. */
  readonly ipvsTcpTimeout?: Duration
  readonly ipvsTcpFinTimeout?: Duration
  readonly ipvsUdpTimeout?: Duration
  /** `10.244.0.0/16`, one a family. Absent: pod traffic cannot be told from the outside's. */
  readonly clusterCidr?: string
  readonly detectLocalMode?: DetectLocalMode
  readonly podBridgeInterface?: string
  readonly podInterfaceNamePrefix?: string
  readonly masqueradeAll?: boolean
  /** Default 14. */
  readonly masqueradeBit?: number
  /** Ranges, or `primary`. Absent: all addresses of a node. */
  readonly nodePortAddresses?: readonly string[]
  /** Default true: node ports answer on 127.0.0.1 too (IPv4 only). */
  readonly localhostNodePorts?: boolean
  readonly conntrackTcpBeLiberal?: boolean
  /** Overrides the node's primary address of its family, and is where userspace mode listens; 0.0.0.0 and :: mean nothing. */
  readonly bindAddress?: string
  /** How many connections a node may track for each of its cores, and at least; default 32768 and 131072. 0: left alone. */
  readonly conntrackMaxPerCore?: number
  readonly conntrackMin?: number
  /** Default 1s; ipvs mode: 0s. */
  readonly minSyncPeriod?: Duration
  /** Default 30s. */
  readonly syncPeriod?: Duration
  /** Default v1.36.2. Every mode has the layout of each release; nftables mode came with 1.29. */
  readonly kubernetesVersion?: string
  /** Default: IPv4, and IPv6 when clusterCidr has a range of it. */
  readonly ipFamilies?: readonly IpFamily[]
  /** The cluster's ServiceCIDRs: nftables mode drops what is sent to addresses of theirs that no Service has. */
  readonly serviceCidrs?: readonly string[]
  /** Of userspace mode, `--proxy-port-range`: `40000-40099`. Absent: any ephemeral port. */
  readonly proxyPortRange?: string
  /** Of userspace mode, `--udp-timeout`: how long an idle client is remembered; default 250ms. */
  readonly udpTimeout?: Duration
  /** The kernel has nfacct counters; default true. */
  readonly nfacct?: boolean
}

export interface ResolvedOptions {
  readonly conntrackMaxPerCore: number
  readonly conntrackMin: number
  readonly ipvsScheduler: Scheduler
  readonly ipvsExcluded: readonly Cidr[]
  readonly ipvsTimeouts: IpvsTimeouts
  readonly mode: ProxyMode
  readonly serviceCidrs: ReadonlyMap<IpFamily, readonly Cidr[]>
  readonly userspace: UserspaceOptions
  readonly udpTimeoutUs: Microseconds
  readonly families: ReadonlyMap<IpFamily, IptablesOptions>
  readonly minSyncPeriodUs: Microseconds
  readonly syncPeriodUs: Microseconds
  readonly bindAddress: string | undefined
  /** A single-stack kube-proxy up to 1.19 reports fields of the other family. */
  readonly reportsOtherFamily: boolean
}

const ACTION = 'start kube-proxy'

const MOST_KNOWN = 20
/** What flags mean: every node is started with the same, and so are most clusters of a process. */
const known = new Map<string, ResolvedOptions>()

/** @throws PodwireError naming the flag that cannot be served */
export function resolveOptions(options: KubeProxyOptions): ResolvedOptions {
  const flags = JSON.stringify(options)
  let resolved = known.get(flags)
  if (resolved === undefined) {
    resolved = resolve(options)
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(flags, resolved)
  }
  return resolved
}

function resolve(options: KubeProxyOptions): ResolvedOptions {
  const mode = options.proxyMode ?? 'iptables'
  const clusterCidrs = clusterCidrsFrom(options.clusterCidr ?? '')
  const wanted: readonly IpFamily[] =
    options.ipFamilies ?? (clusterCidrs.some((cidr) => cidr.family === 'ipv6') ? ['ipv4', 'ipv6'] : ['ipv4'])
  // The userspace proxy knows one family.
  const families = mode === 'userspace' ? wanted.slice(0, 1) : wanted
  const minor = minorVersion(options.kubernetesVersion)
  const layout = layoutOf(minor)
  const nftables = nftLayoutFor(options, mode, minor)
  const addressesOf = nodePortAddressesFrom(
    options.nodePortAddresses ?? [],
    minor,
    mode === 'nftables' ? nftables.nodePortDefault : 'everywhere',
  )
  const ofFamily = (family: IpFamily): IptablesOptions => ({
    family,
    detector: detectorFrom(
      options,
      clusterCidrs.find((cidr) => cidr.family === family),
    ),
    masqueradeAll: options.masqueradeAll ?? false,
    masqueradeMark: markOf(options.masqueradeBit ?? 14),
    nodePortAddresses: addressesOf(family),
    localhostNodePorts:
      (options.localhostNodePorts ?? true) && family === 'ipv4' && servesLoopback(addressesOf(family)),
    dropInvalid: !(options.conntrackTcpBeLiberal ?? false),
    nfacct: (options.nfacct ?? true) && layout.counts,
    layout,
    nftables,
    ipvs: ipvsLayoutOf(minor),
  })
  const bindAddress = bindAddressFrom(options.bindAddress ?? '')
  const serviceCidrs = (options.serviceCidrs ?? []).map((text) => rangeOf('serviceCidrs', text))
  return {
    mode,
    ipvsScheduler: schedulerFrom(options.ipvsScheduler ?? 'rr'),
    conntrackMaxPerCore: options.conntrackMaxPerCore ?? 32_768,
    conntrackMin: options.conntrackMin ?? DEFAULT_CONNTRACK_MAX,
    ipvsExcluded: (options.ipvsExcludeCidrs ?? []).map((text) => rangeOf('ipvsExcludeCidrs', text)),
    ipvsTimeouts: ipvsTimeoutsFrom(options),
    serviceCidrs: new Map(families.map((family) => [family, serviceCidrs.filter((cidr) => cidr.family === family)])),
    userspace: userspaceFrom(options, mode, bindAddress),
    udpTimeoutUs: parseDuration(options.udpTimeout ?? '250ms'),
    families: new Map(families.map((family) => [family, ofFamily(family)])),
    minSyncPeriodUs: parseDuration(options.minSyncPeriod ?? (mode === 'ipvs' ? '0s' : '1s')),
    syncPeriodUs: parseDuration(options.syncPeriod ?? '30s'),
    bindAddress,
    reportsOtherFamily: minor <= 19 && families.length === 1,
  }
}

/** One range, or one of each family. Source: pkg/proxy/apis/config/validation, validateDualStackCIDRStrings. */
function clusterCidrsFrom(texts: string): readonly Cidr[] {
  const cidrs = (texts === '' ? [] : texts.split(',')).map((text) => rangeOf('clusterCidr', text))
  if (new Set(cidrs.map(({ family }) => family)).size === cidrs.length) return cidrs
  throw new PodwireError(
    ACTION,
    `clusterCidr ${texts} has two ranges of one family`,
    'Give one, or one of each family.',
  )
}

function bindAddressFrom(text: string): string | undefined {
  if (text === '') return undefined
  const address = canonicalAddress(text)
  if (address === undefined)
    throw new PodwireError(ACTION, `bindAddress ${text} is no address`, 'Write e.g. 172.18.0.2.')
  return address === '0.0.0.0' || address === '::' ? undefined : address
}

function ipvsTimeoutsFrom({ ipvsTcpTimeout, ipvsTcpFinTimeout, ipvsUdpTimeout }: KubeProxyOptions): IpvsTimeouts {
  const pick = (asked: Duration | undefined, kernel: Microseconds): Microseconds => {
    const us = asked === undefined ? 0 : parseDuration(asked)
    return us === 0 ? kernel : us
  }
  return {
    tcpUs: pick(ipvsTcpTimeout, DEFAULT_TIMEOUTS.tcpUs),
    tcpFinUs: pick(ipvsTcpFinTimeout, DEFAULT_TIMEOUTS.tcpFinUs),
    udpUs: pick(ipvsUdpTimeout, DEFAULT_TIMEOUTS.udpUs),
  }
}

function schedulerFrom(name: string): Scheduler {
  const scheduler = SCHEDULERS.find((known) => known === name)
  if (scheduler !== undefined) return scheduler
  throw new PodwireError(ACTION, `ipvsScheduler ${name} is not simulated`, `Use one of ${SCHEDULERS.join(', ')}.`)
}

function userspaceFrom(
  { proxyPortRange }: KubeProxyOptions,
  mode: ProxyMode,
  bindAddress: string | undefined,
): UserspaceOptions {
  if (mode === 'userspace' && bindAddress !== undefined && isLoopback(bindAddress)) {
    throw new PodwireError(ACTION, 'cannot proxy on localhost', 'Bind to an address of the node, or to all of them.')
  }
  return {
    ...(proxyPortRange === undefined ? {} : { proxyPorts: portRangeOf(proxyPortRange) }),
    ...(bindAddress === undefined ? {} : { bindAddress }),
  }
}

/** `40000-40099`, `40000+99`, or one port; 0-0 is no range. Source: k8s.io/apimachinery pkg/util/net/port_range.go. */
function portRangeOf(text: string): PortRange {
  const match = /^(\d+)(?:([-+])(\d+))?$/.exec(text.trim())
  const first = Number(match?.[1])
  const second = Number(match?.[3] ?? first)
  const last = match?.[2] === '+' ? Math.min(first + second, 65_535) : second
  if (first === 0 && last === 0) return EPHEMERAL_PORTS
  if (match !== null && first > 0 && last >= first && last <= 65_535) return { first, last }
  throw new PodwireError(ACTION, `proxyPortRange ${JSON.stringify(text)} is no range of ports`, `Write '40000-40099'.`)
}

function rangeOf(flag: string, text: string): Cidr {
  const cidr = text.includes('/') ? parseCidr(text) : undefined
  if (cidr !== undefined) return cidr
  throw new PodwireError(
    ACTION,
    `${flag} has ${JSON.stringify(text)}, which is no range`,
    `Write e.g. '10.244.0.0/16'.`,
  )
}

const PRIMARY = 'It came with 1.31: give ranges.'

/** Each family by itself: one that no range is of serves all its addresses. Source: pkg/proxy/util/nodeport_addresses.go */
function nodePortAddressesFrom(
  texts: readonly string[],
  minor: number,
  unless: NftLayout['nodePortDefault'],
): (family: IpFamily) => NodePortAddresses {
  if (texts.length === 0 && unless !== 'everywhere') return () => ({ kind: 'primary' })
  if (texts.includes('primary')) {
    if (minor < 31)
      throw new PodwireError(
        ACTION,
        `kube-proxy of Kubernetes 1.${minor} knows no nodePortAddresses 'primary'`,
        PRIMARY,
      )
    if (texts.length === 1) return () => ({ kind: 'primary' })
    throw new PodwireError(ACTION, `nodePortAddresses mixes 'primary' with ranges`, 'Give one or the other.')
  }
  const all = texts.map((text) => rangeOf('nodePortAddresses', text))
  return (family) => {
    const ranges = all.filter((range) => range.family === family)
    // A range of all addresses is the same as no range at all.
    if (ranges.length === 0 && unless === 'primary of each family') return { kind: 'primary' }
    const every = ranges.length === 0 || ranges.some((range) => range.prefix === 0)
    return every ? { kind: 'all' } : { kind: 'ranges', ranges }
  }
}

function servesLoopback(addresses: NodePortAddresses): boolean {
  if (addresses.kind === 'all') return true
  return (
    addresses.kind === 'ranges' &&
    addresses.ranges.some((range) => isLoopback(range.address) || cidrContains(range, '127.0.0.0'))
  )
}

function detectorFrom(options: KubeProxyOptions, clusterCidr: Cidr | undefined): LocalDetector {
  switch (options.detectLocalMode ?? 'ClusterCIDR') {
    case 'ClusterCIDR':
      return clusterCidr === undefined ? { kind: 'none' } : { kind: 'cluster-cidr', cidr: clusterCidr }
    case 'NodeCIDR':
      return { kind: 'node-cidr' }
    case 'BridgeInterface':
      return interfaceDetector('podBridgeInterface', options.podBridgeInterface, '')
    case 'InterfaceNamePrefix':
      return interfaceDetector('podInterfaceNamePrefix', options.podInterfaceNamePrefix, '+')
  }
}

/** Of Linux (IFNAMSIZ): rules that ask for more are refused by iptables and nft. */
const LONGEST_INTERFACE = 15

function interfaceDetector(flag: string, name: string | undefined, ending: string): LocalDetector {
  if (name !== undefined && name.length > LONGEST_INTERFACE)
    throw new PodwireError(ACTION, `${flag} ${name} is longer than interfaces' names can be (15 characters)`)
  if (name !== undefined && name !== '') return { kind: 'interface', name: name + ending }
  throw new PodwireError(ACTION, `this detectLocalMode needs ${flag}`, `Set ${flag}.`)
}

function markOf(bit: number): number {
  if (Number.isInteger(bit) && bit >= 0 && bit <= 31) return (1 << bit) >>> 0
  throw new PodwireError(ACTION, `masqueradeBit ${bit} is not between 0 and 31`)
}

function nftLayoutFor({ detectLocalMode }: KubeProxyOptions, mode: ProxyMode, minor: number): NftLayout {
  const layout = nftLayoutOf(minor)
  if (mode !== 'nftables') return layout
  if (detectLocalMode === 'InterfaceNamePrefix' && layout.interfacesBy === 'iif')
    throw new PodwireError(
      ACTION,
      `kube-proxy of Kubernetes 1.${minor} cannot sync in nftables mode with detectLocalMode InterfaceNamePrefix`,
      'It can since 1.34.',
    )
  if (minor >= 29) return layout
  throw new PodwireError(ACTION, `kube-proxy of Kubernetes 1.${minor} has no nftables mode`, 'It came with 1.29.')
}

/** @param version default: the newest */
export function minorVersion(version = 'v1.36.2'): number {
  const match = /^v?1\.(\d+)/.exec(version)
  if (match === null) throw new PodwireError(ACTION, `kubernetesVersion ${version} is none`, `Write e.g. 'v1.36.2'.`)
  return Number(match[1])
}
