// Arithmetic on lists of quantities by resource name. Source: apiserver quota/v1/resources.go, apimachinery api/resource.

import { compareKeys } from '@podwire/engine'
import { formatQuantity, parseQuantity, type Quantity } from '../validation/quantity.ts'

export type Resources = ReadonlyMap<string, Quantity>

const ZERO: Quantity = { nano: 0n, format: 'decimal' }

export function readList(list: Readonly<Record<string, string | number>> | undefined): Resources {
  const result = new Map<string, Quantity>()
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = parseQuantity(String(text))
    if (quantity !== undefined) result.set(name, quantity)
  }
  return result
}

export function formatList(list: Resources): Readonly<Record<string, string>> {
  return Object.fromEntries([...list].sort(compareKeys).map(([name, quantity]) => [name, formatQuantity(quantity)]))
}

/** `cpu=500m,pods=1`, by name, as errors print it. */
export function listText(list: Resources): string {
  return [...list]
    .sort(compareKeys)
    .map(([name, quantity]) => `${name}=${formatQuantity(quantity)}`)
    .join(',')
}

/** A sum is written as its first part that is not 0. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format }
}

export function addLists(a: Resources, b: Resources): Resources {
  const result = new Map(a)
  for (const [name, quantity] of b) {
    const known = result.get(name)
    result.set(name, known === undefined ? quantity : addQuantities(known, quantity))
  }
  return result
}

/** The larger of each. */
export function maxLists(a: Resources, b: Resources): Resources {
  const result = new Map(a)
  for (const [name, quantity] of b) {
    const known = result.get(name)
    if (known === undefined || quantity.nano > known.nano) result.set(name, quantity)
  }
  return result
}

/** What `a` has more than `b`, never less than nothing. */
export function subtractToZero(a: Resources, b: Resources): Resources {
  const result = new Map<string, Quantity>()
  for (const [name, quantity] of a) {
    const nano = quantity.nano - (b.get(name)?.nano ?? 0n)
    result.set(name, nano > 0n ? { ...quantity, nano } : ZERO)
  }
  for (const name of b.keys()) if (!a.has(name)) result.set(name, ZERO)
  return result
}

export function maskList(list: Resources, names: Iterable<string>): Resources {
  const kept = new Set(names)
  return new Map([...list].filter(([name]) => kept.has(name)))
}

export function nonZero(list: Resources): Resources {
  return new Map([...list].filter(([, { nano }]) => nano !== 0n))
}

export function equalLists(a: Resources, b: Resources): boolean {
  return a.size === b.size && [...a].every(([name, { nano }]) => b.get(name)?.nano === nano)
}

/** The names of which `used` has more than `hard` allows. */
export function exceeded(used: Resources, hard: Resources): readonly string[] {
  return [...used].filter(([name, { nano }]) => nano > (hard.get(name)?.nano ?? nano)).map(([name]) => name)
}
