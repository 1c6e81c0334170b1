// One fault: something that is broken from its start to its end. Both are events on the bus, so that they are in the trace and in its
// hash. Written with `using`, a fault ends with the block it is declared in.

import { topic, type Duration, type Microseconds } from '@podwire/engine'

/** What a fault is and whom it meets, as data. */
export interface FaultEvent {
  /** 1 for the first fault of a cluster. */
  readonly number: number
  /** `nodeCrash`, `partition` … as the calls of `cluster.faults` are named. */
  readonly kind: string
  /** `node-2`; `node-2 | node-1, external` */
  readonly target: string
}

export const faultStarted = topic<FaultEvent>('fault.started', (digest, { number, kind, target }) => {
  digest.number(number)
  digest.text(kind)
  digest.text(target)
})

export const faultEnded = topic<FaultEvent>('fault.ended', (digest, { number, kind, target }) => {
  digest.number(number)
  digest.text(kind)
  digest.text(target)
})

export interface FaultOptions {
  /** How long it lasts, in virtual time; default until it is ended. */
  readonly for?: Duration
}

/** A fault under way, or over. */
export interface Fault extends Disposable {
  readonly number: number
  readonly kind: string
  readonly target: string
  readonly startedUs: Microseconds
  readonly active: boolean
  /** Repairs what was broken. A fault that is over stays over. */
  end(): void
}
