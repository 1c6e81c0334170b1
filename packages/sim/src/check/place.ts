// Where a check starts from: `external`, `node/NAME`, `NAMESPACE/POD`, or `NAMESPACE/key=value` for the first ready pod with these labels.

import type { Cluster } from '../sdk/cluster.ts'
import type { Machine } from '../sdk/machine.ts'
import type { PodHandle } from '../sdk/pod-handle.ts'
import { UnmetError } from './unmet.ts'

/** @throws UnmetError when no such pod is ready; PodwireError for what is no place */
export function machineAt(cluster: Cluster, place: string): Machine {
  return place.includes('=') ? readyPod(cluster, place) : cluster.place(place)
}

/**
 * The first by `NAMESPACE/key=value`.
 * @throws UnmetError when none is ready
 */
export function readyPod(cluster: Cluster, selector: string): PodHandle {
  const pod = podsOf(cluster, selector).find(({ ready }) => ready)
  if (pod === undefined) throw new UnmetError(`no pod of ${selector} is ready`, `没有就绪的 Pod 符合 ${selector}`)
  return pod
}

/** Pods by `NAMESPACE/key=value,…`. */
export function podsOf(cluster: Cluster, selector: string): readonly PodHandle[] {
  const slash = selector.indexOf('/')
  const pairs = selector
    .slice(slash + 1)
    .split(',')
    .map((pair) => pair.split('='))
  return cluster.pods(
    Object.fromEntries(pairs.map(([key = '', value = '']) => [key.trim(), value.trim()])),
    slash < 0 ? 'default' : selector.slice(0, slash),
  )
}
