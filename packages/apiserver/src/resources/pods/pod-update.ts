// What may change in a pod after it was created. Source: kubernetes core/validation (ValidatePodUpdate,
// ValidatePodEphemeralContainersUpdate).

import { withNotesOf } from '../../decode/sent-empty.ts'
import { goDiff, goStructs } from '../../internal-structs/index.ts'
import type {
  Affinity,
  Container,
  NodeAffinity,
  NodeSelectorTerm,
  Pod,
  PodSpec,
  Toleration,
} from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, quote, required } from '../../validation/field-errors.ts'
import { sameValue } from '../compare.ts'
import { validatePodObject } from './pod-validation.ts'
import { validateTrimmedImage } from './validation/containers.ts'
import { MIRROR_ANNOTATION } from './mirror-pod.ts'
import { validateAnnotationUpdates, validatePodAnnotations } from './validation/pod-annotations.ts'
import { validateTolerations } from './validation/scheduling.ts'

const REFUSAL =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** An unchanged spec was valid when it was stored, and the rules are still the same. */
export function validatePodUpdate(pod: Pod, old: Pod): readonly FieldError[] {
  const errors: FieldError[] = []
  if (pod.spec === old.spec) {
    // The annotations are looked at with the spec, and once more as a change.
    validatePodAnnotations(pod.metadata.annotations, pod.spec, 'metadata.annotations', errors)
    validateAnnotationUpdates(pod, old, 'metadata.annotations', errors)
    return errors
  }
  validatePodObject(pod, errors)
  validateAnnotationUpdates(pod, old, 'metadata.annotations', errors)
  for (const list of ['containers', 'initContainers'] as const) {
    if (!validateContainerList(pod.spec[list] ?? [], old.spec[list] ?? [], `spec.${list}`, errors)) return errors
  }
  if (!validateDeadline(pod.spec, old.spec, errors)) return errors
  validateTolerationsUpdate(pod.spec, old.spec, errors)
  validateGatesUpdate(pod.spec, old.spec, errors)
  const fixed = withoutChangeable(pod.spec, old.spec, errors)
  if (!sameValue(fixed, old.spec)) {
    errors.push(forbiddenField('spec', `${REFUSAL}\n${goDiff('core.PodSpec', old.spec, fixed)}`))
  }
  return errors
}

/** @returns false when nothing after it would make sense */
function validateContainerList(
  containers: readonly Container[],
  old: readonly Container[],
  path: string,
  errors: FieldError[],
): boolean {
  if (containers.length !== old.length) {
    errors.push(forbiddenField(path, 'pod updates may not add or remove containers'))
    return false
  }
  for (const [index, container] of containers.entries()) {
    if ((container.image ?? '') === '') errors.push(required(`${path}[${index}].image`))
    validateTrimmedImage(container, `${path}[${index}]`, errors)
  }
  return true
}

const MAX_INT32 = 2_147_483_647

/** It may come nearer, and never go. @returns false when nothing after it is looked at */
function validateDeadline(
  { activeDeadlineSeconds: now }: PodSpec,
  { activeDeadlineSeconds: before }: PodSpec,
  errors: FieldError[],
): boolean {
  const path = 'spec.activeDeadlineSeconds'
  if (now === undefined) {
    if (before !== undefined) {
      errors.push(invalid(path, null, 'must not update from a positive integer to nil value'))
    }
    return true
  }
  if (now < 0 || now > MAX_INT32) errors.push(invalid(path, now, `must be between 0 and ${MAX_INT32}, inclusive`))
  else if (before !== undefined && before < now) {
    errors.push(invalid(path, now, 'must be less than or equal to previous value'))
  } else return true
  return false
}

function validateTolerationsUpdate(spec: PodSpec, old: PodSpec, errors: FieldError[]): void {
  const now = spec.tolerations ?? []
  for (const toleration of old.tolerations ?? []) {
    if (now.some((candidate) => sameToleration(candidate, toleration))) continue
    const text = 'existing toleration can not be modified except its tolerationSeconds'
    errors.push(forbiddenField('spec.tolerations', text))
    return
  }
  validateTolerations(now, 'spec.tolerations', errors)
}

function sameToleration(a: Toleration, b: Toleration): boolean {
  return a.key === b.key && a.operator === b.operator && a.value === b.value && a.effect === b.effect
}

function validateGatesUpdate(spec: PodSpec, old: PodSpec, errors: FieldError[]): void {
  for (const [index, { name }] of (spec.schedulingGates ?? []).entries()) {
    if ((old.schedulingGates ?? []).some((gate) => gate.name === name)) continue
    const text = `only deletion is allowed, but found new scheduling gate '${name}'`
    errors.push(forbiddenField(`spec.schedulingGates[${index}].name`, text))
  }
}

/** The new spec with the old one's values wherever a change is allowed. */
function withoutChangeable(spec: PodSpec, old: PodSpec, errors: FieldError[]): PodSpec {
  const { activeDeadlineSeconds, schedulingGates, tolerations } = old
  const fixed: PodSpec = {
    ...spec,
    containers: withImages(spec.containers, old.containers),
    ...present('initContainers', spec.initContainers && withImages(spec.initContainers, old.initContainers ?? [])),
    ...present('activeDeadlineSeconds', activeDeadlineSeconds),
    ...present('schedulingGates', schedulingGates),
    ...present('tolerations', tolerations),
  }
  withNotesOf(spec, fixed, ['schedulingGates', 'tolerations'])
  return (schedulingGates ?? []).length > 0 ? withPlacement(fixed, old, errors) : fixed
}

/** What is undefined takes the field away. */
function present<Name extends keyof PodSpec>(name: Name, value: PodSpec[Name]): Pick<PodSpec, Name> | object {
  return { [name]: value }
}

function withImages(containers: readonly Container[], old: readonly Container[]): readonly Container[] {
  return containers.map((container, index) => {
    const image = old[index]?.image
    return image === container.image || image === undefined
      ? container
      : withNotesOf(container, { ...container, image })
  })
}

/** A pod that waits at a gate may still narrow where it goes. */
function withPlacement(spec: PodSpec, old: PodSpec, errors: FieldError[]): PodSpec {
  const { nodeSelector: before = {}, affinity: oldAffinity } = old
  const { nodeSelector: now = {}, affinity } = spec
  if (Object.entries(before).some(([key, value]) => now[key] !== value)) {
    const text = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'
    errors.push(invalid('spec.nodeSelector', spec.nodeSelector ?? null, text))
  }
  const placed = withNotesOf(spec, { ...spec, ...present('nodeSelector', old.nodeSelector) }, ['nodeSelector'])
  const oldNodes = oldAffinity?.nodeAffinity
  const nodes = affinity?.nodeAffinity
  if (sameValue(oldNodes, nodes)) return placed
  validateNodeAffinityUpdate(nodes, oldNodes, errors)
  return withNotesOf(spec, { ...placed, ...present('affinity', withNodeAffinity(affinity, oldAffinity)) })
}

function withNodeAffinity(affinity: Affinity | undefined, old: Affinity | undefined): Affinity | undefined {
  const nodes = old?.nodeAffinity
  if (affinity === undefined) return nodes === undefined ? undefined : { nodeAffinity: nodes }
  const { nodeAffinity: _replaced, ...rest } = affinity
  if (old === undefined && rest.podAffinity === undefined && rest.podAntiAffinity === undefined) return undefined
  return nodes === undefined ? rest : { ...rest, nodeAffinity: nodes }
}

function validateNodeAffinityUpdate(
  now: NodeAffinity | undefined,
  before: NodeAffinity | undefined,
  errors: FieldError[],
): void {
  const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'
  const required = before?.requiredDuringSchedulingIgnoredDuringExecution
  if (required === undefined) return
  const old = required.nodeSelectorTerms
  const terms = now?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (old.length > 0 && old.length !== (terms ?? []).length) {
    const text = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed'
    errors.push(invalid(path, goStructs('core.NodeSelectorTerm', terms), text))
    return
  }
  for (const [index, term] of old.entries()) {
    const next = terms?.[index] ?? {}
    if (onlyAdds(next, term)) continue
    const [printed] = goStructs('core.NodeSelectorTerm', [next]) as readonly unknown[]
    errors.push(invalid(`${path}[${index}]`, printed, 'only additions are allowed (no mutations or deletions)'))
  }
}

function onlyAdds(now: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const { matchExpressions = [], matchFields = [] } = before
  const { matchExpressions: expressions = [], matchFields: fields = [] } = now
  // An empty term matches nothing, and goes on doing so.
  if (matchExpressions.length + matchFields.length === 0) return expressions.length + fields.length === 0
  return (
    sameValue(expressions.slice(0, matchExpressions.length), matchExpressions) &&
    sameValue(fields.slice(0, matchFields.length), matchFields)
  )
}

/** Containers may be added to a running pod, and never changed or taken away. */
export function validateEphemeralUpdate(pod: Pod, old: Pod): readonly FieldError[] {
  const errors: FieldError[] = []
  if (old.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
    return [forbiddenField('[]', 'static pods do not support ephemeral containers')]
  }
  validatePodObject(pod, errors)
  validateAnnotationUpdates(pod, old, 'metadata.annotations', errors)
  const path = 'spec.ephemeralContainers'
  for (const before of old.spec.ephemeralContainers ?? []) {
    const now = (pod.spec.ephemeralContainers ?? []).findLast(({ name }) => name === before.name)
    const which = `existing ephemeral containers ${quote(before.name)}`
    if (now === undefined) errors.push(forbiddenField(path, `${which} may not be removed\n`))
    else if (!sameValue(now, before)) {
      const diff = goDiff('core.EphemeralContainer', before, now)
      errors.push(forbiddenField(path, `${which} may not be changed\n${diff}`))
    }
  }
  return errors
}
