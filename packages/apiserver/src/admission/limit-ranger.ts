// LimitRanger: a namespace's LimitRanges give containers default requests and limits, and bound containers, pods and claims.
// Source: kubernetes plugin/pkg/admission/limitranger/admission.go. Bounds are told in order of the resources' names.

import { compareText } from '@podwire/engine'
import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod, PodSpec } from '../objects/index.ts'
import type { Write } from '../pipeline/write.ts'
import { readList, type Resources } from '../quota/index.ts'
import { podResources } from '../quota/pod-resources.ts'
import type { Mutable } from '../resources/resource.ts'
import { limitRanges, persistentVolumeClaims, pods } from '../resources/served-types.ts'
import { boundProblems, claimProblems } from './limit-range-rules.ts'
import { knownObjects } from '../store/known-objects.ts'
import { refusedAfterValidation, type AdmissionPlugin } from './plugin.ts'

const ANNOTATION = 'kubernetes.io/limit-ranger'

type List = Readonly<Record<string, string>>

interface Defaults {
  readonly requests: List
  readonly limits: List
}

function defaultsOf({ spec }: LimitRange): Defaults {
  let requests: List = {}
  let limits: List = {}
  for (const item of spec?.limits ?? []) {
    if (item.type !== 'Container') continue
    requests = { ...requests, ...item.defaultRequest }
    limits = { ...limits, ...item.default }
  }
  return { requests, limits }
}

/** The names of what was filled in. */
function fill(container: Mutable<Container>, which: 'requests' | 'limits', defaults: List): readonly string[] {
  const known = container.resources?.[which] ?? {}
  const added = Object.keys(defaults).filter((name) => !Object.hasOwn(known, name))
  if (added.length === 0) return []
  const filled = { ...known, ...Object.fromEntries(added.map((name) => [name, defaults[name] ?? ''])) }
  // Defaults share one frozen object between containers that say nothing.
  container.resources = { ...container.resources, [which]: filled }
  return added.sort(compareText)
}

function applyDefaults(pod: Mutable<Pod>, range: LimitRange): void {
  const { requests, limits } = defaultsOf(range)
  const notes: string[] = []
  const visit = (container: Mutable<Container>, kind: string): void => {
    const limited = fill(container, 'limits', limits)
    const requested = fill(container, 'requests', requests)
    if (requested.length > 0) notes.push(`${requested.join(', ')} request for ${kind} ${container.name}`)
    if (limited.length > 0) notes.push(`${limited.join(', ')} limit for ${kind} ${container.name}`)
  }
  for (const container of pod.spec.containers) visit(container, 'container')
  for (const container of pod.spec.initContainers ?? []) visit(container, 'init container')
  if (notes.length === 0) return
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}`,
  }
}

function podProblems({ spec }: Pod, item: LimitRangeItem): readonly string[] {
  if (item.type === 'Container') {
    return [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
      boundProblems(item, { requests: readList(resources?.requests), limits: readList(resources?.limits) }),
    )
  }
  if (item.type !== 'Pod') return []
  const own = withoutExtras(spec)
  return boundProblems(item, { requests: podResources(own, 'requests'), limits: podResources(own, 'limits') })
}

/** Overhead is not bounded, and of the pod's own resources cpu and memory alone. */
function withoutExtras({ overhead: _overhead, resources, ...spec }: PodSpec): PodSpec {
  const bounded = (list: List = {}): List =>
    Object.fromEntries(Object.entries(list).filter(([name]) => name === 'cpu' || name === 'memory'))
  if (resources === undefined) return spec
  return { ...spec, resources: { requests: bounded(resources.requests), limits: bounded(resources.limits) } }
}

function storageOf({ spec }: PersistentVolumeClaim): Resources {
  return readList(spec.resources?.requests)
}

function problemsOf(write: Write, item: LimitRangeItem): readonly string[] {
  const object: unknown = write.object
  if (write.resource.type === pods) return podProblems(object as Pod, item)
  return item.type === 'PersistentVolumeClaim' ? claimProblems(item, storageOf(object as PersistentVolumeClaim)) : []
}

function rangesFor({ server, namespace }: Write): readonly LimitRange[] {
  return knownObjects(server.store, limitRanges, namespace)
}

/** A pod's containers never change their resources by an ordinary update. */
function isBounded({ resource: { type }, old }: Write): boolean {
  return (type === pods && old === undefined) || type === persistentVolumeClaims
}

export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  admit: (write) => {
    if (write.resource.type !== pods || write.old !== undefined) return
    for (const range of rangesFor(write)) applyDefaults(write.object as unknown as Mutable<Pod>, range)
  },
  validate: (write) => {
    if (!isBounded(write)) return
    for (const range of rangesFor(write)) {
      const problems = [...new Set((range.spec?.limits ?? []).flatMap((item) => problemsOf(write, item)))]
      if (problems.length === 0) continue
      throw refusedAfterValidation(write, problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`)
    }
  },
}
