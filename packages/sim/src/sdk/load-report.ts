// What became of a steady load: how many requests were answered, and of each lost one where it went and why nobody was there.

import type { Microseconds } from '@podwire/engine'

export interface LostRequest {
  readonly sentUs: Microseconds
  /** As errno spells it (ECONNREFUSED, ETIMEDOUT …), `empty-reply`, or `HTTP 503`. */
  readonly code: string
  /** The node whose rules the request met; undefined: it came from outside. */
  readonly node: string | undefined
  /** Where the rules led it: `10.244.1.5:80`. */
  readonly endpoint: string | undefined
  /** Whose address that was: `default/web-0`. */
  readonly pod: string | undefined
  /** When that pod's container was told to stop. */
  readonly signalledUs: Microseconds | undefined
  /** Did EndpointSlices still call it ready when the request failed? */
  readonly readyInSlices: boolean
  /** When the node's rules left the endpoint out, to the millisecond; undefined: not while anybody looked. */
  readonly syncedUs: Microseconds | undefined
}

export class LoadReport {
  readonly requests: number
  /** With a status below 500. */
  readonly answered: number
  readonly lost: readonly LostRequest[]

  constructor(requests: number, answered: number, lost: readonly LostRequest[]) {
    this.requests = requests
    this.answered = answered
    this.lost = lost
  }

  /** What happened in all, and for each pod that requests were lost at, why and which ones. */
  explain(): string {
    const head = `${this.requests} requests, ${this.answered} answered, ${this.lost.length} lost`
    const groups = new Map<string, LostRequest[]>()
    for (const lost of this.lost) {
      const why = reasonOf(lost)
      const group = groups.get(why)
      if (group === undefined) groups.set(why, [lost])
      else group.push(lost)
    }
    const lines = [...groups].flatMap(([why, group]) => [`  ${why}:`, ...group.map(whenLost)])
    return [head, ...lines].map((line) => `${line}\n`).join('')
  }
}

const seconds = (timeUs: Microseconds): string => `${(timeUs / 1_000_000).toFixed(3)}s`

function reasonOf({ node, endpoint, pod, signalledUs, syncedUs }: LostRequest): string {
  if (endpoint === undefined) return 'no rule led to a pod'
  const who = pod ?? 'a pod that was gone'
  const way = `${node === undefined ? 'they were led' : `the rules of ${node} led`} to ${endpoint} (${who})`
  if (signalledUs === undefined) return way
  const told = `${way}, told to stop at ${seconds(signalledUs)}`
  return syncedUs === undefined || syncedUs < signalledUs
    ? told
    : `${told}, ${seconds(syncedUs - signalledUs)} before those rules were synced`
}

function whenLost({ sentUs, code, signalledUs, readyInSlices }: LostRequest): string {
  const since =
    signalledUs === undefined || signalledUs > sentUs ? '' : `, ${seconds(sentUs - signalledUs)} after the signal`
  return `    ${seconds(sentUs)} ${code}${since}${readyInSlices ? ', still in the EndpointSlices' : ''}`
}
