// A log against a plain list of the same entries, its copies among them.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RevisionLog } from './revision-log.ts'

interface Entry {
  readonly revision: number
  /** Tells entries of one revision in two copies apart. */
  readonly writer: number
}

type Step =
  | { readonly do: 'append'; readonly on: number; readonly count: number }
  | { readonly do: 'drop'; readonly on: number; readonly share: number }
  | { readonly do: 'copy'; readonly on: number }

const on = fc.nat(5)
const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ do: fc.constant('append' as const), on, count: fc.constantFrom(1, 2, 7, 100, 255, 256, 257, 600) }),
    fc.record({ do: fc.constant('drop' as const), on, share: fc.constantFrom(0, 0.1, 0.5, 0.9, 1, 1.2) }),
    fc.record({ do: fc.constant('copy' as const), on }),
  ),
  { maxLength: 25 },
)

test('a log and its copies hold what was appended to each and not dropped', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 700 }), (all, start) => {
      const logs = [new RevisionLog<Entry>()]
      const lists: Entry[][] = [[]]
      const nexts = [start]
      let writer = 0
      for (const step of all) {
        const i = step.on % logs.length
        const [log, list, next] = [logs[i], lists[i], nexts[i]]
        if (log === undefined || list === undefined || next === undefined) continue
        if (step.do === 'copy') {
          logs.push(new RevisionLog(log))
          lists.push([...list])
          nexts.push(next)
        } else if (step.do === 'append') {
          for (let revision = next; revision < next + step.count; revision++) {
            const entry = { revision, writer: writer++ }
            log.append(entry)
            list.push(entry)
          }
          nexts[i] = next + step.count
        } else {
          const before = Math.floor((list[0]?.revision ?? next) + list.length * step.share)
          log.dropBefore(before)
          lists[i] = list.filter(({ revision }) => revision >= before)
          // Dropping past the end says where the log goes on.
          nexts[i] = Math.max(next, before)
        }
        logs.forEach((one, at) => {
          expect(one.size).toBe(lists[at]?.length)
          expect(one.from(0)).toEqual(lists[at])
          const middle = Math.floor(one.oldest + one.size / 2)
          expect(one.from(middle)).toEqual(lists[at]?.filter(({ revision }) => revision >= middle))
        })
      }
    }),
    { seed: 20_261_201, numRuns: 60 },
  )
})

test('a gap is refused', () => {
  const log = new RevisionLog<Entry>()
  log.append({ revision: 7, writer: 0 })
  expect(() => log.append({ revision: 9, writer: 0 })).toThrow('revisions follow one another')
})
