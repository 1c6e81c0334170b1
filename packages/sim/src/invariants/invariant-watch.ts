// Checks the invariants of one cluster: begins before its first step, is asked after each settled one, and says all that does not hold
// with what is needed to see it again.

import { PodwireError } from '@podwire/engine'
import { CHECK_INVARIANTS } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import type { Cluster } from '../sdk/cluster.ts'
import type { Invariant, Violation } from './invariant.ts'
import { ObjectChanges } from './object-changes.ts'

/** Something does not hold that holds in every cluster at rest. */
export class InvariantsBroken extends PodwireError {
  override readonly name = 'InvariantsBroken'
  readonly violations: readonly Violation[]

  constructor(violations: readonly Violation[], where: string) {
    const [first] = violations
    const more = violations.length > 1 ? ` (and ${violations.length - 1} more: see its violations)` : ''
    super(
      'leave the cluster at rest',
      `the invariant ${first?.invariant ?? ''} does not hold: ${first?.text ?? ''}${more}`,
      `It was ${where}; cluster.save(file) keeps the case.`,
    )
    this.violations = violations
  }
}

export class InvariantWatch implements Disposable {
  readonly #cluster: Cluster
  readonly #changes: ObjectChanges
  readonly #checks: readonly (readonly [name: string, check: () => readonly string[]])[]

  constructor(cluster: Cluster, invariants: readonly Invariant[]) {
    this.#cluster = cluster
    this.#changes = new ObjectChanges(cluster)
    this.#checks = invariants.map((one) => [one.name, one.watch(cluster, this.#changes)] as const)
  }

  /** What does not hold now. */
  violations(): readonly Violation[] {
    const found = this.#checks.flatMap(([invariant, check]) => check().map((text) => ({ invariant, text })))
    this.#changes.clear()
    return found
  }

  [Symbol.dispose](): void {
    this.#changes[Symbol.dispose]()
  }

  /** @throws InvariantsBroken */
  check(): void {
    const violations = this.violations()
    if (violations.length === 0) return
    const { engine, age } = this.#cluster
    throw new InvariantsBroken(violations, `seed ${engine.seed} at ${age}, trace hash ${this.#cluster.traceHash}`)
  }
}

/** What does not hold in a cluster at this moment; it may be one in real time. */
export function checkInvariants(cluster: Cluster, invariants: readonly Invariant[]): readonly Violation[] {
  checkArguments('check invariants', CHECK_INVARIANTS, [cluster, invariants])
  using watch = new InvariantWatch(cluster, invariants)
  return watch.violations()
}
