// What an HTTP request through the cluster gives back: the response as a user reads it, and the way it took.

import { lastLeg, type Flow } from '../fabric/flow.ts'
import { explainFlow } from '../fabric/explain.ts'
import { flowMermaid } from '../fabric/mermaid.ts'
import { whyFlow } from '../fabric/why.ts'
import { headerValue, type HeaderList } from '../http/message.ts'
import type { FetchReply } from '../http/fetch.ts'
import type { ResolverQuery } from '../images/image.ts'

/** The way of one request: name, rules and hops. */
export interface RequestFlow extends Flow {
  /** The pod that answered, `default/kubia-7d9f…-x7k2p`; undefined when no pod did. */
  readonly endpoint: string | undefined
  /** What the resolver asked, in order. */
  readonly queries: readonly ResolverQuery[]
  /** Why it ended as it did, in one sentence: `REJECT: demo/web has no endpoints`. */
  readonly why: string
  /** The whole way as text, in the tools' own words. Empty steps mean flow traces were off. */
  explain(): string
  /** The way as a Mermaid sequence diagram. */
  mermaid(): string
}

export interface Reply {
  readonly status: number
  readonly headers: HeaderList
  header(name: string): string | undefined
  readonly bytes: Uint8Array
  text(): string
  json(): unknown
  /** The pod that answered, by name without its namespace; undefined when no pod did. */
  readonly pod: string | undefined
  /** From the first packet to the last byte, milliseconds of virtual time. */
  readonly durationMs: number
  readonly flow: RequestFlow
}

export function createReply(reply: FetchReply): Reply {
  const flow = requestFlow(reply.flow, reply.queries)
  const text = (): string => new TextDecoder().decode(reply.body)
  return {
    status: reply.status,
    headers: reply.headers,
    header: (name) => headerValue(reply.headers, name),
    bytes: reply.body,
    text,
    json: () => JSON.parse(text()) as unknown,
    pod: flow.endpoint?.split('/')[1],
    durationMs: reply.durationUs / 1000,
    flow,
  }
}

export function requestFlow(flow: Flow, queries: readonly ResolverQuery[]): RequestFlow {
  const receiver = /^pod\/(.+)$/.exec(lastLeg(flow).receiver ?? '')
  return {
    ...flow,
    endpoint: receiver?.[1],
    queries,
    why: whyFlow(flow),
    explain: () => explainFlow(flow, queries),
    mermaid: () => flowMermaid(flow),
  }
}
