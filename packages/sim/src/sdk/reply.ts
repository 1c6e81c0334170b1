// What an HTTP request through the cluster gives back: the response as a user reads it, and the way it took.

import type { X509Certificate } from 'node:crypto'
import { lastLeg, type Flow } from '../fabric/flow.ts'
import { explainFlow } from '../fabric/explain.ts'
import { flowMermaid } from '../fabric/mermaid.ts'
import { whyFlow } from '../fabric/why.ts'
import { sequenceSvg } from '../graph/sequence-svg.ts'
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
  /** The same diagram drawn: a whole SVG document. */
  svg(): string
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
  /** The server's own certificate; undefined over plain HTTP. */
  readonly certificate: ShownCertificate | undefined
}

/** What of a server's certificate people read. Names as `CN=foo.bar.com`, several parts one a line. */
export interface ShownCertificate {
  readonly subject: string
  readonly issuer: string
  /** `foo.bar.com`, `*.foo.com`, `10.0.0.1` */
  readonly hosts: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
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
    get certificate() {
      const [own] = reply.chain?.() ?? []
      return own === undefined ? undefined : shown(own)
    },
  }
}

function shown({ subject, issuer, subjectAltName = '', validFrom, validTo }: X509Certificate): ShownCertificate {
  const hosts = subjectAltName.split(', ').flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? [])
  return { subject, issuer, hosts, notBefore: new Date(validFrom), notAfter: new Date(validTo) }
}

export function requestFlow(flow: Flow, queries: readonly ResolverQuery[]): RequestFlow {
  const receiver = /^pod\/(.+)$/.exec(lastLeg(flow).receiver ?? '')
  const { original, delivered, outcome, latencyUs, onward } = flow
  return {
    original,
    delivered,
    outcome,
    receiver: flow.receiver,
    latencyUs,
    get steps() {
      return flow.steps
    },
    ...(onward !== undefined && { onward }),
    endpoint: receiver?.[1],
    queries,
    get why() {
      return whyFlow(flow)
    },
    explain: () => explainFlow(flow, queries),
    mermaid: () => flowMermaid(flow),
    svg: () => sequenceSvg(flowMermaid(flow)),
  }
}
