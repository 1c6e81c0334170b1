import { Engine } from '@podwire/engine'
import { expect, test } from 'vitest'
import { httpDate } from './responses.ts'

// The text of a second is made from that of its minute: each carry is looked at, and a clock that is behind the last one.
test.each([
  ['2026-01-01T00:00:00Z', 'Thu, 01 Jan 2026 00:00:00 GMT'],
  ['2026-01-01T00:00:09.999Z', 'Thu, 01 Jan 2026 00:00:09 GMT'],
  ['2026-01-01T00:00:59Z', 'Thu, 01 Jan 2026 00:00:59 GMT'],
  ['2026-01-01T00:01:00Z', 'Thu, 01 Jan 2026 00:01:00 GMT'],
  ['2026-01-31T23:59:59Z', 'Sat, 31 Jan 2026 23:59:59 GMT'],
  ['2026-02-01T00:00:00Z', 'Sun, 01 Feb 2026 00:00:00 GMT'],
  ['2026-01-01T00:00:10Z', 'Thu, 01 Jan 2026 00:00:10 GMT'],
  ['1969-12-31T23:59:58.500Z', 'Wed, 31 Dec 1969 23:59:58 GMT'],
])('%s as HTTP writes it: %s', (moment, text) => {
  expect(httpDate(new Engine({ epochMs: Date.parse(moment) }).clock)).toBe(text)
})
