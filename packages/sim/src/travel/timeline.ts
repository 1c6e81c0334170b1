// The life of one cluster as a user holds it: its inputs, and the run they have led to. It gives inputs and writes them down, takes
// snapshots, goes back, forks, and runs a fork up to its moment when it is first needed.

import { shown } from '../arguments/shape.ts'
import { formatDuration, parseDuration, type Microseconds, PodwireError, type Duration } from '@podwire/engine'
import type { Cluster } from '../sdk/cluster.ts'
import type { ClusterOptions } from '../sdk/options.ts'
import { fromJournal, toJournal } from './input-data.ts'
import { cutAt, type Input, inputsUpTo, type Moment } from './journal.ts'
import { LiveRun, type Origin } from './live-run.ts'
import { NotYet, pastCluster } from './past-view.ts'
import { replay } from './replay.ts'
import { saveCluster } from './saved-cluster.ts'
import { Snapshot } from './snapshot.ts'
import { standIn, type Calls } from './stand-in.ts'
import type { InputMember } from './surface.ts'
import { CLUSTER, describeTarget, findTarget, functionOf, type Target, type Whereabouts } from './target.ts'

/** Where a run that is not there yet has to arrive. */
export interface Destination {
  readonly last: Input | undefined
  /** undefined: at a time, where nobody looked. */
  readonly moment: Moment | undefined
  readonly marks: LiveRun['marks'] | undefined
  /** What is known of it before it has run. */
  readonly snapshot: Snapshot | undefined
}

export class Timeline implements Calls {
  readonly cluster: Cluster
  readonly #origin: Origin
  #last: Input | undefined
  #run: LiveRun | undefined
  #destination: Destination | undefined
  #past: Whereabouts | undefined
  #arriving: Promise<LiveRun> | undefined
  /** Inputs given to a fork before it ran. */
  #waiting: (() => void)[] = []
  /** Calls whose promise is not settled yet. */
  #moving = 0
  #closed = false
  /** What happened that the journal cannot repeat. */
  #unrecorded: string | undefined

  constructor(origin: Origin, destination?: Destination) {
    this.#origin = origin
    this.#last = destination?.last
    this.#destination = destination
    this.cluster = standIn(this, 'cluster', CLUSTER) as Cluster
  }

  /** Boots a new cluster. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const timeline = new Timeline({ options })
    timeline.#run = new LiveRun(timeline.#origin)
    try {
      await timeline.cluster.settle()
    } catch (error) {
      timeline.#run.stop()
      throw error
    }
    return timeline.cluster
  }

  give(target: Target, name: string, member: InputMember, args: readonly unknown[]): unknown {
    this.#checkOpen(`${describeTarget(target)}.${name}()`)
    const run = this.#run
    if (run !== undefined) return this.#give(run, target, name, member, args)
    switch (member.returns) {
      case 'promise':
        return this.ready().then(() => this.give(target, name, member, args))
      case 'nothing':
        this.#waiting.push(() => void this.give(target, name, member, args))
        return undefined
      case 'value':
        throw new NotYet()
    }
  }

  set(target: Target, name: string, value: unknown): void {
    const call = `set ${name}`
    if (this.#run === undefined) this.#waiting.push(() => this.set(target, name, value))
    else {
      const owner = findTarget(target, this.#run)
      if (Reflect.get(owner, name, owner) === value) return
      this.#note(this.#run, target, call, [value])
      Reflect.set(owner, name, value, owner)
    }
  }

  look(target: Target): object {
    if (this.#run !== undefined) return findTarget(target, this.#run)
    const snapshot = this.#destination?.snapshot
    if (snapshot === undefined || this.#waiting.length > 0) throw new NotYet()
    this.#past ??= { cluster: pastCluster(snapshot), results: new Map() }
    return findTarget(target, this.#past)
  }

  unknown(target: Target, name: string): void {
    this.#checkOpen(`${describeTarget(target)}.${name}()`)
    this.#unrecorded ??= `${describeTarget(target)}.${name}() was called, which no journal records`
  }

  travel(name: string, args: readonly unknown[]): unknown {
    const [first] = args
    switch (name) {
      case 'stop':
        return this.#stop()
      case 'ready':
        return this.ready().then(() => this.cluster)
      case 'snapshot':
        return this.snapshot()
      case 'fork':
        return this.#fork(first as Snapshot | Duration | undefined)
      case 'rewind':
        return this.#rewind(first as Snapshot | Duration)
      default:
        return this.#save(first as string)
    }
  }

  /** The run, up to its moment. */
  async ready(): Promise<LiveRun> {
    this.#checkOpen('the cluster')
    if (this.#run !== undefined) return this.#run
    this.#arriving ??= this.#arrive().finally(() => {
      this.#arriving = undefined
    })
    return this.#arriving
  }

  snapshot(): Snapshot {
    this.#checkAtRest('take a snapshot')
    const run = this.#run
    if (run === undefined) {
      const known = this.#destination?.snapshot
      if (known === undefined || this.#waiting.length > 0) throw new NotYet()
      return known
    }
    const { composition } = run.cluster
    return new Snapshot({
      origin: this.#origin,
      last: this.#last,
      moment: run.moment,
      marks: run.marks,
      reader: composition.server.reader(composition.server.snapshot()),
      nodeNames: [...composition.nodes.names],
    })
  }

  #give(run: LiveRun, target: Target, name: string, member: InputMember, args: readonly unknown[]): unknown {
    const owner = findTarget(target, run)
    const { call, keep } = member.prepare?.(args) ?? { call: args, keep: args }
    const kept = toJournal(keep)
    const number = this.#note(run, target, name, kept)
    // What is kept is what is given, so that nothing changes it in between; a call of its own kind gets its own.
    const result = Reflect.apply(functionOf(owner, name), owner, call === keep ? fromJournal(kept, run) : call)
    if (!(result instanceof Promise)) return this.#answer(run, number, member, result)
    this.#moving++
    return result
      .finally(() => {
        this.#moving--
      })
      .then((value: unknown) => this.#answer(run, number, member, value))
  }

  #answer(run: LiveRun, number: number, { gives }: InputMember, value: unknown): unknown {
    if (gives === undefined || typeof value !== 'object' || value === null) return value
    run.results.set(number, value)
    return standIn(this, gives, { by: 'result', input: number })
  }

  #note(run: LiveRun, on: Target, call: string, args: readonly unknown[]): number {
    if (run.driver.inTask) this.#unrecorded ??= `${describeTarget(on)}.${call} was called from within the simulation`
    const number = (this.#last?.number ?? 0) + 1
    const whileMoving = this.#moving > 0
    this.#last = { number, previous: this.#last, on, call, args, moment: run.moment, whileMoving }
    return number
  }

  async #arrive(): Promise<LiveRun> {
    const { last, moment, marks } = this.#destination ?? {}
    const run = new LiveRun(this.#origin, marks)
    try {
      await replay(run, inputsUpTo(last), moment)
    } catch (error) {
      run.stop()
      throw error
    }
    if (this.#closed) {
      run.stop()
      this.#checkOpen('the cluster')
    }
    run.arrived()
    this.#run = run
    this.#last = last
    this.#past = undefined
    for (const give of this.#waiting.splice(0)) give()
    return run
  }

  #fork(at: Snapshot | Duration | undefined): Cluster {
    this.#checkRepeatable('fork the cluster')
    return new Timeline(this.#origin, this.#destinationOf('fork the cluster', at ?? this.snapshot())).cluster
  }

  async #rewind(to: Snapshot | Duration): Promise<void> {
    this.#checkRepeatable('rewind the cluster')
    this.#checkAtRest('rewind the cluster')
    this.#destination = this.#destinationOf('rewind the cluster', to)
    this.#run?.stop()
    this.#run = undefined
    this.#past = undefined
    this.#waiting = []
    await this.ready()
  }

  #destinationOf(action: string, to: Snapshot | Duration): Destination {
    if (to instanceof Snapshot) {
      const { origin, last, moment, marks } = to.parts
      if (origin === this.#origin) return { last, moment, marks, snapshot: to }
      throw new PodwireError(
        action,
        'the snapshot is of another cluster',
        'Take one of this cluster, or of a fork of it.',
      )
    }
    const timeUs = timeOf(action, to)
    const run = this.#run
    if (run === undefined) throw new NotYet()
    if (timeUs > run.moment.timeUs) {
      throw new PodwireError(
        action,
        `${formatDuration(timeUs)} has not come yet: it is ${formatDuration(run.moment.timeUs)}`,
        'Use advance() to move time forward.',
      )
    }
    return { last: cutAt(this.#last, timeUs), moment: undefined, marks: run.marks, snapshot: undefined }
  }

  async #save(path: string): Promise<void> {
    this.#checkRepeatable('save the cluster')
    if (typeof path !== 'string' || path === '') {
      throw new PodwireError('save the cluster', `${shown(path)} is no path`, "Say cluster.save('case.json').")
    }
    const { last, moment } = this.snapshot().parts
    await saveCluster(path, { options: this.#origin.options, inputs: inputsUpTo(last), moment })
  }

  async #stop(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#run?.stop()
  }

  #checkOpen(what: string): void {
    if (!this.#closed) return
    throw new PodwireError(
      `use ${what}`,
      'the cluster was stopped',
      'Create another one, or fork it before it is stopped.',
    )
  }

  #checkAtRest(action: string): void {
    this.#checkOpen('the cluster')
    if (this.#moving === 0) return
    throw new PodwireError(action, 'time is moving', 'Await the call before this one.')
  }

  #checkRepeatable(action: string): void {
    this.#checkAtRest(action)
    if (this.#unrecorded === undefined) return
    throw new PodwireError(
      action,
      this.#unrecorded,
      'Give inputs by calls of the cluster, between the calls that move time.',
    )
  }
}

function timeOf(action: string, to: Duration): Microseconds {
  try {
    return parseDuration(to)
  } catch {
    const reason = `${shown(to)} is neither a snapshot nor a time`
    throw new PodwireError(action, reason, "Give cluster.snapshot(), or a virtual time such as '30s'.")
  }
}

/** Takes a cluster up where it was saved. */
export async function resume(options: ClusterOptions, destination: Destination): Promise<Cluster> {
  const timeline = new Timeline({ options }, destination)
  await timeline.ready()
  return timeline.cluster
}
