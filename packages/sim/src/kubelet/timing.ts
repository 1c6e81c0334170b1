// How long a node's work takes. Draws follow measurements of small idle clusters; one stream per node, so nodes do not
// influence each other. All results are microseconds.

import { MILLISECOND, type Microseconds, type Random } from '@podwire/engine'

export interface KubeletTiming {
  /** A write at the API server → the kubelet's pod worker runs. */
  readonly noticePod: (random: Random) => Microseconds
  /** The same for a deletion, up to SIGTERM. */
  readonly noticeDeletion: (random: Random) => Microseconds
  /** Sandbox and network. */
  readonly createSandbox: (random: Random) => Microseconds
  /** An image the node does not have. */
  readonly pullImage: (random: Random) => Microseconds
  /** Asking the registry about an image the node has (pull policy Always). */
  readonly checkImage: (random: Random) => Microseconds
  readonly startContainer: (random: Random) => Microseconds
  /** A container started or ended → the kubelet knows, at the next of the node's looks, which come this often. */
  readonly relistPeriod: Microseconds
  readonly stopSandbox: (random: Random) => Microseconds
  /** Volumes unmounted, last API calls. */
  readonly removePod: (random: Random) => Microseconds
  /** After a failed sync (missing ConfigMap, refused volume). */
  readonly retry: (random: Random) => Microseconds
}

const uniform =
  (lowMs: number, highMs: number) =>
  (random: Random): Microseconds =>
    random.uniform(lowMs, highMs) * MILLISECOND

const logNormal =
  (medianMs: number, sigma: number) =>
  (random: Random): Microseconds =>
    random.logNormal(medianMs, sigma) * MILLISECOND

export const REALISTIC_TIMING: KubeletTiming = {
  noticePod: uniform(6, 70),
  noticeDeletion: uniform(6, 50),
  createSandbox: logNormal(350, 0.4),
  pullImage: logNormal(2500, 0.8),
  checkImage: logNormal(400, 0.4),
  startContainer: logNormal(180, 0.4),
  // On-demand looks of recent kubelets take up to 200 ms, the periodic one of old ones up to a second.
  relistPeriod: 200 * MILLISECOND,
  stopSandbox: logNormal(150, 0.5),
  removePod: uniform(100, 400),
  retry: uniform(10_000, 15_000),
}
