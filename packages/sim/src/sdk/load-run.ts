// A load generator that runs while time moves: it sends by its pattern, each request a connection of its own through every rule, and
// keeps account of what came of each. It ends when told to, after its time, or after so many requests; then the report is there.

import {
  MILLISECOND,
  parseDuration,
  PodwireError,
  type Duration,
  type Engine,
  type Microseconds,
  type ScheduledTask,
} from '@podwire/engine'
import type { Flow } from '../fabric/flow.ts'
import { whyFlow } from '../fabric/why.ts'
import { type HttpReply, requestHttp } from '../http/client.ts'
import { prepareRequest, type PreparedRequest } from '../http/prepared-request.ts'
import { failureCode, type RequestFailure } from '../http/failure.ts'
import { type HttpUrl, parseHttpUrl, ResolveError, sniOf } from '../http/fetch.ts'
import type { HeaderList } from '../http/message.ts'
import type { NetworkNamespace } from '../fabric/network.ts'
import type { NameResolver, ResolverQuery } from '../images/image.ts'
import type { Composition } from './composition.ts'
import { endpointOf, LoadAnswers, receiverOf } from './load-answers.ts'
import { type LoadPattern, type LoadPatternOptions, readPattern } from './load-pattern.ts'
import { LoadReport } from './load-report.ts'
import { type LoadOutcome, type LoadRequest, outcomeOfCode, outcomeOfStatus } from './load-request.ts'
import { LostRequests } from './lost-requests.ts'

export interface StartLoadOptions extends LoadPatternOptions {
  /** When a request counts as lost, milliseconds; default 1000. */
  readonly timeoutMs?: number
  /** How long it sends; default until it is stopped. */
  readonly for?: Duration
  /** How many requests it sends; default until it is stopped. */
  readonly requests?: number
  /**
   * `once`: the name is looked up at the start and its first address kept, as a client with an address cache does. `each`: before every
   * request. Default once.
   */
  readonly lookup?: 'once' | 'each'
  /** Default GET. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Where the requests come from. */
export interface LoadSource {
  readonly network: NetworkNamespace
  readonly resolver: NameResolver
  /** The node whose rules its packets meet first; undefined: outside the cluster. */
  readonly node: string | undefined
}

export class LoadRun {
  readonly #engine: Engine
  readonly #source: LoadSource
  readonly #url: HttpUrl
  readonly #pattern: LoadPattern
  readonly #options: StartLoadOptions
  readonly #lost: LostRequests
  readonly #answers = new LoadAnswers()
  readonly #log: LoadRequest[] = []
  /** When the first request is sent: the name is known by then. */
  #startUs: Microseconds = 0
  #endUs: Microseconds = Infinity
  readonly #lastsUs: Microseconds
  readonly #most: number
  readonly #report: ReturnType<Engine['deferred']>
  #request: PreparedRequest | undefined
  #sent = 0
  #open = 0
  #running = true

  /** @throws PodwireError for options that are none, ResolveError when the name does not resolve */
  static async start(
    composition: Composition,
    source: LoadSource,
    url: string,
    options: StartLoadOptions,
  ): Promise<LoadRun> {
    const run = new LoadRun(composition, source, url, options)
    try {
      if (options.lookup !== 'each') run.#request = run.#prepare(await run.#resolve())
    } catch (error) {
      run.#lost[Symbol.dispose]()
      throw error
    }
    run.#begin()
    return run
  }

  private constructor(composition: Composition, source: LoadSource, url: string, options: StartLoadOptions) {
    this.#engine = composition.engine
    this.#source = source
    this.#url = parseHttpUrl(url)
    this.#pattern = readPattern(options)
    this.#options = options
    this.#lost = new LostRequests(composition, source.node)
    this.#lastsUs = options.for === undefined ? Infinity : parseDuration(options.for)
    this.#most = options.requests ?? Infinity
    this.#report = this.#engine.deferred<unknown>()
  }

  /** No further requests; resolves when every answer is in. */
  stop(): Promise<LoadReport> {
    this.#running = false
    this.#rest()
    return this.finished()
  }

  /** Resolves when it has ended by itself. @throws PodwireError for a load that goes on until it is stopped */
  finished(): Promise<LoadReport> {
    if (this.#running && this.#lastsUs === Infinity && this.#most === Infinity) {
      throw new PodwireError(
        'wait for a load to end',
        'it goes on until it is stopped',
        'Give it for or requests, or stop it.',
      )
    }
    return this.#report.promise.then(() => new LoadReport(this.#engine.seed, this.#inOrder(), this.#lost.all()))
  }

  #inOrder(): readonly LoadRequest[] {
    return [...this.#log].sort((a, b) => a.sentUs - b.sentUs)
  }

  #begin(): void {
    const pattern = this.#pattern
    this.#startUs = this.#engine.clock.now()
    this.#endUs = this.#startUs + this.#lastsUs
    if (pattern.kind === 'open') return this.#sendInTurn(pattern)
    for (let client = 0; client < pattern.clients; client++) this.#send()
  }

  #sendInTurn(pattern: Extract<LoadPattern, { kind: 'open' }>): void {
    const sendNext = (): void => {
      const now = this.#engine.clock.now()
      this.#send()
      const dueUs = pattern.dueUs(this.#sent)
      if (dueUs === undefined) this.#running = false
      if (!this.#running || dueUs === undefined) return this.#rest()
      const delayUs = Math.max(0, this.#startUs + dueUs - now)
      if (task === undefined) task = this.#engine.schedule(delayUs, 'load', sendNext, 'background')
      else this.#engine.scheduleAgain(task, delayUs, 'background')
      return undefined
    }
    let task: ScheduledTask | undefined
    sendNext()
  }

  #send(): void {
    if (this.#engine.clock.now() >= this.#endUs || this.#sent >= this.#most) this.#running = false
    if (!this.#running) return this.#rest()
    this.#sent++
    this.#open++
    if (this.#sent >= this.#most && this.#pattern.kind === 'open') this.#running = false
    const sentUs = this.#engine.clock.now()
    if (this.#request === undefined) this.#askResolved(sentUs)
    else requestHttp(this.#source.network, this.#request, this.#onReply, this.#onFailure)
  }

  // What a request began with is known from how long it took: one pair of callbacks does for all of them.
  readonly #onReply = (reply: HttpReply): void => this.#answered(reply, this.#engine.clock.now() - reply.durationUs)
  readonly #onFailure = (error: RequestFailure, _reused: boolean, durationUs: Microseconds): void =>
    this.#failed(failureCode(error), error.flow, this.#engine.clock.now() - durationUs)

  /** The look-up is part of the request. */
  #askResolved(sentUs: Microseconds): void {
    this.#engine.touchAsync()
    void this.#resolve().then(
      (address) =>
        requestHttp(
          this.#source.network,
          this.#prepare(address),
          (reply) => this.#answered(reply, sentUs),
          (error) => this.#failed(failureCode(error), error.flow, sentUs),
        ),
      (error: unknown) => this.#unresolved(error, sentUs),
    )
  }

  #answered({ status, flow }: HttpReply, sentUs: Microseconds): void {
    const outcome = outcomeOfStatus(status)
    const { endpoint, receiver, why } = this.#answers.of(flow, status)
    this.#log.push({ sentUs, outcome, status, endpoint, receiver, latencyUs: this.#since(sentUs), why })
    if (outcome === '5xx') this.#lost.add({ sentUs, outcome, code: `HTTP ${status}`, endpoint, stopped: why })
    this.#close()
  }

  #failed(code: string, flow: Flow | undefined, sentUs: Microseconds): void {
    const outcome = outcomeOfCode(code)
    const endpoint = flow === undefined ? undefined : endpointOf(flow)
    const stopped = flow === undefined ? '' : flow.outcome === 'delivered' ? whileConnected(outcome) : whyFlow(flow)
    const why = flow === undefined ? code : `${code}: ${whyFlow(flow)}`
    const receiver = flow === undefined ? undefined : receiverOf(flow)
    this.#log.push({ sentUs, outcome, status: undefined, endpoint, receiver, latencyUs: this.#since(sentUs), why })
    this.#lost.add({ sentUs, outcome, code, endpoint, stopped })
    this.#close()
  }

  #unresolved(error: unknown, sentUs: Microseconds): void {
    if (!(error instanceof ResolveError)) throw error
    const why = `the name ${this.#url.name} was not resolved${lastWord(error.queries)}`
    const latencyUs = this.#since(sentUs)
    const nowhere = { endpoint: undefined, receiver: undefined, status: undefined }
    this.#log.push({ sentUs, outcome: 'dns', ...nowhere, latencyUs, why: `${error.code}: ${why}` })
    this.#lost.add({ sentUs, outcome: 'dns', code: error.code, endpoint: undefined, stopped: why })
    this.#close()
  }

  /** One is over: a client of a closed loop thinks, and asks again. */
  #close(): void {
    const pattern = this.#pattern
    this.#open--
    if (pattern.kind === 'closed' && this.#running) {
      this.#engine.schedule(pattern.thinkUs, 'load', () => this.#send(), 'background')
    }
    this.#rest()
  }

  #rest(): void {
    if (this.#running || this.#open > 0) return
    this.#lost[Symbol.dispose]()
    this.#report.resolve(undefined)
  }

  #since(sentUs: Microseconds): Microseconds {
    return this.#engine.clock.now() - sentUs
  }

  async #resolve(): Promise<string> {
    const { name } = this.#url
    const found = await this.#source.resolver.lookup(name)
    this.#engine.touchAsync()
    const address = 'error' in found ? undefined : found.addresses[0]
    if (address !== undefined) return address
    throw new ResolveError(name, { error: 'error' in found ? found.error : 'not-found', queries: found.queries })
  }

  #prepare(address: string): PreparedRequest {
    const { host, name, port, target, secure } = this.#url
    const { timeoutMs = 1000, method, headers, body } = this.#options
    return prepareRequest({
      address,
      port,
      target,
      host,
      timeoutUs: timeoutMs * MILLISECOND,
      ...(secure ? { tls: { serverName: sniOf(name) } } : {}),
      ...(method === undefined ? {} : { method }),
      ...(headers === undefined ? {} : { headers: Object.entries(headers) satisfies HeaderList }),
      ...(body === undefined ? {} : { body }),
    })
  }
}

/** The connection stood: what its peer did then. */
function whileConnected(outcome: LoadOutcome): string {
  return outcome === 'timeout'
    ? 'connected, and no answer came'
    : 'connected, and the connection ended without an answer'
}

function lastWord(queries: readonly ResolverQuery[]): string {
  const last = queries.at(-1)
  return last === undefined
    ? ''
    : `: ${last.server} ${last.outcome === 'timeout' ? 'did not answer' : `said ${last.outcome}`}`
}
