// What objects of a kind use of the resources quotas count: pods their requests and limits, Services node ports and load
// balancers, claims their storage, and everything one of `count/RESOURCE.GROUP`.
// Source: kubernetes pkg/quota/v1/evaluator/core/{pods,services,persistent_volume_claims,registry}.go.

import { compareText } from '@podwire/engine'
import type { PersistentVolumeClaim, Pod, Service } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { groupResourceOf, type ResourceType } from '../resources/resource-type.ts'
import { persistentVolumeClaims, pods, services } from '../resources/served-types.ts'
import type { Quantity } from '../validation/quantity.ts'
import { podResources } from './pod-resources.ts'
import { readList, type Resources } from './resource-list.ts'

export interface QuotaEvaluator {
  /** Does this kind use what a quota calls `name`? */
  tracks(name: string): boolean
  /** Does an update of an object change what it uses? */
  readonly countsUpdates: boolean
  usage(object: KubeObject, nowMs: number): Resources
  /** Why an object may not be counted by a quota that tracks `names`. */
  problem?(object: KubeObject, names: readonly string[]): string | undefined
}

/** Nobody counts these. */
export const IGNORED_BY_QUOTA: ReadonlySet<string> = new Set(['events', 'events.events.k8s.io'])

/** Names of object counts from before `count/`. */
const OLD_COUNTS: ReadonlyMap<string, string> = new Map([
  ['configmaps', 'configmaps'],
  ['resourcequotas', 'resourcequotas'],
  ['replicationcontrollers', 'replicationcontrollers'],
  ['secrets', 'secrets'],
])

const quantity = (count: number): Quantity => ({ nano: BigInt(count) * 1_000_000_000n, format: 'decimal' })
const ONE = quantity(1)

function countName(type: ResourceType): string {
  return `count/${groupResourceOf(type)}`
}

function countEvaluator(type: ResourceType): QuotaEvaluator {
  const old = type.group === '' ? OLD_COUNTS.get(type.resource) : undefined
  const names = old === undefined ? [countName(type)] : [countName(type), old]
  const usage: Resources = new Map(names.map((name) => [name, ONE]))
  return { tracks: (name) => names.includes(name), countsUpdates: false, usage: () => usage }
}

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'] as const
const POD_NAMES: ReadonlySet<string> = new Set([
  countName(pods),
  'pods',
  ...COMPUTE.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
])
/** Of these a pod must say what it needs when a quota counts them. */
const MUST_SAY: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
])

function isExtended(name: string): boolean {
  return name.includes('/') && !name.startsWith('requests.') && !/(^|\.)kubernetes\.io\//.test(name)
}

function tracksPods(name: string): boolean {
  if (POD_NAMES.has(name) || name.startsWith('hugepages-') || name.startsWith('requests.hugepages-')) return true
  return name.startsWith('requests.') && isExtended(name.slice('requests.'.length))
}

function computeUsage(requests: Resources, limits: Resources): Map<string, Quantity> {
  const usage = new Map<string, Quantity>([['pods', ONE]])
  for (const name of COMPUTE) {
    const request = requests.get(name)
    const limit = limits.get(name)
    if (request !== undefined) usage.set(name, request).set(`requests.${name}`, request)
    if (limit !== undefined) usage.set(`limits.${name}`, limit)
  }
  for (const [name, request] of requests) {
    if (name.startsWith('hugepages-')) usage.set(name, request).set(`requests.${name}`, request)
    else if (isExtended(name)) usage.set(`requests.${name}`, request)
  }
  return usage
}

/** Pods that have ended, or should be gone by now, use nothing but their place. */
function counts({ status, metadata }: Pod, nowMs: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return false
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return true
  return nowMs <= Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000
}

function podProblem({ spec }: Pod, names: readonly string[]): string | undefined {
  const wanted = names.filter((name) => MUST_SAY.has(name)).sort(compareText)
  const missing = wanted.flatMap((name) => {
    const silent = [...spec.containers, ...(spec.initContainers ?? [])]
      .filter(({ resources }) => !computeUsage(readList(resources?.requests), readList(resources?.limits)).has(name))
      .map((container) => container.name)
    return silent.length === 0 ? [] : `${name} for: ${silent.sort(compareText).join(',')}`
  })
  return missing.length === 0 ? undefined : `must specify ${missing.join('; ')}`
}

const podEvaluator: QuotaEvaluator = {
  tracks: tracksPods,
  countsUpdates: false,
  usage: (object, nowMs) => {
    const pod = object as Pod
    const place: Resources = new Map([[countName(pods), ONE]])
    if (!counts(pod, nowMs)) return place
    const usage = computeUsage(podResources(pod.spec, 'requests'), podResources(pod.spec, 'limits'))
    return usage.set(countName(pods), ONE)
  },
  problem: (object, names) => podProblem(object as Pod, names),
}

const SERVICE_NAMES = [countName(services), 'services', 'services.nodeports', 'services.loadbalancers']

const serviceEvaluator: QuotaEvaluator = {
  tracks: (name) => SERVICE_NAMES.includes(name),
  countsUpdates: true,
  usage: (object) => {
    const { type, ports = [], allocateLoadBalancerNodePorts } = (object as Service).spec
    const balanced = type === 'LoadBalancer'
    const explicit = ports.filter(({ nodePort = 0 }) => nodePort !== 0).length
    const all = type === 'NodePort' || (balanced && allocateLoadBalancerNodePorts !== false)
    return new Map([
      [countName(services), ONE],
      ['services', ONE],
      ['services.loadbalancers', quantity(balanced ? 1 : 0)],
      ['services.nodeports', quantity(all ? ports.length : balanced ? explicit : 0)],
    ])
  },
}

const CLASS_SUFFIX = '.storageclass.storage.k8s.io/'
const CLAIM_NAMES = [countName(persistentVolumeClaims), 'persistentvolumeclaims', 'requests.storage']

const claimEvaluator: QuotaEvaluator = {
  tracks: (name) =>
    CLAIM_NAMES.includes(name) ||
    name.endsWith(`${CLASS_SUFFIX}persistentvolumeclaims`) ||
    name.endsWith(`${CLASS_SUFFIX}requests.storage`),
  countsUpdates: true,
  usage: (object) => {
    const { storageClassName = '', resources } = (object as PersistentVolumeClaim).spec
    const ofClass = storageClassName === '' ? [] : [`${storageClassName}${CLASS_SUFFIX}`]
    const usage = new Map<string, Quantity>([[countName(persistentVolumeClaims), ONE]])
    for (const prefix of ['', ...ofClass]) usage.set(`${prefix}persistentvolumeclaims`, ONE)
    const storage = readList(resources?.requests).get('storage')
    if (storage !== undefined) for (const prefix of ['', ...ofClass]) usage.set(`${prefix}requests.storage`, storage)
    return usage
  },
}

const evaluators = new WeakMap<ResourceType, QuotaEvaluator>([
  [pods, podEvaluator],
  [services, serviceEvaluator],
  [persistentVolumeClaims, claimEvaluator],
])

export function evaluatorOf(type: ResourceType): QuotaEvaluator {
  const known = evaluators.get(type)
  if (known !== undefined) return known
  const made = countEvaluator(type)
  evaluators.set(type, made)
  return made
}
