// One message in, one message out: what happens around the plugin chain. Source: CoreDNS core/dnsserver/server.go (ServeDNS),
// plugin/pkg/edns.

import { PodwireError } from '@podwire/engine'
import { andThen, type ChainWalk, type DnsOutcome, type DnsRequest, type MaybePromise } from '../plugins/index.ts'
import {
  CLASS_IN,
  echoedEdns,
  encodeMessage,
  encodeReply,
  RCODE,
  readRequest,
  replyTo,
  sizeLimit,
  type DnsMessage,
  type Edns,
} from '../wire/index.ts'
import { serverFor, type Configuration } from './configuration.ts'

export interface Client {
  readonly address: string
  readonly port: number
}

export interface Served {
  readonly request: DnsMessage
  readonly reply: DnsMessage
}

export interface Arrival {
  readonly bytes: Uint8Array
  readonly from: Client
  readonly protocol: 'udp' | 'tcp'
  /** The port it came in on. */
  readonly port: number
}

/** @returns the reply's bytes, or undefined when nothing is sent */
export function serve(
  configuration: Configuration,
  arrival: Arrival,
  onServed: (served: Served) => void,
): MaybePromise<Uint8Array | undefined> {
  const incoming = readRequest(arrival.bytes)
  if (incoming.kind === 'ignore') return undefined
  if (incoming.kind === 'reject') return encodeMessage(incoming.reply)
  const request = incoming.message
  const limit = sizeLimit(request.edns, arrival.protocol)
  const walk: ChainWalk = { passed: 0, responseBytes: undefined }
  return andThen(answer(configuration, request, arrival, limit, walk), (reply) => {
    onServed({ request, reply })
    const family = arrival.from.address.includes(':') ? 6 : 4
    try {
      const bytes = encodeReply(reply, limit, { protocol: arrival.protocol, family })
      walk.responseBytes?.observe(bytes.length)
      return bytes
    } catch (error) {
      // A name that cannot be written (an ExternalName with an overlong label): the real server sends nothing either.
      if (error instanceof PodwireError) return undefined
      throw error
    }
  })
}

function answer(
  configuration: Configuration,
  request: DnsMessage,
  arrival: Arrival,
  limit: number,
  walk: ChainWalk,
): MaybePromise<DnsMessage> {
  const { question, edns } = request
  const bare = (rcode: number): DnsMessage => ({ ...replyTo(request, { rcode }), edns: echoedEdns(edns) })
  if (question === undefined) return bare(RCODE.SERVFAIL)
  const server = serverFor(configuration, arrival.port, question.name.toLowerCase(), question.type)
  const anyClass = server?.anyClass ?? configuration.servers.some((other) => other.anyClass)
  if (question.class !== CLASS_IN && !anyClass) return bare(RCODE.REFUSED)
  if (edns !== undefined && edns.version !== 0) {
    const version = { udpSize: 0, version: 0, dnssecOk: false, options: [] }
    return { ...replyTo(request, { rcode: RCODE.BADVERS }), question: undefined, edns: version }
  }
  if (server === undefined) return bare(RCODE.REFUSED)
  const dnsRequest: DnsRequest = {
    message: request,
    question,
    protocol: arrival.protocol,
    from: arrival.from,
    port: arrival.port,
    size: arrival.bytes.length,
    limit,
    walk,
    resolve: (name, type) => resolveInside(configuration, dnsRequest, arrival.port, name, type),
  }
  return andThen(server.chain(dnsRequest), (outcome) => {
    const message = messageOf(outcome, request)
    return edns === undefined ? message : { ...message, edns: replyEdns(edns, message.edns) }
  })
}

/** A plugin's own OPT record keeps its options; where there is none the client's comes back. */
function replyEdns(asked: Edns, made: Edns | undefined): Edns | undefined {
  if (made === undefined) return echoedEdns(asked)
  return { ...made, version: 0, udpSize: asked.udpSize, dnssecOk: asked.dnssecOk }
}

function messageOf(outcome: DnsOutcome, request: DnsMessage): DnsMessage {
  return outcome.kind === 'reply' ? outcome.message : replyTo(request, { rcode: outcome.rcode })
}

/** A plugin's own question to this server. */
function resolveInside(
  configuration: Configuration,
  asking: DnsRequest,
  port: number,
  name: string,
  type: number,
): MaybePromise<DnsMessage> {
  const question = { name, type, class: CLASS_IN }
  const message: DnsMessage = { ...asking.message, question }
  const server = serverFor(configuration, port, name.toLowerCase(), type)
  if (server === undefined) return replyTo(message, { rcode: RCODE.REFUSED })
  return andThen(
    server.chain({ ...asking, message, question, walk: { passed: 0, responseBytes: undefined } }),
    (outcome) => messageOf(outcome, message),
  )
}
