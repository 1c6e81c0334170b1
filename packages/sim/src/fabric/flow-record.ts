// The steps of a packet's way while it goes, each with where it was. Most are never read: the steps people see, and the texts of
// rules in them, are made when somebody does.

import type { Trace } from '@podwire/proxy'
import type { FlowStep } from './flow.ts'

export class FlowRecord {
  /** What a host's hooks write to; `at` says where that was. */
  readonly trace: Trace = []
  #placed = 0
  #steps: readonly FlowStep[] | undefined

  add(place: string, at: string, what: string): void {
    this.trace.push({ at, what, place })
  }

  /** What was written since the last step happened here. */
  at(place: string): void {
    for (; this.#placed < this.trace.length; this.#placed++) {
      const step = this.trace[this.#placed]
      if (step !== undefined) step.place ??= place
    }
  }

  steps(): readonly FlowStep[] {
    if (this.#steps?.length !== this.trace.length) {
      this.#steps = this.trace.map(stepOf)
    }
    return this.#steps ?? []
  }
}

function stepOf({ place = '', at, what, hook, branch, conntrack, rewrite }: Trace[number]): FlowStep {
  return {
    place,
    at,
    what,
    ...(hook !== undefined && { hook }),
    ...(branch !== undefined && { branch }),
    ...(conntrack !== undefined && { conntrack }),
    ...(rewrite !== undefined && { rewrite }),
  }
}
