// Quantities as whole numbers, rounded away from zero: in their own unit, and in thousandths, as CPU is counted.
// Source: apimachinery api/resource/quantity.go (Value, MilliValue). Departure: exact up to 2^53, far above any node here.

import { parseQuantity } from './quantity.ts'

const MILLI_NANO = 1_000_000n
const NANO = 1_000_000_000n

/** 0 for what is no quantity. */
export function quantityValue(text: string): number {
  return roundedUp(text, NANO)
}

/** 0 for what is no quantity. */
export function quantityMilliValue(text: string): number {
  return roundedUp(text, MILLI_NANO)
}

function roundedUp(text: string, unitNano: bigint): number {
  const nano = parseQuantity(text)?.nano ?? 0n
  const whole = nano / unitNano
  if (whole * unitNano === nano) return Number(whole)
  return Number(nano < 0n ? whole - 1n : whole + 1n)
}
