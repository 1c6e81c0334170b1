// The Job controller's shell: Job and pod changes → queue → pods made or taken away → status → finalizers.
// Source: kubernetes pkg/controller/job/job_controller.go.

import {
  createWorkQueue,
  type EventRecorder,
  isNotFound,
  type Job,
  jobs,
  objectKey,
  type Pod,
} from '@podwire/apiserver'
import { MILLISECOND, MINUTE, SECOND } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { FreshView } from '../manager/fresh-view.ts'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { OwnedPods } from '../workload/owned-pods.ts'
import type { OwnerKind } from '../workload/owner-kind.ts'
import { PodWriter } from '../workload/pod-writer.ts'
import { type BackoffRecord, NO_FAILURES } from './backoff.ts'
import { isJobFinished, isTracked, TRACKING_FINALIZER } from './job-facts.ts'
import { podOfJob } from './pod-of-job.ts'
import { type JobPlan, planJob } from './reconcile.ts'
import { nextStatus } from './status.ts'
import { freeOrphans, untrack } from './tracking.ts'
import { jobDeadlineMs } from './verdict.ts'

/** Changes of pods are looked at together. */
const POD_BATCH_US = SECOND
const MANAGED_BY = 'kubernetes.io/job-controller'

const JOB: OwnerKind<Job> = {
  type: jobs,
  apiVersion: 'batch/v1',
  kind: 'Job',
  component: 'job-controller',
  finalizer: TRACKING_FINALIZER,
  selector: ({ spec }) => spec.selector,
}

export const jobController: ControllerDefinition = {
  name: 'job-controller',
  start: (context) => new JobController(context),
}

class JobController implements RunningController {
  readonly #context: ControllerContext
  readonly #events: EventRecorder
  readonly #jobs: FreshView<Job>
  readonly #pods: OwnedPods<Job>
  readonly #writer: PodWriter
  readonly #backoff = new Map<string, BackoffRecord>()
  readonly #queue: ReturnType<typeof createWorkQueue>
  readonly #orphans: ReturnType<typeof createWorkQueue>

  constructor(context: ControllerContext) {
    this.#context = context
    this.#events = context.recorder(JOB.component)
    const informer = context.informers.informer(jobs)
    this.#jobs = new FreshView(informer)
    this.#pods = new OwnedPods(context, JOB, (key) => this.#queue.addAfter(key, POD_BATCH_US))
    this.#writer = new PodWriter(context, this.#pods.view, this.#events)
    this.#queue = createWorkQueue({
      engine: context.engine,
      name: JOB.component,
      latency: workloadLatency,
      work: workloadWork,
      retryBaseUs: SECOND,
      retryMaxUs: MINUTE,
      process: (key) => this.#sync(key),
    })
    informer.onChange(({ type, object }) => {
      if (type === 'deleted') this.#backoff.delete(object.metadata.uid)
      this.#queue.add(objectKey(object))
    })
    this.#pods.start()
    this.#orphans = freeOrphans(context, this.#pods.view)
  }

  stop(): void {
    this.#queue.stop()
    this.#orphans.stop()
  }

  #sync(key: string): void {
    const job = this.#jobs.byKey(key)
    if (job === undefined || (job.spec.managedBy ?? MANAGED_BY) !== MANAGED_BY) return
    const pods = this.#pods.claim(job)
    if (isJobFinished(job)) {
      for (const pod of pods) if (isTracked(pod)) untrack(this.#context.client, this.#pods.view, pod)
      return
    }
    const { uid } = job.metadata
    const { clock } = this.#context.engine
    const backoff = this.#backoff.get(uid) ?? NO_FAILURES
    const plan = planJob({ job, pods, backoff, nowMs: clock.wallTimeMs() })
    const retry = this.#apply(job, plan)
    let written: Job | undefined
    try {
      written = this.#writeStatus(job, plan, this.#pods.claim(job))
    } finally {
      this.#lookAgain(key, written ?? job, plan)
    }
    this.#backoff.set(uid, plan.backoff)
    for (const pod of plan.letGo) untrack(this.#context.client, this.#pods.view, pod)
    if (retry !== undefined) throw retry
  }

  /** Returns what to throw at the end of the sync. */
  #apply(job: Job, plan: JobPlan): unknown {
    const { client } = this.#context
    const freed = plan.dismiss.flatMap((pod) => untrack(client, this.#pods.view, pod) ?? [])
    const deleted = this.#writer.delete(job, [...freed, ...plan.stop])
    const created = this.#writer.create(
      job,
      plan.create.map((planned) => podOfJob(job, planned)),
    )
    return created.retry ?? deleted.retry
  }

  /** On the live object: what was counted must not get lost in a conflict. */
  #writeStatus(job: Job, plan: JobPlan, pods: readonly Pod[]): Job | undefined {
    const { client, engine } = this.#context
    const live = client.find(jobs, job.metadata)
    if (live?.metadata.uid !== job.metadata.uid) return undefined
    const { status, events } = nextStatus(job, plan, pods, engine.clock.timestamp())
    let written = live
    if (!semanticEqual(live.status, status) || live.status?.uncountedTerminatedPods === undefined) {
      try {
        written = this.#jobs.wrote(client.update(jobs, { ...live, status }, { subresource: 'status' }))
      } catch (error) {
        if (!isNotFound(error)) throw error
        return undefined
      }
    }
    for (const { type, reason, message } of events) this.#events.event(written, type, reason, message)
    return written
  }

  /** Deadlines and back-offs: settling does not wait for them. */
  #lookAgain(key: string, job: Job, plan: JobPlan): void {
    const nowMs = this.#context.engine.clock.wallTimeMs()
    const deadlineMs = plan.end === undefined ? jobDeadlineMs(job) : undefined
    const waits = [plan.waitMs, deadlineMs === undefined ? undefined : deadlineMs - nowMs]
    const soonest = Math.min(...waits.map((ms) => ms ?? Infinity))
    if (soonest !== Infinity) this.#queue.addAfter(key, Math.max(1, soonest) * MILLISECOND, 'background')
  }
}
