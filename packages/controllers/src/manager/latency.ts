// How long each controller takes to react: draws that resemble an idle small cluster. One draw per queued key, from the
// queue's own stream, so that one more draw here does not move another component.

import { MILLISECOND, type Microseconds, type Random } from '@podwire/engine'

export type Latency = (random: Random) => Microseconds

/** One API write as the writer waits for it. */
const apiWrite = (random: Random): Microseconds => random.uniform(2, 12) * MILLISECOND

/** Watch events reach the controllers of the same machine almost at once. */
export const managerWatchLatency: Latency = (random) => random.uniform(0.4, 0.7) * MILLISECOND

/** Deployment → ReplicaSet → pod: each level. Pods that become ready a few milliseconds apart are seen one by one. */
export const workloadLatency: Latency = (random) => random.uniform(0.1, 0.3) * MILLISECOND

/** A run of such a controller, which writes a status and an object or two. */
export const workloadWork: Latency = (random) => random.logNormal(1.5, 0.4) * MILLISECOND

/** Pod or Service change → EndpointSlice or Endpoints written. */
export const endpointsLatency: Latency = (random) => random.uniform(3, 20) * MILLISECOND + apiWrite(random)

/** Pod enqueued → bound. */
export const schedulerLatency: Latency = (random) => random.logNormal(8, 0.6) * MILLISECOND + apiWrite(random)

/** One level of the garbage collector, one pass over a terminating namespace. */
export const collectorLatency: Latency = (random) => random.uniform(50, 500) * MILLISECOND

/** Service account and root certificate of a new namespace: there within about 100 ms. */
export const accountLatency: Latency = (random) => random.uniform(5, 40) * MILLISECOND
