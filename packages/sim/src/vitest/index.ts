// @podwire/sim/vitest: tests with a cluster of their own. `test` is vitest's with a `cluster` fixture; importing this gives `expect` its
// matchers. The seed stands in the test's name and in what a failing matcher prints; PODWIRE_SEED repeats a run.

import { PodwireError } from '@podwire/engine'
import { expect } from 'vitest'
import { createCluster, type Cluster } from '../sdk/cluster.ts'
import { checkOptions, type ClusterOptions } from '../sdk/options.ts'
import { matchers, type PodwireMatchers } from './matchers.ts'
import { seedOf } from './seed.ts'
import { testNamed } from './test-named.ts'

export type { PodwireMatchers }

expect.extend(matchers)

// vitest's own `Matchers` has other type parameters in 5 than in 4, and a declaration fits only one of them; `expect(…)` of both takes up
// what Chai's has.
declare global {
  // eslint-disable-next-line typescript/no-namespace
  namespace Chai {
    // eslint-disable-next-line typescript/no-empty-object-type
    interface Assertion extends PodwireMatchers<void> {}
  }
}

export interface ClusterFixtures {
  /** Booted and settled when the test begins; stopped when it ends. */
  readonly cluster: Cluster
}

/**
 * vitest's `test` with a cluster of these options for each test that asks for one. Its seed is PODWIRE_SEED when that is set, and is
 * part of each test's name: `is reached (seed 7)`. The guard and the invariants are on unless the options say otherwise.
 */
export function clusterTest(options: ClusterOptions = {}) {
  if (typeof options === 'string') {
    throw new PodwireError(
      'make a test with a cluster',
      'a title stands where its options belong',
      'Say: const test = clusterTest({ nodes: 3 }), and then test(title, async ({ cluster }) => …)',
    )
  }
  checkOptions(options, 'make a test with a cluster')
  const seed = seedOf(options.seed, process.env['PODWIRE_SEED'])
  return testNamed((name) => `${name} (seed ${seed})`).extend<ClusterFixtures>({
    // eslint-disable-next-line no-empty-pattern -- vitest reads the fixtures a function needs from its parameters
    cluster: async ({}, use) => {
      // What makes runs differ, and what never holds, ends a test by itself.
      await using cluster = await createCluster({ guard: 'throw', invariants: true, ...options, seed })
      await use(cluster)
    },
  })
}

/** With a cluster of three nodes; `clusterTest(options)` makes others. */
export const test = clusterTest()
