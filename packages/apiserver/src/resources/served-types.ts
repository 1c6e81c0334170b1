// The types this server serves, as constants a client passes: `client.list(pods)`.

import type {
  ConfigMap,
  Deployment,
  Endpoints,
  EndpointSlice,
  Event,
  Ingress,
  IngressClass,
  Lease,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  ReplicationController,
  Secret,
  Service,
  ServiceAccount,
} from '../objects/index.ts'
import { resourceType } from './resource-type.ts'

const namespaced = { namespaced: true }
const clusterScoped = { namespaced: false }

export const namespaces = resourceType<Namespace>('v1', 'namespaces', 'Namespace', clusterScoped)
export const nodes = resourceType<Node>('v1', 'nodes', 'Node', clusterScoped)
export const pods = resourceType<Pod>('v1', 'pods', 'Pod', namespaced)
export const services = resourceType<Service>('v1', 'services', 'Service', namespaced)
export const endpoints = resourceType<Endpoints>('v1', 'endpoints', 'Endpoints', namespaced)
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
