// Sums of what the containers of a pod ask for. Source: component-helpers resource/helpers.go (AggregateContainerRequests,
// AggregateContainerLimits).

import type { Container, PodSpec } from '../../objects/index.ts'
import { formatQuantity, parseQuantity, type Quantity } from '../../validation/quantity.ts'

/** Resource → quantity. */
export type Amounts = Readonly<Record<string, string>>

const ZERO: Quantity = { nano: 0n, format: 'decimal' }

export function compareAmounts(a: string, b: string): number {
  if (a === b) return 0
  const left = parseQuantity(a)?.nano ?? 0n
  const right = parseQuantity(b)?.nano ?? 0n
  return left < right ? -1 : left > right ? 1 : 0
}

type Sums = Map<string, Quantity>

function add(sums: Sums, amounts: Amounts | undefined): void {
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    const quantity = parseQuantity(amount) ?? ZERO
    const known = sums.get(name)
    // A sum that starts at zero takes the spelling of what comes first.
    if (known === undefined || known.nano === 0n) sums.set(name, { ...quantity })
    else sums.set(name, { nano: known.nano + quantity.nano, format: known.format })
  }
}

/** Containers and sidecars run side by side; the others run one after the other beside the sidecars before them. */
export function sumOfContainers(spec: PodSpec, kind: 'limits' | 'requests'): ReadonlyMap<string, string> {
  const sums: Sums = new Map()
  for (const { resources } of spec.containers) add(sums, resources?.[kind])
  const sidecars: Sums = new Map()
  const starting: Sums = new Map()
  for (const container of spec.initContainers ?? []) {
    const amounts = container.resources?.[kind]
    if (container.restartPolicy === 'Always') {
      add(sums, amounts)
      add(sidecars, amounts)
      keepLargest(starting, sidecars)
    } else keepLargest(starting, together(container, sidecars, kind))
  }
  keepLargest(sums, starting)
  return new Map([...sums].map(([name, quantity]) => [name, formatQuantity(quantity)]))
}

function together({ resources }: Container, sidecars: Sums, kind: 'limits' | 'requests'): Sums {
  const sums: Sums = new Map()
  add(sums, resources?.[kind])
  for (const [name, quantity] of sidecars) {
    const known = sums.get(name)
    sums.set(name, known === undefined ? quantity : { nano: known.nano + quantity.nano, format: known.format })
  }
  return sums
}

function keepLargest(sums: Sums, others: Sums): void {
  for (const [name, quantity] of others) {
    const known = sums.get(name)
    if (known === undefined || known.nano < quantity.nano) sums.set(name, quantity)
  }
}
