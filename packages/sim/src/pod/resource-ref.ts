// resourceFieldRef of the downward API: a container's requests and limits, divided and rounded up.
// Source: kubernetes pkg/api/v1/resource/helpers.go. A limit that is missing or nothing is the node's allocatable amount.

import {
  quantityMilliValue,
  quantityValue,
  type Container,
  type ResourceFieldSelector,
  type ResourceRequirements,
} from '@podwire/apiserver'

/** Never overcommitted, so a container without a limit has none of the node's. */
const HUGE_PAGES = 'hugepages-'
const NAMES = ['cpu', 'memory', 'ephemeral-storage']

/** The text of a resource reference; undefined when `resource` names nothing this container can have. */
export function resourceValue(
  reference: ResourceFieldSelector,
  container: Container,
  allocatable: Readonly<Record<string, string>>,
): string | undefined {
  const match = /^(limits|requests)\.(.+)$/.exec(reference.resource)
  if (match === null) return undefined
  const kind = match[1] as keyof Pick<ResourceRequirements, 'limits' | 'requests'>
  const name = match[2] ?? ''
  if (!NAMES.includes(name) && !name.startsWith(HUGE_PAGES)) return undefined
  const valueOf = name === 'cpu' ? quantityMilliValue : quantityValue
  let value = valueOf(container.resources?.[kind]?.[name] ?? '0')
  if (value === 0 && kind === 'limits') value = valueOf(allocatable[name] ?? '0')
  // A divisor of 0 is how Kubernetes spells "not given".
  const divisor = valueOf(reference.divisor ?? '1') || valueOf('1')
  return String(Math.ceil(value / divisor))
}
