// What became of a load: how many requests were answered, by whom and how fast, and of each lost one where it went and why nobody was
// there. As text, as data, and lost ones explained in groups.

import type { Microseconds } from '@podwire/engine'
import { LatencyHistogram } from './latency-histogram.ts'
import { LOAD_OUTCOMES, type LoadOutcome, type LoadRequest } from './load-request.ts'

export interface LostRequest {
  readonly sentUs: Microseconds
  readonly outcome: LoadOutcome
  /** As errno spells it (ECONNREFUSED, ETIMEDOUT …), `empty-reply`, or `HTTP 503`. */
  readonly code: string
  /** The node whose rules the request met; undefined: it came from outside. */
  readonly node: string | undefined
  /** Where the rules led it: `10.244.1.5:80`. */
  readonly endpoint: string | undefined
  /** Whose address that was: `default/web-0`. */
  readonly pod: string | undefined
  /** What stopped it, in the words of its flow or of its resolver; empty when that is not known without flow traces. */
  readonly stopped: string
  /** When that pod's container was told to stop. */
  readonly signalledUs: Microseconds | undefined
  /** Did EndpointSlices still call it ready when the request failed? */
  readonly readyInSlices: boolean
  /** When the node's rules left the endpoint out, to the millisecond; undefined: not while anybody looked. */
  readonly syncedUs: Microseconds | undefined
  /** All of it in one sentence. */
  readonly sentence: string
}

type Told = Omit<LostRequest, 'sentence'>

export class LoadReport {
  readonly requests: number
  /** With a status below 500. */
  readonly answered: number
  readonly lost: readonly LostRequest[]
  /** Every request, in the order they were sent. */
  readonly log: readonly LoadRequest[]

  /** The cluster's seed. */
  readonly seed: number

  constructor(seed: number, log: readonly LoadRequest[], lost: readonly Told[]) {
    this.seed = seed
    this.log = log
    this.requests = log.length
    this.answered = log.length - lost.length
    this.lost = lost.map((one) => ({ ...one, sentence: sentenceOf(one) }))
  }

  /** How many there were of each outcome; those there were none of are left out. */
  get outcomes(): ReadonlyMap<LoadOutcome, number> {
    const counts = new Map<LoadOutcome, number>()
    for (const outcome of LOAD_OUTCOMES) {
      const count = this.log.filter((one) => one.outcome === outcome).length
      if (count > 0) counts.set(outcome, count)
    }
    return counts
  }

  /** Answers by who gave them: `default/web-0`, `node/node-1`. */
  get receivers(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { status, receiver = 'nobody' } of this.log) {
      if (status !== undefined) counts.set(receiver, (counts.get(receiver) ?? 0) + 1)
    }
    return counts
  }

  /** Of answered requests. */
  get latency(): LatencyHistogram {
    return new LatencyHistogram(this.log.filter(({ status }) => status !== undefined).map(({ latencyUs }) => latencyUs))
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
    const lines = [...groups].flatMap(([why, group]) => [`  ${why}:`, ...group.map((lost) => `    ${whenLost(lost)}`)])
    return [head, ...lines].map((line) => `${line}\n`).join('')
  }

  /** A table: outcomes, who answered, how fast. */
  toText(): string {
    const { latency } = this
    const counts = (title: string, rows: ReadonlyMap<string, number>): string[] => [
      title,
      ...[...rows].map(([name, count]) => `  ${name.padEnd(WIDTH)}${String(count).padStart(8)}`),
    ]
    const percentiles = PERCENTILES.map((percent) => `p${percent} ${ms(latency.percentileMs(percent))}`).join('  ')
    const most = Math.max(1, ...latency.buckets().map(({ count }) => count))
    const bars = latency
      .buckets()
      .map(({ upToMs, count }) =>
        `  ≤ ${ms(upToMs).padEnd(WIDTH - 2)}${String(count).padStart(8)}  ${bar(count / most)}`.trimEnd(),
      )
    return [
      `${this.requests} requests, ${this.answered} answered, ${this.lost.length} lost`,
      ...counts('outcomes', this.outcomes),
      ...counts('answered by', this.receivers),
      ...(latency.count === 0 ? [] : [`latency  ${percentiles}`, ...bars]),
    ]
      .map((line) => `${line}\n`)
      .join('')
  }

  toJSON(): object {
    const { latency } = this
    return {
      requests: this.requests,
      answered: this.answered,
      outcomes: Object.fromEntries(this.outcomes),
      receivers: Object.fromEntries(this.receivers),
      latencyMs: {
        mean: latency.meanMs,
        ...Object.fromEntries(PERCENTILES.map((percent) => [`p${percent}`, latency.percentileMs(percent)])),
        buckets: latency.buckets(),
      },
      lost: this.lost,
    }
  }
}

const PERCENTILES = [50, 90, 99, 100] as const
const WIDTH = 36
const BAR = 24

const ms = (milliseconds: number): string => `${Number(milliseconds.toFixed(3))}ms`
const bar = (share: number): string => '#'.repeat(Math.ceil(share * BAR))
const seconds = (timeUs: Microseconds): string => `${(timeUs / 1_000_000).toFixed(3)}s`

function sentenceOf(lost: Told): string {
  return `${whenLost(lost)}: ${reasonOf(lost)}`
}

function reasonOf({ node, endpoint, pod, stopped, signalledUs, syncedUs }: Told): string {
  if (endpoint === undefined) return stopped === '' ? 'no rule led to a pod' : stopped
  const who = pod ?? 'a pod that was gone'
  const way = `${node === undefined ? 'they were led' : `the rules of ${node} led`} to ${endpoint} (${who})`
  if (signalledUs === undefined) return stopped === '' ? way : `${way}; ${stopped}`
  const told = `${way}, told to stop at ${seconds(signalledUs)}`
  return syncedUs === undefined || syncedUs < signalledUs
    ? told
    : `${told}, ${seconds(syncedUs - signalledUs)} before those rules were synced`
}

function whenLost({ sentUs, code, signalledUs, readyInSlices }: Told): string {
  const since =
    signalledUs === undefined || signalledUs > sentUs ? '' : `, ${seconds(sentUs - signalledUs)} after the signal`
  return `${seconds(sentUs)} ${code}${since}${readyInSlices ? ', still in the EndpointSlices' : ''}`
}
