import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalQuantity, formatQuantity, parseQuantity } from './quantity.ts'
import { quantityMilliValue, quantityValue } from './quantity-value.ts'

describe('quantities', () => {
  it.each([
    ['1', 1, 1000],
    ['100m', 1, 100],
    ['1.5', 2, 1500],
    ['0.0005', 1, 1],
    ['-1.5', -2, -1500],
    ['2Gi', 2 ** 31, 2 ** 31 * 1000],
    ['1e3', 1000, 1_000_000],
    ['', 0, 0],
  ])('%j is %d, and %d thousandths', (text, value, milli) => {
    expect([quantityValue(text), quantityMilliValue(text)]).toEqual([value, milli])
  })

  it.each([
    ['500m', '500m'],
    ['1000m', '1'],
    ['0.5', '500m'],
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['1.5Gi', '1536Mi'],
    ['100000', '100k'],
    ['1e3', '1e3'],
    ['0', '0'],
    ['-1', '-1'],
    ['12E', '12E'],
    ['1n', '1n'],
    ['+1', '+1'],
    ['01', '01'],
    ['1.500', '1.500'],
    ['1.000', '1'],
    ['0.500', '500m'],
    ['+3Gi', '+3Gi'],
    ['+8Gi', '8Gi'],
    ['1E3', '1E3'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical)
  })

  it.each(['', 'abc', '1.2.3', '1 Gi', 'Gi', '1KI', '--1'])('refuses %j', (text) => {
    expect(canonicalQuantity(text)).toBeUndefined()
  })

  it('keeps its value when made canonical', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'M', 'Ki', 'Mi', 'Gi', 'e3')
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), suffix, (number, unit) => {
        const first = parseQuantity(`${number}${unit}`)
        return first !== undefined && parseQuantity(formatQuantity(first))?.nano === first.nano
      }),
      { seed: 7 },
    )
  })
})
