// Determinism as a contract: the ten scenarios have the trace hashes that are committed, which another process wrote, without
// observers and on the built packages. Here they are watched all the while, and the invariants are checked.

import type { Cluster } from '@podwire/sim'
import { expect, test } from 'vitest'

interface Outcome {
  readonly hash: string
  readonly events: number
  readonly age: string
}

interface Scenario {
  readonly name: string
}

interface Scenarios {
  readonly SCENARIOS: readonly Scenario[]
  readonly committedHashes: () => Readonly<Record<string, Outcome>>
  readonly runScenario: (
    scenario: Scenario,
    options: { readonly observe: (cluster: Cluster) => () => void; readonly invariants: boolean },
  ) => Promise<Outcome>
}

const path = new URL('scenarios/scenarios.mjs', import.meta.url).href
const { SCENARIOS, committedHashes, runScenario } = (await import(path)) as Scenarios

test('ten scenarios are committed, no more and no fewer', () => {
  expect(SCENARIOS).toHaveLength(10)
  expect(Object.keys(committedHashes())).toEqual(SCENARIOS.map(({ name }) => name))
})

test.each(SCENARIOS)('$name: the committed hash, with somebody watching', async (scenario) => {
  let seen = 0
  const observe = (cluster: Cluster): (() => void) => {
    const trace = cluster.trace(100)
    const subscription = cluster.engine.bus.subscribeAll(() => void seen++)
    return () => {
      trace[Symbol.dispose]()
      subscription[Symbol.dispose]()
    }
  }
  const outcome = await runScenario(scenario, { observe, invariants: true })
  const remedy = 'If behaviour was meant to change: node scripts/scenario-hashes.mjs --update'
  expect(outcome, remedy).toEqual(committedHashes()[scenario.name])
  expect(seen).toBeGreaterThan(0)
})
