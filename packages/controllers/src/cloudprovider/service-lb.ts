// Decisions of the service controller: which Services get a balancer, when one is no longer needed, what change counts, and
// which nodes stand behind it. Whether a node is Ready does not matter: balancers look for themselves.
// Source: kubernetes staging/src/k8s.io/cloud-provider/controllers/service/controller.go, service/helpers.

import type { Node, Service } from '@podwire/apiserver'
import { semanticEqual } from '../objects/semantic-equal.ts'

export const CLEANUP_FINALIZER = 'service.kubernetes.io/load-balancer-cleanup'

/** A Service with a class belongs to somebody else. */
export function wantsLoadBalancer({ spec }: Service): boolean {
  return spec.type === 'LoadBalancer' && spec.loadBalancerClass === undefined
}

export function hasCleanupFinalizer({ metadata }: Service): boolean {
  return (metadata.finalizers ?? []).includes(CLEANUP_FINALIZER)
}

export function needsCleanup(service: Service): boolean {
  if (!hasCleanupFinalizer(service)) return false
  return service.metadata.deletionTimestamp !== undefined || !wantsLoadBalancer(service)
}

/** Labels and selectors are no business of a balancer's. */
export function needsUpdate(before: Service, after: Service): boolean {
  if (before.metadata.uid !== after.metadata.uid) return true
  if (wantsLoadBalancer(before) !== wantsLoadBalancer(after)) return true
  return !semanticEqual(factsOf(before), factsOf(after))
}

function factsOf({ spec, metadata }: Service): unknown {
  return {
    ranges: spec.loadBalancerSourceRanges ?? [],
    ports: spec.ports ?? [],
    affinity: [spec.sessionAffinity, spec.sessionAffinityConfig],
    address: spec.loadBalancerIP ?? '',
    externalIPs: spec.externalIPs ?? [],
    annotations: metadata.annotations ?? {},
    policy: [spec.externalTrafficPolicy, spec.healthCheckNodePort],
    families: (spec.ipFamilies ?? []).length,
  }
}

/** `''` and what cannot be read exclude a node, `false` does not. */
export function isBalancedTo({ metadata, spec }: Node): boolean {
  const excluded = metadata.labels?.['node.kubernetes.io/exclude-from-external-load-balancers']
  if (excluded !== undefined && !FALSE.has(excluded)) return false
  if (metadata.deletionTimestamp !== undefined) return false
  return !(spec.taints ?? []).some(({ key }) => key === 'ToBeDeletedByClusterAutoscaler')
}

// What Go's strconv.ParseBool takes for false.
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False'])
