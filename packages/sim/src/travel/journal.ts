// The journal of a cluster: every input it was given, in order, each with the moment at which it came. Since everything else follows
// from the seed, the journal is the run. It is a list that grows at one end and shares its past, so that a fork costs nothing.

import type { Microseconds } from '@podwire/engine'
import type { Target } from './target.ts'

/** Where a run stands: equal runs have equal moments. */
export interface Moment {
  readonly timeUs: Microseconds
  /** Of the driver: tasks run and promise chains let run. */
  readonly turns: number
  /** Events published. */
  readonly events: number
  /** The trace hash. */
  readonly hash: string
}

export interface Input {
  /** 1 for the first of a cluster, which is its boot. */
  readonly number: number
  readonly previous: Input | undefined
  /** Who was called. */
  readonly on: Target
  /** The method, or `set NAME`. */
  readonly call: string
  /** As `toJournal` keeps them. */
  readonly args: readonly unknown[]
  readonly moment: Moment
  /** It came while an earlier input still moved time. */
  readonly whileMoving: boolean
  /** Time stops here for good: the input was cut when somebody went back to a time in its middle. */
  readonly untilUs?: Microseconds
}

/** All inputs up to one, oldest first. */
export function inputsUpTo(last: Input | undefined): readonly Input[] {
  const inputs: Input[] = []
  for (let input = last; input !== undefined; input = input.previous) inputs.push(input)
  return inputs.reverse()
}

/** The inputs of a run that is cut at a time: what was given then or later is left out, and what was under way stops there. */
export function cutAt(last: Input | undefined, timeUs: Microseconds): Input | undefined {
  const kept = inputsUpTo(last).filter(({ moment }) => moment.timeUs < timeUs)
  const moving = kept.findLastIndex(({ whileMoving }) => !whileMoving)
  let cut: Input | undefined
  for (const [index, input] of kept.entries()) {
    // The part before the one that is cut is shared.
    cut = index < moving ? input : { ...input, previous: cut, ...(index === moving ? { untilUs: timeUs } : {}) }
  }
  return cut
}
