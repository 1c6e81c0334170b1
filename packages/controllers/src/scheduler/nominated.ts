// Does a pod fit a node, and is the room there its own? Room that was made for a pod at least as important, and that this one has
// not taken yet, is not free. Source: kube-scheduler framework/runtime (RunFilterPluginsWithNominatedPods).

import type { ClusterState, NodeState } from './cluster-state.ts'
import { type Objection, objectionOf } from './filters.ts'
import type { PodInfo } from './pod-info.ts'
import { type Prepared, prepare } from './prepared.ts'

/** Undefined: the node fits. */
export function objectionTo(
  info: PodInfo,
  node: NodeState,
  prepared: Prepared,
  state: ClusterState,
): Objection | undefined {
  // With the nominated pods in place first: what that says is what is told.
  return objectionOfNominated(info, node, state) ?? objectionOf(info, node, prepared)
}

function objectionOfNominated(info: PodInfo, node: NodeState, state: ClusterState): Objection | undefined {
  const { uid } = info.pod.metadata
  const priority = info.pod.spec.priority ?? 0
  const others = state
    .nominatedTo(node.name)
    .filter(({ pod }) => pod.metadata.uid !== uid && (pod.spec.priority ?? 0) >= priority)
  if (others.length === 0) return undefined
  for (const other of others) state.place(other, node.name)
  const objection = objectionOf(info, node, prepare(info, state))
  for (const other of others) state.remove(other.pod.metadata.uid)
  return objection
}
