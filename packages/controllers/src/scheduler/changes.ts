// Which changes are a reason to look at a waiting pod again: each filter that kept it off a node is asked whether what happened may
// help. Pure. Source: kube-scheduler eventhandlers.go, backend/queue (isPodWorthRequeuing), framework/plugins (EventsToRegister and
// the queueing hints). Who was kept off by nobody (there was no node) is always looked at.

import type { Node, Pod } from '@podwire/apiserver'
import { isPodDeleting } from '../objects/pod-state.ts'
import { sameMap, semanticEqual } from '../objects/semantic-equal.ts'
import type { PluginName } from './filters.ts'
import { isTolerated, nodeIsSelected } from './node-rules.ts'
import { type AffinityTerm, type PodInfo, podInfo } from './pod-info.ts'
import type { NamespaceLabels } from './pod-selector.ts'
import { amountsOf, hostPorts, podRequests, portsConflict } from './requests.ts'

export type Change =
  /** A node came or changed. */
  | { readonly kind: 'node'; readonly old: Node | undefined; readonly node: Node }
  | { readonly kind: 'node gone'; readonly node: Node }
  /** A pod was placed, or is placed and changed. */
  | { readonly kind: 'pod'; readonly old: Pod | undefined; readonly pod: Pod }
  /** A pod that had a node, or was to have one, went. */
  | { readonly kind: 'pod gone'; readonly pod: Pod }
  /** The waiting pod asks for something else. */
  | { readonly kind: 'itself'; readonly old: Pod; readonly pod: Pod }

type Hint = (info: PodInfo, change: Change) => boolean

// Hints know no namespace's labels: of terms with a namespaceSelector only one that selects all finds pods.
const UNREAD: NamespaceLabels = () => ({})

/** It holds for the node and did not hold for the node as it was. */
const holdsNow = (change: Change, holds: (node: Node) => boolean): boolean =>
  change.kind === 'node' && holds(change.node) && !(change.old !== undefined && holds(change.old))

const labelsOf = ({ metadata }: Node): Readonly<Record<string, string>> => metadata.labels ?? {}

const sameTolerations = (old: Pod, pod: Pod): boolean => semanticEqual(old.spec.tolerations, pod.spec.tolerations)

/** Does the pod ask for less, of one of these resources or of any? */
function asksLess(old: Pod, pod: Pod, resources?: ReadonlySet<string>): boolean {
  const now = podRequests(pod)
  const shrinks = ([resource, amount]: readonly [string, number]): boolean =>
    resources?.has(resource) !== false && amount > (now.get(resource) ?? 0)
  return [...podRequests(old)].some(shrinks)
}

const nodeResourcesFit: Hint = ({ requests }, change) => {
  if (change.kind === 'pod gone') return true
  if (change.kind === 'itself') return asksLess(change.old, change.pod)
  if (change.kind === 'pod') {
    const wanted = [...requests].filter(([, amount]) => amount > 0).map(([resource]) => resource)
    return change.old !== undefined && asksLess(change.old, change.pod, new Set(wanted))
  }
  if (change.kind !== 'node') return false
  const { old, node } = change
  const now = amountsOf(node.status?.allocatable)
  const asked = [...requests, ['pods', 1] as const].filter(([, amount]) => amount > 0)
  // Empty it would have to be large enough.
  if (asked.some(([resource, amount]) => amount > (now.get(resource) ?? 0))) return false
  if (old === undefined) return true
  const before = amountsOf(old.status?.allocatable)
  return asked.some(([resource]) => (now.get(resource) ?? 0) > (before.get(resource) ?? 0))
}

const podTopologySpread: Hint = ({ spread }, change) => {
  const hard = spread.filter(({ constraint }) => constraint.whenUnsatisfiable === 'DoNotSchedule')
  const keys = hard.map(({ constraint }) => constraint.topologyKey)
  const hasKeys = (node: Node): boolean => keys.every((key) => labelsOf(node)[key] !== undefined)
  switch (change.kind) {
    case 'node': {
      const { old, node } = change
      if (old === undefined || hasKeys(old) !== hasKeys(node)) return hasKeys(node) || old !== undefined
      const moved = keys.some((key) => labelsOf(old)[key] !== labelsOf(node)[key])
      return hasKeys(node) && (moved || !semanticEqual(old.spec.taints, node.spec.taints))
    }
    case 'node gone':
      return hasKeys(change.node)
    case 'pod': {
      const { old, pod } = change
      const counts = ({ selector }: (typeof hard)[number], one: Pod): boolean => selector.matches(one, UNREAD)
      if (old === undefined) return hard.some((one) => counts(one, pod))
      return !sameLabels(old, pod) && hard.some((one) => counts(one, old) !== counts(one, pod))
    }
    case 'pod gone':
      return hard.some(({ selector }) => selector.matches(change.pod, UNREAD))
    case 'itself': {
      const { old, pod } = change
      const asksTaints = hard.some(({ constraint }) => constraint.nodeTaintsPolicy === 'Honor')
      if (asksTaints && !sameTolerations(old, pod)) return true
      return hard.some(({ selector }) => selector.matches(old, UNREAD) !== selector.matches(pod, UNREAD))
    }
  }
}

const interPodAffinity: Hint = ({ pod: waiting, requiredAffinity, requiredAntiAffinity }, change) => {
  const all = (terms: readonly AffinityTerm[], pod: Pod): boolean =>
    terms.length > 0 && terms.every(({ selector }) => selector.matches(pod, UNREAD))
  switch (change.kind) {
    case 'node': {
      const { old, node } = change
      const keys = [...requiredAffinity, ...requiredAntiAffinity].map(({ topologyKey }) => topologyKey)
      if (old === undefined) return keys.length === 0 || keys.some((key) => labelsOf(node)[key] !== undefined)
      // The terms of placed pods may name any label.
      if (keys.length === 0) return !sameMap(old.metadata.labels, node.metadata.labels)
      return keys.some((key) => labelsOf(node)[key] !== undefined && labelsOf(old)[key] !== labelsOf(node)[key])
    }
    case 'node gone':
      return false
    case 'pod': {
      const { old, pod } = change
      if (old === undefined) return all(requiredAffinity, pod)
      if (sameLabels(old, pod)) return false
      const joins = all(requiredAffinity, pod) && !all(requiredAffinity, old)
      return joins || (all(requiredAntiAffinity, old) && !all(requiredAntiAffinity, pod))
    }
    case 'pod gone': {
      if (all(requiredAntiAffinity, change.pod)) return true
      return change.pod.spec.affinity !== undefined && all(podInfo(change.pod).requiredAntiAffinity, waiting)
    }
    case 'itself':
      return !sameLabels(change.old, change.pod)
  }
}

const sameLabels = (old: Pod, pod: Pod): boolean => sameMap(old.metadata.labels, pod.metadata.labels)

const UNSCHEDULABLE = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

const HINTS: Readonly<Record<PluginName, Hint>> = {
  NodeUnschedulable: (_, change) =>
    change.kind === 'itself'
      ? !sameTolerations(change.old, change.pod) && isTolerated(UNSCHEDULABLE, change.pod.spec.tolerations)
      : holdsNow(change, ({ spec }) => spec.unschedulable !== true),
  TaintToleration: ({ pod }, change) =>
    (change.kind === 'itself' && !sameTolerations(change.old, change.pod)) ||
    holdsNow(change, ({ spec }) =>
      (spec.taints ?? []).every(
        (taint) => taint.effect === 'PreferNoSchedule' || isTolerated(taint, pod.spec.tolerations),
      ),
    ),
  NodeAffinity: ({ pod }, change) => holdsNow(change, (node) => nodeIsSelected(pod, node)),
  NodePorts: ({ ports }, change) =>
    change.kind === 'pod gone'
      ? hostPorts(change.pod).some((freed) => ports.some((port) => portsConflict(port, freed)))
      : change.kind === 'node' && change.old === undefined,
  NodeResourcesFit: nodeResourcesFit,
  VolumeBinding: (_, change) =>
    change.kind === 'node' &&
    (change.old === undefined || !sameMap(change.old.metadata.labels, change.node.metadata.labels)),
  PodTopologySpread: podTopologySpread,
  InterPodAffinity: interPodAffinity,
}

/** Is what happened a reason to try the pod again? */
export function mayHelp(
  { info, rejectors }: { readonly info: PodInfo; readonly rejectors: ReadonlySet<PluginName> },
  change: Change,
): boolean {
  if (rejectors.size === 0) return true
  for (const plugin of rejectors) if (HINTS[plugin](info, change)) return true
  return false
}

/** Of what a node is, only this decides about pods. */
export function sameForPods(old: Node, node: Node): boolean {
  return (
    old.spec.unschedulable === node.spec.unschedulable &&
    semanticEqual(old.spec.taints, node.spec.taints) &&
    semanticEqual(old.metadata.labels, node.metadata.labels) &&
    semanticEqual(old.status?.allocatable, node.status?.allocatable)
  )
}

/** The pod takes the same room and counts for the same selectors. */
export function samePlace(old: Pod, pod: Pod): boolean {
  return (
    isPodDeleting(old) === isPodDeleting(pod) &&
    semanticEqual(old.metadata.labels, pod.metadata.labels) &&
    semanticEqual(old.metadata.ownerReferences, pod.metadata.ownerReferences) &&
    semanticEqual(old.spec.containers, pod.spec.containers)
  )
}

export function sameWishes(old: Pod, pod: Pod): boolean {
  return semanticEqual(old.spec, pod.spec) && semanticEqual(old.metadata.labels, pod.metadata.labels)
}
