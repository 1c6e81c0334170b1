// The writes of the Deployment controller: ReplicaSets created, sized and removed, the Deployment's revision and status, and
// the events about them. Source: kubernetes pkg/controller/deployment/sync.go.

import {
  type Deployment,
  type DeploymentStatus,
  deployments,
  type EventRecorder,
  isAlreadyExists,
  isNamespaceTerminating,
  isNotFound,
  type ReplicaSet,
  replicaSets,
  StatusError,
} from '@podwire/apiserver'
import type { ControllerContext } from '../manager/controller.ts'
import type { FreshView } from '../manager/fresh-view.ts'
import { isControlledBy } from '../objects/owner.ts'
import { sameMap, semanticEqual } from '../objects/semantic-equal.ts'
import { REVISION, sizeAnnotations } from './annotations.ts'
import { type ConditionChange, findCondition, setCondition } from './conditions.ts'
import { newReplicaSet, refreshed } from './new-replica-set.ts'
import type { Resize } from './scaling.ts'
import { hasProgressDeadline } from './status.ts'
import { sizeOf } from './strategy.ts'
import { sameTemplate } from './template.ts'

export class DeploymentWriter {
  readonly #context: ControllerContext
  readonly #deployments: FreshView<Deployment>
  readonly #replicaSets: FreshView<ReplicaSet>
  readonly #events: EventRecorder

  constructor(context: ControllerContext, own: FreshView<Deployment>, owned: FreshView<ReplicaSet>) {
    this.#context = context
    this.#deployments = own
    this.#replicaSets = owned
    this.#events = context.recorder('deployment-controller')
  }

  /** Gives a ReplicaSet its size and the size annotations. Returns it as stored. */
  resize(deployment: Deployment, { replicaSet, size }: Resize): ReplicaSet {
    // A step may name the same ReplicaSet twice: the second write starts from the first.
    const base = this.#replicaSets.get(replicaSet.metadata.namespace, replicaSet.metadata.name) ?? replicaSet
    const annotations = { ...base.metadata.annotations, ...sizeAnnotations(deployment) }
    const before = sizeOf(base)
    if (before === size && sameMap(annotations, base.metadata.annotations)) return base
    const written = this.#update({
      ...base,
      metadata: { ...base.metadata, annotations },
      spec: { ...base.spec, replicas: size },
    })
    if (before !== size) {
      const verb = size > before ? 'up' : 'down'
      this.#scaled(deployment, `Scaled ${verb} replica set ${base.metadata.name} from ${before} to ${size}`)
    }
    return written
  }

  /** Brings revision, annotations and minReadySeconds of the present ReplicaSet up to date. */
  refresh(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): ReplicaSet {
    const wanted = refreshed(deployment, current, old)
    const written = wanted === undefined ? current : this.#update(wanted)
    const known = findCondition(deployment.status?.conditions ?? [], 'Progressing') !== undefined
    const message = `Found new replica set "${written.metadata.name}"`
    this.#announce(deployment, written, known ? undefined : { reason: 'FoundNewReplicaSet', message })
    return written
  }

  /** Makes the ReplicaSet of the present template. Undefined: refused because the namespace goes away. */
  create(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet | undefined {
    const wanted = newReplicaSet(deployment, old)
    const name = wanted.metadata.name ?? ''
    let created: ReplicaSet
    try {
      created = this.#replicaSets.wrote(this.#context.client.create(replicaSets, wanted))
    } catch (error) {
      if (!(error instanceof StatusError) || isNamespaceTerminating(error)) return this.#dropUnlessBug(error)
      if (isAlreadyExists(error)) return this.#collision(deployment, name, error)
      const message = `Failed to create new replica set "${name}": ${error.message}`
      if (hasProgressDeadline(deployment)) {
        this.setProgress(deployment, { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message })
      }
      this.#events.event(deployment, 'Warning', 'ReplicaSetCreateError', message)
      throw error
    }
    const size = sizeOf(created)
    if (size > 0) this.#scaled(deployment, `Scaled up replica set ${name} from 0 to ${size}`)
    const message = `Created new replica set "${name}"`
    this.#announce(deployment, created, { reason: 'NewReplicaSetCreated', message })
    return created
  }

  remove(replicaSet: ReplicaSet): void {
    try {
      const left = this.#context.client.delete(replicaSets, replicaSet.metadata, { propagationPolicy: 'Background' })
      if (left === undefined) this.#replicaSets.removed(replicaSet)
      else this.#replicaSets.wrote(left)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  setProgress(deployment: Deployment, change: ConditionChange): Deployment {
    const timestamp = this.#context.engine.clock.timestamp()
    const conditions = setCondition(deployment.status?.conditions ?? [], change, timestamp)
    return this.writeStatus(deployment, { ...deployment.status, conditions })
  }

  writeStatus(deployment: Deployment, status: DeploymentStatus): Deployment {
    const { terminatingReplicas } = deployment.status ?? {}
    // Absent and 0 are told apart in terminatingReplicas: it is always written.
    const same = terminatingReplicas === status.terminatingReplicas && semanticEqual(deployment.status, status)
    if (same) return deployment
    const base = this.newest(deployment)
    return this.#deployments.wrote(
      this.#context.client.update(deployments, { ...base, status }, { subresource: 'status' }),
    )
  }

  /** The Deployment with what this sync already wrote. */
  newest(deployment: Deployment): Deployment {
    return this.#deployments.get(deployment.metadata.namespace, deployment.metadata.name) ?? deployment
  }

  #update(replicaSet: ReplicaSet): ReplicaSet {
    return this.#replicaSets.wrote(this.#context.client.update(replicaSets, replicaSet))
  }

  #scaled(deployment: Deployment, message: string): void {
    this.#events.event(deployment, 'Normal', 'ScalingReplicaSet', message)
  }

  /**
   * Writes the present ReplicaSet's revision and what happened to it. The revision goes with the status: a write to the
   * Deployment itself would count as a change of its specification.
   */
  #announce(
    deployment: Deployment,
    current: ReplicaSet,
    progress: { readonly reason: string; readonly message: string } | undefined,
  ): void {
    const revision = current.metadata.annotations?.[REVISION]
    const { annotations } = deployment.metadata
    const news = progress !== undefined && hasProgressDeadline(deployment)
    if (!news && annotations?.[REVISION] === revision) return
    const timestamp = this.#context.engine.clock.timestamp()
    const before = deployment.status?.conditions ?? []
    const conditions = news
      ? setCondition(before, { type: 'Progressing', status: 'True', ...progress }, timestamp)
      : before
    const marked = revision === undefined ? annotations : { ...annotations, [REVISION]: revision }
    const base = this.newest(deployment)
    const next: Deployment = {
      ...base,
      metadata: { ...base.metadata, ...(marked === undefined ? {} : { annotations: marked }) },
      status: { ...base.status, conditions },
    }
    this.#deployments.wrote(this.#context.client.update(deployments, next, { subresource: 'status' }))
  }

  /** The name is taken: by our own ReplicaSet of this template, or by a hash collision. */
  #collision(deployment: Deployment, name: string, error: unknown): ReplicaSet | undefined {
    const taken = this.#context.client.find(replicaSets, { namespace: deployment.metadata.namespace, name })
    if (taken === undefined) throw error
    const ours = isControlledBy(taken, deployment.metadata.uid)
    if (ours && sameTemplate(taken.spec.template, deployment.spec.template)) return this.#replicaSets.wrote(taken)
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1
    this.writeStatus(deployment, { ...deployment.status, collisionCount })
    throw error
  }

  #dropUnlessBug(error: unknown): undefined {
    if (!isNamespaceTerminating(error)) throw error
    return undefined
  }
}
