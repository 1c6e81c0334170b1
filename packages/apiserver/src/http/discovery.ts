// Discovery documents: what `kubectl api-resources` and every client's type mapping read. Aggregated (v2, v2beta1) and legacy.
// Source: apiserver endpoints/discovery; field order and which fields are there as recorded from kube-apiserver 1.36.

import { compareText } from '@podwire/engine'
import { createHash } from 'node:crypto'
import { goJson } from '../objects/go-json.ts'
import { HEALTH_PATHS } from './health.ts'
import type {
  DiscoveredResource,
  DiscoveredSubresource,
  ServedGroup,
  ServedResources,
  ServedVersion,
} from './served-resources.ts'

function groupVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`
}

/** A field that is left out when its list is empty. */
function unlessEmpty(name: string, list: readonly unknown[]): Record<string, unknown> {
  return list.length === 0 ? {} : { [name]: list }
}

function responseKind(subject: { readonly group?: string; readonly version?: string; readonly kind: string }): object {
  return { group: subject.group ?? '', version: subject.version ?? '', kind: subject.kind }
}

function aggregatedSubresource(subresource: DiscoveredSubresource, parent: DiscoveredResource): object {
  const kind = responseKind({ ...parent.custom, ...subresource })
  return { subresource: subresource.name, responseKind: kind, verbs: subresource.verbs }
}

function aggregatedResource(resource: DiscoveredResource): object {
  return {
    resource: resource.resource,
    responseKind: responseKind({ ...resource.custom, kind: resource.kind }),
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...unlessEmpty('shortNames', resource.shortNames),
    ...unlessEmpty('categories', resource.categories),
    ...unlessEmpty(
      'subresources',
      resource.subresources.map((subresource) => aggregatedSubresource(subresource, resource)),
    ),
  }
}

/** `/api` (core alone) or `/apis` (all other groups) in one document. */
export function aggregatedDiscovery(served: ServedResources, core: boolean, version: string): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: served.groups
      .filter(({ group }) => (group === '') === core)
      .map(({ group, versions }) => ({
        metadata: group === '' ? {} : { name: group },
        versions: versions.map((entry) => ({
          version: entry.version,
          resources: entry.resources.map(aggregatedResource),
          freshness: 'Current',
        })),
      })),
  }
}

/** What tells that nothing has changed: the hash of the document, whatever version it is written in. */
export function discoveryHash(document: object): string {
  const text = goJson({ ...document, kind: undefined, apiVersion: undefined })
  return createHash('sha512').update(text).digest('hex').toUpperCase()
}

export function apiVersions(serverAddress: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  }
}

function groupEntry({ group, versions }: ServedGroup): object {
  const entries = versions.map(({ version }) => ({ groupVersion: groupVersion(group, version), version }))
  return { name: group, versions: entries, preferredVersion: entries[0] }
}

export function apiGroup(group: ServedGroup): object {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) }
}

export function apiGroupList(served: ServedResources): object {
  const groups = served.groups.filter(({ group }) => group !== '')
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupEntry) }
}

/** What is stored in another group or version than it is served in; definitions still name their first. */
const STORED_IN: ReadonlyMap<string, string> = new Map([
  ['autoscaling/HorizontalPodAutoscaler', 'autoscaling/v2'],
  ['events.k8s.io/Event', '/v1'],
  ['apiextensions.k8s.io/CustomResourceDefinition', 'apiextensions.k8s.io/v1beta1'],
])

/** The first eight bytes of the SHA-256 of group, version and kind. */
function storageVersionHash(group: string, version: string, kind: string): string {
  const stored = STORED_IN.get(`${group}/${kind}`) ?? `${group}/${version}`
  return createHash('sha256').update(`${stored}/${kind}`).digest().subarray(0, 8).toString('base64')
}

function legacyEntries(group: string, version: string, resource: DiscoveredResource): readonly object[] {
  const { namespaced } = resource
  const main = {
    name: resource.resource,
    singularName: resource.singular,
    namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...unlessEmpty('shortNames', resource.shortNames),
    ...unlessEmpty('categories', resource.categories),
    ...(resource.stored
      ? { storageVersionHash: storageVersionHash(group, resource.custom?.storageVersion ?? version, resource.kind) }
      : {}),
  }
  const parts = resource.subresources.map((subresource) => ({
    name: `${resource.resource}/${subresource.name}`,
    singularName: '',
    namespaced,
    ...(subresource.group === undefined ? {} : { group: subresource.group }),
    ...(subresource.version === undefined ? {} : { version: subresource.version }),
    kind: subresource.kind,
    verbs: subresource.verbs,
  }))
  return [main, ...parts]
}

/** `/api/v1`, `/apis/apps/v1`. The core list alone has no apiVersion, as recorded. */
export function apiResourceList(group: string, { version, resources }: ServedVersion): object {
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: groupVersion(group, version),
    resources: resources.flatMap((resource) => legacyEntries(group, version, resource)),
  }
}

/** `/`: every path the server answers. */
export function rootPaths(served: ServedResources): object {
  const paths = ['/api', '/api/v1', '/apis', '/apis/', ...HEALTH_PATHS]
  paths.push('/metrics', '/openapi/v2', '/openapi/v3', '/openapi/v3/', '/version')
  for (const { group, versions } of served.groups) {
    if (group === '') continue
    paths.push(`/apis/${group}`, ...versions.map(({ version }) => `/apis/${group}/${version}`))
  }
  return { paths: paths.sort(compareText) }
}
