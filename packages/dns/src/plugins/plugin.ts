// The shape of a plugin: a named setup that reads its Corefile directives and gives a handler. A handler is one layer of the
// onion: it answers itself or calls `next`, and what it returns is the reply. It may rely on the handlers after it, never on
// those before. Replies come at once unless an upstream has to be waited for.

import type { Clock, Engine, Histogram, Metrics, Microseconds, Random } from '@podwire/engine'
import type { Directive } from '../corefile/index.ts'
import type { DnsMessage, Question } from '../wire/index.ts'
import type { RecordIndex } from '../records/index.ts'

export type MaybePromise<T> = T | Promise<T>

/** Goes on with a value now, or when it comes. */
export function andThen<T, U>(value: MaybePromise<T>, go: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(go) : go(value)
}

/** One walk through the chain. */
export interface ChainWalk {
  /** A bit for each layer that called `next`. */
  passed: number
  /** What the server fills in once the reply's bytes are known. */
  responseBytes: Histogram | undefined
}

export interface DnsRequest {
  readonly message: DnsMessage
  readonly question: Question
  readonly protocol: 'udp' | 'tcp'
  readonly from: { readonly address: string; readonly port: number }
  /** The server's port it came in on. */
  readonly port: number
  /** Bytes of the query, for logs. */
  readonly size: number
  /** How much of a reply the client takes, for logs. */
  readonly limit: number
  readonly walk: ChainWalk
  /** Asks this server itself, through the whole chain of the block that serves the name. */
  readonly resolve: (name: string, type: number) => MaybePromise<DnsMessage>
}

/**
 * `failure`: no plugin made a reply; the server sends one with this code and nothing else. A reply may come with an error
 * for the log.
 */
export type DnsOutcome =
  | { readonly kind: 'reply'; readonly message: DnsMessage; readonly error?: string | undefined }
  | { readonly kind: 'failure'; readonly rcode: number; readonly error: string | undefined }

export type Next = (request: DnsRequest) => MaybePromise<DnsOutcome>
export type Handler = (request: DnsRequest, next: Next) => MaybePromise<DnsOutcome>

/** One server to ask, and for how long. */
export interface UpstreamTarget {
  readonly address: string
  readonly port: number
  readonly protocol: 'udp' | 'tcp'
  readonly timeoutUs: Microseconds
}

/** The reply, or in Go's words why there is none: `read udp 10.244.0.2:40000->172.18.0.1:53: i/o timeout`. */
export type UpstreamExchange = (query: DnsMessage, target: UpstreamTarget) => MaybePromise<DnsMessage | string>

/** Which objects an index holds. */
export interface IndexSelection {
  readonly labels: string
  readonly namespaceLabels: string
  readonly pods: boolean
  readonly endpoints: boolean
}

/** What plugins are given to work with. */
export interface PluginContext {
  readonly engine: Engine
  readonly clock: Clock
  readonly random: Random
  /** The block's zones, lower case. */
  readonly zones: readonly string[]
  readonly server: string
  readonly metrics: Metrics
  readonly log: (line: string) => void
  readonly exchange: UpstreamExchange
  readonly index: (selection: IndexSelection) => RecordIndex
  readonly localAddresses: () => readonly string[]
  readonly synced: () => boolean
  readonly readFile: (path: string) => string | undefined
  /** Ends the process with this message, as Go's log.Fatal does. */
  readonly fatal: (line: string) => void
  /** Called when the configuration goes: on reload and at the end. */
  readonly onStop: (stop: () => void) => void
  /** Called once the ports are bound. */
  readonly onStart: (start: () => void) => void
  /** Tells plugins of this block which others it has and gives them to each other: `autopath @kubernetes`. */
  readonly shared: Map<string, unknown>
}

export interface Plugin {
  readonly name: string
  /** Its handler may call `next` several times: `autopath` asks for one name after the other. */
  readonly repeats?: boolean
  /**
   * @param directives each use of the plugin in this block, at least one
   * @returns the handler, or undefined when the plugin does not touch queries
   * @throws CorefileError in CoreDNS's words
   */
  setup(directives: readonly Directive[], context: PluginContext): Handler | undefined
}
