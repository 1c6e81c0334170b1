// Where a load's requests ended up, in the words of its log. Thousands of answers come from the same few places: what is said of a place
// is said once.

import { type Flow, lastLeg } from '../fabric/flow.ts'
import type { LoadRequest } from './load-request.ts'

/** What the log says of an answered request beside its times. */
type Answer = Pick<LoadRequest, 'endpoint' | 'receiver' | 'why'> & { readonly status: number }

interface Known {
  readonly destination: string
  readonly destinationPort: number
  readonly answer: Answer
}

export class LoadAnswers {
  readonly #last = new Map<string, Known>()

  /** @param flow of the request that was answered with `status` */
  of(flow: Flow, status: number): Answer {
    const { delivered, receiver } = lastLeg(flow)
    if (delivered === undefined || receiver === undefined) return answerOf(flow, status)
    const { destination, destinationPort } = delivered
    const last = this.#last.get(receiver)
    if (
      last !== undefined &&
      last.answer.status === status &&
      last.destination === destination &&
      last.destinationPort === destinationPort
    )
      return last.answer
    const answer = answerOf(flow, status)
    this.#last.set(receiver, { destination, destinationPort, answer })
    return answer
  }
}

function answerOf(flow: Flow, status: number): Answer {
  const receiver = receiverOf(flow)
  return { endpoint: endpointOf(flow), receiver, why: `${receiver ?? 'somebody'} answered ${status}`, status }
}

/** Where the rules led it, arrived or not; undefined when they led it nowhere, or when that is unknown without flow traces. */
export function endpointOf(flow: Flow): string | undefined {
  const { delivered, steps } = lastLeg(flow)
  if (delivered !== undefined) return `${delivered.destination}:${delivered.destinationPort}`
  for (const { what } of steps) {
    const translated = /(?:--to-destination|\bto) (\S+:\d+)/.exec(what)?.[1]
    if (translated !== undefined) return translated
  }
  return undefined
}

export function receiverOf(flow: Flow): string | undefined {
  return lastLeg(flow).receiver?.replace(/^pod\//, '')
}
