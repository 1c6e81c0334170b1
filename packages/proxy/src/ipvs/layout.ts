// What ipvs mode wrote in each release: a line for each thing that changed. What it shares with iptables mode (kubelet's chains, taking
// the mark off) stands in that mode's layout. Source: kubernetes pkg/proxy/ipvs/{proxier,ipset,netlink_linux}.go of v1.16 to v1.30 (of
// v1.18 the .2, of v1.20 and v1.22 the rc.0) and v1.32 to v1.36; nothing of it changed between v1.30 and v1.32. The gate
// ExternalPolicyForExternalIP is off by default in v1.18.

export interface IpvsLayout {
  /** There is a set of external IPs with policy Local. */
  readonly localExternals: boolean
  /** External IPs of policy Local lead to this node's endpoints, and are not masqueraded. */
  readonly externalPolicyOfExternals: boolean
  /** Health-check node ports have a set, and INPUT lets them in. */
  readonly healthChecks: boolean
  /** The cluster IP heeds internal policy Local. */
  readonly internalPolicy: boolean
  /** Addresses of ranges may be loopback's, and all addresses are all. */
  readonly loopbackNodePorts: 'always' | 'without ranges' | 'never'
  /** SCTP node ports of policy Local are spared before others are masqueraded. */
  readonly sctpLocalFirst: boolean
  /** Policy Local without an endpoint here leads to those of the cluster; before 1.24 nowhere. */
  readonly fallsBack: boolean
  /** Source ranges stand in the filter table; before 1.25 in nat, which marks for dropping. */
  readonly filtersRanges: boolean
  /** Loopback is spared in nat, and KUBE-IPVS-FILTER keeps strangers off the node's ports on service addresses. */
  readonly accessFilter: boolean
  /** What that filter lets pass besides service addresses. */
  readonly passesHealthChecks: boolean
  readonly passesLocalExternals: boolean
  /** Scheduler mh looks at source ports. */
  readonly mhPort: boolean
  /** External addresses that an interface has do not go to kube-ipvs0. */
  readonly sparesInterfaces: boolean
  /** KUBE-IPVS-OUT-FILTER keeps the node from load balancers whose ranges leave it out. */
  readonly outFilter: boolean
  /** KUBE-FORWARD accepts known connections: of the cluster's range, to it and from it; of all, twice; of all, once. */
  readonly forwarding: 'by range' | 'twice' | 'once'
}

/** @param minor of Kubernetes 1.minor */
export function ipvsLayoutOf(minor: number): IpvsLayout {
  const since = (release: number): boolean => minor >= release
  return {
    localExternals: since(18),
    externalPolicyOfExternals: since(19),
    healthChecks: since(21),
    internalPolicy: since(22),
    loopbackNodePorts: since(23) ? 'never' : since(22) ? 'without ranges' : 'always',
    sctpLocalFirst: since(23),
    fallsBack: since(24),
    filtersRanges: since(25),
    accessFilter: since(26),
    passesHealthChecks: since(28),
    passesLocalExternals: since(30),
    mhPort: since(27),
    sparesInterfaces: since(28),
    outFilter: since(29),
    forwarding: since(23) ? 'once' : since(18) ? 'twice' : 'by range',
  }
}
