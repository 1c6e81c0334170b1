// Registers a node with the API server: creates its Node object, or takes over one that is there, and reports its status.

import { type Client, type Node, nodes } from '@podwire/apiserver'
import type { Engine } from '@podwire/engine'
import { nodeObject, nodeStatus, type NodeSpecification } from './node-object.ts'

/** Nodes with this label are played by somebody else: their pods are not podwire's to run. */
const EXTERNAL_KUBELET_LABEL = 'podwire.dev/external-kubelet'

interface RegistrationOptions {
  readonly engine: Engine
  readonly client: Client
  readonly node: NodeSpecification
  /** `v1.36.2` */
  readonly version: string
}

/** @returns the Node as stored, or undefined when its label says that another kubelet plays it */
export function registerNode({ engine, client, node, version }: RegistrationOptions): Node | undefined {
  const now = engine.clock.timestamp()
  const existing = client.find(nodes, { name: node.name })
  if (existing === undefined) {
    const created = client.create(nodes, nodeObject(node, version, now))
    return created.status?.conditions === undefined ? report(client, created, node, version, now) : created
  }
  if (existing.metadata.labels?.[EXTERNAL_KUBELET_LABEL] === 'true') return undefined
  return report(client, existing, node, version, now)
}

function report(client: Client, stored: Node, node: NodeSpecification, version: string, now: string): Node {
  return client.update<Node>(nodes, { ...stored, status: nodeStatus(node, version, now) }, { subresource: 'status' })
}
