import { expect, it } from 'vitest'
import { humanDuration } from './human-duration.ts'

it.each([
  [-2, '<invalid>'],
  [-0.5, '0s'],
  [0, '0s'],
  [119.9, '119s'],
  [120, '2m'],
  [330, '5m30s'],
  [3600, '60m'],
  [3 * 3600, '3h'],
  [3 * 3600 + 60, '3h1m'],
  [8 * 3600 + 60, '8h'],
  [47 * 3600, '47h'],
  [2 * 86_400 + 4 * 3600, '2d4h'],
  [9 * 86_400, '9d'],
  [800 * 86_400, '2y70d'],
  [9 * 365 * 86_400, '9y'],
])('%d seconds read %s', (seconds, text) => {
  expect(humanDuration(seconds)).toBe(text)
})
