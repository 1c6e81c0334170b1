// The connection of one component to the API server: calls fail while the server cannot be reached, and watches bring nothing while they
// are cut, late while they are delayed. What a watch missed comes when it is back: reflectors resume from the last version they saw.
// Source: client-go tools/cache/reflector.go (back-off 800 ms to 30 s, doubled, jittered).

import { MILLISECOND, SECOND, type Engine, type Microseconds, type Random, type ScheduledTask } from '@podwire/engine'
import { unreachable } from '../status/errors.ts'
import type { Client, Watch, WatchEvent } from './client.ts'
import { ConnectedClient } from './connected-client.ts'

/** Reflectors wait this long before the second try, twice as long before each further one, up to the longest. */
const FIRST_RETRY: Microseconds = 800 * MILLISECOND
const LONGEST_RETRY: Microseconds = 30 * SECOND

/** What stops a connection; each is counted, so that faults may overlap. */
export type Trouble = 'unreachable' | 'watches-cut'

/**
 * A class, not a literal with functions: V8 makes literals in the old generation where their like lived on so far, and this one sees
 * the whole cluster (docs/decisions.md, "V8's flags").
 */
class OpenWatch implements Watch {
  readonly missed: (() => void)[] = []
  /** When the last delayed event comes: nothing overtakes it. */
  lastUs: Microseconds = 0
  stopped = false
  atServer: Watch | undefined
  readonly #open: Set<OpenWatch>

  constructor(open: Set<OpenWatch>) {
    this.#open = open
  }

  stop(): void {
    this.stopped = true
    this.#open.delete(this)
    this.atServer?.stop()
  }
}

export class ApiConnection {
  /** `kube-scheduler`, `kubelet/node-1` */
  readonly component: string
  /** Where it runs, as traces call places; undefined: with the API server. */
  readonly place: string | undefined
  readonly #engine: Engine
  #random: Random | undefined
  readonly #troubles: Record<Trouble, number> = { unreachable: 0, 'watches-cut': 0 }
  readonly #delays: Microseconds[] = []
  readonly #watches = new Set<OpenWatch>()
  #brokenUs: Microseconds | undefined
  #resuming: ScheduledTask | undefined

  constructor(engine: Engine, component: string, place?: string) {
    this.#engine = engine
    this.component = component
    this.place = place
  }

  get reachable(): boolean {
    return this.#troubles.unreachable === 0
  }

  /** Watches stand and are up to date. */
  get watching(): boolean {
    return this.#brokenUs === undefined
  }

  begin(trouble: Trouble): void {
    this.#troubles[trouble]++
    this.#engine.cancel(this.#resuming)
    this.#brokenUs ??= this.#engine.clock.now()
  }

  end(trouble: Trouble): void {
    this.#troubles[trouble]--
    if (this.#brokenUs === undefined || Object.values(this.#troubles).some((count) => count > 0)) return
    this.#engine.cancel(this.#resuming)
    this.#resuming = this.#engine.schedule(this.#untilRetry(this.#brokenUs), `${this.component}: watch again`, () =>
      this.#resume(),
    )
  }

  /** Watch events come this much later from now on, until the returned function is called. */
  delay(delayUs: Microseconds): () => void {
    this.#delays.push(delayUs)
    return () => {
      this.#delays.splice(this.#delays.indexOf(delayUs), 1)
    }
  }

  /** The same calls, through this connection. */
  connect(client: Client): Client {
    return new ConnectedClient(this, client)
  }

  /** @throws StatusError while the server cannot be reached */
  check(): void {
    if (!this.reachable) throw unreachable()
  }

  /** @param open starts the server's watch */
  watch<T>(open: (tell: (event: WatchEvent<T>) => void) => Watch, onEvent: (event: WatchEvent<T>) => void): Watch {
    const state = new OpenWatch(this.#watches)
    this.#watches.add(state)
    state.atServer = open((event) => {
      if (this.#flows(state)) onEvent(event)
      else this.#arrive(state, () => onEvent(event))
    })
    return state
  }

  /** Nothing keeps this watch's events, and none of them still waits. */
  #flows({ missed, lastUs }: OpenWatch): boolean {
    if (this.#brokenUs !== undefined || this.#delays.length > 0 || missed.length > 0) return false
    return lastUs <= this.#engine.clock.now()
  }

  #arrive(state: OpenWatch, tell: () => void): void {
    if (this.#brokenUs !== undefined) {
      state.missed.push(tell)
      return
    }
    const now = this.#engine.clock.now()
    const atUs = Math.max(now + this.#delays.reduce((sum, one) => sum + one, 0), state.lastUs)
    if (atUs === now && state.missed.length === 0) return tell()
    state.lastUs = atUs
    state.missed.push(tell)
    this.#engine.schedule(atUs - now, `${this.component}: delayed watch`, () => this.#tellMissed(state, 1))
  }

  #tellMissed(state: OpenWatch, count: number): void {
    if (this.#brokenUs !== undefined) return
    for (const tell of state.missed.splice(0, count)) if (!state.stopped) tell()
  }

  /** Its tries come at fixed moments after the break; the first one that finds the server is the next one. */
  #untilRetry(brokenUs: Microseconds): Microseconds {
    const now = this.#engine.clock.now()
    this.#random ??= this.#engine.random.fork(`api-connection/${this.component}`)
    let atUs = brokenUs
    for (let waitUs = FIRST_RETRY; atUs < now; waitUs = Math.min(2 * waitUs, LONGEST_RETRY))
      atUs += waitUs * this.#random.uniform(1, 2)
    return Math.max(0, atUs - now)
  }

  #resume(): void {
    this.#brokenUs = undefined
    for (const state of [...this.#watches]) this.#tellMissed(state, Infinity)
  }
}
