// Sizes and costs of which only a range is known. Whole numbers up to infinity, which stands for upstream's largest. Source:
// cel-go checker/cost.go (SizeEstimate, CostEstimate).

export interface Range {
  readonly min: number
  readonly max: number
}

export const UNKNOWN: Range = { min: 0, max: Infinity }
export const NOTHING: Range = { min: 0, max: 0 }

export function exactly(value: number): Range {
  return { min: value, max: value }
}

export function plus(...ranges: readonly Range[]): Range {
  return { min: sum(ranges.map(({ min }) => min)), max: sum(ranges.map(({ max }) => max)) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

export function times(a: Range, b: Range): Range {
  return { min: product(a.min, b.min), max: product(a.max, b.max) }
}

/** Nothing, however often, is nothing. */
export function product(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b
}

/** Rounded up. */
export function scaled({ min, max }: Range, factor: number): Range {
  return { min: Math.ceil(product(min, factor)), max: Math.ceil(product(max, factor)) }
}

export function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }
}
