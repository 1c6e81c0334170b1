// Something in the cluster that can open connections and run commands: a pod, a node, or the outside host. All three have
// the same calls, so a test reads the same wherever it stands.

import { shown } from '../arguments/shape.ts'
import { HOUR, parseDuration, PodwireError, type Driver, type Engine, type WaitLimit } from '@podwire/engine'
import { SocketError, type NetworkNamespace } from '../fabric/network.ts'
import { whyFlow } from '../fabric/why.ts'
import { HttpError } from '../http/http-error.ts'
import { TlsError } from '../tls/index.ts'
import { fetchHttp, ResolveError, type TlsInit } from '../http/fetch.ts'
import type { HeaderList } from '../http/message.ts'
import type { LookupResult, NameResolver } from '../images/image.ts'
import type { CommandResult, RunOptions } from './command-runner.ts'
import { runLoad, type LoadOptions, type LoadResult } from './load.ts'
import type { Composition } from './composition.ts'
import type { LoadReport } from './load-report.ts'
import { LoadRun, type StartLoadOptions } from './load-run.ts'
import { createReply, requestFlow, type Reply, type RequestFlow } from './reply.ts'
import { traceRequest, type RequestTrace } from './trace-request.ts'

export interface FetchInit {
  /** Default GET. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>> | HeaderList
  readonly body?: string | Uint8Array
  /** For the whole exchange, milliseconds of virtual time; then it fails as a real client's time-out does. */
  readonly timeoutMs?: number
  /** For https URLs; a certificate that nothing here vouches for is refused. */
  readonly tls?: TlsInit
}

export interface CurlOptions extends FetchInit {
  /** How many requests, one after the other; default 1. */
  readonly times?: number
}

/** What a machine needs of the cluster it is in. */
export interface MachineContext {
  readonly engine: Engine
  readonly driver: Driver
  readonly composition: Composition
}

/** The parts that differ between a pod, a node and the outside host; looked up at each call, because pods come and go. */
export interface MachineParts {
  readonly network: NetworkNamespace
  readonly resolver: NameResolver
  /** Whose rules packets meet first; undefined: outside the cluster. */
  readonly node: string | undefined
  run(argv: readonly string[], options: RunOptions): Promise<CommandResult>
}

export interface RunningLoad {
  /** Ends it and waits for the last answers. */
  stop(): Promise<LoadReport>
  /** Waits until it has ended by itself, after `for` or `requests`; time moves as far as that takes. */
  finished(): Promise<LoadReport>
}

/** Far longer than a kubelet lets a silent exec stand (4 h). */
const LONGEST_CALL = 24 * HOUR
/** Many requests may take their time; one that is to go on `for` so long has that as well. */
const LONGEST_LOAD = 7 * 24 * HOUR

export abstract class Machine {
  protected readonly context: MachineContext

  constructor(context: MachineContext) {
    this.context = context
  }

  /** How messages call it: `pod default/client`. */
  abstract readonly title: string

  /** The cluster's seed. */
  get seed(): number {
    return this.context.engine.seed
  }

  /** @throws PodwireError when it cannot do anything at the moment */
  protected abstract parts(): MachineParts

  /**
   * Sends one request and waits for the answer; time moves as far as that takes.
   * @throws PodwireError saying what a real client would have seen (name not found, refused, timed out …)
   */
  async fetch(url: string, init: FetchInit = {}): Promise<Reply> {
    const { engine, driver } = this.context
    return this.#wait(
      `fetch ${url} from ${this.title}`,
      driver.enter(async () => {
        const { network, resolver } = this.parts()
        try {
          return createReply(await fetchHttp(network, resolver, { url, ...sendOptions(init) }))
        } catch (error) {
          throw this.#explained(url, error)
        } finally {
          engine.touchAsync()
        }
      }),
    )
  }

  /** Requests one after the other, as a shell loop around curl would send them. */
  async curl(url: string, options: CurlOptions = {}): Promise<readonly Reply[]> {
    const { times = 1, ...init } = options
    const replies: Reply[] = []
    for (let i = 0; i < times; i++) replies.push(await this.fetch(url, init))
    return replies
  }

  /** Sends many requests one after the other and counts what came back. Turn flow traces off for speed. */
  async load(url: string, options: LoadOptions): Promise<LoadResult> {
    const { engine, driver } = this.context
    const sent = driver.enter(() => {
      const { network, resolver } = this.parts()
      return runLoad(engine, network, resolver, url, options)
    })
    return this.#wait(`send requests from ${this.title}`, sent, LONGEST_LOAD).catch((error: unknown) => {
      throw this.#explained(url, error)
    })
  }

  /**
   * Asks a URL again and again while time moves, at a rate (`rate`, `everyMs`), at one that changes (`ramp`) or as `clients` who wait
   * for their answers; each request has a connection of its own. It goes on until it is stopped, or for `for` or `requests`.
   * @throws RequestError when the name does not resolve, PodwireError for options that are none
   */
  async startLoad(url: string, options: StartLoadOptions = {}): Promise<RunningLoad> {
    const { driver, composition } = this.context
    const { network, resolver, node } = this.parts()
    const source = { network, resolver, node }
    const started = this.#wait(
      `start a load on ${this.title}`,
      driver.enter(() => LoadRun.start(composition, source, url, options)),
    )
    const load = await started.catch((error: unknown) => {
      throw this.#explained(url, error)
    })
    return {
      stop: () =>
        this.#wait(
          `end a load on ${this.title}`,
          driver.enter(() => load.stop()),
          LONGEST_LOAD,
        ),
      finished: async () =>
        this.#wait(
          `wait for a load on ${this.title}`,
          driver.enter(() => load.finished()),
          LONGEST_LOAD + (options.for === undefined ? 0 : parseDuration(options.for)),
        ),
    }
  }

  /** Runs a command line (a text goes to `sh -c`) and waits for its end. */
  async exec(command: string | readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const { driver } = this.context
    const argv = typeof command === 'string' ? ['sh', '-c', command] : command
    if (!Array.isArray(argv) || argv.length === 0 || !argv.every((word) => typeof word === 'string')) {
      const remedy = "Say exec('curl http://web/') or exec(['curl', 'http://web/'])."
      throw new PodwireError(
        `run a command on ${this.title}`,
        Array.isArray(argv) && argv.length > 0 ? `${shown(argv)} is not made of texts` : 'there is none',
        remedy,
      )
    }
    return this.#wait(
      `run a command on ${this.title}`,
      driver.enter(() => this.parts().run(argv, options)),
    )
  }

  /**
   * Sends one request (`http://…`), or connects (`tcp://name:port`, `sctp://name:port`), and tells the way it took, whatever became of it.
   * Steps are recorded also while flow traces are off. Default time-out 5 s of virtual time.
   * @throws PodwireError for what is no such URL, or while nothing can be run here
   */
  async trace(url: string, { timeoutMs = 5000 }: { readonly timeoutMs?: number } = {}): Promise<RequestTrace> {
    const { engine, driver, composition } = this.context
    return this.#wait(
      `trace ${url} from ${this.title}`,
      driver.enter(async () => {
        const { network, resolver } = this.parts()
        const flowTraces = composition.fabric
        const before = flowTraces.tracing
        flowTraces.tracing = true
        try {
          return await traceRequest({ from: network.name, url, network, resolver, timeoutUs: timeoutMs * 1000 })
        } finally {
          flowTraces.tracing = before
          engine.touchAsync()
        }
      }),
    )
  }

  /** Looks a name up as programs on this machine would. */
  async lookup(name: string): Promise<LookupResult> {
    const { driver } = this.context
    return this.#wait(
      `look ${name} up on ${this.title}`,
      driver.enter(() => this.parts().resolver.lookup(name)),
    )
  }

  /** Nothing that stands still because of a fault keeps time running for years. */
  #wait<T>(action: string, work: Promise<T>, limitUs = LONGEST_CALL): Promise<T> {
    const limit: WaitLimit = {
      action,
      limitUs,
      remedy:
        'It, or what it waits for, may stand still (nodeFreeze, containerHang): end the fault, or give it a time-out.',
    }
    return this.context.driver.wait(work, limit)
  }

  #explained(url: string, error: unknown): unknown {
    const reason = reasonOf(error)
    return reason === undefined ? error : new RequestError(this.title, url, reason, error)
  }
}

/**
 * A request that got no HTTP response, or a load of a name that does not resolve. The message says what a client sees and, while flow
 * traces are on, why. `cause` is the SocketError, ResolveError, HttpError or TlsError behind it.
 */
export class RequestError extends PodwireError {
  override readonly name = 'RequestError'
  /** As errno spells it: ECONNREFUSED, ETIMEDOUT, ENOTFOUND …; ECERT where a certificate was refused. */
  readonly code: string
  override readonly cause: unknown
  readonly #flow: RequestFlow | undefined

  constructor(from: string, url: string, reason: { readonly code: string; readonly text: string }, cause: unknown) {
    const sent = cause instanceof SocketError || cause instanceof TlsError ? cause.flow : undefined
    const flow = sent === undefined ? undefined : requestFlow(sent, [])
    const why = cause instanceof SocketError && sent !== undefined && sent.steps.length > 0 ? whyFlow(sent) : undefined
    super(`fetch ${url} from ${from}`, reason.text, remedyFor(reason.code, why))
    this.code = reason.code
    this.cause = cause
    this.#flow = flow
  }

  /** The way of the attempt, when something was sent. */
  get flow(): RequestFlow | undefined {
    return this.#flow
  }
}

function remedyFor(code: string, why: string | undefined): string | undefined {
  if (code === 'ECERT') return 'Trust its authority with tls.ca, or take it as it is with tls.insecure.'
  return why === undefined ? undefined : `Why: ${why}. The whole way: error.flow.explain().`
}

const SOCKET_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  ETIMEDOUT: 'timed out',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
}

function reasonOf(error: unknown): { code: string; text: string } | undefined {
  if (error instanceof ResolveError) return { code: error.code, text: `could not resolve host ${error.host}` }
  if (error instanceof SocketError) return { code: error.code, text: SOCKET_REASONS[error.code] ?? error.code }
  if (error instanceof TlsError) {
    return { code: error.problem === 'no-tls' ? 'EPROTO' : 'ECERT', text: error.message }
  }
  if (error instanceof HttpError) return { code: 'EPROTO', text: `no complete HTTP response (${error.reason})` }
  return undefined
}

function sendOptions(init: FetchInit): {
  method?: string
  headers?: HeaderList
  body?: string | Uint8Array
  timeoutUs?: number
  tls?: TlsInit
} {
  const { method, headers, body, timeoutMs, tls } = init
  return {
    ...(method === undefined ? {} : { method }),
    ...(headers === undefined ? {} : { headers: isHeaderList(headers) ? headers : Object.entries(headers) }),
    ...(body === undefined ? {} : { body }),
    ...(timeoutMs === undefined ? {} : { timeoutUs: timeoutMs * 1000 }),
    ...(tls === undefined ? {} : { tls }),
  }
}

function isHeaderList(headers: Readonly<Record<string, string>> | HeaderList): headers is HeaderList {
  return Array.isArray(headers)
}
