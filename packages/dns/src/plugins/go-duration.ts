// Durations as Go reads them in a Corefile.

import { goDurationProblem, parseDuration, type Microseconds } from '@podwire/engine'

const GO_DURATION = /^(\d+(\.\d+)?(h|ms|m|s|us|µs))+$/

/** Microseconds; undefined when it is no duration. A bare 0 is one. */
export function goDuration(text: string): Microseconds | undefined {
  if (text === '0') return 0
  return GO_DURATION.test(text) ? parseDuration(text) : undefined
}

/** Go's words for what is none. */
export function durationProblem(text: string): string {
  return goDurationProblem(text) ?? `time: invalid duration "${text}"`
}
