import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentTable, TextKey } from './recent-table.ts'

const MOST = 24

test('a table keeps what a map in order of use keeps', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 400 }), (asked) => {
      const table = new RecentTable(MOST)
      const model = new Map<number, number>()
      // Few low bits: keys meet in the table's slots.
      const keyOf = (number: number): number => number * 2 ** 34 + (number % 3)
      for (const number of asked) {
        const key = keyOf(number)
        const place = table.find(key)
        const known = model.get(key)
        expect(place < 0 ? undefined : [table.keyAt(place), table.firstAt(place), table.secondAt(place)]).toEqual(
          known === undefined ? undefined : [key, known, -known],
        )
        model.delete(key)
        model.set(key, (known ?? 0) + 1)
        if (place < 0) table.add(key, 1, -1)
        else {
          table.setFirst(place, (known ?? 0) + 1)
          table.setSecond(place, -(known ?? 0) - 1)
        }
        const [oldest] = model.keys()
        if (model.size > MOST && oldest !== undefined) model.delete(oldest)
      }
    }),
    { seed: 7 },
  )
})

test.each([
  [['a', 'b'], ['ab'], false],
  [['a', ''], ['a'], false],
  [['a', 'bc'], ['ab', 'c'], false],
  [['a', 'b'], ['a', 'b'], true],
])('keys of %j and %j are equal: %s', (one, other, equal) => {
  const valueOf = (texts: readonly string[]): number => {
    let key = new TextKey()
    for (const text of texts) key = key.with(text)
    return key.value
  }
  expect(valueOf(one) === valueOf(other)).toBe(equal)
})
