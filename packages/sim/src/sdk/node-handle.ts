// A node as tests and scripts hold it: a machine to run commands on, and what an operator does to one.

import { isNotFound, nodes, pods, StatusError, type Node, type Pod } from '@podwire/apiserver'
import { PodwireError, SECOND } from '@podwire/engine'
import type { ClusterNodes } from './cluster-nodes.ts'
import type { Composition } from './composition.ts'
import { HostHandle } from './host-handle.ts'
import type { MachineContext } from './machine.ts'
import { nodeCommands } from './node-commands.ts'

// As kubectl drain waits between two tries of an eviction that a disruption budget refuses.
const EVICTION_RETRY = 5 * SECOND
const LOOK = SECOND

export interface DrainOptions {
  /** Also evict pods nothing will replace; without it they make the drain refuse, as `kubectl drain` does. */
  readonly force?: boolean
}

export class NodeHandle extends HostHandle {
  readonly name: string
  readonly #composition: Composition

  constructor(context: MachineContext, composition: Composition, name: string) {
    super(context, {
      place: `node/${name}`,
      hostname: name,
      network: composition.fabric.nodeNetwork(name),
      resolvConf: `nameserver ${composition.networks.nameserver}\n`,
      commands: nodeCommands(composition.proxy, name, composition.nodes.kernelLog(name)),
    })
    this.name = name
    this.#composition = composition
  }

  /** The Node as the API has it now. @throws PodwireError when there is none */
  get object(): Node {
    const node = this.#composition.server.client.find(nodes, { name: this.name })
    if (node === undefined) throw new PodwireError(`use ${this.title}`, 'the API server has no such Node')
    return node
  }

  get ready(): boolean {
    return (this.object.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')
  }

  /** Powered on? What the API believes is `ready`. */
  get isOn(): boolean {
    return this.#nodes.isOn(this.name)
  }

  /** Pulls the plug: all that runs on it is gone at once, packets to it vanish, and the API hears nothing. */
  powerOff(): void {
    this.context.driver.enter(() => this.#nodes.powerOff(this.name))
  }

  /** It boots: the kubelet reports, and starts the pods the API has for it. */
  powerOn(): void {
    this.context.driver.enter(() => this.#nodes.powerOn(this.name))
  }

  cordon(): void {
    this.#setUnschedulable(true)
  }

  uncordon(): void {
    this.#setUnschedulable(false)
  }

  /**
   * As `kubectl drain --ignore-daemonsets --delete-emptydir-data`: cordons, evicts, and waits until the pods are gone.
   * Evictions that a disruption budget refuses are tried again every five seconds.
   */
  async drain(options: DrainOptions = {}): Promise<void> {
    const { engine, driver } = this.context
    this.cordon()
    const leaving = this.#podsToDrain(options.force ?? false)
    const work = driver.enter(async () => {
      await Promise.all(leaving.map((pod) => this.#evict(pod)))
      while (leaving.some((pod) => this.#isThere(pod))) await engine.sleep(LOOK, 'drain')
      engine.touchAsync()
    })
    await driver.wait(work)
  }

  /** Takes it out of the cluster for good: off, and its Node object deleted. */
  remove(): void {
    this.context.driver.enter(() => this.#nodes.remove(this.name))
  }

  get #nodes(): ClusterNodes {
    return this.#composition.nodes
  }

  #setUnschedulable(unschedulable: boolean): void {
    const { client } = this.#composition.server
    this.context.driver.enter(() =>
      client.modify(nodes, { name: this.name }, (draft) => {
        if (unschedulable) draft.spec.unschedulable = true
        else delete draft.spec.unschedulable
      }),
    )
  }

  #podsToDrain(force: boolean): readonly Pod[] {
    const { items } = this.#composition.server.client.list(pods, { fieldSelector: `spec.nodeName=${this.name}` })
    const leaving = items.filter((pod) => !isMirror(pod) && ownerKind(pod) !== 'DaemonSet')
    const alone = leaving.filter((pod) => ownerKind(pod) === undefined && !isDone(pod))
    if (force || alone.length === 0) return leaving
    const names = alone.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`).join(', ')
    throw new PodwireError(
      `drain ${this.name}`,
      `cannot delete Pods that declare no controller: ${names}`,
      'Use { force: true } to evict them for good.',
    )
  }

  async #evict(pod: Pod): Promise<void> {
    const { client } = this.#composition.server
    const { namespace = 'default', name } = pod.metadata
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } }
    while (this.#isThere(pod)) {
      try {
        // The eviction subresource takes an Eviction, whatever the client's type says.
        client.create(pods, eviction as unknown as Pod, { subresource: 'eviction' })
        return
      } catch (error) {
        if (isNotFound(error)) return
        if (!isTooManyRequests(error)) throw error
        await this.context.engine.sleep(EVICTION_RETRY, 'drain')
      }
    }
  }

  #isThere(pod: Pod): boolean {
    const { namespace = 'default', name, uid } = pod.metadata
    return this.#composition.server.client.find(pods, { namespace, name })?.metadata.uid === uid
  }
}

function isMirror(pod: Pod): boolean {
  return pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined
}

function isDone(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

function ownerKind(pod: Pod): string | undefined {
  return pod.metadata.ownerReferences?.find((owner) => owner.controller === true)?.kind
}

/** A disruption budget says: not now. */
function isTooManyRequests(error: unknown): boolean {
  return error instanceof StatusError && error.status.code === 429
}
