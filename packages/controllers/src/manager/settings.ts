// What the composition root may tell the controllers: facts of the cluster that no object carries.

import type { Microseconds } from '@podwire/engine'

export interface ManagerSettings {
  /** PEM text published as ca.crt in every namespace's ConfigMap kube-root-ca.crt. */
  readonly rootCaCertificate: string
  /** Where the API server listens, and the Service address it is known by inside the cluster. */
  readonly apiServer: { readonly clusterIp: string; readonly ip: string; readonly port: number }
  /**
   * Heartbeats modelled without writing Leases: the virtual time (microseconds) a node was last heard from, undefined for one that
   * renews its Lease. Set, every node is watched for silence from its beginning.
   */
  readonly nodeHeartbeatUs: ((nodeName: string) => Microseconds | undefined) | undefined
  /** `--cluster-cidr` with `--allocate-node-cidrs`, one range a family; none: Nodes are given no pod ranges. */
  readonly podRanges: readonly string[]
}

export const DEFAULT_SETTINGS: ManagerSettings = {
  rootCaCertificate: '',
  apiServer: { clusterIp: '10.96.0.1', ip: '172.18.0.2', port: 6443 },
  nodeHeartbeatUs: undefined,
  podRanges: [],
}
