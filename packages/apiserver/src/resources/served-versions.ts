// What a release of Kubernetes serves: current versions from the release that brought them, legacy ones up to the release that
// dropped them. Source: the releases' changelogs; the prerelease lifecycle of k8s.io/api.
// Departure: fields that came later than the release are not taken out of its kinds.

import { LEGACY_VERSIONS } from './legacy/index.ts'
import { apiVersionOf, type ResourceType } from './resource-type.ts'
import type { Resource } from './resource.ts'

/** The release that first served a version by default. What is not here is older than any legacy version. */
const SINCE: ReadonlyMap<string, number> = new Map([
  ['autoscaling/v2 HorizontalPodAutoscaler', 23],
  ['batch/v1 CronJob', 21],
  ['coordination.k8s.io/v1 Lease', 14],
  ['discovery.k8s.io/v1 EndpointSlice', 21],
  ['events.k8s.io/v1 Event', 19],
  ['networking.k8s.io/v1 IPAddress', 33],
  ['networking.k8s.io/v1 Ingress', 19],
  ['networking.k8s.io/v1 IngressClass', 19],
  ['networking.k8s.io/v1 NetworkPolicy', 7],
  ['networking.k8s.io/v1 ServiceCIDR', 33],
  ['policy/v1 PodDisruptionBudget', 21],
  ['rbac.authorization.k8s.io/v1 ClusterRole', 8],
  ['rbac.authorization.k8s.io/v1 ClusterRoleBinding', 8],
  ['rbac.authorization.k8s.io/v1 Role', 8],
  ['rbac.authorization.k8s.io/v1 RoleBinding', 8],
  ['scheduling.k8s.io/v1 PriorityClass', 14],
])
const APPS_V1_SINCE = 9

function since(type: ResourceType): number {
  if (type.group === 'apps') return APPS_V1_SINCE
  return SINCE.get(`${apiVersionOf(type)} ${type.kind}`) ?? 0
}

/** Columns that came later than their kinds. */
const COLUMNS_SINCE: ReadonlyMap<string, readonly [column: string, minor: number]> = new Map([
  ['CronJob', ['Timezone', 30]],
  ['Ingress', ['Class', 18]],
])

/** Service names may begin with a digit since then. */
const RELAXED_SERVICE_NAMES_SINCE = 36

function nameRuleAsOf(resource: Resource, minor: number): Resource {
  const isService = resource.type.group === '' && resource.type.kind === 'Service'
  return isService && minor < RELAXED_SERVICE_NAMES_SINCE ? { ...resource, nameRule: 'dns-1035-label' } : resource
}

/** Without a warning that this release does not give yet, and with the columns it had. */
function asOf(resource: Resource, minor: number): Resource {
  const deprecated = Number(/ is deprecated in v1\.(\d+)\+/.exec(resource.deprecationWarning ?? '')?.[1] ?? 0)
  const { deprecationWarning: _early, ...quiet } = resource
  const warned = minor < deprecated ? quiet : resource
  const [later, came] = COLUMNS_SINCE.get(resource.type.kind) ?? ['', 0]
  return minor < came ? { ...warned, columns: warned.columns.filter(({ name }) => name !== later) } : warned
}

/** @param current every resource of the current release, in discovery order */
export function servedVersions(current: readonly Resource[], minor: number): readonly Resource[] {
  const legacy = LEGACY_VERSIONS.filter((version) => version.since <= minor && minor <= version.until)
  const resources = [...current.filter(({ type }) => since(type) <= minor), ...legacy.map(({ resource }) => resource)]
  return resources.map((resource) => nameRuleAsOf(asOf(resource, minor), minor))
}

const legacyKinds = new Map(
  LEGACY_VERSIONS.map(({ resource }) => [`${apiVersionOf(resource.type)} ${resource.type.kind}`, resource]),
)

/** A version that no current release serves; the server still knows how to read it. */
export function legacyKind(group: string, version: string, kind: string): Resource | undefined {
  return legacyKinds.get(`${group === '' ? version : `${group}/${version}`} ${kind}`)
}
