// The Deployment controller's shell: Deployment, ReplicaSet and pod changes → queue → one step of the rollout → status.
// Source: kubernetes pkg/controller/deployment/deployment_controller.go. Departure: own writes are visible at once
// (fresh-view.ts), so the update conflicts a real controller runs into and retries do not happen.

import {
  createWorkQueue,
  type Deployment,
  deployments,
  type Informer,
  type InformerChange,
  matchesLabelSelector,
  objectKey,
  objectKeyOf,
  type Pod,
  pods,
  type ReplicaSet,
  replicaSets,
} from '@podwire/apiserver'
import { MILLISECOND, SECOND } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { FreshView } from '../manager/fresh-view.ts'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { controllerOf, controllerReference, controllerUidKeys, orphanKeys } from '../objects/owner.ts'
import { isPodTerminal } from '../objects/pod-state.ts'
import { claimObjects } from '../replicas/claim.ts'
import { adopt, release } from '../replicas/ownership.ts'
import { type RolloutInput, runRollout } from './rollout.ts'
import { progressDeadlineMs } from './status.ts'
import { DeploymentWriter } from './writer.ts'

export const deploymentController: ControllerDefinition = {
  name: 'deployment-controller',
  start: (context) => new DeploymentController(context),
}

class DeploymentController implements RunningController {
  readonly #context: ControllerContext
  readonly #deployments: FreshView<Deployment>
  readonly #replicaSets: FreshView<ReplicaSet>
  readonly #deploymentInformer: Informer<Deployment>
  readonly #podInformer: Informer<Pod>
  readonly #writer: DeploymentWriter
  readonly #queue: ReturnType<typeof createWorkQueue>

  constructor(context: ControllerContext) {
    const { engine, informers } = context
    this.#context = context
    this.#deploymentInformer = informers.informer(deployments)
    this.#podInformer = informers.informer(pods)
    const replicaSetInformer = informers.informer(replicaSets)
    this.#deployments = new FreshView(this.#deploymentInformer)
    this.#replicaSets = new FreshView(replicaSetInformer)
    this.#replicaSets.addIndex('controller-uid', controllerUidKeys)
    this.#replicaSets.addIndex('orphans', orphanKeys)
    this.#podInformer.addIndex('controller-uid', controllerUidKeys)
    this.#writer = new DeploymentWriter(context, this.#deployments, this.#replicaSets)
    this.#queue = createWorkQueue({
      engine,
      name: 'deployment-controller',
      latency: workloadLatency,
      work: workloadWork,
      process: (key) => this.#sync(key),
    })
    this.#deploymentInformer.onChange((change) => this.#queue.add(objectKey(change.object)))
    replicaSetInformer.onChange((change) => this.#replicaSetChanged(change))
    this.#podInformer.onChange((change) => this.#podChanged(change))
  }

  stop(): void {
    this.#queue.stop()
  }

  #replicaSetChanged(change: InformerChange<ReplicaSet>): void {
    const replicaSet = change.object
    const controller = controllerOf(replicaSet)
    const before = change.old === undefined ? undefined : controllerOf(change.old)
    const namespace = replicaSet.metadata.namespace ?? ''
    if (before?.kind === 'Deployment' && before.uid !== controller?.uid)
      this.#queue.add(objectKeyOf(namespace, before.name))
    if (controller !== undefined) {
      if (controller.kind === 'Deployment') this.#queue.add(objectKeyOf(namespace, controller.name))
      return
    }
    if (change.type === 'deleted') return
    for (const deployment of this.#deploymentInformer.inNamespace(namespace)) {
      if (matches(deployment, replicaSet)) this.#queue.add(objectKey(deployment))
    }
  }

  /** A Recreate rollout waits for the last old pod: its end has to wake the Deployment. */
  #podChanged(change: InformerChange<Pod>): void {
    if (change.type === 'added') return
    const ended = change.type === 'deleted' || (isPodTerminal(change.object) && !isPodTerminal(change.old))
    const controller = ended ? controllerOf(change.object) : undefined
    if (controller?.kind !== 'ReplicaSet') return
    const namespace = change.object.metadata.namespace ?? ''
    const replicaSet = this.#replicaSets.get(namespace, controller.name)
    const owner = replicaSet === undefined ? undefined : controllerOf(replicaSet)
    if (owner?.kind !== 'Deployment') return
    const deployment = this.#deployments.get(namespace, owner.name)
    if (deployment?.spec.strategy?.type === 'Recreate') this.#queue.add(objectKey(deployment))
  }

  #sync(key: string): void {
    const deployment = this.#deployments.byKey(key)
    if (deployment === undefined) return
    const { clock } = this.#context.engine
    const nowMs = clock.wallTimeMs()
    const input: RolloutInput = {
      deployment,
      replicaSets: this.#claim(deployment),
      hasRunningPods: (replicaSet) => this.#hasRunningPods(replicaSet),
      moment: { nowMs, timestamp: clock.timestamp() },
      writer: this.#writer,
    }
    const written = runRollout(input)
    const deadlineMs = progressDeadlineMs(written, written.status ?? {})
    if (deadlineMs === undefined || written.spec.paused === true) return
    // A second more: the deadline has to be over, and conditions carry whole seconds.
    this.#queue.addAfter(key, Math.max(0, deadlineMs - nowMs) * MILLISECOND + SECOND, 'background')
  }

  #claim(deployment: Deployment): readonly ReplicaSet[] {
    const { client } = this.#context
    const { uid, namespace } = deployment.metadata
    const own = this.#replicaSets.byIndex('controller-uid', uid)
    const orphans = this.#replicaSets.byIndex('orphans', namespace ?? '')
    const claim = claimObjects(deployment, [...own, ...orphans], (replicaSet) => matches(deployment, replicaSet))
    for (const replicaSet of claim.release) {
      const released = release(client, replicaSets, replicaSet, uid)
      if (released !== undefined) this.#replicaSets.wrote(released)
    }
    if (claim.adopt.length === 0) return claim.owned
    if (client.find(deployments, deployment.metadata)?.metadata.uid !== uid) return claim.owned
    const reference = controllerReference(deployment, 'apps/v1', 'Deployment')
    const adopted: ReplicaSet[] = []
    for (const replicaSet of claim.adopt) {
      const taken = adopt(client, replicaSets, replicaSet, reference)
      if (taken !== undefined) adopted.push(this.#replicaSets.wrote(taken))
    }
    return [...claim.owned, ...adopted]
  }

  #hasRunningPods(replicaSet: ReplicaSet): boolean {
    const owned = this.#podInformer.byIndex('controller-uid', replicaSet.metadata.uid)
    return owned.some((pod) => !isPodTerminal(pod))
  }
}

/** A ReplicaSet belongs to a Deployment when its own labels match the selector. */
function matches(deployment: Deployment, replicaSet: ReplicaSet): boolean {
  return matchesLabelSelector(deployment.spec.selector, replicaSet.metadata.labels ?? {})
}
