// A node freezes, as a virtual machine that is paused: its processes stand still with all their timers, packets to it get no answer,
// its Lease is renewed no more. When the fault ends everything goes on where it was, and what waited is sent again.
// Departure: what was already on the wire when it froze is still taken. The node of the control plane takes the API server with it.

import type { FaultParts } from './fault-parts.ts'

export function nodeFreeze({ nodes, connections }: FaultParts, node: string): () => void {
  nodes.freeze(node)
  const restore = nodes.isControlPlane(node) ? connections.beginOutage() : undefined
  return () => {
    restore?.()
    if (nodes.names.includes(node)) nodes.thaw(node)
  }
}
