// What a server has before anybody asks: its own Service range and the priority classes of the system.
// Source: kubernetes controlplane (defaultservicecidr controller), registry/scheduling/rest (PostStartHook).

import { applyConfiguration, endpointOf } from '../managed-fields/index.ts'
import type { ManagedFieldsEntry } from '../objects/kube-object.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { priorityClasses, serviceCidrs } from '../resources/served-types.ts'
import { SYSTEM_CLASSES } from '../resources/scheduling/priority-class.ts'
import type { Resource } from '../resources/resource.ts'
import { createObject, updateObject } from './pipeline.ts'
import type { ServerState } from './server-state.ts'
import type { MutableObject } from './write.ts'

const CIDR_CONTROLLER = 'kubernetes-service-cidr-controller'
const OWNER = { manager: 'kube-apiserver', recordsCreation: true } as const

export function createFirstObjects(server: ServerState): void {
  const cidrs = server.allocators.clusterIps.ranges.map(({ cidr }) => cidr)
  create(server, serviceCidrs, { metadata: { name: 'kubernetes' }, spec: { cidrs } })
  const ready = {
    type: 'Ready',
    status: 'True',
    lastTransitionTime: server.engine.clock.timestamp(),
    message: 'Kubernetes default Service CIDR is ready',
  }
  // It gives no reason, so it owns none; Go's struct has one all the same.
  applyStatus(server, { conditions: [ready] }, { conditions: [{ ...ready, reason: '' }] })
  for (const [name, { value, description }] of SYSTEM_CLASSES) {
    create(server, priorityClasses, { metadata: { name }, ...{ value, description } })
  }
}

/** Who owns what follows from the release and the time alone: most clusters of a process begin at the same. */
let lastOwner: { readonly key: string; readonly managedFields: readonly ManagedFieldsEntry[] | undefined } | undefined

/** As the server's own controller applies it. */
function applyStatus(server: ServerState, applied: object, status: object): void {
  const resource = resourceOf(server, serviceCidrs)
  const live = server.store.get(serviceCidrs, undefined, 'kubernetes')
  const head = { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name: 'kubernetes' } }
  const config = { ...head, status: applied }
  const now = server.engine.clock.timestamp()
  const key = `${server.kubernetesVersion.minor} ${now}`
  if (lastOwner?.key !== key) {
    const endpoint = endpointOf(server.registry, resource, 'status')
    const { managedFields } = applyConfiguration(endpoint, { manager: CIDR_CONTROLLER, force: true, now, live, config })
    lastOwner = { key, managedFields }
  }
  const owner = { managedFields: lastOwner.managedFields }
  updateObject(
    server,
    { resource, namespace: '', name: 'kubernetes', subresource: 'status', owner },
    { apiVersion: '', kind: '', metadata: {}, status },
  )
}

function create(server: ServerState, type: ResourceType, object: Omit<MutableObject, 'apiVersion' | 'kind'>): void {
  const resource = resourceOf(server, type)
  createObject(server, { resource, namespace: '', owner: OWNER }, { apiVersion: '', kind: '', ...object })
}

/** As code sees it that serves any kind. */
function resourceOf(server: ServerState, type: ResourceType): Resource {
  return server.registry.byType(type)
}
