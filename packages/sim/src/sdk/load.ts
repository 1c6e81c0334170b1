// Many requests one after the other, as a load generator sends them: the name is looked up once, each request is a connection
// of its own through every rule, and only counts are kept.

import { invariant, type Engine } from '@podwire/engine'
import { type HttpReply, requestHttp } from '../http/client.ts'
import { prepareRequest } from '../http/prepared-request.ts'
import { failureCode, type RequestFailure } from '../http/failure.ts'
import { parseHttpUrl, ResolveError, sniOf } from '../http/fetch.ts'
import type { NetworkNamespace } from '../fabric/network.ts'
import type { NameResolver } from '../images/image.ts'

export interface LoadOptions {
  /** How many requests. */
  readonly times: number
}

export interface LoadResult {
  /** Answered with a status below 400. */
  readonly ok: number
  /** Requests by HTTP status. */
  readonly statuses: ReadonlyMap<number, number>
  /** Requests by who answered: `pod/default/web-0`, `node/node-1`. */
  readonly receivers: ReadonlyMap<string, number>
  /** Requests without an answer, by errno or reason. */
  readonly failures: ReadonlyMap<string, number>
}

class Tally {
  readonly statuses = new Map<number, number>()
  readonly receivers = new Map<string, number>()
  readonly failures = new Map<string, number>()
  ok = 0

  reply({ status, flow }: HttpReply): void {
    if (status < 400) this.ok++
    count(this.statuses, status)
    count(this.receivers, flow.receiver ?? 'nobody')
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** @throws ResolveError when the name does not resolve */
export async function runLoad(
  engine: Engine,
  network: NetworkNamespace,
  resolver: NameResolver,
  url: string,
  { times }: LoadOptions,
): Promise<LoadResult> {
  const { host, name, port, target, secure } = parseHttpUrl(url)
  const found = await resolver.lookup(name)
  if ('error' in found) throw new ResolveError(name, found)
  const [address] = found.addresses
  invariant(address !== undefined, 'a lookup without error has an address')
  const tally = new Tally()
  const { promise, resolve } = engine.deferred<LoadResult>()
  const request = prepareRequest({
    address,
    port,
    target,
    host,
    ...(secure ? { tls: { serverName: sniOf(name) } } : {}),
  })
  let left = times
  // Callbacks, not promises: a promise a request would cost as much as the request.
  const next = (): void => {
    if (left-- === 0) resolve(tally)
    else requestHttp(network, request, onReply, onFailure)
  }
  const onReply = (reply: HttpReply): void => {
    tally.reply(reply)
    next()
  }
  const onFailure = (error: RequestFailure): void => {
    count(tally.failures, failureCode(error))
    next()
  }
  next()
  return promise
}
