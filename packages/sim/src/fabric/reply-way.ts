// Whether answers find their way back through every host that rewrote the packet. A connection whose answers take another way
// arrives at the client from an address it never spoke to and is reset: the well-known fate of DNAT without masquerade.

import { type Host, UPLINK } from './host.ts'
import type { NetStack } from './net-stack.ts'
import type { PathHop } from './walk.ts'
import type { Wire } from './wire.ts'

const MAX_HOPS = 64

/**
 * @param source the sender as the receiver sees it
 * @returns undefined when answers pass, otherwise why not
 */
export function replyPasses(
  wire: Wire,
  receiver: NetStack,
  source: string,
  lastHop: PathHop | undefined,
): string | undefined {
  if (lastHop === undefined) return undefined
  const rewriters = countRewriters(lastHop)
  let passed = 0
  let host = receiver.host
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    if (rewriters > 0 && isRewriter(host, lastHop)) passed++
    if (host.isLocal(source) || host.pods.has(source)) {
      return passed >= rewriters ? undefined : 'answers do not pass every host that rewrote the packet'
    }
    const route = wire.isAnnounced(source) ? undefined : host.routes.lookup(source)
    const next = route?.device === UPLINK ? undefined : wire.ownerOf(route?.via ?? source)
    if (next === undefined || next === host || !next.up || !(next.forwarding || next.isLocal(source))) {
      return `answers to ${source} have no way back from ${host.name}`
    }
    host = next
  }
  return `answers to ${source} go in circles`
}

/** Hosts, not hops: a packet may pass a host twice. */
function countRewriters(lastHop: PathHop): number {
  let count = 0
  for (let hop: PathHop | undefined = lastHop; hop !== undefined; hop = hop.previous) {
    if (rewrites(hop) && (hop.previous === undefined || !isRewriter(hop.host, hop.previous))) count++
  }
  return count
}

function isRewriter(host: Host, lastHop: PathHop): boolean {
  for (let hop: PathHop | undefined = lastHop; hop !== undefined; hop = hop.previous) {
    if (hop.host === host && rewrites(hop)) return true
  }
  return false
}

function rewrites({ connection }: PathHop): boolean {
  return connection !== undefined && (connection.destinationNat || connection.sourceNat)
}
