// Defaults of pod specs, in pods and in templates. Source: kubernetes core/v1/defaults.go, conversion.go; recorded pods of 1.36.

import type { Affinity, Pod, PodSpec, PodTemplateSpec } from '../../objects/index.ts'
import type { Mutable } from '../resource.ts'
import {
  defaultContainer,
  defaultHostPorts,
  defaultRequests,
  dropEmptyPortFields,
  roundAmounts,
  roundList,
} from './container-defaults.ts'
import { defaultPodResources } from './pod-resource-defaults.ts'
import { defaultVolume } from './volume-defaults.ts'

// Defaults that are objects are shared: frozen once, they cost nothing per pod.
const EMPTY = Object.freeze({})

/** Defaults for a spec in a pod or a template. */
function defaultPodSpec(spec: Mutable<PodSpec>): void {
  spec.dnsPolicy ||= 'ClusterFirst'
  spec.restartPolicy ||= 'Always'
  spec.terminationGracePeriodSeconds ??= 30
  spec.schedulerName ||= 'default-scheduler'
  spec.securityContext ??= EMPTY
  spec.containers ??= []
  // The old name of serviceAccountName is kept in step with it.
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName
  else if (spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount
  for (const container of spec.containers) defaultContainer(container)
  if (spec.initContainers !== undefined) for (const container of spec.initContainers) defaultContainer(container)
  if (spec.ephemeralContainers !== undefined) {
    for (const container of spec.ephemeralContainers) defaultContainer(container)
  }
  if (spec.volumes !== undefined) for (const volume of spec.volumes) defaultVolume(volume)
  if (spec.affinity !== undefined) defaultAffinity(spec.affinity)
  if (spec.overhead !== undefined) roundList(spec.overhead)
  if (spec.resources !== undefined) roundAmounts(spec.resources)
}

/** Preferences of nothing are there all the same: Go holds their terms by value. */
function defaultAffinity({ nodeAffinity, podAffinity, podAntiAffinity }: Mutable<Affinity>): void {
  for (const term of nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) term.preference ??= {}
  for (const affinity of [podAffinity, podAntiAffinity]) {
    const terms = affinity?.preferredDuringSchedulingIgnoredDuringExecution
    for (const term of terms ?? []) term.podAffinityTerm ??= { topologyKey: '' }
  }
}

/** Where init containers were before they had a field: gone with every conversion. */
const DROPPED_ANNOTATIONS = ['init-containers', 'init-container-statuses'].flatMap((name) => [
  `pod.beta.kubernetes.io/${name}`,
  `pod.alpha.kubernetes.io/${name}`,
])

function dropAnnotations(metadata: Partial<Pick<Mutable<Pod>['metadata'], 'annotations'>>): void {
  const { annotations } = metadata
  if (annotations === undefined || !DROPPED_ANNOTATIONS.some((name) => Object.hasOwn(annotations, name))) return
  const kept = Object.entries(annotations).filter(([name]) => !DROPPED_ANNOTATIONS.includes(name))
  if (kept.length === 0) delete metadata.annotations
  else metadata.annotations = Object.fromEntries(kept)
}

/** Defaults of templates: as a pod's, without what only pods have. */
export function defaultPodTemplate(template: Mutable<PodTemplateSpec>): void {
  template.metadata ??= {}
  dropAnnotations(template.metadata)
  template.spec ??= { containers: [] }
  defaultPodSpec(template.spec)
  dropEmptyFields(template.spec)
}

/** Defaults only pods have. */
export function defaultPod(pod: Mutable<Pod>): void {
  pod.spec ??= { containers: [] }
  const { spec } = pod
  dropAnnotations(pod.metadata)
  defaultPodSpec(spec)
  spec.enableServiceLinks ??= true
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1
  for (const container of spec.containers) defaultRequests(container)
  if (spec.initContainers !== undefined) for (const container of spec.initContainers) defaultRequests(container)
  if (spec.resources !== undefined) defaultPodResources(spec, spec.resources)
  if (spec.hostNetwork === true) {
    defaultHostPorts(spec.containers)
    defaultHostPorts(spec.initContainers)
  }
  dropEmptyFields(spec)
}

function dropEmptyFields(spec: Mutable<PodSpec>): void {
  for (const container of spec.containers) if (container.ports !== undefined) dropEmptyPortFields(container)
  if (spec.initContainers === undefined) return
  for (const container of spec.initContainers) if (container.ports !== undefined) dropEmptyPortFields(container)
}
