// When keys are processed: alone at once, in a burst the first and then what came meanwhile, and later after a failure.

import { Engine, MILLISECOND, VirtualTimeDriver } from '@podwire/engine'
import { expect, test } from 'vitest'
import { createWorkQueue, RetryLater } from './work-queue.ts'

interface Case {
  readonly latencyMs: number
  readonly workMs: number
  /** Key and when it is added. */
  readonly added: readonly (readonly [key: string, atMs: number])[]
  /** What each run asks to be run again after. */
  readonly againAfterMs?: number
  /** Runs that throw, by their number. */
  readonly failing?: readonly number[]
  readonly runs: readonly (readonly [key: string, atMs: number])[]
}

test.each<[string, Case]>([
  ['a key on its own, after the latency', { latencyMs: 1, workMs: 5, added: [['a', 0]], runs: [['a', 1]] }],
  [
    'added while it waits: one run',
    {
      latencyMs: 3,
      workMs: 0,
      added: [
        ['a', 0],
        ['a', 2],
      ],
      runs: [['a', 3]],
    },
  ],
  [
    'added while a run takes its time: one more run after it',
    {
      latencyMs: 1,
      workMs: 5,
      added: [
        ['a', 0],
        ['a', 2],
        ['a', 3],
      ],
      runs: [
        ['a', 1],
        ['a', 6],
      ],
    },
  ],
  [
    'added after the run is over',
    {
      latencyMs: 1,
      workMs: 5,
      added: [
        ['a', 0],
        ['a', 7],
      ],
      runs: [
        ['a', 1],
        ['a', 8],
      ],
    },
  ],
  [
    'no key waits for another',
    {
      latencyMs: 1,
      workMs: 5,
      added: [
        ['a', 0],
        ['b', 2],
      ],
      runs: [
        ['a', 1],
        ['b', 3],
      ],
    },
  ],
  [
    'a run that failed is retried after 5 and 10 ms',
    {
      latencyMs: 1,
      workMs: 0,
      added: [['a', 0]],
      failing: [0, 1],
      runs: [
        ['a', 1],
        ['a', 6],
        ['a', 16],
      ],
    },
  ],
  [
    'added while it waits for a deadline: not before its time, and at once',
    {
      latencyMs: 1,
      workMs: 5,
      added: [
        ['a', 0],
        ['a', 20],
        ['a', 20],
      ],
      againAfterMs: 40,
      runs: [
        ['a', 1],
        ['a', 21],
        ['a', 61],
      ],
    },
  ],
  [
    'added while it waits for a retry: at once',
    {
      latencyMs: 1,
      workMs: 0,
      added: [
        ['a', 0],
        ['a', 2],
      ],
      failing: [0],
      runs: [
        ['a', 1],
        ['a', 3],
      ],
    },
  ],
])('%s', async (_name, { latencyMs, workMs, added, againAfterMs, failing = [], runs }) => {
  const engine = new Engine({ seed: 1 })
  const seen: [string, number][] = []
  const queue = createWorkQueue({
    engine,
    name: 'test',
    latency: () => latencyMs * MILLISECOND,
    work: () => workMs * MILLISECOND,
    process: (key) => {
      seen.push([key, engine.clock.now() / MILLISECOND])
      if (againAfterMs !== undefined && seen.length < runs.length) queue.addAfter(key, againAfterMs * MILLISECOND)
      if (failing.includes(seen.length - 1)) throw new RetryLater('again')
    },
  })
  for (const [key, atMs] of added) engine.schedule(atMs * MILLISECOND, 'add', () => queue.add(key))
  await new VirtualTimeDriver(engine).settle()
  expect(seen).toEqual(runs)
})
