// A run that exists: a cluster made of its options, the driver that moves its time, and the record by which it is compared with an
// earlier run of the same inputs.

import {
  type BusRecord,
  type Divergence,
  EventMarks,
  PodwireError,
  formatDuration,
  VirtualTimeDriver,
} from '@podwire/engine'
import { Cluster } from '../sdk/cluster.ts'
import { invariants, InvariantWatch } from '../invariants/index.ts'
import { composeCluster } from '../sdk/composition.ts'
import type { ClusterOptions } from '../sdk/options.ts'
import type { Moment } from './journal.ts'
import type { Whereabouts } from './target.ts'

/** What all runs that have grown out of one start have in common. */
export interface Origin {
  readonly options: ClusterOptions
}

export class LiveRun implements Whereabouts {
  readonly cluster: Cluster
  readonly driver: VirtualTimeDriver
  readonly marks = new EventMarks()
  readonly results = new Map<number, object>()
  divergence: Divergence | undefined
  readonly #record: BusRecord

  /** @param expected marks of the run that this one repeats */
  constructor({ options }: Origin, expected?: EventMarks) {
    this.#record = {
      marks: this.marks,
      expected,
      onDivergence: (divergence) => {
        this.divergence = divergence
        // While it is put together there is no driver to stop yet.
        this.cluster?.engine.fail(diverged(divergence))
      },
    }
    const composition = composeCluster({ ...options, record: this.#record })
    this.driver = new VirtualTimeDriver(composition.engine)
    this.cluster = new Cluster(composition, this.driver)
    const { invariants: chosen = false } = options
    if (chosen === false) return
    const watch = new InvariantWatch(this.cluster, chosen === true ? invariants : chosen)
    const onSettled = (): void => watch.check()
    this.cluster.onSettled = onSettled
  }

  get moment(): Moment {
    const { bus, clock } = this.cluster.engine
    return { timeUs: clock.now(), turns: this.driver.turns, events: bus.count, hash: bus.hash() }
  }

  /** It has caught up: from here on it is compared with nothing. */
  arrived(): void {
    this.#record.expected = undefined
  }

  stop(): void {
    this.cluster.composition.stop()
  }
}

const REMEDY =
  "A program may take time or randomness from the host, or keep state outside its container: createCluster({ guard: 'throw' }) names it."

export function diverged({ number, timeUs, text }: Divergence): PodwireError {
  return new PodwireError(
    'run the cluster up to its moment again',
    `event ${number}, at ${formatDuration(timeUs)}, is not what it was the first time; it is now "${text}"`,
    REMEDY,
  )
}

/** @param where names the place in the run */
export function otherMoment(where: string, now: Moment, then: Moment): PodwireError {
  return new PodwireError(
    'run the cluster up to its moment again',
    `${where} the run had ${then.events} events and the trace hash ${then.hash} the first time, and has ${now.events} and ${now.hash} now`,
    REMEDY,
  )
}
