// Whole numbers in texts, refused in strconv's words. Source: Go's strconv (ParseInt and ParseUint with base 10, and 64 bits or 16).

import { quote } from './field-errors.ts'

const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)
const MAX_UINT64 = 2n ** 64n - 1n
const MAX_UINT16 = 2n ** 16n - 1n

/** What strconv says is wrong with a number; undefined when nothing is. */
export function integerProblem(
  text: string,
  call: 'ParseInt' | 'ParseUint' = 'ParseInt',
  bits: 16 | 64 = 64,
): string | undefined {
  const shape = call === 'ParseInt' ? /^[+-]?\d+$/ : /^\d+$/
  const refuse = (why: string): string => `strconv.${call}: parsing ${quote(text)}: ${why}`
  if (!shape.test(text)) return refuse('invalid syntax')
  const value = BigInt(text.replace('+', ''))
  const fits =
    call === 'ParseInt' ? value >= MIN_INT64 && value <= MAX_INT64 : value <= (bits === 16 ? MAX_UINT16 : MAX_UINT64)
  return fits ? undefined : refuse('value out of range')
}
