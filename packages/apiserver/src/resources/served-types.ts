// The types this server serves, as constants a client passes: `client.list(pods)`.

import type {
  ClusterRole,
  ClusterRoleBinding,
  ComponentStatus,
  ConfigMap,
  ControllerRevision,
  CronJob,
  CustomResourceDefinition,
  DaemonSet,
  Deployment,
  Endpoints,
  EndpointSlice,
  Event,
  Ingress,
  IngressClass,
  IPAddress,
  Job,
  Lease,
  LimitRange,
  Namespace,
  NetworkPolicy,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  PodTemplate,
  PriorityClass,
  ReplicaSet,
  ReplicationController,
  ResourceQuota,
  Role,
  RoleBinding,
  Secret,
  Service,
  ServiceAccount,
  ServiceCIDR,
  StatefulSet,
  V2HorizontalPodAutoscaler,
} from '../objects/index.ts'
import { resourceType } from './resource-type.ts'

const namespaced = { namespaced: true }
const clusterScoped = { namespaced: false }

export const namespaces = resourceType<Namespace>('v1', 'namespaces', 'Namespace', clusterScoped)
export const nodes = resourceType<Node>('v1', 'nodes', 'Node', clusterScoped)
export const pods = resourceType<Pod>('v1', 'pods', 'Pod', namespaced)
export const services = resourceType<Service>('v1', 'services', 'Service', namespaced)
export const endpoints = resourceType<Endpoints>('v1', 'endpoints', 'Endpoints', namespaced)
export const componentStatuses = resourceType<ComponentStatus>(
  'v1',
  'componentstatuses',
  'ComponentStatus',
  clusterScoped,
)
export const configMaps = resourceType<ConfigMap>('v1', 'configmaps', 'ConfigMap', namespaced)
export const secrets = resourceType<Secret>('v1', 'secrets', 'Secret', namespaced)
export const serviceAccounts = resourceType<ServiceAccount>('v1', 'serviceaccounts', 'ServiceAccount', namespaced)
export const events = resourceType<Event>('v1', 'events', 'Event', namespaced)
export const replicationControllers = resourceType<ReplicationController>(
  'v1',
  'replicationcontrollers',
  'ReplicationController',
  namespaced,
)
export const deployments = resourceType<Deployment>('apps/v1', 'deployments', 'Deployment', namespaced)
export const replicaSets = resourceType<ReplicaSet>('apps/v1', 'replicasets', 'ReplicaSet', namespaced)
export const ingresses = resourceType<Ingress>('networking.k8s.io/v1', 'ingresses', 'Ingress', namespaced)
export const ingressClasses = resourceType<IngressClass>(
  'networking.k8s.io/v1',
  'ingressclasses',
  'IngressClass',
  clusterScoped,
)
export const leases = resourceType<Lease>('coordination.k8s.io/v1', 'leases', 'Lease', namespaced)
export const endpointSlices = resourceType<EndpointSlice>(
  'discovery.k8s.io/v1',
  'endpointslices',
  'EndpointSlice',
  namespaced,
)
export const daemonSets = resourceType<DaemonSet>('apps/v1', 'daemonsets', 'DaemonSet', namespaced)
export const statefulSets = resourceType<StatefulSet>('apps/v1', 'statefulsets', 'StatefulSet', namespaced)
export const controllerRevisions = resourceType<ControllerRevision>(
  'apps/v1',
  'controllerrevisions',
  'ControllerRevision',
  namespaced,
)
export const jobs = resourceType<Job>('batch/v1', 'jobs', 'Job', namespaced)
export const cronJobs = resourceType<CronJob>('batch/v1', 'cronjobs', 'CronJob', namespaced)
export const podDisruptionBudgets = resourceType<PodDisruptionBudget>(
  'policy/v1',
  'poddisruptionbudgets',
  'PodDisruptionBudget',
  namespaced,
)
export const priorityClasses = resourceType<PriorityClass>(
  'scheduling.k8s.io/v1',
  'priorityclasses',
  'PriorityClass',
  clusterScoped,
)
export const networkPolicies = resourceType<NetworkPolicy>(
  'networking.k8s.io/v1',
  'networkpolicies',
  'NetworkPolicy',
  namespaced,
)
export const serviceCidrs = resourceType<ServiceCIDR>(
  'networking.k8s.io/v1',
  'servicecidrs',
  'ServiceCIDR',
  clusterScoped,
)
export const ipAddresses = resourceType<IPAddress>('networking.k8s.io/v1', 'ipaddresses', 'IPAddress', clusterScoped)
export const horizontalPodAutoscalers = resourceType<V2HorizontalPodAutoscaler>(
  'autoscaling/v2',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
  namespaced,
)
const rbac = 'rbac.authorization.k8s.io/v1'
export const roles = resourceType<Role>(rbac, 'roles', 'Role', namespaced)
export const roleBindings = resourceType<RoleBinding>(rbac, 'rolebindings', 'RoleBinding', namespaced)
export const clusterRoles = resourceType<ClusterRole>(rbac, 'clusterroles', 'ClusterRole', clusterScoped)
export const clusterRoleBindings = resourceType<ClusterRoleBinding>(
  rbac,
  'clusterrolebindings',
  'ClusterRoleBinding',
  clusterScoped,
)
export const resourceQuotas = resourceType<ResourceQuota>('v1', 'resourcequotas', 'ResourceQuota', namespaced)
export const limitRanges = resourceType<LimitRange>('v1', 'limitranges', 'LimitRange', namespaced)
export const persistentVolumes = resourceType<PersistentVolume>(
  'v1',
  'persistentvolumes',
  'PersistentVolume',
  clusterScoped,
)
export const persistentVolumeClaims = resourceType<PersistentVolumeClaim>(
  'v1',
  'persistentvolumeclaims',
  'PersistentVolumeClaim',
  namespaced,
)
export const podTemplates = resourceType<PodTemplate>('v1', 'podtemplates', 'PodTemplate', namespaced)
export const customResourceDefinitions = resourceType<CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
  clusterScoped,
)
