// Quantities in rules: `quantity("1Gi").isLessThan(quantity("2Gi"))`. Source: apiserver pkg/cel/library/quantity.go.

import { parseQuantity, QUANTITY_TEXT } from '../../validation/quantity.ts'
import type { FunctionTable, Run } from '../functions/function-table.ts'
import { CelError, NO_OVERLOAD, type LibraryValue, type Value } from '../run/values.ts'
import { readType } from '../types/type.ts'

const NAME = 'kubernetes.Quantity'
const NANO = 1_000_000_000n
const INT64 = 2n ** 63n

class QuantityValue implements LibraryValue {
  readonly celType = readType(NAME)
  readonly nano: bigint

  constructor(nano: bigint) {
    this.nano = nano
  }

  equals(other: LibraryValue): boolean {
    return other instanceof QuantityValue && other.nano === this.nano
  }
}

function ofQuantity(run: (nano: bigint) => Value): Run {
  return (value) => (value instanceof QuantityValue ? run(value.nano) : NO_OVERLOAD)
}

/** The second may be a whole number. */
function ofTwo(run: (a: bigint, b: bigint) => Value): Run {
  return (a, b) => {
    if (!(a instanceof QuantityValue)) return NO_OVERLOAD
    if (b instanceof QuantityValue) return run(a.nano, b.nano)
    return typeof b === 'bigint' ? run(a.nano, b * NANO) : NO_OVERLOAD
  }
}

function isInteger(nano: bigint): boolean {
  return nano % NANO === 0n && nano / NANO < INT64 && nano / NANO >= -INT64
}

export function addQuantities(table: FunctionTable): void {
  const sum = ofTwo((a, b) => new QuantityValue(a + b))
  const difference = ofTwo((a, b) => new QuantityValue(a - b))
  table
    .free('string_to_quantity', 'quantity', ['string'], NAME, (text) => {
      if (typeof text !== 'string') return NO_OVERLOAD
      const parsed = parseQuantity(text)
      return parsed === undefined ? new CelError(QUANTITY_TEXT) : new QuantityValue(parsed.nano)
    })
    .free('is_quantity_string', 'isQuantity', ['string'], 'bool', (text) =>
      typeof text === 'string' ? parseQuantity(text) !== undefined : NO_OVERLOAD,
    )
    .free(
      'quantity_sign',
      'sign',
      [NAME],
      'int',
      ofQuantity((a) => (a > 0n ? 1n : a < 0n ? -1n : 0n)),
    )
    .member('quantity_is_integer', 'isInteger', [NAME], 'bool', ofQuantity(isInteger))
    .member(
      'quantity_get_int',
      'asInteger',
      [NAME],
      'int',
      ofQuantity((a) => (isInteger(a) ? a / NANO : new CelError('cannot convert value to integer'))),
    )
    .member(
      'quantity_get_float',
      'asApproximateFloat',
      [NAME],
      'double',
      ofQuantity((a) => Number(a) / 1e9),
    )
    .member('quantity_add', 'add', [NAME, NAME], NAME, sum)
    .member('quantity_add_int', 'add', [NAME, 'int'], NAME, sum)
    .member('quantity_sub', 'sub', [NAME, NAME], NAME, difference)
    .member('quantity_sub_int', 'sub', [NAME, 'int'], NAME, difference)
  addComparisons(table)
}

function addComparisons(table: FunctionTable): void {
  table
    .member(
      'quantity_is_less_than',
      'isLessThan',
      [NAME, NAME],
      'bool',
      ofTwo((a, b) => a < b),
    )
    .member(
      'quantity_is_greater_than',
      'isGreaterThan',
      [NAME, NAME],
      'bool',
      ofTwo((a, b) => a > b),
    )
    .member(
      'quantity_compare_to',
      'compareTo',
      [NAME, NAME],
      'int',
      ofTwo((a, b) => (a < b ? -1n : a > b ? 1n : 0n)),
    )
}
