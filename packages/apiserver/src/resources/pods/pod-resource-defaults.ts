// What a pod with limits of its own asks for. Source: kubernetes core/v1/defaults.go (defaultHugePagePodLimits,
// defaultPodRequests).

import type { PodSpec, ResourceRequirements } from '../../objects/index.ts'
import type { Mutable } from '../resource.ts'
import { sumOfContainers } from './resource-amounts.ts'
import { isHugePages } from '../core/resource-names.ts'
import { isPodResource } from './validation/resource-names.ts'

export function defaultPodResources(spec: PodSpec, resources: Mutable<ResourceRequirements>): void {
  const { limits = {}, requests = {} } = resources
  if (Object.keys(limits).length + Object.keys(requests).length === 0) return
  defaultHugePageLimits(spec, resources)
  defaultRequests(spec, resources)
}

/** Pages the containers may use are the pod's limit. */
function defaultHugePageLimits(spec: PodSpec, resources: Mutable<ResourceRequirements>): void {
  const limits = { ...resources.limits }
  for (const [name, sum] of sumOfContainers(spec, 'limits')) {
    if (!isHugePages(name) || Object.hasOwn(resources.requests ?? {}, name) || Object.hasOwn(limits, name)) continue
    limits[name] = sum
  }
  if (Object.keys(limits).length > 0) resources.limits = limits
}

/** As much as the containers together, else as much as is allowed. */
function defaultRequests(spec: PodSpec, resources: Mutable<ResourceRequirements>): void {
  const { limits = {} } = resources
  if (Object.keys(limits).length === 0) return
  const requests = { ...resources.requests }
  for (const [name, sum] of sumOfContainers(spec, 'requests')) {
    if (isPodResource(name) && !isHugePages(name) && !Object.hasOwn(requests, name)) requests[name] = sum
  }
  for (const [name, amount] of Object.entries(limits)) {
    if (isPodResource(name) && !Object.hasOwn(requests, name)) requests[name] = amount
  }
  if (Object.keys(requests).length > 0) resources.requests = requests
}
