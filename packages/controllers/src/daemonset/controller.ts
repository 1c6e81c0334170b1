// The DaemonSet controller's shell: DaemonSet, pod and node changes → queue → pods where they belong, rolling update, history,
// status. Source: kubernetes pkg/controller/daemon/daemon_controller.go. Departure: no expectations (fresh-view.ts), so a
// rolling update goes on in the same sync that placed pods.

import {
  createWorkQueue,
  type DaemonSet,
  daemonSets,
  type EventRecorder,
  type Informer,
  type InformerChange,
  isNotFound,
  type Node,
  nodes,
  objectKey,
  type Pod,
  pods,
} from '@podwire/apiserver'
import { MILLISECOND, SECOND } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { FreshView } from '../manager/fresh-view.ts'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { controllerOf } from '../objects/owner.ts'
import { isPodDeleting, isPodTerminal, nodeKeys } from '../objects/pod-state.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { RevisionHistory, type Revisions } from '../revisions/revision-history.ts'
import { oldestOf } from '../revisions/revision.ts'
import { OwnedPods } from '../workload/owned-pods.ts'
import type { OwnerKind } from '../workload/owner-kind.ts'
import { PodWriter } from '../workload/pod-writer.ts'
import { FailureBackoff } from './failure-backoff.ts'
import { daemonPod, HASH_LABEL, type Placement, placementRule } from './placement.ts'
import { type DaemonPlan, type DaemonView, groupByNode, planDaemonPods, planRollingUpdate } from './reconcile.ts'
import { countDaemonPods } from './status.ts'

/** Creates or deletes in one sync; the next sync goes on. */
const BURST_REPLICAS = 250
const DEFAULT_HISTORY = 10

const DAEMON_SET: OwnerKind<DaemonSet> = {
  type: daemonSets,
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  component: 'daemonset-controller',
  selector: ({ spec }) => spec.selector,
}

export const daemonSetController: ControllerDefinition = {
  name: 'daemonset-controller',
  start: (context) => new DaemonSetController(context),
}

class DaemonSetController implements RunningController {
  readonly #context: ControllerContext
  readonly #events: EventRecorder
  readonly #daemonSets: FreshView<DaemonSet>
  readonly #informer: Informer<DaemonSet>
  readonly #nodes: Informer<Node>
  readonly #pods: OwnedPods<DaemonSet>
  readonly #writer: PodWriter
  readonly #history: RevisionHistory<DaemonSet>
  readonly #backoff = new FailureBackoff()
  readonly #rules = new WeakMap<DaemonSet, (node: Node) => Placement>()
  readonly #queue: ReturnType<typeof createWorkQueue>

  constructor(context: ControllerContext) {
    const { engine, informers } = context
    this.#context = context
    this.#events = context.recorder(DAEMON_SET.component)
    this.#informer = informers.informer(daemonSets)
    this.#daemonSets = new FreshView(this.#informer)
    this.#nodes = informers.informer(nodes)
    informers.informer(pods).addIndex('node', nodeKeys)
    this.#pods = new OwnedPods(context, DAEMON_SET, (key) => this.#queue.add(key))
    this.#writer = new PodWriter(context, this.#pods.view, this.#events)
    this.#history = new RevisionHistory(context, DAEMON_SET)
    this.#queue = createWorkQueue({
      engine,
      name: DAEMON_SET.component,
      latency: workloadLatency,
      work: workloadWork,
      process: (key) => this.#sync(key),
    })
    this.#informer.onChange(({ type, object }) => {
      if (type === 'deleted') this.#backoff.forget(object.metadata.uid)
      this.#queue.add(objectKey(object))
    })
    this.#pods.start()
    this.#nodes.onChange((change) => this.#nodeChanged(change))
  }

  stop(): void {
    this.#queue.stop()
  }

  /** A node that goes takes its pods along in time: they are what is heard of then. */
  #nodeChanged({ type, object: node, old }: InformerChange<Node>): void {
    if (type === 'deleted') return
    if (type === 'updated') {
      const same =
        semanticEqual(old.metadata.labels, node.metadata.labels) && semanticEqual(old.spec.taints, node.spec.taints)
      if (same) return
    }
    const here = new Set<string | undefined>()
    for (const pod of this.#context.informers.informer(pods).byIndex('node', node.metadata.name)) {
      here.add(controllerOf(pod)?.uid)
    }
    for (const daemonSet of this.#informer.list()) {
      const { run, stay } = this.#rule(daemonSet)(node)
      const isMiscounted = (daemonSet.status?.numberMisscheduled ?? 0) > 0
      if (here.has(daemonSet.metadata.uid) ? !stay || isMiscounted : run) this.#queue.add(objectKey(daemonSet))
    }
  }

  #rule(daemonSet: DaemonSet): (node: Node) => Placement {
    const known = this.#rules.get(daemonSet)
    if (known !== undefined) return known
    const rule = placementRule(daemonSet)
    const seen = new WeakMap<Node, Placement>()
    const remembering = (node: Node): Placement => {
      const answer = seen.get(node) ?? rule(node)
      seen.set(node, answer)
      return answer
    }
    this.#rules.set(daemonSet, remembering)
    return remembering
  }

  #sync(key: string): void {
    const daemonSet = this.#daemonSets.byKey(key)
    if (daemonSet === undefined || daemonSet.metadata.deletionTimestamp !== undefined) return
    const revisions = this.#revise(daemonSet)
    const hash = revisions.update.metadata.labels?.[HASH_LABEL] ?? ''
    let view = this.#look(daemonSet, hash)
    let retry = this.#apply(key, view, planDaemonPods(view))
    view = this.#look(daemonSet, hash)
    if (daemonSet.spec.updateStrategy?.type !== 'OnDelete') {
      const { create, delete: surplus } = planRollingUpdate(view)
      retry ??= this.#apply(key, view, { create, delete: surplus, finished: [] })
      view = this.#look(daemonSet, hash)
    }
    this.#dropOldRevisions(view, revisions)
    this.#writeStatus(key, view, revisions.collisionCount)
    if (retry !== undefined) throw retry
  }

  /** Of revisions that hold the same template one stays, and takes over all pods. */
  #revise(daemonSet: DaemonSet): Revisions {
    this.#history.label(daemonSet, HASH_LABEL)
    const revisions = this.#history.sync(daemonSet, {
      template: daemonSet.spec.template,
      collisionCount: daemonSet.status?.collisionCount ?? 0,
      hashLabel: HASH_LABEL,
    })
    const { update, duplicates } = revisions
    if (duplicates.length === 0) return revisions
    const hash = update.metadata.labels?.[HASH_LABEL] ?? ''
    for (const { metadata } of this.#pods.claim(daemonSet)) {
      if (metadata.labels?.[HASH_LABEL] === hash) continue
      const change = { metadata: { labels: { [HASH_LABEL]: hash } } }
      this.#pods.view.wrote(this.#context.client.patch(pods, metadata, 'merge', change))
    }
    this.#history.drop(duplicates)
    return { ...revisions, old: revisions.old.filter((revision) => !duplicates.includes(revision)), duplicates: [] }
  }

  #look(daemonSet: DaemonSet, hash: string): DaemonView {
    // A finished pod that is being deleted no longer stands in for the next one.
    const living = this.#pods.claim(daemonSet).filter((pod) => !(isPodTerminal(pod) && isPodDeleting(pod)))
    return {
      daemonSet,
      nodes: this.#nodes.list(),
      placement: this.#rule(daemonSet),
      podsByNode: groupByNode(living),
      hash,
      nowMs: this.#context.engine.clock.wallTimeMs(),
    }
  }

  /** Returns what to throw at the end of the sync. */
  #apply(key: string, { daemonSet, hash }: DaemonView, plan: DaemonPlan): unknown {
    const victims = [...plan.delete]
    for (const { pod, node } of plan.finished) if (this.#mayReplace(key, daemonSet, pod, node)) victims.push(pod)
    const wanted = plan.create.slice(0, BURST_REPLICAS).map((node) => daemonPod(daemonSet, node, hash))
    const created = this.#writer.create(daemonSet, wanted)
    const deleted = this.#writer.delete(daemonSet, victims.slice(0, BURST_REPLICAS))
    if (plan.create.length > BURST_REPLICAS || victims.length > BURST_REPLICAS) this.#queue.add(key)
    return created.retry ?? deleted.retry
  }

  #mayReplace(key: string, daemonSet: DaemonSet, pod: Pod, node: string): boolean {
    const place = `${objectKey(pod)} on node ${node}`
    if (pod.status?.phase === 'Succeeded') {
      const message = `Found succeeded daemon pod ${place}, will try to delete it`
      this.#events.event(daemonSet, 'Normal', 'SucceededDaemonPod', message)
      return true
    }
    const { uid, generation } = daemonSet.metadata
    const waitUs = this.#backoff.wait(`${uid}/${generation}/${node}`, this.#context.engine.clock.now())
    if (waitUs > 0) {
      this.#queue.addAfter(key, waitUs, 'background')
      return false
    }
    this.#events.event(daemonSet, 'Warning', 'FailedDaemonPod', `Found failed daemon pod ${place}, will try to kill it`)
    return true
  }

  #dropOldRevisions(view: DaemonView, { old }: Revisions): void {
    const limit = view.daemonSet.spec.revisionHistoryLimit ?? DEFAULT_HISTORY
    if (old.length <= limit) return
    const live = new Set<string>()
    for (const daemons of view.podsByNode.values()) {
      for (const { metadata } of daemons) live.add(metadata.labels?.[HASH_LABEL] ?? '')
    }
    // Revisions that pods have stay, and count.
    const idle = old.filter(({ metadata }) => !live.has(metadata.labels?.[HASH_LABEL] ?? ''))
    this.#history.drop(oldestOf(idle, old.length - limit))
  }

  #writeStatus(key: string, view: DaemonView, collisionCount: number): void {
    const { daemonSet, nowMs } = view
    const { status, nextAvailableMs } = countDaemonPods(view, collisionCount)
    if (nextAvailableMs !== undefined) {
      this.#queue.addAfter(key, Math.max(1, nextAvailableMs - nowMs) * MILLISECOND + SECOND)
    }
    if (semanticEqual(daemonSet.status, status)) return
    try {
      const base = this.#daemonSets.get(daemonSet.metadata.namespace, daemonSet.metadata.name) ?? daemonSet
      this.#daemonSets.wrote(this.#context.client.update(daemonSets, { ...base, status }, { subresource: 'status' }))
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
