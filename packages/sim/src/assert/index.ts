// @podwire/sim/assert: checks of a cluster as plain functions, for node:test, jest and scripts. They throw an AssertionError whose text
// has the flow's explanation and how to repeat the run; the matchers of @podwire/sim/vitest say the same.

import { AssertionError } from 'node:assert'
import type { Cluster } from '../sdk/cluster.ts'
import type { LoadReport } from '../sdk/load-report.ts'
import { hasEndpoints, hasLostNothing, isReady, type ReadyPlace } from './objects.ts'
import { isRefused, reaches, type ReachExpectation, type RequestPlace, resolvesTo } from './requests.ts'
import { failureText, type Verdict } from './verdict.ts'

export type { ReachExpectation, ReadyPlace, RequestPlace }

/** A place of a cluster knows its seed. */
export interface Seeded {
  readonly seed?: number
}

/** As `assert.fail(message)` would throw: jest and node:test print such an error's text without a comparison of values. */
function hold(verdict: Verdict, seed: number | undefined): void {
  if (verdict.pass) return
  const repro = seed === undefined ? undefined : { seed }
  throw new AssertionError({ message: failureText(verdict, repro), operator: 'fail' })
}

/** An HTTP request from a pod, a node or outside is answered, with a status below 400 or the one expected. */
export async function assertReaches(
  from: RequestPlace & Seeded,
  url: string,
  expected: ReachExpectation = {},
): Promise<void> {
  hold(await reaches(from, url, expected), from.seed)
}

/** A connection is refused there. */
export async function assertRefused(from: RequestPlace & Seeded, url: string): Promise<void> {
  hold(await isRefused(from, url), from.seed)
}

/** A name resolves there: to this address, to all of these in any order, or at all. */
export async function assertResolves(
  from: RequestPlace & Seeded,
  name: string,
  expected?: string | readonly string[],
): Promise<void> {
  hold(await resolvesTo(from, name, expected), from.seed)
}

/** A Service (`web`, `shop/web`) has so many ready endpoints, or those of the pods named. */
export function assertEndpoints(cluster: Cluster, service: string, expected: number | readonly string[]): void {
  hold(hasEndpoints(cluster, service, expected), cluster.engine.seed)
}

/** A pod or node is ready. */
export function assertReady(place: ReadyPlace & Seeded): void {
  hold(isReady(place), place.seed)
}

/** A load's every request was answered with a status below 500. */
export function assertLostNothing(report: LoadReport): void {
  hold(hasLostNothing(report), report.seed)
}
