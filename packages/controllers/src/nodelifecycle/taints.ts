// The taints a node's conditions and cordon put on it. Pure. Source: kubernetes pkg/controller/nodelifecycle
// (doNoScheduleTaintingPass, processTaintBaseEviction).

import type { Node, Taint } from '@podwire/apiserver'

const NOT_READY = 'node.kubernetes.io/not-ready'
const UNREACHABLE = 'node.kubernetes.io/unreachable'
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable'

/** Condition and status → taint key. */
const TAINTING: readonly (readonly [type: string, status: string, key: string])[] = [
  ['Ready', 'False', NOT_READY],
  ['Ready', 'Unknown', UNREACHABLE],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
]

const MANAGED_KEYS: ReadonlySet<string> = new Set([...TAINTING.map(([, , key]) => key), UNSCHEDULABLE])

export function readyStatus(node: Node): string | undefined {
  return node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status
}

/** The NoExecute taint of a node that is not ready, or undefined. */
function evictionTaintKey(node: Node): string | undefined {
  const ready = readyStatus(node)
  return ready === 'False' ? NOT_READY : ready === 'Unknown' ? UNREACHABLE : undefined
}

/**
 * The node's taints as they should be; undefined when they already are.
 * @param evict whether the NoExecute taint is added now, held back (nodes of a zone lose their pods one after the other), or not
 * had at all
 */
export function wantedTaints(
  node: Node,
  evict: 'now' | 'later' | 'never',
  timestamp: string,
): readonly Taint[] | undefined {
  const present = node.spec.taints ?? []
  const wanted = new Map<string, string>()
  for (const [type, status, key] of TAINTING) {
    const found = node.status?.conditions?.some((condition) => condition.type === type && condition.status === status)
    if (found === true) wanted.set(`${key} NoSchedule`, key)
  }
  if (node.spec.unschedulable === true) wanted.set(`${UNSCHEDULABLE} NoSchedule`, UNSCHEDULABLE)
  const eviction = evict === 'never' ? undefined : evictionTaintKey(node)
  const evictionKeys = new Set([NOT_READY, UNREACHABLE])
  const kept = present.filter(({ key, effect }) => {
    if (effect === 'NoSchedule' && MANAGED_KEYS.has(key)) return wanted.has(`${key} NoSchedule`)
    return effect !== 'NoExecute' || !evictionKeys.has(key) || key === eviction
  })
  const has = (key: string, effect: string): boolean =>
    kept.some((taint) => taint.key === key && taint.effect === effect)
  const added: Taint[] = []
  for (const key of wanted.values()) {
    if (!has(key, 'NoSchedule')) added.push({ key, effect: 'NoSchedule', timeAdded: timestamp })
  }
  if (evict === 'now' && eviction !== undefined && !has(eviction, 'NoExecute')) {
    added.push({ key: eviction, effect: 'NoExecute', timeAdded: timestamp })
  }
  return added.length === 0 && kept.length === present.length ? undefined : [...kept, ...added]
}

/** It has the NoExecute taint for the other reason: that is changed at once, without waiting for its turn. */
export function swapsEvictionTaint(node: Node): boolean {
  const key = evictionTaintKey(node)
  if (key === undefined) return false
  const other = key === NOT_READY ? UNREACHABLE : NOT_READY
  return (node.spec.taints ?? []).some((taint) => taint.key === other && taint.effect === 'NoExecute')
}

export function needsEvictionTaint(node: Node): boolean {
  const key = evictionTaintKey(node)
  if (key === undefined) return false
  return !(node.spec.taints ?? []).some((taint) => taint.key === key && taint.effect === 'NoExecute')
}
