// ICMP echo. Any host or pod that the request reaches answers; a Service's VIP answers only where it is an address of the
// node (ipvs mode), as in a real cluster.

import { canonicalAddress } from './address.ts'
import { flowOf } from './core.ts'
import type { FlowTuple } from './flow.ts'
import { reversed } from './impairments.ts'
import { SocketError } from './network.ts'
import type { NetStack } from './net-stack.ts'

/** Resolves with the round trip in microseconds. Silence rejects with ETIMEDOUT after `timeoutUs`. */
export function ping(stack: NetStack, identifier: number, address: string, timeoutUs: number): Promise<number> {
  const { core } = stack
  const { engine } = core
  const { promise, resolve, reject } = engine.deferred<number>()
  const destination = canonicalAddress(address)
  const source = stack.sourceFor(destination)
  const original: FlowTuple = {
    protocol: 'icmp',
    source: source ?? '',
    sourcePort: identifier,
    destination,
    destinationPort: identifier,
  }
  if (source === undefined) {
    engine.schedule(0, 'ping', () => reject(new SocketError('ENETUNREACH')))
    return promise
  }
  const walk = core.walk(stack, { ...original, protocol: 'icmp', source, bytes: 98 })
  const way = walk.impairedWay
  const { impairments } = core
  const lost = way === undefined ? undefined : (impairments.loses(way) ?? impairments.loses(reversed(way)))
  if (lost !== undefined) walk.stop(lost)
  const lateUs = way === undefined ? 0 : impairments.delayUs(way) + impairments.delayUs(reversed(way))
  const answered = walk.answerable()
  const flow = flowOf(walk, original, answered ? 'delivered' : walk.outcome)
  core.publish(flow)
  const roundTripUs = 2 * walk.latencyUs + lateUs
  if (answered && roundTripUs <= timeoutUs) {
    engine.schedule(roundTripUs, 'ping', () => resolve(roundTripUs))
  } else {
    const told = !answered && walk.error !== undefined && walk.errorDelayUs <= timeoutUs
    const code = told && walk.error !== undefined ? walk.error : 'ETIMEDOUT'
    engine.schedule(told ? walk.errorDelayUs : timeoutUs, 'ping', () => reject(new SocketError(code, flow)))
  }
  return promise
}
