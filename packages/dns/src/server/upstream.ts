// The exchange plugins use to ask other servers: packets over the process's network, or a function that stands for the
// internet in tests. Failures are Go's words, as they end up in CoreDNS's log, without the local port.

import type { Random } from '@podwire/engine'
import { andThen, type MaybePromise, type UpstreamExchange } from '../plugins/index.ts'
import type { Exchange } from '../resolver/index.ts'
import { decodeMessage, encodeMessage, type DnsMessage } from '../wire/index.ts'

/** Undefined is silence. */
export type DirectUpstream = (query: DnsMessage) => MaybePromise<DnsMessage | undefined>

export function directExchange(upstream: DirectUpstream): UpstreamExchange {
  return (query, { address, port, protocol }) =>
    andThen(upstream(query), (reply) => reply ?? `read ${protocol} ->${address}:${port}: i/o timeout`)
}

/** @param random draws message ids, so a client's id is not sent on */
export function packetExchange(exchange: Exchange, random: Random, localAddress: () => string): UpstreamExchange {
  return async (query, { address, port, protocol, timeoutUs }) => {
    const id = random.integer(0, 0xffff)
    const received = await exchange(address, port, encodeMessage({ ...query, id }), protocol, timeoutUs)
    const between = `${protocol} ${localAddress()}->${address.includes(':') ? `[${address}]` : address}:${port}`
    if (received === 'timeout') return `read ${between}: i/o timeout`
    if (received === 'refused') return `read ${between}: read: connection refused`
    const reply = decodeMessage(received)
    return reply === undefined || reply.id !== id ? `read ${between}: i/o timeout` : reply
  }
}
