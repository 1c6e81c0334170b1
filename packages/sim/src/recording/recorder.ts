// Records a running cluster: hands each input to the driver, which takes it between two steps, and writes it down with its virtual time and
// the trace hash before it, in the order they are taken. A mark now and then says how far the run has come without inputs.

import { SECOND, type PacedDriver } from '@podwire/engine'
import type { Cluster } from '../sdk/cluster.ts'
import type { Input } from './input.ts'
import type { RecordedRun, Listeners } from './recorded-run.ts'
import type { RecordingWriter } from './recording-file.ts'

/** After a crash no more than this is missing at the end. */
const MARK_EVERY_US = 10 * SECOND

export class Recorder {
  readonly #cluster: Cluster
  readonly #driver: PacedDriver
  readonly #writer: RecordingWriter
  readonly #run: RecordedRun
  #ids = 0

  constructor(cluster: Cluster, driver: PacedDriver, writer: RecordingWriter, run: RecordedRun) {
    this.#cluster = cluster
    this.#driver = driver
    this.#writer = writer
    this.#run = run
  }

  /** For what can be given something later: a connection, a session. */
  nextId(): number {
    return ++this.#ids
  }

  /** Takes the input when its turn has come. */
  async give(input: Input, listeners: Listeners = {}): Promise<unknown> {
    return this.perform(input, () => this.#run.take(input, listeners))
  }

  /** The same for one that is done otherwise here than in a replay, with the same effect inside. */
  async perform<T>(input: Input, work: () => T): Promise<Awaited<T>> {
    return this.#driver.give(() => {
      this.#note({ input })
      return work()
    })
  }

  /** Something that no recording holds begins at once, and not in a turn of its own: it is noted before anything comes of it. */
  untold(what: string): void {
    this.#note({ input: { do: 'untold', what } })
  }

  /** For sockets: what fails there is told by their own errors. */
  send(input: Input): void {
    this.give(input).catch(() => undefined)
  }

  /** Says now and then how far the run has come, where nothing else does. */
  markOften(): void {
    const note = (): void => {
      // In a turn of its own, as inputs: the moment this runs in is not over.
      this.#driver.give(() => this.#note({})).catch(() => undefined)
      this.markOften()
    }
    this.#cluster.engine.schedule(MARK_EVERY_US, 'recording', note, 'background')
  }

  /** After the driver has stopped. */
  close(): void {
    this.#note({ end: true })
    this.#writer.close()
  }

  #note(what: { readonly input?: Input; readonly end?: true }): void {
    const at = this.#cluster.engine.clock.now()
    this.#writer.add({ at, hash: this.#cluster.traceHash, ...what })
  }
}
