import { describe, expect, test } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'
import { PodwireError } from './errors.ts'
import { goDurationProblem } from './go-duration.ts'

describe('durations', () => {
  test.each([
    ['30s', 30_000_000],
    ['1m30s', 90_000_000],
    ['250ms', 250_000],
    ['1.5h', 5_400_000_000],
    [20, 20_000],
    ['0s', 0],
  ] as const)('%s is %i µs', (text, microseconds) => {
    expect(parseDuration(text)).toBe(microseconds)
  })

  test.each([
    ['1h30m', undefined],
    ['-1.5s', undefined],
    ['0', undefined],
    ['', 'time: invalid duration ""'],
    ['soon', 'time: invalid duration "soon"'],
    ['5', 'time: missing unit in duration "5"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['1s5', 'time: missing unit in duration "1s5"'],
    ['.s', 'time: invalid duration ".s"'],
    ['9999999h', 'time: invalid duration "9999999h"'],
  ])('Go says of %j: %s', (text, problem) => {
    expect(goDurationProblem(text)).toBe(problem)
  })

  test.each(['', '5', 's', '-1s', '1 s', '1d', -1, Number.NaN])('%s is refused', (text) => {
    expect(() => parseDuration(text)).toThrow(PodwireError)
  })

  test.each([
    [0, '0s'],
    [250_000, '250ms'],
    [10_000_000, '10s'],
    [80_000_000, '1m20s'],
    [3_600_000_000, '1h0m0s'],
    [1_500_000, '1.5s'],
  ] as const)('%i µs prints as %s', (microseconds, text) => {
    expect(formatDuration(microseconds)).toBe(text)
  })
})
