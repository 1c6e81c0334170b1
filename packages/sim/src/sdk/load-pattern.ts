// When a load generator sends: at a steady rate, at one that rises or falls, or as clients who each wait for an answer, think, and
// ask again (a closed loop). Pure arithmetic on virtual time.

import { parseDuration, PodwireError, SECOND, MILLISECOND, type Duration, type Microseconds } from '@podwire/engine'

export interface LoadPatternOptions {
  /** Steady: milliseconds from one request to the next; default 10. */
  readonly everyMs?: number
  /** Steady: requests a second. */
  readonly rate?: number
  /** The rate goes evenly from one to the other over this time, and stays there. Requests a second. */
  readonly ramp?: { readonly from: number; readonly to: number; readonly over: Duration }
  /** Closed loop: so many clients, each with one request at a time. */
  readonly clients?: number
  /** Closed loop: how long a client waits after an answer, milliseconds; default 0. */
  readonly thinkMs?: number
}

export type LoadPattern =
  /** When request number `count` (from 0) is due, from the start; undefined: never. */
  | { readonly kind: 'open'; readonly dueUs: (count: number) => Microseconds | undefined }
  | { readonly kind: 'closed'; readonly clients: number; readonly thinkUs: Microseconds }

const ACTION = 'start a load'

/** @throws PodwireError for several patterns at once, and for numbers that are none */
export function readPattern(options: LoadPatternOptions): LoadPattern {
  const { everyMs, rate, ramp, clients, thinkMs } = options
  const given = Object.entries({ everyMs, rate, ramp, clients }).filter(([, value]) => value !== undefined)
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(' and ')
    throw new PodwireError(ACTION, `it has ${names}`, 'Give one of everyMs, rate, ramp and clients.')
  }
  if (thinkMs !== undefined && clients === undefined) {
    throw new PodwireError(ACTION, 'it has thinkMs and no clients', 'Give clients, who think.')
  }
  if (clients !== undefined) return closedLoop(clients, thinkMs ?? 0)
  if (ramp !== undefined) return rising(ramp.from, ramp.to, ramp.over)
  if (rate !== undefined) return steady(SECOND / positive('rate', rate))
  return steady(positive('everyMs', everyMs ?? 10) * MILLISECOND)
}

function steady(everyUs: number): LoadPattern {
  return { kind: 'open', dueUs: (count) => Math.round(count * everyUs) }
}

function closedLoop(clients: number, thinkMs: number): LoadPattern {
  if (!Number.isInteger(clients) || clients < 1) {
    throw new PodwireError(ACTION, `clients is ${clients}`, 'Give a whole number from 1.')
  }
  if (!(thinkMs >= 0)) throw new PodwireError(ACTION, `thinkMs is ${thinkMs}`, 'Give 0 or more.')
  return { kind: 'closed', clients, thinkUs: Math.round(thinkMs * MILLISECOND) }
}

/** The rate is a line, so that what was sent by a time is its area: request n is due when the area is n. */
function rising(from: number, to: number, over: Duration): LoadPattern {
  const seconds = parseDuration(over) / SECOND
  if (!(from >= 0 && to >= 0 && from + to > 0) || seconds === 0) {
    const said = `ramp goes from ${from} to ${to} over ${over}`
    throw new PodwireError(
      ACTION,
      said,
      `Give rates that are not both 0, and a time: { from: 10, to: 100, over: '30s' }.`,
    )
  }
  const half = (to - from) / (2 * seconds)
  const atTop = ((from + to) / 2) * seconds
  const dueSeconds = (count: number): number | undefined => {
    if (count > atTop) return to === 0 ? undefined : seconds + (count - atTop) / to
    return half === 0 ? count / from : (Math.sqrt(Math.max(0, from * from + 4 * half * count)) - from) / (2 * half)
  }
  return {
    kind: 'open',
    dueUs: (count) => {
      const due = dueSeconds(count)
      return due === undefined ? undefined : Math.round(due * SECOND)
    },
  }
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value
  throw new PodwireError(ACTION, `${name} is ${value}`, 'Give a number above 0.')
}
