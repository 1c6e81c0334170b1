// All served resources, in the order discovery lists groups (core first, then as the real server does); resources of a
// group by name. Adding a kind is adding its file and a line here.

import { invariant } from '@podwire/engine'
import type { KubeObject } from '../objects/kube-object.ts'
import { customResourceDefinition } from './apiextensions/custom-resource-definition.ts'
import { controllerRevision } from './apps/controller-revision.ts'
import { daemonSet } from './apps/daemon-set.ts'
import { deployment } from './apps/deployment.ts'
import { replicaSet } from './apps/replica-set.ts'
import { statefulSet } from './apps/stateful-set.ts'
import { horizontalPodAutoscalerV1 } from './autoscaling/horizontal-pod-autoscaler-v1.ts'
import { horizontalPodAutoscaler } from './autoscaling/horizontal-pod-autoscaler.ts'
import { cronJob } from './batch/cron-job.ts'
import { job } from './batch/job.ts'
import { lease } from './coordination/lease.ts'
import { componentStatus } from './core/component-status.ts'
import { configMap } from './core/config-map.ts'
import { endpoints } from './core/endpoints.ts'
import { limitRange } from './core/limit-range.ts'
import { namespace } from './core/namespace.ts'
import { node } from './core/node.ts'
import { persistentVolumeClaim } from './core/persistent-volume-claim.ts'
import { persistentVolume } from './core/persistent-volume.ts'
import { podTemplate } from './core/pod-template.ts'
import { replicationController } from './core/replication-controller.ts'
import { resourceQuota } from './core/resource-quota.ts'
import { secret } from './core/secret.ts'
import { serviceAccount } from './core/service-account.ts'
import { service } from './core/service.ts'
import { endpointSlice } from './discovery/endpoint-slice.ts'
import { event } from './events/event.ts'
import { eventsEvent } from './events/events-event.ts'
import { ingressClass } from './networking/ingress-class.ts'
import { ingress } from './networking/ingress.ts'
import { ipAddress } from './networking/ip-address.ts'
import { networkPolicy } from './networking/network-policy.ts'
import { serviceCidr } from './networking/service-cidr.ts'
import { pod } from './pods/pod.ts'
import { podDisruptionBudget } from './policy/pod-disruption-budget.ts'
import { clusterRoleBinding, roleBinding } from './rbac/bindings.ts'
import { clusterRole, role } from './rbac/roles.ts'
import { apiVersionOf, type ResourceType } from './resource-type.ts'
import type { Resource } from './resource.ts'
import { priorityClass } from './scheduling/priority-class.ts'
import { servedVersions } from './served-versions.ts'

export interface Registry {
  /** What is served, in discovery order. */
  all(): readonly Resource[]
  byType<T extends KubeObject>(type: ResourceType<T>): Resource<T>
  byGroupVersionResource(group: string, version: string, resource: string): Resource | undefined
  byKind(group: string, version: string, kind: string): Resource | undefined
  /** Custom kinds come and go with their definitions: these are all there are now. */
  replaceCustom(resources: readonly Resource[]): void
  /** The versions of a stored kind by their apiVersion, itself included. */
  versions(stored: ResourceType): ReadonlyMap<string, Resource>
}

/**
 * A resource as code sees it that serves any kind. Sound because such code only hands a resource objects of its own kind,
 * found by its own type.
 */
function erased<T extends KubeObject>(resource: Resource<T>): Resource {
  return resource as unknown as Resource
}

const RESOURCES: readonly Resource[] = [
  erased(componentStatus),
  erased(configMap),
  erased(endpoints),
  erased(event),
  erased(limitRange),
  erased(namespace),
  erased(node),
  erased(persistentVolumeClaim),
  erased(persistentVolume),
  erased(pod),
  erased(podTemplate),
  erased(replicationController),
  erased(resourceQuota),
  erased(secret),
  erased(serviceAccount),
  erased(service),
  erased(deployment),
  erased(replicaSet),
  erased(ingressClass),
  erased(ingress),
  erased(lease),
  erased(endpointSlice),
  erased(controllerRevision),
  erased(daemonSet),
  erased(statefulSet),
  erased(horizontalPodAutoscaler),
  erased(horizontalPodAutoscalerV1),
  erased(eventsEvent),
  erased(cronJob),
  erased(job),
  erased(ipAddress),
  erased(networkPolicy),
  erased(serviceCidr),
  erased(podDisruptionBudget),
  erased(clusterRoleBinding),
  erased(clusterRole),
  erased(roleBinding),
  erased(role),
  erased(customResourceDefinition),
  erased(priorityClass),
]

/**
 * Stored kinds are always found by their type, whatever the release serves: components in process speak no other version.
 * @param minor of the Kubernetes release; default the newest
 */
export function createRegistry(minor = Number.MAX_SAFE_INTEGER): Registry {
  const { served, versions, ...builtIn } = builtInResources(minor)
  const byResource = new Map(builtIn.byResource)
  const byKind = new Map(builtIn.byKind)
  let all = served
  let custom: readonly Resource[] = []
  // What was found by its type: a constant, that is, or a custom kind's of these days.
  let byTypeItself = new WeakMap<ResourceType, Resource>()
  return {
    all: () => all,
    replaceCustom(resources) {
      for (const { type } of custom) {
        byResource.delete(resourceKey(type))
        byKind.delete(kindKey(type))
      }
      byTypeItself = new WeakMap()
      custom = resources
      all = resources.length === 0 ? served : [...served, ...resources]
      for (const resource of resources) {
        byResource.set(resourceKey(resource.type), resource)
        byKind.set(kindKey(resource.type), resource)
      }
    },
    byType: <T extends KubeObject>(type: ResourceType<T>) => {
      let resource = byTypeItself.get(type)
      if (resource === undefined) {
        resource = byResource.get(resourceKey(type))
        invariant(resource !== undefined, `${resourceKey(type)} is served`)
        byTypeItself.set(type, resource)
      }
      // The constants of served-types.ts pair each type with its objects.
      return resource as unknown as Resource<T>
    },
    byGroupVersionResource: (group, version, resource) => byResource.get(`${group}/${version}/${resource}`),
    byKind: (group, version, kind) => byKind.get(`${group}/${version}/${kind}`),
    versions: (stored) => versions.get(resourceKey(stored)) ?? new Map<string, Resource>(),
  }
}

/** What a release serves beside custom kinds. */
interface BuiltIn {
  readonly served: readonly Resource[]
  readonly byResource: ReadonlyMap<string, Resource>
  readonly byKind: ReadonlyMap<string, Resource>
  readonly versions: ReadonlyMap<string, ReadonlyMap<string, Resource>>
}

/** By minor; the releases that have differences are few. */
const builtIn = new Map<number, BuiltIn>()

function builtInResources(minor: number): BuiltIn {
  const found = builtIn.get(minor) ?? createBuiltIn(minor)
  builtIn.set(minor, found)
  return found
}

function createBuiltIn(minor: number): BuiltIn {
  const served = servedVersions(RESOURCES, minor)
  const keys = new Set(served.map(({ type }) => resourceKey(type)))
  const hidden = RESOURCES.filter(
    ({ type, otherVersion }) => otherVersion === undefined && !keys.has(resourceKey(type)),
  )
  const known = [...served, ...hidden]
  return {
    served,
    byResource: new Map(known.map((resource) => [resourceKey(resource.type), resource])),
    byKind: new Map(known.map((resource) => [kindKey(resource.type), resource])),
    versions: versionsByStored(known),
  }
}

function versionsByStored(resources: readonly Resource[]): ReadonlyMap<string, ReadonlyMap<string, Resource>> {
  const found = new Map<string, Map<string, Resource>>()
  for (const resource of resources) {
    const stored = resourceKey(resource.otherVersion?.stored ?? resource.type)
    const versions = found.get(stored) ?? new Map<string, Resource>()
    found.set(stored, versions.set(apiVersionOf(resource.type), resource))
  }
  return found
}

function resourceKey({ group, version, resource }: ResourceType): string {
  return `${group}/${version}/${resource}`
}

function kindKey({ group, version, kind }: ResourceType): string {
  return `${group}/${version}/${kind}`
}
