// Node selectors, node affinity, taints and tolerations. Pure. Source: k8s.io/component-helpers scheduling/corev1.

import type { Node, NodeSelectorRequirement, NodeSelectorTerm, Pod, Taint, Toleration } from '@podwire/apiserver'

/** Not simulated numbers apart, an operator compares one label (or field) of the node. */
function requirementHolds(value: string | undefined, requirement: NodeSelectorRequirement): boolean {
  const values = requirement.values ?? []
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return isWhole(value) && isWhole(values[0]) && Number(value) > Number(values[0])
    case 'Lt':
      return isWhole(value) && isWhole(values[0]) && Number(value) < Number(values[0])
    default:
      return false
  }
}

function isWhole(text: string | undefined): text is string {
  return text !== undefined && /^[+-]?\d+$/.test(text)
}

/** All expressions and fields of a term have to hold; a term without any holds nowhere. */
export function termMatches(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? []
  const fields = term.matchFields ?? []
  if (expressions.length + fields.length === 0) return false
  return (
    expressions.every((requirement) => requirementHolds(node.metadata.labels?.[requirement.key], requirement)) &&
    fields.every(
      (requirement) => requirement.key === 'metadata.name' && requirementHolds(node.metadata.name, requirement),
    )
  )
}

/** spec.nodeSelector and required node affinity together. */
export function nodeIsSelected(pod: Pod, node: Node): boolean {
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) {
    if (node.metadata.labels?.[key] !== value) return false
  }
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required === undefined || required.nodeSelectorTerms.some((term) => termMatches(term, node))
}

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== '' && toleration.effect !== taint.effect) return false
  const key = toleration.key ?? ''
  if (key !== '' && key !== taint.key) return false
  const operator = toleration.operator ?? 'Equal'
  if (operator === 'Exists') return true
  return operator === 'Equal' && key !== '' && (toleration.value ?? '') === (taint.value ?? '')
}

export function isTolerated(taint: Taint, tolerations: readonly Toleration[] | undefined): boolean {
  return (tolerations ?? []).some((toleration) => tolerates(toleration, taint))
}
