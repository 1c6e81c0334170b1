// What readers see of a Service. An ExternalName has no internal traffic, though the policy it was given stays stored, and with it
// whoever set it; an address it was given by clusterIP alone is shown in both fields.
// Source: kubernetes registry/core/service/storage/storage.go (defaultOnReadService).

import type { Service } from '../../objects/index.ts'
import { copyFields } from '../../store/share.ts'
import type { Mutable } from '../resource.ts'
import { needsClusterIp } from './service-needs.ts'

/** @returns `service` itself when nothing is hidden */
export function showService(service: Service): Service {
  if (needsClusterIp(service)) return service
  const { clusterIP, clusterIPs, internalTrafficPolicy } = service.spec
  const lacksList = clusterIP !== undefined && clusterIPs === undefined
  if (internalTrafficPolicy === undefined && !lacksList) return service
  const spec = copyFields(service.spec) as Mutable<Service['spec']>
  delete spec.internalTrafficPolicy
  if (lacksList) spec.clusterIPs = [clusterIP]
  return { ...copyFields(service), spec }
}
