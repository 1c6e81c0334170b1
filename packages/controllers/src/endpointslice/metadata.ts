// Labels, owner and names of the slices of a Service. Source: kubernetes staging endpointslice/utils.go (setEndpointSliceLabels,
// newEndpointSlice), discovery/v1/well_known_labels.go.

import type { KubeObject, OwnerReference, Service } from '@podwire/apiserver'
import { controllerReference } from '../objects/owner.ts'
import { TRIGGER_TIME } from '../services/trigger-time.ts'

export const SERVICE_NAME = 'kubernetes.io/service-name'
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
export const SLICE_CONTROLLER = 'endpointslice-controller.k8s.io'
export const HEADLESS = 'service.kubernetes.io/headless'

const RESERVED: ReadonlySet<string> = new Set([SERVICE_NAME, MANAGED_BY, HEADLESS])

type Labels = Readonly<Record<string, string>>

export function isHeadless(service: Service): boolean {
  return service.spec.type !== 'ExternalName' && ['None', ''].includes(service.spec.clusterIP ?? '')
}

export function sliceLabels(service: Service): Labels {
  const labels: Record<string, string> = {}
  for (const [key, value] of Object.entries(service.metadata.labels ?? {})) if (!RESERVED.has(key)) labels[key] = value
  labels[SERVICE_NAME] = service.metadata.name
  labels[MANAGED_BY] = SLICE_CONTROLLER
  if (isHeadless(service)) labels[HEADLESS] = ''
  return labels
}

export function sliceOwner(service: Service): OwnerReference {
  return controllerReference(service, 'v1', 'Service')
}

export function withTriggerTime(annotations: Labels | undefined, time: string | undefined): Labels {
  const { [TRIGGER_TIME]: _, ...others } = annotations ?? {}
  return time === undefined ? others : { ...others, [TRIGGER_TIME]: time }
}

/** `SVC-`: the server adds five characters and cuts what would be too long. */
export function generateNameFor(owner: KubeObject): string {
  return `${owner.metadata.name}-`
}
