// What a virtual or real server has carried: totals (`ipvsadm --stats`) and rates (`--rate`), the kernel's running averages. The
// kernel's estimator looks every two seconds and moves a quarter of the way; here the looks that passed are made up for when
// somebody asks. Source: Linux net/netfilter/ipvs/ip_vs_est.c.

import { SECOND, type Microseconds } from '@podwire/engine'

/** Connections, packets in and out, bytes in and out. */
export type Figures = readonly [conns: number, inPkts: number, outPkts: number, inBytes: number, outBytes: number]

const LOOK_US = 2 * SECOND
/** After this many looks without traffic a rate is nothing, whatever it was. */
const LOOKS_TO_NOTHING = 150
// Fixed point as the kernel keeps it: packets and connections shifted by 10 bits, bytes by 5.
const SHIFTS = [10, 10, 10, 5, 5] as const

const NOTHING: readonly number[] = [0, 0, 0, 0, 0]

/** What is to be added to the totals. */
export interface Load {
  readonly conns: number
  readonly inPkts: number
  readonly outPkts: number
  readonly inBytes: number
  readonly outBytes: number
}

/** When the estimator looks next. */
export const nextLookUs = (nowUs: Microseconds): Microseconds => (Math.floor(nowUs / LOOK_US) + 1) * LOOK_US

/** What a first packet does not touch. */
interface Rest {
  outPkts: number
  outBytes: number
  /** As of the kernel's last look. */
  totals: readonly number[]
  rate: readonly number[]
}

export class Traffic {
  // Fields of their own, and few: a first packet finds all of them in one place.
  #conns = 0
  #inPkts = 0
  #inBytes = 0
  #lastLook = 0
  /** Undefined: nothing yet. */
  #rest: Rest | undefined = undefined

  carry({ conns, inPkts, outPkts, inBytes, outBytes }: Load, nowUs: Microseconds): void {
    this.#look(nowUs)
    this.#conns += conns
    this.#inPkts += inPkts
    this.#inBytes += inBytes
    if (outPkts === 0) return
    const rest = this.#writable()
    rest.outPkts += outPkts
    rest.outBytes += outBytes
  }

  totals(): Figures {
    return [this.#conns, this.#inPkts, this.#rest?.outPkts ?? 0, this.#inBytes, this.#rest?.outBytes ?? 0]
  }

  /** A second's worth of each. */
  rates(nowUs: Microseconds): Figures {
    this.#look(nowUs)
    return figures(
      (this.#rest?.rate ?? NOTHING).map((rate, i) =>
        Math.floor((rate + 2 ** ((SHIFTS[i] ?? 0) - 1) - 1) / 2 ** (SHIFTS[i] ?? 0)),
      ),
    )
  }

  /** `ipvsadm -Z` */
  zero(): void {
    this.#conns = 0
    this.#inPkts = 0
    this.#inBytes = 0
    this.#rest = undefined
  }

  #writable(): Rest {
    return (this.#rest ??= { outPkts: 0, outBytes: 0, totals: NOTHING, rate: NOTHING })
  }

  #look(nowUs: Microseconds): void {
    const look = Math.floor(nowUs / LOOK_US)
    if (look === this.#lastLook) return
    if (this.#conns + this.#inPkts === 0 && this.#rest === undefined) {
      this.#lastLook = look
      return
    }
    const totals = this.totals()
    const rest = this.#writable()
    const before = rest.totals
    const passed = Math.min(look - this.#lastLook, LOOKS_TO_NOTHING)
    this.#lastLook = look
    let { rate } = rest
    for (let i = 0; i < passed; i++) {
      // What has come to rest stays there.
      if (i > 0 && rate.every((figure) => figure === 0)) break
      rate = rate.map((average, figure) => {
        // Only the first of the looks saw anything. Halved: a look comes every two seconds.
        const seen = i === 0 ? (totals[figure] ?? 0) - (before[figure] ?? 0) : 0
        const present = seen * 2 ** ((SHIFTS[figure] ?? 0) - 1)
        return average + Math.floor((present - average) / 4)
      })
    }
    rest.totals = totals
    rest.rate = rate
  }
}

function figures([conns = 0, inPkts = 0, outPkts = 0, inBytes = 0, outBytes = 0]: readonly number[]): Figures {
  return [conns, inPkts, outPkts, inBytes, outBytes]
}
