// What holds in every cluster at rest, one property a file. `createCluster({ invariants: true })` checks all of them after each settled
// step; `[...invariants, mine]` adds one of the user's own.

import { addressesAreInRange } from './addresses-are-in-range.ts'
import { allocationsMatchServices } from './allocations-match-services.ts'
import { containersHavePods } from './containers-have-pods.ts'
import { deletionsFinish } from './deletions-finish.ts'
import { hostPortsAreFree } from './host-ports-are-free.ts'
import type { Invariant } from './invariant.ts'
import { nodesAreNotOvercommitted } from './nodes-are-not-overcommitted.ts'
import { ownersExist } from './owners-exist.ts'
import { podsHaveNodes } from './pods-have-nodes.ts'
import { proxyFollowsSlices } from './proxy-follows-slices.ts'
import { replicasAreCounted } from './replicas-are-counted.ts'
import { resolvedAddressesExist } from './resolved-addresses-exist.ts'
import { resourceVersionGrows } from './resource-version-grows.ts'
import { rulesLeadSomewhere } from './rules-lead-somewhere.ts'
import { slicesAreSound } from './slices-are-sound.ts'
import { slicesMatchPods } from './slices-match-pods.ts'
import { translationsAreKnown } from './translations-are-known.ts'
import { uniqueAddresses } from './unique-addresses.ts'

export const invariants: readonly Invariant[] = [
  resourceVersionGrows,
  uniqueAddresses,
  addressesAreInRange,
  allocationsMatchServices,
  hostPortsAreFree,
  podsHaveNodes,
  nodesAreNotOvercommitted,
  containersHavePods,
  deletionsFinish,
  ownersExist,
  replicasAreCounted,
  slicesMatchPods,
  slicesAreSound,
  proxyFollowsSlices,
  rulesLeadSomewhere,
  resolvedAddressesExist,
  translationsAreKnown,
]

export { defineInvariant, type Invariant, type Violation } from './invariant.ts'
export { checkInvariants, InvariantsBroken, InvariantWatch } from './invariant-watch.ts'
export type { ObjectChange, ObjectChanges } from './object-changes.ts'
