// A property that holds in every cluster at rest, and how one is written: a name, and a function that says what does not hold. Those of
// podwire keep an account of their own and look only at what has changed; one of a user's may simply look at the cluster.

import { DEFINE_INVARIANT } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import type { Cluster } from '../sdk/cluster.ts'
import type { ObjectChanges } from './object-changes.ts'

export interface Violation {
  /** The invariant's name. */
  readonly invariant: string
  /** What does not hold, in one sentence with the names of the objects. */
  readonly text: string
}

export interface Invariant {
  /** `unique-addresses` */
  readonly name: string
  /**
   * Called once for a cluster, before its first step. What it returns is called when the cluster is at rest, and says what does not
   * hold, a sentence each. It must not change anything.
   */
  watch(cluster: Cluster, changes: ObjectChanges): () => readonly string[]
}

/** An invariant that looks at the whole cluster each time. */
export function defineInvariant(name: string, check: (cluster: Cluster) => readonly string[]): Invariant {
  checkArguments('define an invariant', DEFINE_INVARIANT, [name, check])
  return { name, watch: (cluster) => () => check(cluster) }
}
