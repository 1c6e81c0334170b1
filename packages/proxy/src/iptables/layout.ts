// What iptables mode wrote in each release, as far as a reader of `iptables-save` sees it: a line for each thing that changed. The
// compilers ask here, and nowhere for a release.
// Source: kubernetes pkg/proxy/iptables/proxier.go, topology.go and serviceport.go of every release from v1.16 to v1.36 but v1.31, of
// v1.22 the rc.0; pkg/kubelet/kubelet_network_linux.go up to v1.24. What came with 1.31 follows pull request 125015.

import type { Duplicates } from '../services/endpoint.ts'
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
  /** KUBE-FW ends with a rule that does nothing but say what becomes of the rest. */
  readonly explainsFirewall: boolean
  /** Endpoints that are going away are used where no others are left. */
  readonly usesDraining: boolean
  readonly hints: 'none' | 'zones' | 'nodes and zones'
  readonly duplicates: Duplicates
  /** Rules may count with nfacct. */
  readonly counts: boolean
  /** Health-check node ports are served for each family by itself, in every mode. */
  readonly ownHealthChecks: boolean
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
  /** Who goes to an external IP: everybody, masqueraded; from 1.19 only strangers and to local ones; from 1.21 all but pods are masqueraded. */
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
    readsIpMode: since(30),
    wholeRangeOpens: since(34),
    hintsAnnotation: since(31) ? 'unasked' : since(27) ? 'not disabled' : 'Auto',
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
    forwarding: since(23) ? 'once' : since(19) ? 'twice' : 'by range',
    sparesLoopback: since(26),
    xlb: since(24) ? undefined : xlbLayoutOf(since),
    dropsByMark: !since(25),
    explainsFirewall: since(27),
    usesDraining: since(26),
    hints: since(34) ? 'nodes and zones' : since(24) ? 'zones' : 'none',
    duplicates: since(36) ? 'running' : 'own',
    counts: since(31),
    ownHealthChecks: since(36),
  }
}

function xlbLayoutOf(since: (release: number) => boolean): XlbLayout {
  return {
    externalIps: since(21) ? 'not pods' : since(19) ? 'strangers' : 'always masqueraded',
    masqueradesIn: since(22) ? 'own chain' : 'shared chains',
    numbersRules: !since(23),
    loopbackV6: since(19),
    internalPolicy: since(22),
  }
}
