// A moment of a cluster to come back to: the inputs that led there, what the run's hash was, and the objects of the API server,
// which can be read at once. Taking one costs no more than a few pointers, however large the cluster is.

import type { Client } from '@podwire/apiserver'
import { type EventMarks, formatDuration, type Microseconds } from '@podwire/engine'
import type { Input, Moment } from './journal.ts'
import type { Origin } from './live-run.ts'

/** For timelines: what a snapshot is made of. */
export interface SnapshotParts {
  readonly origin: Origin
  readonly last: Input | undefined
  readonly moment: Moment
  readonly marks: EventMarks
  readonly reader: Pick<Client, 'find' | 'get' | 'list'>
  readonly nodeNames: readonly string[]
}

export class Snapshot {
  /** For timelines. */
  readonly parts: SnapshotParts

  constructor(parts: SnapshotParts) {
    this.parts = parts
  }

  /** Reads API objects as they were: `snapshot.client.list(pods)`. */
  get client(): Pick<Client, 'find' | 'get' | 'list'> {
    return this.parts.reader
  }

  /** The cluster's trace hash at this moment. */
  get traceHash(): string {
    return this.parts.moment.hash
  }

  get timeUs(): Microseconds {
    return this.parts.moment.timeUs
  }

  /** Virtual time since the cluster's start, as Go prints durations. */
  get age(): string {
    return formatDuration(this.timeUs)
  }
}
