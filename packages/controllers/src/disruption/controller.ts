// The disruption controller's shell: budget and pod changes → queue → budget status. The API server's eviction reads that
// status: it takes one from disruptionsAllowed and notes the pod in disruptedPods, which this controller forgets again.
// Source: kubernetes pkg/controller/disruption/disruption.go.

import {
  createWorkQueue,
  type EventRecorder,
  objectKey,
  type Pod,
  type PodDisruptionBudget,
  podDisruptionBudgets,
  type PodDisruptionBudgetStatus,
  pods,
  splitObjectKey,
} from '@podwire/apiserver'
import { MILLISECOND } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { expectedScale } from './expected-scale.ts'
import { BudgetMembers } from './members.ts'
import { budgetStatus } from './reconcile.ts'
import { selectorText } from './selector-text.ts'
import { watchStaleConditions } from './stale-conditions.ts'

export const disruptionController: ControllerDefinition = {
  name: 'disruption-controller',
  start: (context) => new DisruptionController(context),
}

class DisruptionController implements RunningController {
  readonly #context: ControllerContext
  readonly #events: EventRecorder
  readonly #members = new BudgetMembers()
  readonly #queue: ReturnType<typeof createWorkQueue>
  readonly #staleConditions: ReturnType<typeof createWorkQueue>

  constructor(context: ControllerContext) {
    const { engine, informers } = context
    this.#context = context
    this.#events = context.recorder('controllermanager')
    this.#queue = createWorkQueue({
      engine,
      name: 'disruption-controller',
      latency: workloadLatency,
      work: workloadWork,
      process: (key) => this.#sync(key),
    })
    const podInformer = informers.informer(pods)
    informers.informer(podDisruptionBudgets).onChange(({ type, object }) => {
      if (type === 'deleted') this.#members.removeBudget(object)
      else this.#members.setBudget(object, () => podInformer.inNamespace(object.metadata.namespace ?? ''))
      this.#queue.add(objectKey(object))
    })
    podInformer.onChange(({ type, object }) => {
      const keys = this.#members.setPod(object, type === 'deleted')
      if (keys.length > 1) this.#tellSeveral(object, keys)
      for (const key of keys) this.#queue.add(key)
    })
    this.#staleConditions = watchStaleConditions(context)
  }

  stop(): void {
    this.#staleConditions.stop()
    this.#queue.stop()
  }

  /** Departure: all of them are counted anew. Upstream takes one, whichever comes first. */
  #tellSeveral(pod: Pod, keys: readonly string[]): void {
    const { namespace, name } = pod.metadata
    const [first = ''] = keys
    const chosen = first.slice(first.indexOf('/') + 1)
    const message = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${chosen}" arbitrarily.`
    this.#events.event(pod, 'Warning', 'MultiplePodDisruptionBudgets', message)
  }

  #sync(key: string): void {
    const { client, engine } = this.#context
    // The live object: an eviction may have written to it a moment ago.
    const budget = client.find(podDisruptionBudgets, splitObjectKey(key))
    if (budget === undefined) return
    const selected = this.#members.podsOf(budget)
    if (selected.length === 0) this.#events.event(budget, 'Normal', 'NoPods', 'No matching pods found')
    const timestamp = engine.clock.timestamp()
    const scale = this.#scale(budget, selected)
    if (typeof scale === 'string') {
      this.#write(budget, failSafe(budget, scale, timestamp))
      return
    }
    const nowMs = engine.clock.wallTimeMs()
    const { status, recheckMs, overdue } = budgetStatus({ budget, pods: selected, scale, nowMs }, timestamp)
    for (const pod of overdue) {
      // Upstream prints the namespace twice.
      const { namespace } = budget.metadata
      const message = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`
      this.#events.event(pod, 'Warning', 'NotDeleted', message)
    }
    this.#write(budget, status)
    if (recheckMs !== undefined) this.#queue.addAfter(key, (recheckMs - nowMs) * MILLISECOND, 'background')
  }

  /** Undefined: this budget counts the pods there are. Text: why it cannot be known. */
  #scale(budget: PodDisruptionBudget, selected: readonly Pod[]): number | string | undefined {
    const { minAvailable, maxUnavailable } = budget.spec
    if (maxUnavailable === undefined && typeof minAvailable !== 'string') return undefined
    const { replicas, unmanaged, problem } = expectedScale(this.#context.informers, selected)
    if (problem !== undefined) {
      const message = `Failed to calculate the number of expected pods: ${problem}`
      this.#events.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message)
      return problem
    }
    if (unmanaged.length > 0) {
      const pods = `Pods selected by this PodDisruptionBudget (selector: ${selectorText(budget.spec.selector)})`
      const result = 'As a result, the status of the PDB cannot be calculated correctly'
      const advice = 'please set ".spec.minAvailable" field of the PDB to an integer value'
      const message = `${pods} were found to be unmanaged. ${result}, which may result in undefined behavior. To account for these pods ${advice}.`
      this.#events.event(budget, 'Warning', 'UnmanagedPods', message)
    }
    return replicas
  }

  #write(budget: PodDisruptionBudget, status: PodDisruptionBudgetStatus): void {
    if (semanticEqual(budget.status, status)) return
    this.#context.client.update(podDisruptionBudgets, { ...budget, status }, { subresource: 'status' })
  }
}

/** When the numbers cannot be known nothing may be evicted. */
function failSafe(budget: PodDisruptionBudget, message: string, timestamp: string): PodDisruptionBudgetStatus {
  const known = budget.status?.conditions?.find(({ type }) => type === 'DisruptionAllowed')
  const { observedGeneration } = budget.status ?? {}
  const lastTransitionTime = known?.status === 'False' ? known.lastTransitionTime : timestamp
  const condition = {
    type: 'DisruptionAllowed',
    status: 'False',
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    lastTransitionTime,
    reason: 'SyncFailed',
    message,
  }
  return { ...budget.status, disruptionsAllowed: 0, conditions: [condition] }
}
