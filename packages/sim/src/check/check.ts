// Runs one check, whatever its kind, on a live cluster: what is right, what is not, and the way it went.

import { PodwireError } from '@podwire/engine'
import type { Cluster } from '../sdk/cluster.ts'
import type { Check } from './check-schema.ts'
import { runEndpointsCheck } from './endpoints-check.ts'
import { type Fact } from './expectation.ts'
import { runFetchCheck } from './fetch-check.ts'
import { runGetCheck } from './get-check.ts'
import { runResolveCheck } from './resolve-check.ts'
import { runRunCheck } from './run-check.ts'
import { UnmetError } from './unmet.ts'
import type { Values } from './values.ts'

export interface CheckResult {
  readonly ok: boolean
  readonly facts: readonly Fact[]
  /** The way of the packets, what the resolver asked, or what a command printed; empty for checks that only look. */
  readonly explanation: string
}

/** What is missing in the cluster makes it fail; what is wrong with the check itself, too, in the error's words. */
export async function runCheck(cluster: Cluster, check: Check, values: Values): Promise<CheckResult> {
  try {
    const { facts, explanation } = await runKind(cluster, check, values)
    return { ok: facts.every(({ ok }) => ok), facts, explanation }
  } catch (error) {
    if (!(error instanceof PodwireError)) throw error
    const text = error instanceof UnmetError ? error.text : { en: error.message, zh: error.message }
    return { ok: false, facts: [{ ok: false, text }], explanation: '' }
  }
}

async function runKind(
  cluster: Cluster,
  check: Check,
  values: Values,
): Promise<{ facts: readonly Fact[]; explanation: string }> {
  if ('fetch' in check) return runFetchCheck(cluster, check, values)
  if ('resolve' in check) return runResolveCheck(cluster, check, values)
  if ('get' in check) return { facts: await runGetCheck(cluster, check, values), explanation: '' }
  if ('run' in check) return runRunCheck(cluster, check, values)
  return { facts: await runEndpointsCheck(cluster, check, values), explanation: '' }
}
