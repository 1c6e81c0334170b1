// Every pod's node exists, or the pod is being collected: the pod garbage collector takes up to two minutes (it looks every 20 s and
// waits 40 s before it believes that a node is gone; source: kubernetes pkg/controller/podgc). Where it does not run, nobody collects.

import { nodes, pods } from '@podwire/apiserver'
import { MINUTE, type Microseconds } from '@podwire/engine'
import type { Invariant } from './invariant.ts'

const PATIENCE: Microseconds = 2 * MINUTE

export const podsHaveNodes: Invariant = {
  name: 'pods-have-nodes',
  watch({ composition, engine }, changes) {
    const present = new Set<string>()
    const nodeOf = new Map<string, string>()
    const podsOn = new Map<string, Set<string>>()
    /** Nodes that are not there, though pods are on them, and since when. */
    const missing = new Map<string, Microseconds>()
    const place = (pod: string, node: string | undefined): void => {
      const before = nodeOf.get(pod)
      if (before === node) return
      if (before !== undefined) podsOn.get(before)?.delete(pod)
      if (node === undefined) {
        nodeOf.delete(pod)
        return
      }
      nodeOf.set(pod, node)
      podsOn.set(node, (podsOn.get(node) ?? new Set()).add(pod))
    }
    return () => {
      const touched = new Set<string>()
      for (const { object, last } of changes.of(nodes)) {
        if (object === undefined) present.delete(last.metadata.name)
        else present.add(last.metadata.name)
        touched.add(last.metadata.name)
      }
      for (const { key, object, last } of changes.of(pods)) {
        const leaving = object === undefined || object.metadata.deletionTimestamp !== undefined
        place(key, leaving ? undefined : object.spec.nodeName)
        if (last.spec.nodeName !== undefined) touched.add(last.spec.nodeName)
      }
      const now = engine.clock.now()
      for (const node of touched) {
        if (present.has(node) || (podsOn.get(node)?.size ?? 0) === 0) missing.delete(node)
        else if (!missing.has(node)) missing.set(node, now)
      }
      if (!composition.runs('pod-garbage-collector-controller')) return []
      return [...missing].flatMap(([node, since]) =>
        now - since < PATIENCE
          ? []
          : [...(podsOn.get(node) ?? [])].map((pod) => `${pod} is on ${node}, which does not exist`),
      )
    }
  },
}
