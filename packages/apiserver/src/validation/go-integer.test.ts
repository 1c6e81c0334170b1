import { expect, test } from 'vitest'
import { integerProblem } from './go-integer.ts'

test.each([
  ['0', 'ParseInt', undefined],
  ['-12', 'ParseInt', undefined],
  ['+12', 'ParseInt', undefined],
  ['9223372036854775807', 'ParseInt', undefined],
  ['9223372036854775808', 'ParseInt', 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
  ['-9223372036854775809', 'ParseInt', 'strconv.ParseInt: parsing "-9223372036854775809": value out of range'],
  ['', 'ParseInt', 'strconv.ParseInt: parsing "": invalid syntax'],
  ['1.5', 'ParseInt', 'strconv.ParseInt: parsing "1.5": invalid syntax'],
  ['0x1', 'ParseInt', 'strconv.ParseInt: parsing "0x1": invalid syntax'],
  ['é', 'ParseInt', 'strconv.ParseInt: parsing "é": invalid syntax'],
  ['18446744073709551615', 'ParseUint', undefined],
  ['18446744073709551616', 'ParseUint', 'strconv.ParseUint: parsing "18446744073709551616": value out of range'],
  ['-1', 'ParseUint', 'strconv.ParseUint: parsing "-1": invalid syntax'],
] as const)('%j with %s', (text, call, problem) => {
  expect(integerProblem(text, call)).toBe(problem)
})
