// The CronJob controller's shell: CronJob and Job changes and the schedule's moments → queue → Jobs started, replaced, cleaned
// up → status. Source: kubernetes pkg/controller/cronjob/cronjob_controllerv2.go. Departure: without spec.timeZone schedules
// run in UTC.

import {
  createWorkQueue,
  type CronJob,
  cronJobs,
  type CronJobStatus,
  type EventRecorder,
  type InformerChange,
  isAlreadyExists,
  isNamespaceTerminating,
  isNotFound,
  type Job,
  jobs,
  objectKey,
  objectKeyOf,
  StatusError,
} from '@podwire/apiserver'
import { MILLISECOND, PodwireError } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { FreshView } from '../manager/fresh-view.ts'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { controllerOf, controllerUidKeys, isControlledBy } from '../objects/owner.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { nextActive } from './active.ts'
import { jobNameFor, jobOfCron } from './job-of-cron.ts'
import { type Due, dueMoments, historySurplus, isTooLate } from './reconcile.ts'
import { parseSchedule, type Schedule } from './schedule.ts'
import { rfc3339, type Zone, zoneNamed } from './zone.ts'

const COMPONENT = 'cronjob-controller'
/** A moment is looked at a little after it came. */
const AFTER_MOMENT_MS = 100

interface Timing {
  readonly schedule: Schedule
  readonly zone: Zone
}

interface Started {
  readonly status: CronJobStatus
  /** Somebody else's Job has the name: as upstream, the CronJob is not looked at again until it or a Job of it changes. */
  readonly isTaken?: boolean
}

export const cronJobController: ControllerDefinition = {
  name: 'cronjob-controller',
  start: (context) => new CronJobController(context),
}

class CronJobController implements RunningController {
  readonly #context: ControllerContext
  readonly #events: EventRecorder
  readonly #crons: FreshView<CronJob>
  readonly #jobs: FreshView<Job>
  readonly #queue: ReturnType<typeof createWorkQueue>

  constructor(context: ControllerContext) {
    this.#context = context
    this.#events = context.recorder(COMPONENT)
    const cronInformer = context.informers.informer(cronJobs)
    const jobInformer = context.informers.informer(jobs)
    this.#crons = new FreshView(cronInformer)
    this.#jobs = new FreshView(jobInformer)
    this.#jobs.addIndex('controller-uid', controllerUidKeys)
    this.#queue = createWorkQueue({
      engine: context.engine,
      name: COMPONENT,
      latency: workloadLatency,
      work: workloadWork,
      process: (key) => this.#sync(key),
    })
    cronInformer.onChange((change) => this.#cronChanged(change))
    jobInformer.onChange(({ object }) => {
      const controller = controllerOf(object)
      if (controller?.kind === 'CronJob') this.#queue.add(objectKeyOf(object.metadata.namespace, controller.name))
    })
  }

  stop(): void {
    this.#queue.stop()
  }

  #cronChanged({ type, object, old }: InformerChange<CronJob>): void {
    const key = objectKey(object)
    const isTimedAnew =
      type === 'updated' && (old.spec.schedule !== object.spec.schedule || old.spec.timeZone !== object.spec.timeZone)
    if (!isTimedAnew) return this.#queue.add(key)
    // What the new schedule would have started is not made up for: it is looked at when its next moment comes.
    const timing = this.#timing(object)
    const due = timing === undefined ? undefined : this.#due(object, timing)
    if (due !== undefined) this.#lookAgain(key, due)
  }

  #sync(key: string): void {
    const cron = this.#crons.byKey(key)
    if (cron === undefined) return
    const own = this.#jobs.byIndex('controller-uid', cron.metadata.uid)
    const removed = new Set<string>()
    for (const job of historySurplus(cron, own)) if (this.#delete(cron, job)) removed.add(job.metadata.uid)
    const { status, finished, missing, unexpected } = nextActive(cron, own, removed)
    for (const name of unexpected) {
      this.#event(cron, 'Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${name}`)
    }
    for (const name of missing) this.#event(cron, 'Normal', 'MissingJob', `Active job went missing: ${name}`)
    for (const { name, outcome } of finished) {
      this.#event(cron, 'Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${outcome}`)
    }
    const retry = this.#schedule(key, cron, status)
    if (retry !== undefined) throw retry
  }

  /** Starts what is due, writes the status, waits for the next moment. Returns what to throw at the end of the sync. */
  #schedule(key: string, cron: CronJob, known: CronJobStatus): unknown {
    const timing = cron.metadata.deletionTimestamp === undefined ? this.#timing(cron) : undefined
    if (timing === undefined || cron.spec.suspend === true) {
      this.#writeStatus(cron, known)
      return undefined
    }
    const due = this.#due(cron, timing)
    if (due === undefined) {
      const why = 'time difference between two schedules is less than 1 second'
      this.#event(cron, 'Warning', 'InvalidSchedule', `invalid schedule: ${cron.spec.schedule} : ${why}`)
      this.#writeStatus(cron, known)
      return undefined
    }
    if (due.missedTooMany) {
      const advice = 'Set or decrease .spec.startingDeadlineSeconds or check clock skew'
      this.#event(cron, 'Warning', 'TooManyMissedTimes', `too many missed start times. ${advice}`)
    }
    try {
      const nowMs = this.#context.engine.clock.wallTimeMs()
      const started =
        due.latestMs === undefined ? { status: known } : this.#startDue(cron, known, due.latestMs, timing.zone, nowMs)
      this.#writeStatus(cron, started.status)
      if (started.isTaken !== true) this.#lookAgain(key, due)
      return undefined
    } catch (error) {
      this.#writeStatus(cron, known)
      return error
    }
  }

  #due(cron: CronJob, { schedule, zone }: Timing): Due | undefined {
    return dueMoments(cron, schedule, zone, this.#context.engine.clock.wallTimeMs())
  }

  #lookAgain(key: string, { nextMs }: Due): void {
    if (nextMs === undefined) return
    const leftMs = nextMs + AFTER_MOMENT_MS - this.#context.engine.clock.wallTimeMs()
    this.#queue.addAfter(key, leftMs * MILLISECOND, 'background')
  }

  #timing(cron: CronJob): Timing | undefined {
    const { schedule: text, timeZone } = cron.spec
    const schedule = parseSchedule(text)
    if (schedule === undefined) {
      this.#event(cron, 'Warning', 'UnparseableSchedule', `unparseable schedule: ${JSON.stringify(text)}`)
      return undefined
    }
    try {
      return { schedule, zone: zoneNamed(timeZone) }
    } catch (error) {
      if (!(error instanceof PodwireError)) throw error
      this.#event(cron, 'Warning', 'UnknownTimeZone', `invalid timeZone: ${JSON.stringify(timeZone)}: ${error.message}`)
      return undefined
    }
  }

  #startDue(cron: CronJob, known: CronJobStatus, dueMs: number, zone: Zone, nowMs: number): Started {
    if (isTooLate(cron, dueMs, nowMs)) {
      this.#event(cron, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${rfc1123(dueMs)}`)
      return { status: known }
    }
    const name = jobNameFor(cron, dueMs)
    const active = known.active ?? []
    if (active.some((reference) => reference.name === name)) return { status: known }
    const { concurrencyPolicy } = cron.spec
    if (concurrencyPolicy === 'Forbid' && active.length > 0) {
      const why = 'prior execution is running and concurrency policy is Forbid'
      this.#event(cron, 'Normal', 'JobAlreadyActive', `Not starting job because ${why}`)
      return { status: known }
    }
    let before = active
    if (concurrencyPolicy === 'Replace') {
      for (const { name: running = '' } of active) {
        const job = this.#jobs.get(cron.metadata.namespace, running)
        if (job !== undefined) this.#delete(cron, job)
      }
      before = []
    }
    const job = this.#create(cron, dueMs, zone)
    if (job === undefined)
      return { status: { ...known, ...(before.length === 0 ? { active: [] } : {}) }, isTaken: true }
    const { namespace = '', uid, resourceVersion } = job.metadata
    const reference = { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid, resourceVersion }
    return { status: { ...known, active: [...before, reference], lastScheduleTime: rfc3339(dueMs) } }
  }

  /** Returns the Job of that moment, started now or before; undefined: another Job has its name. */
  #create(cron: CronJob, dueMs: number, zone: Zone): Job | undefined {
    const { client } = this.#context
    try {
      const job = this.#jobs.wrote(client.create(jobs, jobOfCron(cron, dueMs, rfc3339(dueMs, zone))))
      this.#event(cron, 'Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`)
      return job
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      if (isAlreadyExists(error)) {
        const { namespace, uid } = cron.metadata
        const taken = client.find(jobs, { namespace, name: jobNameFor(cron, dueMs) })
        return taken !== undefined && isControlledBy(taken, uid) ? taken : undefined
      }
      if (!isNamespaceTerminating(error)) {
        this.#event(cron, 'Warning', 'FailedCreate', `Error creating job: ${error.message}`)
      }
      throw error
    }
  }

  /** Returns whether it was deleted now. */
  #delete(cron: CronJob, job: Job): boolean {
    const { uid, name } = job.metadata
    try {
      const left = this.#context.client.delete(jobs, job.metadata, {
        propagationPolicy: 'Background',
        preconditions: { uid },
      })
      if (left === undefined) this.#jobs.removed(job)
      else this.#jobs.wrote(left)
      this.#event(cron, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`)
      return true
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      if (!isNotFound(error)) this.#event(cron, 'Warning', 'FailedDelete', `Deleted job: ${error.message}`)
      return false
    }
  }

  #writeStatus(cron: CronJob, status: CronJobStatus): void {
    if (semanticEqual(cron.status, status)) return
    const live = this.#context.client.find(cronJobs, cron.metadata)
    if (live?.metadata.uid !== cron.metadata.uid) return
    this.#crons.wrote(this.#context.client.update(cronJobs, { ...live, status }, { subresource: 'status' }))
  }

  #event(cron: CronJob, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.event(cron, type, reason, message)
  }
}

/** `Mon, 02 Jan 2006 15:04:05 +0000` */
function rfc1123(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000')
}
