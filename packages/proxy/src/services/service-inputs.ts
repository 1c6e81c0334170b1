// Which EndpointSlices belong to which Service: by label, in the Service's namespace.
// Source: kubernetes pkg/proxy/endpointslicecache.go, endpointSliceCacheKeys.

import { type EndpointSlice, objectKeyOf, type Service } from '@podwire/apiserver'
import { compareText } from '@podwire/engine'
import { isSliceSeen } from './service-port.ts'

/** What a Service brings to the ruleset. Slices in the order of their names. */
export interface ServiceInput {
  readonly service: Service
  readonly slices: readonly EndpointSlice[]
}

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'

/** `ns/name` */
export const serviceKey = ({ metadata }: Service): string => objectKeyOf(metadata.namespace ?? '', metadata.name)

/** `ns/name` of its Service; undefined: kube-proxy does not see this slice. */
export function serviceKeyOfSlice({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.[SERVICE_NAME_LABEL]
  return name === undefined || name === '' || !isSliceSeen(metadata.labels)
    ? undefined
    : objectKeyOf(metadata.namespace ?? '', name)
}

export function inputOf(service: Service, slices: readonly EndpointSlice[]): ServiceInput {
  return { service, slices: [...slices].sort((a, b) => compareText(a.metadata.name, b.metadata.name)) }
}

/** A Service and its slices; slices may be there before the Service and after it. */
export interface WatchedService {
  readonly service: Service | undefined
  readonly slices: readonly EndpointSlice[]
}

/** All Services and slices kube-proxy sees, by `ns/name` of the Service. */
export function watchedServices(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
): ReadonlyMap<string, WatchedService> {
  const found = new Map<string, { service: Service | undefined; readonly slices: EndpointSlice[] }>()
  const at = (key: string): { service: Service | undefined; readonly slices: EndpointSlice[] } => {
    const known = found.get(key) ?? { service: undefined, slices: [] }
    found.set(key, known)
    return known
  }
  for (const service of services) at(serviceKey(service)).service = service
  for (const slice of slices) {
    const key = serviceKeyOfSlice(slice)
    if (key !== undefined) at(key).slices.push(slice)
  }
  return found
}
