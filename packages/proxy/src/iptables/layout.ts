// What iptables mode wrote in each release, as far as a reader of `iptables-save` sees it: a line for each thing that changed. The
// compilers ask here, and nowhere for a release.
// Source: kubernetes pkg/proxy/iptables/proxier.go as of v1.16 to v1.18, v1.20.2, v1.21.1, v1.23.4, v1.24 and v1.36, and
// pkg/kubelet/kubelet_network_linux.go of the same time. Between those, the pull requests that made the changes: 95252 (1.20), 96959
// (1.22), 110289 (1.25), 114470 (1.27), 125015 (1.31). Of v1.19 and v1.22 no source was read.

import type { ServiceReading } from '../services/service-port.ts'

export interface IptablesLayout extends ServiceReading {
  /** What rules to and of endpoints say: a mistake left it out from 1.12 to 1.17; since 1.24 choices name the endpoint too. */
  readonly endpointComments: 'none' | 'service' | 'service and endpoint'
  /** Of odds. */
  readonly decimals: 5 | 10
  /** MASQUERADE takes any port. */
  readonly isRandomFully: boolean
  /** KUBE-POSTROUTING takes the mark off before it masquerades: three rules in place of one. */
  readonly clearsMark: boolean
  readonly hasCanary: boolean
  /** KUBE-FIREWALL is kubelet's alone, with KUBE-MARK-DROP and the rule that drops what is marked there. */
  readonly kubeletDrops: boolean
  /** KUBE-FIREWALL guards the loopback network: never, behind the rule for what is marked, in front of all. */
  readonly loopbackGuard: 'none' | 'last' | 'first'
  readonly hooks: HookLayout
  /** KUBE-FORWARD accepts known connections: of the cluster's range, to it and from it; of all, twice; of all, once. */
  readonly forwarding: 'by range' | 'twice' | 'once'
  /** Node ports are not looked up for 127.0.0.0/8 and ::1 where they cannot be served there. */
  readonly sparesLoopback: boolean
  /** Policy Local has a KUBE-XLB chain of its own, every load balancer a KUBE-FW; since 1.24 there is KUBE-EXT for all ways in. */
  readonly xlb: XlbLayout | undefined
  /** What policy Local or source ranges keep out is marked in nat; since 1.25 the filter table drops it. */
  readonly dropsByMark: boolean
  /** Endpoints that are going away are used where no others are left. */
  readonly usesDraining: boolean
  readonly hints: 'none' | 'zones' | 'nodes and zones'
  /** Rules may count with nfacct. */
  readonly counts: boolean
}

/** Of the filter table. */
export interface HookLayout {
  /** INPUT jumps to KUBE-SERVICES, where load balancers without endpoints are refused. */
  readonly inputServices: boolean
  /** FORWARD jumps to KUBE-EXTERNAL-SERVICES, where load balancers without endpoints are refused. */
  readonly forwardExternal: boolean
  /** INPUT jumps to KUBE-NODEPORTS, which lets health checks in. */
  readonly healthChecks: boolean
  /** KUBE-PROXY-FIREWALL. */
  readonly firewall: boolean
}

/** Of the time of KUBE-XLB. */
export interface XlbLayout {
  /** Who goes to an external IP: everybody, masqueraded; from 1.20 only strangers and to local ones; from 1.21 all but pods are masqueraded. */
  readonly externalIps: 'always masqueraded' | 'strangers' | 'not pods'
  /** Masquerading stands in KUBE-SERVICES and KUBE-NODEPORTS, or in the service's own chain. */
  readonly masqueradesIn: 'shared chains' | 'own chain'
  /** KUBE-XLB says `Balancing rule 0 for …`. */
  readonly numbersRules: boolean
  /** Node ports of policy Local masquerade what comes from ::1, as from 127.0.0.0/8. */
  readonly loopbackV6: boolean
  /** A Service with internal policy Local has this node's endpoints and no others, whichever way traffic comes. */
  readonly internalPolicy: boolean
}

/** @param minor of Kubernetes 1.minor */
export function layoutOf(minor: number): IptablesLayout {
  const since = (release: number): boolean => minor >= release
  return {
    colonAlways: !since(19),
    headlessLabelHides: !since(36),
    wholeRangeOpens: since(34),
    endpointComments: since(24) ? 'service and endpoint' : since(12) && !since(18) ? 'none' : 'service',
    decimals: since(16) ? 10 : 5,
    isRandomFully: since(16),
    clearsMark: since(19),
    hasCanary: since(17),
    kubeletDrops: !since(27),
    loopbackGuard: since(25) ? 'first' : since(19) ? 'last' : 'none',
    hooks: {
      inputServices: !since(20),
      forwardExternal: since(20),
      healthChecks: since(21),
      firewall: since(25),
    },
    forwarding: since(22) ? 'once' : since(19) ? 'twice' : 'by range',
    sparesLoopback: since(26),
    xlb: since(24) ? undefined : xlbLayoutOf(since),
    dropsByMark: !since(25),
    usesDraining: since(26),
    hints: since(34) ? 'nodes and zones' : since(24) ? 'zones' : 'none',
    counts: since(31),
  }
}

function xlbLayoutOf(since: (release: number) => boolean): XlbLayout {
  return {
    externalIps: since(21) ? 'not pods' : since(20) ? 'strangers' : 'always masqueraded',
    masqueradesIn: since(22) ? 'own chain' : 'shared chains',
    numbersRules: !since(22),
    loopbackV6: since(19),
    internalPolicy: since(22),
  }
}
