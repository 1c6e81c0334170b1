// Quantities in rules: `quantity("1Gi").isLessThan(quantity("2Gi"))`. Source: apiserver pkg/cel/library/quantity.go.

import type { Environment } from '@marcbachmann/cel-js'
import { parseQuantity, QUANTITY_TEXT } from '../../../validation/quantity.ts'
import { CelFunctionError } from './evaluation-error.ts'

const NANO = 1_000_000_000n
const MAX_INT64 = 2n ** 63n

class QuantityValue {
  readonly nano: bigint

  constructor(nano: bigint) {
    this.nano = nano
  }
}

type Q = QuantityValue

export function addQuantityFunctions(environment: Environment): void {
  const own = 'kubernetes.Quantity'
  environment
    .registerType(own, QuantityValue)
    .registerOperator(`${own} == ${own}`, (a: Q, b: Q) => a.nano === b.nano)
    .registerFunction(`quantity(string): ${own}`, quantity)
    .registerFunction('isQuantity(string): bool', (text: string) => parseQuantity(text) !== undefined)
    .registerFunction(`${own}.isInteger(): bool`, isInteger)
    .registerFunction(`${own}.asInteger(): int`, (q: Q) => {
      if (!isInteger(q)) throw new CelFunctionError('cannot convert value to integer')
      return q.nano / NANO
    })
    .registerFunction(`${own}.asApproximateFloat(): double`, (q: Q) => Number(q.nano) / 1e9)
    .registerFunction(`${own}.sign(): int`, (q: Q) => (q.nano > 0n ? 1n : q.nano < 0n ? -1n : 0n))
    .registerFunction(`${own}.add(${own}): ${own}`, (a: Q, b: Q) => new QuantityValue(a.nano + b.nano))
    .registerFunction(`${own}.add(int): ${own}`, (a: Q, b: bigint) => new QuantityValue(a.nano + b * NANO))
    .registerFunction(`${own}.sub(${own}): ${own}`, (a: Q, b: Q) => new QuantityValue(a.nano - b.nano))
    .registerFunction(`${own}.sub(int): ${own}`, (a: Q, b: bigint) => new QuantityValue(a.nano - b * NANO))
    .registerFunction(`${own}.isLessThan(${own}): bool`, (a: Q, b: Q) => a.nano < b.nano)
    .registerFunction(`${own}.isGreaterThan(${own}): bool`, (a: Q, b: Q) => a.nano > b.nano)
    .registerFunction(`${own}.compareTo(${own}): int`, (a: Q, b: Q) =>
      a.nano < b.nano ? -1n : a.nano > b.nano ? 1n : 0n,
    )
}

function quantity(text: string): QuantityValue {
  const parsed = parseQuantity(text)
  if (parsed === undefined) throw new CelFunctionError(QUANTITY_TEXT)
  return new QuantityValue(parsed.nano)
}

function isInteger({ nano }: QuantityValue): boolean {
  return nano % NANO === 0n && nano / NANO < MAX_INT64 && nano / NANO >= -MAX_INT64
}
