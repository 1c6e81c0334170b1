// The StatefulSet controller's shell: set and pod changes → queue → one step → status and history.
// Source: kubernetes pkg/controller/statefulset/stateful_set.go, stateful_set_control.go.

import {
  type ControllerRevision,
  createWorkQueue,
  isNotFound,
  objectKey,
  type PodTemplateSpec,
  type StatefulSet,
  statefulSets,
} from '@podwire/apiserver'
import { MILLISECOND, SECOND } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { FreshView } from '../manager/fresh-view.ts'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { isPodTerminal } from '../objects/pod-state.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { RevisionHistory, type Revisions } from '../revisions/revision-history.ts'
import { oldestOf, templateOf } from '../revisions/revision.ts'
import { OwnedPods } from '../workload/owned-pods.ts'
import type { OwnerKind } from '../workload/owner-kind.ts'
import { hasClaims } from './claims.ts'
import { podOfOrdinal, revisionOf } from './identity.ts'
import { ordinalOf } from './ordinals.ts'
import { planStatefulPods, type StatefulView } from './reconcile.ts'
import { countStatefulPods } from './status.ts'
import { StatefulPodWriter } from './writer.ts'

const HASH_LABEL = 'controller.kubernetes.io/hash'
const DEFAULT_HISTORY = 10

const STATEFUL_SET: OwnerKind<StatefulSet> = {
  type: statefulSets,
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  component: 'statefulset-controller',
  selector: ({ spec }) => spec.selector,
  isForeign: (set, pod) => ordinalOf(set, pod) === undefined,
}

export const statefulSetController: ControllerDefinition = {
  name: 'statefulset-controller',
  start: (context) => new StatefulSetController(context),
}

class StatefulSetController implements RunningController {
  readonly #context: ControllerContext
  readonly #sets: FreshView<StatefulSet>
  readonly #pods: OwnedPods<StatefulSet>
  readonly #writer: StatefulPodWriter
  readonly #history: RevisionHistory<StatefulSet>
  readonly #queue: ReturnType<typeof createWorkQueue>

  constructor(context: ControllerContext) {
    this.#context = context
    const informer = context.informers.informer(statefulSets)
    this.#sets = new FreshView(informer)
    this.#pods = new OwnedPods(context, STATEFUL_SET, (key) => this.#queue.add(key))
    this.#writer = new StatefulPodWriter(context, this.#pods.view, context.recorder(STATEFUL_SET.component))
    this.#history = new RevisionHistory(context, STATEFUL_SET)
    this.#queue = createWorkQueue({
      engine: context.engine,
      name: STATEFUL_SET.component,
      latency: workloadLatency,
      work: workloadWork,
      process: (key) => this.#sync(key),
    })
    informer.onChange((change) => this.#queue.add(objectKey(change.object)))
    this.#pods.start()
  }

  stop(): void {
    this.#queue.stop()
  }

  #sync(key: string): void {
    const set = this.#sets.byKey(key)
    if (set === undefined) return
    const revisions = this.#history.sync(set, {
      template: set.spec.template,
      collisionCount: set.status?.collisionCount ?? 0,
      hashLabel: HASH_LABEL,
    })
    const { update } = revisions
    const current = revisions.old.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update
    const look = (): StatefulView => ({
      set,
      pods: this.#pods.claim(set),
      currentRevision: current.metadata.name,
      updateRevision: update.metadata.name,
      nowMs: this.#context.engine.clock.wallTimeMs(),
    })
    const retry = set.metadata.deletionTimestamp === undefined ? this.#step(look(), [current, update]) : undefined
    const view = look()
    this.#writeStatus(key, view, revisions.collisionCount)
    this.#dropOldRevisions(view, revisions)
    if (retry !== undefined) throw retry
  }

  /** Returns what to throw at the end of the sync. */
  #step(view: StatefulView, known: readonly ControllerRevision[]): unknown {
    const { set } = view
    const plan = planStatefulPods(view)
    let retry: unknown
    for (const { ordinal, revision } of plan.create) {
      const template = templateOfRevision(known, revision) ?? set.spec.template
      retry ??= this.#writer.create(set, podOfOrdinal(set, ordinal, template, revision), ordinal)
    }
    if (hasClaims(set)) {
      for (const pod of view.pods) {
        const ordinal = isPodTerminal(pod) ? undefined : ordinalOf(set, pod)
        if (ordinal !== undefined) retry ??= this.#writer.keepClaims(set, pod, ordinal)
      }
    }
    for (const { pod, labels } of plan.relabel) retry ??= this.#writer.relabel(set, pod, labels)
    for (const pod of plan.delete) retry ??= this.#writer.delete(set, pod)
    return retry
  }

  #writeStatus(key: string, view: StatefulView, collisionCount: number): void {
    const { set, nowMs } = view
    const { status, nextAvailableMs } = countStatefulPods(view, collisionCount)
    if (nextAvailableMs !== undefined) {
      this.#queue.addAfter(key, Math.max(1, nextAvailableMs - nowMs) * MILLISECOND + SECOND)
    }
    if (semanticEqual(set.status, status)) return
    try {
      const written = this.#context.client.update(statefulSets, { ...set, status }, { subresource: 'status' })
      this.#sets.wrote(written)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  #dropOldRevisions(view: StatefulView, { old }: Revisions): void {
    const limit = view.set.spec.revisionHistoryLimit ?? DEFAULT_HISTORY
    if (old.length <= limit) return
    const live = new Set(view.pods.map(revisionOf)).add(view.currentRevision)
    // Revisions that pods have stay, and do not count.
    const idle = old.filter(({ metadata }) => !live.has(metadata.name))
    this.#history.drop(oldestOf(idle, idle.length - limit))
  }
}

function templateOfRevision(known: readonly ControllerRevision[], name: string): PodTemplateSpec | undefined {
  const revision = known.find(({ metadata }) => metadata.name === name)
  return revision === undefined ? undefined : templateOf(revision)
}
