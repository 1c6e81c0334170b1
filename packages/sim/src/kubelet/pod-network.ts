// The node's network plugin as the kubelet calls it: a pod's namespace on the fabric, and its host ports on the node.

import type { Pod } from '@podwire/apiserver'
import type { Fabric } from '../fabric/index.ts'
import type { NetworkScope } from '../fabric/network.ts'
import { hostPortsOf } from './host-ports.ts'

export interface PodNetwork {
  /** The node's own namespace: probes come from it, hostNetwork pods live in it. */
  readonly node: NetworkScope
  /** Gives a pod a namespace with its addresses, connected to the node. */
  addPod(pod: Pod, addresses: readonly string[]): NetworkScope
  /** Its connections end, then its addresses stop working. */
  removePod(pod: Pod): void
}

export function createPodNetwork(fabric: Fabric, node: string): PodNetwork {
  const keyOf = ({ metadata }: Pod): string => `${metadata.namespace ?? ''}/${metadata.name}`
  return {
    node: fabric.nodeNetwork(node),
    addPod: (pod, addresses) => {
      const scope = fabric.addPod(node, keyOf(pod), addresses)
      mapHostPorts(fabric, node, pod, addresses)
      return scope
    },
    removePod: (pod) => fabric.removePod(node, keyOf(pod)),
  }
}

function mapHostPorts(fabric: Fabric, node: string, pod: Pod, addresses: readonly string[]): void {
  for (const { protocol, hostIP, hostPort, containerPort } of hostPortsOf(pod)) {
    const mapped = protocol === 'UDP' ? 'udp' : protocol === 'SCTP' ? 'sctp' : 'tcp'
    for (const podIP of addresses) {
      fabric.mapHostPort(node, { protocol: mapped, hostIP, hostPort, podIP, podPort: containerPort })
    }
  }
}
