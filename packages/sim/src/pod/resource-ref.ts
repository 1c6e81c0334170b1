// resourceFieldRef of the downward API: a container's requests and limits, divided and rounded up.
// Source: kubernetes pkg/api/v1/resource/helpers.go. A missing limit is the node's allocatable amount.

import type { Container, ResourceRequirements } from '@podwire/apiserver'

const SUFFIXES: ReadonlyMap<string, number> = new Map([
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['E', 1e18],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
  ['Pi', 2 ** 50],
  ['Ei', 2 ** 60],
])

/** The number a Kubernetes quantity stands for: `250m` → 0.25, `64Mi` → 67108864; undefined when it is none. */
export function quantityValue(quantity: string | number): number | undefined {
  const match = /^([+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)(n|u|m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$/.exec(
    String(quantity),
  )
  if (match === null) return undefined
  return Number(match[1]) * (SUFFIXES.get(match[2] ?? '') ?? 1)
}

export interface ResourceFieldRef {
  readonly containerName?: string
  readonly resource: string
  readonly divisor?: string | number
}

/** The text of a resource reference; undefined when `resource` names nothing this container can have. */
export function resourceValue(
  reference: ResourceFieldRef,
  container: Container,
  allocatable: Readonly<Record<string, string | number>>,
): string | undefined {
  const match = /^(limits|requests)\.(.+)$/.exec(reference.resource)
  if (match === null) return undefined
  const kind = match[1] as keyof Pick<ResourceRequirements, 'limits' | 'requests'>
  const name = match[2] ?? ''
  const own = container.resources?.[kind]?.[name]
  const quantity = own ?? (kind === 'limits' ? allocatable[name] : '0')
  const value = quantity === undefined ? undefined : quantityValue(quantity)
  const divisor = reference.divisor === undefined ? 1 : quantityValue(reference.divisor)
  if (value === undefined || divisor === undefined) return undefined
  // A divisor of 0 is how Kubernetes spells "not given".
  return String(Math.ceil(value / (divisor === 0 ? 1 : divisor) - 1e-9))
}
