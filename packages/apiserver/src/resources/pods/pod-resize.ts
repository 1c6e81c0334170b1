// pods/resize: more or less processor and memory for a pod that runs. The kubelet does it and tells in the status; the server
// decides what may be asked. Source: kubernetes core/validation (ValidatePodResize), registry/core/pod strategy.go
// (podResizeStrategy).

import type { Container, ContainerStatus, Pod, ResourceRequirements } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid } from '../../validation/field-errors.ts'
import { sameValue } from '../compare.ts'
import type { Mutable } from '../resource.ts'
import { qosClassOf } from './pod-qos.ts'
import { validatePodObject } from './pod-validation.ts'
import { MIRROR_ANNOTATION } from './mirror-pod.ts'

/** Keeps of a request what a resize may say: resources and how to change them. */
export function resizedSpec(spec: Pod['spec'], old: Pod['spec']): Pod['spec'] {
  const initContainers = spec.initContainers ?? []
  const oldInit = old.initContainers ?? []
  // Containers that come, go or change places are left for validation to refuse.
  if (spec.containers.length !== old.containers.length || initContainers.length !== oldInit.length) return spec
  const { resources: _resources, ...rest } = old
  return {
    ...rest,
    containers: withResources(spec.containers, old.containers),
    ...(initContainers.length === 0 ? {} : { initContainers: withResources(initContainers, oldInit) }),
    ...(spec.resources === undefined ? {} : { resources: spec.resources }),
  }
}

function withResources(containers: readonly Container[], old: readonly Container[]): readonly Container[] {
  if (containers.some(({ name }, index) => old[index]?.name !== name)) return containers
  return containers.map(({ resources, resizePolicy }, index) => {
    const resized: Mutable<Partial<Container>> = { ...(old[index] as Mutable<Container>) }
    delete resized.resources
    delete resized.resizePolicy
    if (resources !== undefined) resized.resources = resources as Mutable<ResourceRequirements>
    if (resizePolicy !== undefined) resized.resizePolicy = resizePolicy as Mutable<NonNullable<typeof resizePolicy>>
    return resized as Container
  })
}

export function validatePodResize(pod: Pod, old: Pod): readonly FieldError[] {
  const errors: FieldError[] = []
  if (old.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
    return [forbiddenField('[]', 'static pods cannot be resized')]
  }
  if (old.spec.os?.name === 'windows') return [forbiddenField('[]', 'windows pods cannot be resized')]
  validatePodObject(pod, errors)
  const qosClass = old.status?.qosClass ?? qosClassOf(old.spec)
  if (qosClass !== qosClassOf(pod.spec)) {
    errors.push(invalid('spec', qosClass, 'Pod QOS Class may not change as a result of resizing'))
  }
  if (!isResizable(old.status?.containerStatuses ?? [])) {
    errors.push(forbiddenField('spec', 'Pod running on node without support for resize'))
  }
  if (hasAmounts(old.spec.resources) || hasAmounts(pod.spec.resources)) {
    validatePodAmounts(pod.spec.resources, old.spec.resources, errors)
  }
  const before = errors.length
  validateSameContainers(pod.spec.containers, old.spec.containers, 'containers', errors)
  validateSameContainers(pod.spec.initContainers ?? [], old.spec.initContainers ?? [], 'initContainers', errors)
  if (errors.length === before) validateChanges(pod.spec, old.spec, errors)
  return errors
}

function hasAmounts(resources: ResourceRequirements | undefined): boolean {
  return Object.keys(resources?.requests ?? {}).length + Object.keys(resources?.limits ?? {}).length > 0
}

/** What the pod as a whole may use. */
function validatePodAmounts(
  now: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
  errors: FieldError[],
): void {
  if (old !== undefined && now === undefined) {
    errors.push(forbiddenField('spec.resources', 'pod-level resources cannot be removed'))
    return
  }
  if (old !== undefined) refuseRemoval(now, old, 'spec.resources', 'pod-level resource', errors)
  if (!sameValue(fixedAmounts(now, old), fixedAmounts(old, old))) {
    errors.push(forbiddenField('spec', 'only cpu and memory resources are mutable at pod-level'))
  }
}

/** A kubelet that can resize tells what running containers have. */
function isResizable(statuses: readonly ContainerStatus[]): boolean {
  const running = statuses.find(({ state }) => state?.running !== undefined)
  return running === undefined || running.resources !== undefined
}

function validateSameContainers(
  containers: readonly Container[],
  old: readonly Container[],
  list: string,
  errors: FieldError[],
): void {
  if (containers.length !== old.length) {
    errors.push(forbiddenField(`spec.${list}`, `${list} may not be added or removed on resize`))
    return
  }
  for (const [index, { name }] of old.entries()) {
    if (containers[index]?.name === name) continue
    errors.push(forbiddenField(`spec.${list}[${index}].name`, `${list} may not be renamed or reordered on resize`))
  }
}

const ONLY = 'only cpu and memory resources are mutable'
const ONLY_INIT = 'only cpu and memory resources for init or sidecar containers are mutable'
const RESTARTS = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized'

function validateChanges(spec: Pod['spec'], old: Pod['spec'], errors: FieldError[]): void {
  const init = spec.initContainers ?? []
  const oldInit = old.initContainers ?? []
  const word = 'resource'
  for (const [index, before] of oldInit.entries()) {
    refuseRemoval(init[index]?.resources, before.resources, `spec.initContainers[${index}].resources`, word, errors)
  }
  for (const [index, { resources }] of old.containers.entries()) {
    refuseRemoval(spec.containers[index]?.resources, resources, `spec.containers[${index}].resources`, word, errors)
  }
  for (const [index, container] of spec.containers.entries()) {
    if (!sameButAmounts(container, old.containers[index])) errors.push(forbiddenField('spec', ONLY))
  }
  for (const [index, container] of init.entries()) {
    const path = `spec.initContainers[${index}]`
    if (!sameButAmounts(container, oldInit[index])) errors.push(forbiddenField(path, ONLY_INIT))
    if (container.restartPolicy === 'Always' || sameValue(container, oldInit[index])) continue
    for (const { restartPolicy } of container.resizePolicy ?? []) {
      if (restartPolicy === 'RestartContainer') errors.push(forbiddenField(path, RESTARTS))
    }
  }
  if (errors.length === 0 && !sameRest(spec, old)) errors.push(forbiddenField('spec', ONLY))
}

/** Processor and memory may change, but not be taken away. */
function refuseRemoval(
  now: ResourceRequirements | undefined,
  before: ResourceRequirements | undefined,
  path: string,
  word: string,
  errors: FieldError[],
): void {
  for (const kind of ['requests', 'limits'] as const) {
    const names = Object.keys(before?.[kind] ?? {})
    const kept = now?.[kind] ?? {}
    if (names.every((name) => Object.hasOwn(kept, name))) continue
    errors.push(forbiddenField(`${path}.${kind}`, `${word} ${kind} cannot be removed`))
  }
}

/** Claims of devices are none of a resize, so who has any cannot be resized. */
function sameButAmounts(container: Container, old: Container | undefined): boolean {
  if (old === undefined || (old.resources?.claims ?? []).length > 0) return false
  return sameValue(
    { ...container, resources: fixedAmounts(container.resources, old.resources) },
    { ...old, resources: fixedAmounts(old.resources, old.resources) },
  )
}

/** All but processor and memory, and those of before. */
function fixedAmounts(now: ResourceRequirements | undefined, old: ResourceRequirements | undefined): object {
  const isFree = ([name]: readonly [string, unknown]): boolean => name === 'cpu' || name === 'memory'
  const rest = (kind: 'limits' | 'requests'): object => ({
    ...Object.fromEntries(Object.entries(now?.[kind] ?? {}).filter((entry) => !isFree(entry))),
    ...Object.fromEntries(Object.entries(old?.[kind] ?? {}).filter(isFree)),
  })
  return { limits: rest('limits'), requests: rest('requests') }
}

function sameRest(spec: Pod['spec'], old: Pod['spec']): boolean {
  const { containers: _a, initContainers: _b, resources: _c, ...now } = spec
  const { containers: _d, initContainers: _e, resources: _f, ...before } = old
  return sameValue(now, before)
}
