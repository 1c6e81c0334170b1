// A node crashes: all that runs on it is gone at once, packets to it vanish, its Lease is renewed no more, and nobody is told. When the
// fault ends the machine boots: its kubelet reports and starts the containers of its pods anew. What the cluster makes of it
// (NotReady, taints, eviction, endpoints) follows from the silence. The node of the control plane takes the API server with it.

import { PodwireError } from '@podwire/engine'
import type { FaultParts } from './fault-parts.ts'

export function nodeCrash({ nodes, connections }: FaultParts, node: string): () => void {
  if (nodes.names.includes(node) && !nodes.isOn(node)) {
    throw new PodwireError(`crash ${node}`, 'it is off already', 'End the other fault, or power it on, first.')
  }
  nodes.powerOff(node)
  const restore = nodes.isControlPlane(node) ? connections.beginOutage() : undefined
  return () => {
    restore?.()
    // Somebody may have taken the machine out of the cluster meanwhile.
    if (nodes.names.includes(node)) nodes.powerOn(node)
  }
}
