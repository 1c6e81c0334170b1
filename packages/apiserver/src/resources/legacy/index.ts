// API versions that current servers no longer serve: each file makes those of one kind from the current one; legacy-version.ts
// is how. The registry serves them when the cluster is told to be old enough.

import { cronJob } from '../batch/cron-job.ts'
import { lease } from '../coordination/lease.ts'
import { networkPolicy } from '../networking/network-policy.ts'
import { clusterRoleBinding, roleBinding } from '../rbac/bindings.ts'
import { clusterRole, role } from '../rbac/roles.ts'
import { priorityClass } from '../scheduling/priority-class.ts'
import { endpointSliceV1beta1 } from './endpoint-slice.ts'
import { legacyEvent } from './event.ts'
import { legacyAutoscalers } from './horizontal-pod-autoscaler.ts'
import { legacyIngresses } from './ingress.ts'
import { legacyVersion, type LegacyVersion } from './legacy-version.ts'
import { podDisruptionBudgetV1beta1 } from './pod-disruption-budget.ts'
import { legacyWorkloads } from './workloads.ts'

export type { LegacyVersion } from './legacy-version.ts'

const RBAC = { groupVersion: 'rbac.authorization.k8s.io/v1beta1', since: 6, until: 21, deprecated: 17 }
const RBAC_V1 = 'rbac.authorization.k8s.io/v1'

export const LEGACY_VERSIONS: readonly LegacyVersion[] = [
  ...legacyIngresses,
  ...legacyWorkloads,
  ...legacyAutoscalers,
  legacyVersion(networkPolicy, { groupVersion: 'extensions/v1beta1', since: 3, until: 15 }),
  legacyVersion(cronJob, {
    groupVersion: 'batch/v1beta1',
    since: 8,
    until: 24,
    deprecated: 21,
    use: 'batch/v1 CronJob',
    orphansByDefault: true,
  }),
  podDisruptionBudgetV1beta1,
  endpointSliceV1beta1,
  legacyEvent,
  legacyVersion(lease, {
    groupVersion: 'coordination.k8s.io/v1beta1',
    since: 12,
    until: 21,
    deprecated: 19,
    use: 'coordination.k8s.io/v1 Lease',
  }),
  legacyVersion(clusterRole, { ...RBAC, use: `${RBAC_V1} ClusterRole` }),
  legacyVersion(clusterRoleBinding, { ...RBAC, use: `${RBAC_V1} ClusterRoleBinding` }),
  legacyVersion(role, { ...RBAC, use: `${RBAC_V1} Role` }),
  legacyVersion(roleBinding, { ...RBAC, use: `${RBAC_V1} RoleBinding` }),
  legacyVersion(priorityClass, {
    groupVersion: 'scheduling.k8s.io/v1beta1',
    since: 11,
    until: 21,
    deprecated: 14,
    use: 'scheduling.k8s.io/v1 PriorityClass',
  }),
]
