// The built-in kinds this manager's all-kinds controllers look at when the composition root names none: what the API server
// serves, in the order a namespace is emptied. Events last: they own nothing and nothing owns them.

import {
  configMaps,
  deployments,
  endpoints,
  endpointSlices,
  events,
  ingressClasses,
  ingresses,
  leases,
  namespaces,
  nodes,
  pods,
  replicaSets,
  replicationControllers,
  type ResourceType,
  secrets,
  serviceAccounts,
  services,
} from '@podwire/apiserver'

export const SERVED_TYPES: readonly ResourceType[] = [
  pods,
  replicationControllers,
  replicaSets,
  deployments,
  services,
  endpoints,
  endpointSlices,
  ingresses,
  configMaps,
  secrets,
  serviceAccounts,
  leases,
  nodes,
  namespaces,
  ingressClasses,
  events,
]
