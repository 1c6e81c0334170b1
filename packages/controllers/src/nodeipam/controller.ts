// Gives each Node that has none a pod range, one a family, as kube-controller-manager does with --allocate-node-cidrs. Without a
// cluster's ranges it does nothing. Source: kubernetes pkg/controller/nodeipam/ipam/range_allocator.go.

import {
  createWorkQueue,
  type EventRecorder,
  type Informer,
  type InformerChange,
  isConflict,
  isNotFound,
  type Node,
  nodes,
  RetryLater,
} from '@podwire/apiserver'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { accountLatency } from '../manager/latency.ts'
import { CidrSet } from './cidr-set.ts'

const MASK = { ipv4: 24, ipv6: 64 }

export const nodeIpamController: ControllerDefinition = {
  name: 'node-ipam-controller',
  start: (context) => (context.settings.podRanges.length === 0 ? IDLE : new NodeIpamController(context)),
}

const IDLE: RunningController = { stop: () => undefined }

const rangesOf = ({ spec }: Node): readonly string[] => spec.podCIDRs ?? []

class NodeIpamController implements RunningController {
  readonly #context: ControllerContext
  readonly #events: EventRecorder
  readonly #sets: readonly CidrSet[]
  readonly #nodes: Informer<Node>
  readonly #queue: ReturnType<typeof createWorkQueue>

  constructor(context: ControllerContext) {
    const { engine, informers, settings } = context
    this.#context = context
    this.#events = context.recorder('cidrAllocator')
    this.#sets = settings.podRanges.map((range) => new CidrSet(range, MASK[range.includes(':') ? 'ipv6' : 'ipv4']))
    this.#queue = createWorkQueue({
      engine,
      name: 'node-ipam-controller',
      latency: accountLatency,
      process: (name) => this.#sync(name),
    })
    this.#nodes = informers.informer(nodes)
    this.#nodes.onChange((change) => this.#changed(change))
  }

  stop(): void {
    this.#queue.stop()
  }

  #changed({ type, object }: InformerChange<Node>): void {
    const ranges = rangesOf(object)
    if (type === 'deleted') for (const range of ranges) for (const set of this.#sets) set.release(range)
    else if (ranges.length === 0) this.#queue.add(object.metadata.name)
    else if (type === 'added') this.#occupy(ranges)
  }

  #occupy(ranges: readonly string[]): void {
    for (const range of ranges) for (const set of this.#sets) set.occupy(range)
  }

  #sync(name: string): void {
    const { client } = this.#context
    const node = client.find(nodes, { name })
    if (node === undefined || rangesOf(node).length > 0) return
    const podCIDRs: string[] = []
    for (const set of this.#sets) {
      const range = set.allocate()
      if (range !== undefined) podCIDRs.push(range)
    }
    try {
      if (podCIDRs.length < this.#sets.length) this.#refuse(node, 'CIDRNotAvailable')
      client.patch(nodes, { name }, 'merge', {
        metadata: { uid: node.metadata.uid },
        spec: { podCIDR: podCIDRs[0], podCIDRs },
      })
    } catch (error) {
      for (const range of podCIDRs) for (const set of this.#sets) set.release(range)
      if (isConflict(error)) throw new RetryLater()
      if (!isNotFound(error)) throw error
    }
  }

  /** @throws RetryLater */
  #refuse(node: Node, status: string): never {
    this.#events.event(node, 'Normal', status, `Node ${node.metadata.name} status is now: ${status}`)
    throw new RetryLater(status)
  }
}
