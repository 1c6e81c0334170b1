// One request of a load: what came of it, from whom, how long it took. Of those that are lost also the way and what is known of why.

import type { Microseconds } from '@podwire/engine'

/** `4xx` is an answer like any other; everything after it is a lost request. */
export const LOAD_OUTCOMES = ['ok', '4xx', '5xx', 'refused', 'reset', 'timeout', 'unreachable', 'dns', 'other'] as const
export type LoadOutcome = (typeof LOAD_OUTCOMES)[number]

export interface LoadRequest {
  readonly sentUs: Microseconds
  readonly outcome: LoadOutcome
  /** Undefined when there was no HTTP answer. */
  readonly status: number | undefined
  /** Where the rules led it: `10.244.1.5:80`; undefined: nowhere, or it was never sent. */
  readonly endpoint: string | undefined
  /** Who that was: `default/web-0`, `node/node-1`. */
  readonly receiver: string | undefined
  readonly latencyUs: Microseconds
  /** In one sentence: who answered, or why nobody did. */
  readonly why: string
}

const OUTCOMES: Readonly<Record<string, LoadOutcome>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  'empty-reply': 'reset',
  'cut-off': 'reset',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
}

/** @param code as errno spells it, or an HttpError's reason */
export function outcomeOfCode(code: string): LoadOutcome {
  return OUTCOMES[code] ?? 'other'
}

export function outcomeOfStatus(status: number): LoadOutcome {
  return status >= 500 ? '5xx' : status >= 400 ? '4xx' : 'ok'
}
