// The door's view of what is served: resources found by group, version and plural, and grouped as discovery lists them.
// Beside the stored resources there are the virtual ones that are only ever created: reviews of rights and identities.

import { compareText } from '@podwire/engine'
import type { CustomKind } from '../custom-resources/custom-kind.ts'
import type { Resource } from '../resources/resource.ts'
import { compareVersions } from '../resources/version-order.ts'

/** What discovery says of a resource or subresource. */
export interface DiscoveredResource {
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  readonly singular: string
  readonly verbs: readonly string[]
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** False for what is never stored. */
  readonly stored: boolean
  /** Group and version are said of custom kinds, and everything stands in the order their own server lists it. */
  readonly custom?: { readonly group: string; readonly version: string; readonly storageVersion: string }
  readonly subresources: readonly DiscoveredSubresource[]
}

export interface DiscoveredSubresource {
  readonly name: string
  /** Named only where it differs from the parent's. */
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly verbs: readonly string[]
}

export interface ServedVersion {
  readonly version: string
  readonly resources: readonly DiscoveredResource[]
}

export interface ServedGroup {
  /** '' for core. */
  readonly group: string
  /** Preferred version first. */
  readonly versions: readonly ServedVersion[]
}

/** Subresources that are streams of the pod's node; the door serves them itself. */
export const STREAM_SUBRESOURCES: ReadonlyMap<string, DiscoveredSubresource> = new Map(
  [
    { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
  ].map((subresource) => [subresource.name, subresource]),
)

/** Resources whose requests may be passed on to what they stand for. */
const PROXIED: ReadonlyMap<string, DiscoveredSubresource> = new Map(
  [
    ['nodes', 'NodeProxyOptions'] as const,
    ['pods', 'PodProxyOptions'] as const,
    ['services', 'ServiceProxyOptions'] as const,
  ].map(([resource, kind]) => [
    resource,
    { name: 'proxy', kind, verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  ]),
)

interface Review {
  readonly group: string
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  /** The minor release that brought it. */
  readonly since: number
}

/** Created and answered, never stored. */
export const REVIEWS: readonly Review[] = [
  {
    group: 'authentication.k8s.io',
    resource: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    namespaced: false,
    since: 28,
  },
  { group: 'authentication.k8s.io', resource: 'tokenreviews', kind: 'TokenReview', namespaced: false, since: 6 },
  {
    group: 'authorization.k8s.io',
    resource: 'localsubjectaccessreviews',
    kind: 'LocalSubjectAccessReview',
    namespaced: true,
    since: 6,
  },
  {
    group: 'authorization.k8s.io',
    resource: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    namespaced: false,
    since: 6,
  },
  {
    group: 'authorization.k8s.io',
    resource: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
    namespaced: false,
    since: 6,
  },
  {
    group: 'authorization.k8s.io',
    resource: 'subjectaccessreviews',
    kind: 'SubjectAccessReview',
    namespaced: false,
    since: 6,
  },
]

/** The order of groups in /apis; others come after, by name. */
const GROUP_ORDER: readonly string[] = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
]

/** Since 1.20 what extensions/v1beta1 still has comes after the group that replaced it. */
const EXTENSIONS_LATE_SINCE = 20

function groupRank(group: string, minor: number): number {
  if (group === 'extensions') return GROUP_ORDER.indexOf(minor < EXTENSIONS_LATE_SINCE ? '' : 'networking.k8s.io') + 0.5
  const rank = GROUP_ORDER.indexOf(group)
  return rank < 0 ? GROUP_ORDER.length : rank
}

/** autoscaling's betas alone stand in the order they came. */
const VERSION_ORDER: ReadonlyMap<string, readonly string[]> = new Map([
  ['autoscaling', ['v2', 'v1', 'v2beta1', 'v2beta2']],
])

function inGroup(group: string): (a: string, b: string) => number {
  const order = VERSION_ORDER.get(group)
  return order === undefined ? compareVersions : (a, b) => order.indexOf(a) - order.indexOf(b)
}

function discovered(resource: Resource): DiscoveredResource {
  const { type } = resource
  const status: readonly DiscoveredSubresource[] = resource.status
    ? [{ name: 'status', kind: type.kind, verbs: ['get', 'patch', 'update'] }]
    : []
  if (resource.custom !== undefined) return discoveredCustom(resource, resource.custom)
  const isPod = type.group === '' && type.resource === 'pods'
  const named = new Map<string, DiscoveredSubresource>(isPod ? STREAM_SUBRESOURCES : [])
  const proxy = type.group === '' ? PROXIED.get(type.resource) : undefined
  if (proxy !== undefined) named.set(proxy.name, proxy)
  for (const subresource of [...resource.subresources, ...status]) named.set(subresource.name, subresource)
  return {
    resource: type.resource,
    kind: type.kind,
    namespaced: type.namespaced,
    singular: resource.singular,
    verbs: [...resource.verbs].sort(compareText),
    shortNames: resource.shortNames,
    categories: resource.categories,
    stored: resource.computed === undefined,
    subresources: [...named.values()].sort((a, b) => compareText(a.name, b.name)),
  }
}

const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']
const CUSTOM_VERBS_TERMINATING = ['delete', 'deletecollection', 'get', 'list', 'watch']

/** Source: apiextensions-apiserver pkg/apiserver/customresource_discovery_controller.go. */
function discoveredCustom(resource: Resource, custom: CustomKind): DiscoveredResource {
  const { group, version, kind } = custom
  const scale = resource.subresources.map((subresource) => ({ ...subresource }))
  const status = { name: 'status', kind, verbs: ['get', 'patch', 'update'] }
  return {
    resource: resource.type.resource,
    kind,
    namespaced: resource.type.namespaced,
    singular: resource.singular,
    verbs: custom.terminating ? CUSTOM_VERBS_TERMINATING : CUSTOM_VERBS,
    shortNames: resource.shortNames,
    categories: resource.categories,
    stored: true,
    custom: { group, version, storageVersion: custom.storageVersion },
    subresources: resource.status ? [status, ...scale] : scale,
  }
}

/** A namespace's bindings are those of its pods, whose pod the body names. */
const BINDINGS: DiscoveredResource = {
  resource: 'bindings',
  kind: 'Binding',
  namespaced: true,
  singular: 'binding',
  verbs: ['create'],
  shortNames: [],
  categories: [],
  stored: false,
  subresources: [],
}

function reviewResource({ resource, kind, namespaced }: Review): DiscoveredResource {
  return {
    resource,
    kind,
    namespaced,
    singular: kind.toLowerCase(),
    verbs: ['create'],
    shortNames: [],
    categories: [],
    stored: false,
    subresources: [],
  }
}

export class ServedResources {
  readonly resources: readonly Resource[]
  readonly groups: readonly ServedGroup[]
  readonly #byPath = new Map<string, Resource>()
  readonly #customGroups: ReadonlySet<string>

  /** @param minor of the Kubernetes release */
  constructor(resources: readonly Resource[], minor: number) {
    this.resources = resources
    const groups = new Map<string, Map<string, DiscoveredResource[]>>()
    const add = (group: string, version: string, resource: DiscoveredResource): void => {
      const versions = groups.get(group) ?? new Map<string, DiscoveredResource[]>()
      groups.set(group, versions)
      versions.set(version, [...(versions.get(version) ?? []), resource])
    }
    for (const resource of resources) {
      const { group, version, resource: plural } = resource.type
      this.#byPath.set(`${group}/${version}/${plural}`, resource)
      add(group, version, discovered(resource))
    }
    const builtIn = new Set(resources.filter(({ custom }) => custom === undefined).map(({ type }) => type.group))
    this.#customGroups = new Set([...groups.keys()].filter((group) => !builtIn.has(group)))
    add('', 'v1', BINDINGS)
    for (const review of REVIEWS) if (review.since <= minor) add(review.group, 'v1', reviewResource(review))
    this.groups = [...groups]
      .sort(([a], [b]) => groupRank(a, minor) - groupRank(b, minor) || compareText(a, b))
      .map(([group, versions]) => ({
        group,
        versions: [...versions]
          .sort(([a], [b]) => inGroup(group)(a, b))
          .map(([version, list]) => ({
            version,
            resources: list.sort((a, b) => compareText(a.resource, b.resource)),
          })),
      }))
  }

  find(group: string, version: string, resource: string): Resource | undefined {
    return this.#byPath.get(`${group}/${version}/${resource}`)
  }

  /** A group that only definitions make: what it does not have is no path at all, as another server answers for it. */
  isCustomGroup(group: string): boolean {
    return this.#customGroups.has(group)
  }

  group(group: string): ServedGroup | undefined {
    return this.groups.find((entry) => entry.group === group)
  }
}
