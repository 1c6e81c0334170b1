// Runs a new cluster to rest in virtual time, so that it is complete when it is first seen.

import type { Manifest } from '@podwire/apiserver'
import { SECOND, VirtualTimeDriver, type Microseconds } from '@podwire/engine'
import { applyManifests } from '../sdk/apply-manifests.ts'
import type { Composition } from '../sdk/composition.ts'

// What the cluster's clock is behind the host's while it boots: room for the virtual seconds that booting takes.
export const BOOT_US = 60 * SECOND

/** @param untilUs where its clock stands then, or later when it needs longer */
export async function bootCluster(
  composition: Composition,
  manifests: readonly Manifest[],
  untilUs: Microseconds,
): Promise<void> {
  const time = new VirtualTimeDriver(composition.engine)
  await time.settle()
  await applyManifests(composition, time, manifests)
  await time.settle()
  const behindUs = untilUs - composition.engine.clock.now()
  if (behindUs > 0) await time.advance(behindUs)
}
